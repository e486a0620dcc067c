//! `bootstrap …`: configs, and the device's own two requests.

use super::{CERTIFICATE_HELP, Call, JSON_HELP, Outcome, SECRET_HELP, argument, config_json};
use crate::cli::Failure;
use crate::cli::grammar::{Argument, Leaf, Tail};
use onramp_api::{ChannelRef, PatchConfig, UpdateCerts, UpdateConnections};
use onramp_client::Json;

const JSON_CONFIG: Argument = argument("<JSON_config>", JSON_HELP);
const CLIENT: Argument = argument("<client_id>", "Id of the config, which is the id of its client");
const EXTERNAL_ID: Argument = argument("<external_id>", "What the device calls itself");
const EXTERNAL_KEY: Argument = argument("<external_key>", SECRET_HELP);
const CRYPTO_KEY: Argument = argument("<crypto_key>", SECRET_HELP);

pub(super) const LEAVES: &[Leaf] = &[
    Leaf {
        path: &["bootstrap", "create"],
        args: &[JSON_CONFIG],
        optional: None,
        tail: Tail::DomainAndToken,
        about: "Create a config for a device",
        examples: &[
            r#"bootstrap create '{"external_id":"09:6:0:sb:sa","external_key":"key","name":"pump","channels":["<channel_id>"]}'"#,
            "bootstrap create @config.json <domain_id> <user_auth_token>",
            "bootstrap create - --raw < config.json",
        ],
        run: create,
    },
    Leaf {
        path: &["bootstrap", "get"],
        args: &[argument("[all | <client_id>]", "A config's id, or all")],
        optional: None,
        tail: Tail::DomainAndToken,
        about: "Show one config, or list them",
        examples: &[
            "bootstrap get all",
            "bootstrap get all --state 1 --limit 50 --name pump",
            "bootstrap get <client_id> <domain_id> <user_auth_token>",
        ],
        run: get,
    },
    Leaf {
        path: &["bootstrap", "update", "config"],
        args: &[JSON_CONFIG],
        optional: None,
        tail: Tail::DomainAndToken,
        about: "Replace name and content; what is absent is cleared",
        examples: &[
            r#"bootstrap update config '{"client_id":"<client_id>","name":"pump","content":"rate=5"}'"#,
        ],
        run: update_config,
    },
    Leaf {
        path: &["bootstrap", "update", "connection"],
        args: &[CLIENT, argument("<channel_ids>", "JSON list of channel ids; [] clears it")],
        optional: None,
        tail: Tail::DomainAndToken,
        about: "Replace the list of channels",
        examples: &[r#"bootstrap update connection <client_id> '["<channel_id>"]'"#],
        run: update_connection,
    },
    Leaf {
        path: &["bootstrap", "update", "certs"],
        args: &[
            CLIENT,
            argument("<client_cert>", CERTIFICATE_HELP),
            argument("<client_key>", CERTIFICATE_HELP),
            argument("<ca>", CERTIFICATE_HELP),
        ],
        optional: None,
        tail: Tail::DomainAndToken,
        about: "Replace the certificates",
        examples: &["bootstrap update certs <client_id> client.pem client.key ca.pem"],
        run: update_certs,
    },
    Leaf {
        path: &["bootstrap", "remove"],
        args: &[CLIENT],
        optional: None,
        tail: Tail::DomainAndToken,
        about: "Remove a config; its client stays",
        examples: &["bootstrap remove <client_id>"],
        run: remove,
    },
    Leaf {
        path: &["bootstrap", "bootstrap"],
        args: &[EXTERNAL_ID, EXTERNAL_KEY],
        optional: None,
        tail: Tail::Nothing,
        about: "Ask for a device's configuration, as the device does",
        examples: &["bootstrap bootstrap 09:6:0:sb:sa key", "bootstrap bootstrap 09:6:0:sb:sa - < keyfile"],
        run: bootstrap,
    },
    Leaf {
        path: &["bootstrap", "bootstrap", "secure"],
        args: &[EXTERNAL_ID, EXTERNAL_KEY, CRYPTO_KEY],
        optional: None,
        tail: Tail::Nothing,
        about: "The same, encrypted",
        examples: &["bootstrap bootstrap secure 09:6:0:sb:sa key v7aT0HGxJxt2gULzr3RHwf4WIf6DusPp"],
        run: bootstrap_secure,
    },
    Leaf {
        path: &["bootstrap", "secure"],
        args: &[EXTERNAL_ID, EXTERNAL_KEY, CRYPTO_KEY],
        optional: None,
        tail: Tail::Nothing,
        about: "Ask for a device's configuration, encrypted",
        examples: &[
            "bootstrap secure 09:6:0:sb:sa key v7aT0HGxJxt2gULzr3RHwf4WIf6DusPp",
            "bootstrap secure 09:6:0:sb:sa @device.key @crypto.key",
        ],
        run: bootstrap_secure,
    },
    Leaf {
        path: &["bootstrap", "whitelist"],
        args: &[JSON_CONFIG],
        optional: None,
        tail: Tail::DomainAndToken,
        about: "Connect a config's client to its channels (state 1), or disconnect it (state 0)",
        examples: &[r#"bootstrap whitelist '{"client_id":"<client_id>","state":1}'"#],
        run: whitelist,
    },
    Leaf {
        path: &["bootstrap", "enable"],
        args: &[CLIENT],
        optional: None,
        tail: Tail::DomainAndToken,
        about: "Let the device bootstrap",
        examples: &["bootstrap enable <client_id>"],
        run: |call| switch(call, true),
    },
    Leaf {
        path: &["bootstrap", "disable"],
        args: &[CLIENT],
        optional: None,
        tail: Tail::DomainAndToken,
        about: "Refuse the device until it is enabled again",
        examples: &["bootstrap disable <client_id>"],
        run: |call| switch(call, false),
    },
    Leaf {
        path: &["bootstrap", "key"],
        args: &[CLIENT, EXTERNAL_KEY],
        optional: None,
        tail: Tail::DomainAndToken,
        about: "Change the external key",
        examples: &["bootstrap key <client_id> new-key", "bootstrap key <client_id> - < keyfile"],
        run: key,
    },
];

fn create(call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let config = config_json::checked(call.json(0)?)?;
    let (api, domain) = call.in_domain()?;
    Ok(Outcome::Created(api.create_config(&domain, &config)?))
}

fn get(call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let (api, domain) = call.in_domain()?;
    Ok(Outcome::Json(match call.arg(0) {
        "all" => api.configs(&domain, &call.filter())?,
        id => api.config(&domain, id)?,
    }))
}

fn update_config(call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let config = config_json::checked(call.json(0)?)?;
    let id = config_json::client_id(&config)?;
    if let Json::Object(map) = &config {
        let others: Vec<&str> = map
            .keys()
            .map(String::as_str)
            .filter(|key| !["client_id", "name", "content"].contains(key))
            .collect();
        if !others.is_empty() {
            call.console.talk(&format!(
                "note: this command changes name and content only, not {}",
                others.join(", ")
            ));
        }
    }
    let (api, domain) = call.in_domain()?;
    api.update_config(&domain, &id, &config)?;
    Ok(Outcome::Done)
}

fn update_connection(call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let channels = match call.list_of_channels(1)? {
        Json::List(list) => {
            Some(list.iter().filter_map(Json::as_text).map(|id| ChannelRef::Id(id.to_owned())).collect())
        }
        _ => None,
    };
    let (api, domain) = call.in_domain()?;
    api.update_connections(&domain, call.arg(0), &UpdateConnections { channels })?;
    Ok(Outcome::Done)
}

impl Call<'_> {
    /// `null` clears like `[]`, as the reference's command has it.
    fn list_of_channels(&mut self, at: usize) -> Result<Json, Failure> {
        if self.arg(at).trim() == "null" {
            return Ok(Json::Null);
        }
        self.list_of_texts(at, r#"such as '["<channel_id>"]'"#)
    }
}

fn update_certs(call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let certs = UpdateCerts {
        client_cert: call.certificate(1)?,
        client_key: call.certificate(2)?,
        ca_cert: call.certificate(3)?,
    };
    let (api, domain) = call.in_domain()?;
    Ok(Outcome::Json(api.update_certs(&domain, call.arg(0), &certs)?))
}

fn remove(call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let (api, domain) = call.in_domain()?;
    api.remove_config(&domain, call.arg(0))?;
    Ok(Outcome::Done)
}

fn bootstrap(call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let key = call.secret(1)?;
    Ok(Outcome::Json(call.anonymous()?.bootstrap(call.arg(0), &key)?))
}

fn bootstrap_secure(call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let (key, crypto_key) = (call.secret(1)?, call.secret(2)?);
    Ok(Outcome::Json(call.anonymous()?.bootstrap_secure(call.arg(0), &key, &crypto_key)?))
}

fn whitelist(call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let config = config_json::checked(call.json(0)?)?;
    let id = config_json::client_id(&config)?;
    let (api, domain) = call.in_domain()?;
    api.change_state(&domain, &id, config_json::wish(&config))?;
    Ok(Outcome::Done)
}

fn switch(call: &mut Call<'_>, enabled: bool) -> Result<Outcome, Failure> {
    let (api, domain) = call.in_domain()?;
    Ok(Outcome::Json(api.switch_config(&domain, call.arg(0), enabled)?))
}

fn key(call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let external_key = Some(call.secret(1)?);
    let (api, domain) = call.in_domain()?;
    api.patch_config(&domain, call.arg(0), &PatchConfig { external_key, ..PatchConfig::default() })?;
    Ok(Outcome::Done)
}
