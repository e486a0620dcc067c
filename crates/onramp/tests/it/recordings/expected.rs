//! Where we answer otherwise than the reference, on purpose. The reasons stand in `docs/compatibility.md`
//! under the rows' ids.

/// What differs in one exchange.
pub struct Entry {
    pub file: &'static str,
    pub note: &'static str,
    pub rows: &'static [&'static str],
    pub differences: &'static [&'static str],
}

/// What may differ in many exchanges.
pub struct Rule {
    pub row: &'static str,
    pub covers: fn(file: &str, difference: &str) -> bool,
}

pub fn rules() -> Vec<Rule> {
    vec![
        Rule {
            row: "C-001",
            covers: |_, d| d.ends_with("_at: zero time") || d.ends_with("_at: time|zero time -> time"),
        },
        Rule { row: "C-002", covers: |_, d| detail_appended(d) },
        Rule {
            row: "C-004",
            covers: |_, d| {
                d == "status: 403 -> 404"
                    || d == "message: failed to perform authorization over the entity -> entity not found"
            },
        },
        Rule {
            row: "C-022",
            covers: |file, d| {
                file == "bootstrap"
                    && (d.ends_with("channels[].metadata: null")
                        || d.ends_with("channels[].metadata: null|object -> object"))
            },
        },
        Rule {
            row: "C-040",
            covers: |file, d| {
                file == "bootstrap"
                    && (d == "status: 422 -> 409"
                        || d == "message: failed to add bootstrap configuration -> entity already exists")
            },
        },
        Rule { row: "C-049", covers: |file, d| file == "bootstrap" && added_to_config(d) },
    ]
}

/// The reference's words, then which field and why.
fn detail_appended(difference: &str) -> bool {
    let Some((theirs, ours)) =
        difference.strip_prefix("message: ").and_then(|texts| texts.split_once(" -> "))
    else {
        return false;
    };
    ours.strip_prefix(theirs).is_some_and(|rest| rest.starts_with(": "))
}

/// Keys that only our view of a config has, in a list and alone.
fn added_to_config(difference: &str) -> bool {
    const KEYS: [&str; 9] = [
        "status",
        "connection_status",
        "created_at",
        "updated_at",
        "client_cert",
        "ca_cert",
        "bootstrap",
        "bootstrap.count",
        "bootstrap.refused",
    ];
    let Some((path, _)) = difference.strip_prefix("added $.").and_then(|rest| rest.split_once(": ")) else {
        return false;
    };
    match path.strip_prefix("configs[].") {
        Some(key) => KEYS.contains(&key) || key == "content" || key.starts_with("channels"),
        None => KEYS.contains(&path),
    }
}

pub const EXPECTED: &[Entry] = &[
    Entry {
        file: "users",
        note: "list users",
        rows: &["C-103"],
        differences: &["added $.users[].metadata: object"],
    },
    Entry {
        file: "users",
        note: "refresh with an access token",
        rows: &["C-081"],
        differences: &[
            "body: \"\" -> {\"message\":\"failed to perform authentication over the entity\"}",
            "status: 500 -> 401",
        ],
    },
    Entry {
        file: "users",
        note: "unknown user",
        rows: &["C-080"],
        differences: &["message: entity not found -> invalid credentials", "status: 404 -> 401"],
    },
    Entry {
        file: "users",
        note: "wrong password",
        rows: &["C-080"],
        differences: &[
            "message: compare hash and password failed -> invalid credentials",
            "status: 422 -> 401",
        ],
    },
    Entry {
        file: "auth",
        note: "jwks",
        rows: &["C-086"],
        differences: &[
            "body: JSON -> \"404 page not found\"",
            "content type: application/json -> text/plain; charset=utf-8",
            "status: 200 -> 404",
        ],
    },
    Entry {
        file: "domains",
        note: "list configs in a frozen domain",
        rows: &["C-089"],
        differences: &[
            "message: malformed entity specification -> failed to perform authorization over the entity",
            "status: 400 -> 403",
        ],
    },
    Entry {
        file: "domains",
        note: "roles of a domain",
        rows: &["C-001"],
        differences: &["missing $.roles[].updated_by: string"],
    },
    Entry {
        file: "domains",
        note: "update domain",
        rows: &["C-101"],
        differences: &["added $.updated_by: string"],
    },
    Entry {
        file: "clients",
        note: "clients of a channel",
        rows: &["C-094"],
        differences: &["added $.clients[].credentials.secret: string"],
    },
    Entry {
        file: "clients",
        note: "list clients",
        rows: &["C-094"],
        differences: &["added $.clients[].credentials.secret: string"],
    },
    Entry {
        file: "bootstrap",
        note: "a channel twice",
        rows: &["C-043"],
        differences: &[
            "body: {\"message\":\"failed to add bootstrap configuration\"} -> \"\"",
            "location: none -> /clients/configs",
            "status: 422 -> 201",
        ],
    },
    Entry {
        file: "bootstrap",
        note: "an empty channel id",
        rows: &["C-064"],
        differences: &["message: missing entity id -> channels must not contain an empty id"],
    },
    Entry {
        file: "bootstrap",
        note: "bootstrap",
        rows: &["C-057"],
        differences: &[
            "missing $.channels[].id: string",
            "missing $.channels[].name: string",
            "missing $.channels[]: object",
        ],
    },
    Entry {
        file: "bootstrap",
        note: "bootstrap after removal",
        rows: &["C-020"],
        differences: &[
            "message: entity not found -> failed to get bootstrap configuration for given external key",
            "status: 404 -> 403",
        ],
    },
    Entry {
        file: "bootstrap",
        note: "bootstrap, no certificates",
        rows: &["C-023", "C-024"],
        differences: &["added $.client_key: string", "added $.content: string"],
    },
    Entry {
        file: "bootstrap",
        note: "bootstrap, percent-encoded id",
        rows: &["C-026"],
        differences: &[
            "added $.channels: array",
            "added $.client_id: string",
            "added $.client_key: string",
            "added $.client_secret: string",
            "added $.content: string",
            "missing $.message: string",
            "status: 404 -> 200",
        ],
    },
    Entry {
        file: "bootstrap",
        note: "bootstrap, unknown id",
        rows: &["C-020"],
        differences: &[
            "message: entity not found -> failed to get bootstrap configuration for given external key",
            "status: 404 -> 403",
        ],
    },
    Entry {
        file: "bootstrap",
        note: "channels missing",
        rows: &["C-042"],
        differences: &[
            "body: {\"message\":\"empty list provided\"} -> \"\"",
            "location: none -> /clients/configs",
            "status: 400 -> 201",
        ],
    },
    Entry {
        file: "bootstrap",
        note: "channels of the client after state 0",
        rows: &["C-008"],
        differences: &["added $.channels: array"],
    },
    Entry {
        file: "bootstrap",
        note: "external key missing",
        rows: &["C-045"],
        differences: &["status: 401 -> 400"],
    },
    Entry {
        file: "bootstrap",
        note: "filter client id",
        rows: &["C-051"],
        differences: &[
            "added $.configs[].client_id: string",
            "added $.configs[].client_secret: string",
            "added $.configs[].external_id: string",
            "added $.configs[].external_key: string",
            "added $.configs[].name: string",
            "added $.configs[].state: number",
            "added $.configs[]: object",
        ],
    },
    Entry {
        file: "bootstrap",
        note: "filter state abc",
        rows: &["C-053"],
        differences: &[
            "added $.message: string",
            "missing $.configs: array",
            "missing $.limit: number",
            "missing $.offset: number",
            "missing $.total: number",
            "status: 200 -> 400",
        ],
    },
    Entry {
        file: "bootstrap",
        note: "health",
        rows: &["C-102"],
        differences: &["added $.warnings: array", "added $.warnings[]: string"],
    },
    Entry {
        file: "bootstrap",
        note: "no channels",
        rows: &["C-042"],
        differences: &[
            "body: {\"message\":\"empty list provided\"} -> \"\"",
            "location: none -> /clients/configs",
            "status: 400 -> 201",
        ],
    },
    Entry {
        file: "bootstrap",
        note: "secure bootstrap (service key v7aT0HGxJxt2gULzr3RHwf4WIf6DusPp)",
        rows: &["C-057"],
        differences: &[
            "missing $.channels[].id: string",
            "missing $.channels[].name: string",
            "missing $.channels[]: object",
        ],
    },
    Entry {
        file: "bootstrap",
        note: "secure, not hex",
        rows: &["C-020"],
        differences: &[
            "message: failed to get bootstrap configuration for given encrypted external key -> failed to get bootstrap configuration for given external key",
        ],
    },
    Entry {
        file: "bootstrap",
        note: "secure, odd hex",
        rows: &["C-020"],
        differences: &[
            "message: failed to get bootstrap configuration for given encrypted external key -> failed to get bootstrap configuration for given external key",
        ],
    },
    Entry {
        file: "bootstrap",
        note: "secure, unknown id",
        rows: &["C-020"],
        differences: &[
            "message: entity not found -> failed to get bootstrap configuration for given external key",
            "status: 404 -> 403",
        ],
    },
    Entry {
        file: "bootstrap",
        note: "state as a stranger",
        rows: &["C-055"],
        differences: &[
            "body: \"\" -> {\"message\":\"failed to perform authorization over the entity\"}",
            "status: 500 -> 403",
        ],
    },
    Entry {
        file: "bootstrap",
        note: "unknown client",
        rows: &["C-046"],
        differences: &[
            "body: \"\" -> {\"message\":\"entity not found: unknown client 00000000-0000-0000-0000-000000000007\"}",
            "status: 500 -> 404",
        ],
    },
    Entry {
        file: "bootstrap",
        note: "update to a taken name",
        rows: &["C-040"],
        differences: &["body: \"\" -> {\"message\":\"entity already exists\"}", "status: 500 -> 409"],
    },
    Entry {
        file: "bootstrap",
        note: "view after the empty list",
        rows: &["C-057"],
        differences: &[
            "missing $.channels[].id: string",
            "missing $.channels[].name: string",
            "missing $.channels[]: object",
        ],
    },
];
