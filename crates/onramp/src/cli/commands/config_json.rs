//! The `<JSON_config>` argument: its keys are known, so a mistyped one is told instead of lost.

use super::Usage;
use onramp_client::Json;

const TEXTS: [&str; 9] = [
    "external_id",
    "external_key",
    "client_id",
    "client_secret",
    "name",
    "client_cert",
    "client_key",
    "ca_cert",
    "content",
];

/// What other generations of the platform called these keys.
const OTHER_NAMES: [(&str, &str); 12] = [
    ("magistrala_id", "client_id"),
    ("magistrala_key", "client_secret"),
    ("magistrala_secret", "client_secret"),
    ("mainflux_id", "client_id"),
    ("mainflux_key", "client_secret"),
    ("supermq_id", "client_id"),
    ("thing_id", "client_id"),
    ("thing_key", "client_secret"),
    ("id", "client_id"),
    ("key", "external_key"),
    ("certificate", "client_cert"),
    ("private_key", "client_key"),
];

/// Checks keys and types; channel objects become their ids, which every generation of servers takes.
pub(super) fn checked(json: Json) -> Result<Json, Usage> {
    let Json::Object(map) = json else {
        return Err(Usage::new(format!("<JSON_config> must be an object, not {}", json.kind())));
    };
    let mut out = std::collections::BTreeMap::new();
    for (key, value) in map {
        let value = match key.as_str() {
            "channels" => channels(value)?,
            "state" => state(value)?,
            text if TEXTS.contains(&text) => match value {
                Json::Text(_) | Json::Null => value,
                other => return Err(wrong_type(&key, "a string", &other)),
            },
            unknown => return Err(unknown_key(unknown)),
        };
        out.insert(key, value);
    }
    Ok(Json::Object(out))
}

/// The id that names the config, for commands that change one.
pub(super) fn client_id(json: &Json) -> Result<String, Usage> {
    match json.get("client_id").and_then(Json::as_text) {
        Some(id) if !id.is_empty() => Ok(id.to_owned()),
        _ => Err(Usage::new("missing entity id").hint("<JSON_config> must hold the config's client_id")),
    }
}

/// The wish in it; absent means 0, as everywhere.
pub(super) fn wish(json: &Json) -> i64 {
    match json.get("state") {
        Some(Json::Number(digits)) => digits.parse().unwrap_or_default(),
        _ => 0,
    }
}

fn wrong_type(key: &str, want: &str, got: &Json) -> Usage {
    let usage = Usage::new(format!("\"{key}\" must be {want}, not {}", got.kind()));
    match (key, got) {
        ("content", Json::Object(_) | Json::List(_)) => {
            usage.hint("JSON inside content must be written as a string: \"{\\\"a\\\":1}\"")
        }
        _ => usage,
    }
}

fn channels(value: Json) -> Result<Json, Usage> {
    let list = match value {
        Json::List(list) => list,
        Json::Null => return Ok(Json::Null),
        other => return Err(wrong_type("channels", "a list", &other)),
    };
    let all_texts = list.iter().all(|item| item.as_text().is_some());
    let ids: Option<Vec<Json>> =
        list.iter().map(|item| item.get("id").filter(|id| id.as_text().is_some()).cloned()).collect();
    match (all_texts, ids) {
        (true, _) => Ok(Json::List(list)),
        (false, Some(ids)) => Ok(Json::List(ids)),
        (false, None) => {
            Err(Usage::new("unsupported channel data type")
                .hint("channels: all ids, or all objects with an id"))
        }
    }
}

fn state(value: Json) -> Result<Json, Usage> {
    match &value {
        Json::Number(digits) if matches!(digits.as_str(), "0" | "1") => Ok(value),
        Json::Null => Ok(value),
        Json::Number(_) => Err(Usage::new("\"state\" must be 0 or 1")),
        other => Err(wrong_type("state", "0 or 1", other)),
    }
}

fn unknown_key(key: &str) -> Usage {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['_', '-', ' '], "");
    let shown: String = key.chars().filter(|c| !c.is_control()).take(40).collect();
    let usage = Usage::new(format!("unknown key \"{shown}\" in <JSON_config>"));
    let known = || TEXTS.into_iter().chain(["channels", "state"]);
    let meant = OTHER_NAMES
        .into_iter()
        .find(|(other, _)| *other == key)
        .map(|(_, known)| known)
        .or_else(|| known().find(|known| plain(known) == plain(key)))
        .or_else(|| known().find(|known| one_edit_apart(known, key)));
    match meant {
        Some(meant) => usage.hint(format!("did you mean {meant}?")),
        None => usage.hint(format!("known keys: {}", known().collect::<Vec<_>>().join(", "))),
    }
}

/// One letter too many, too few or wrong.
fn one_edit_apart(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let same = short.bytes().zip(long.bytes()).take_while(|(x, y)| x == y).count();
    let (short, long) = (&short.as_bytes()[same..], &long.as_bytes()[same..]);
    match long.len() - short.len() {
        0 => !long.is_empty() && short[1..] == long[1..],
        1 => short == &long[1..],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        match checked(Json::parse(text.as_bytes()).unwrap()) {
            Ok(json) => json.compact(),
            Err(usage) => format!("{} / {}", usage.message, usage.hint.unwrap_or_default()),
        }
    }

    #[test]
    fn keys_and_types_are_checked() {
        let cases = [
            (
                r#"{"external_id":"e","channels":["a"],"state":0}"#,
                r#"{"channels":["a"],"external_id":"e","state":0}"#,
            ),
            (r#"{"channels":[{"id":"a","name":"n"}]}"#, r#"{"channels":["a"]}"#),
            (r#"{"channels":[]}"#, r#"{"channels":[]}"#),
            (
                r#"{"channels":["a",{"id":"b"}]}"#,
                "unsupported channel data type / channels: all ids, or all objects with an id",
            ),
            (
                r#"{"channels":[1]}"#,
                "unsupported channel data type / channels: all ids, or all objects with an id",
            ),
            (r#"{"state":"1"}"#, "\"state\" must be 0 or 1, not a string / "),
            (r#"{"state":2}"#, "\"state\" must be 0 or 1 / "),
            (r#"{"name":5}"#, "\"name\" must be a string, not a number / "),
            (
                r#"{"magistrala_id":"x"}"#,
                "unknown key \"magistrala_id\" in <JSON_config> / did you mean client_id?",
            ),
            (
                r#"{"externalId":"x"}"#,
                "unknown key \"externalId\" in <JSON_config> / did you mean external_id?",
            ),
            (
                r#"{"external_ke":"x"}"#,
                "unknown key \"external_ke\" in <JSON_config> / did you mean external_key?",
            ),
            (r#"[]"#, "<JSON_config> must be an object, not a list / "),
        ];
        for (text, want) in cases {
            assert_eq!(told(text), want, "{text}");
        }
        assert!(told(r#"{"content":{"a":1}}"#).contains("must be written as a string"));
        assert!(told(r#"{"colour":1}"#).contains("known keys: external_id"));
    }
}
