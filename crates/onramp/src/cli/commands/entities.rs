//! `channels …` and `clients …`, which are alike but for secrets and connections.

use super::{Call, JSON_HELP, Outcome, SECRET_HELP, argument};
use crate::cli::Failure;
use crate::cli::grammar::{Argument, Leaf, Tail};
use onramp_client::{Json, Kind};

const CHANNEL: Argument = argument("<channel_id>", "The channel's id");
const CLIENT: Argument = argument("<client_id>", "The client's id");
const TAGS: Argument = argument("<tags>", "JSON list of strings");
const TYPES: Argument =
    argument("<conn_types_json_list>", "JSON list of publish and subscribe [default: both]");

const fn leaf(
    path: &'static [&'static str],
    args: &'static [Argument],
    about: &'static str,
    examples: &'static [&'static str],
    run: fn(&mut Call<'_>) -> Result<Outcome, Failure>,
) -> Leaf {
    Leaf { path, args, optional: None, tail: Tail::DomainAndToken, about, examples, run }
}

pub(super) const CHANNELS: &[Leaf] = &[
    leaf(
        &["channels", "create"],
        &[argument("<JSON_channel>", JSON_HELP)],
        "Create a channel",
        &[r#"channels create '{"name":"control","metadata":{"unit":"C"}}' <domain_id> <user_auth_token>"#],
        |call| create(call, Kind::Channels),
    ),
    leaf(
        &["channels", "get"],
        &[argument("<channel_id|all>", "A channel's id, or all")],
        "Show one channel, or list them",
        &["channels all get", "channels <channel_id> get <domain_id> <user_auth_token>"],
        |call| get(call, Kind::Channels),
    ),
    leaf(
        &["channels", "update"],
        &[CHANNEL, argument("<JSON_string>", JSON_HELP)],
        "Change name or metadata",
        &[r#"channels <channel_id> update '{"name":"control"}'"#],
        |call| update(call, Kind::Channels),
    ),
    leaf(
        &["channels", "update", "tags"],
        &[CHANNEL, TAGS],
        "Replace the tags",
        &[r#"channels <channel_id> update tags '["a","b"]'"#],
        |call| tags(call, Kind::Channels),
    ),
    leaf(
        &["channels", "enable"],
        &[CHANNEL],
        "Enable a channel",
        &["channels <channel_id> enable"],
        |call| switch(call, Kind::Channels, true),
    ),
    leaf(
        &["channels", "disable"],
        &[CHANNEL],
        "Disable a channel",
        &["channels <channel_id> disable"],
        |call| switch(call, Kind::Channels, false),
    ),
    leaf(
        &["channels", "delete"],
        &[CHANNEL],
        "Remove a channel",
        &["channels <channel_id> delete"],
        |call| delete(call, Kind::Channels),
    ),
];

pub(super) const CLIENTS: &[Leaf] = &[
    leaf(
        &["clients", "create"],
        &[argument("<JSON_client>", JSON_HELP)],
        "Create a client",
        &[r#"clients create '{"name":"pump","credentials":{"secret":"s"}}' <domain_id> <user_auth_token>"#],
        |call| create(call, Kind::Clients),
    ),
    leaf(
        &["clients", "get"],
        &[argument("<client_id|all>", "A client's id, or all")],
        "Show one client, or list them",
        &["clients all get --name pump", "clients <client_id> get <domain_id> <user_auth_token>"],
        |call| get(call, Kind::Clients),
    ),
    leaf(
        &["clients", "update"],
        &[CLIENT, argument("<JSON_string>", JSON_HELP)],
        "Change name or metadata",
        &[r#"clients <client_id> update '{"name":"pump"}'"#],
        |call| update(call, Kind::Clients),
    ),
    leaf(
        &["clients", "update", "secret"],
        &[CLIENT, argument("<secret>", SECRET_HELP)],
        "Give a client a new secret",
        &["clients <client_id> update secret new-secret", "clients <client_id> update secret - < secretfile"],
        |call| {
            let secret = call.secret(1)?;
            let (api, domain) = call.in_domain()?;
            Ok(Outcome::Json(api.update_client_secret(&domain, call.arg(0), &secret)?))
        },
    ),
    leaf(
        &["clients", "update", "tags"],
        &[CLIENT, TAGS],
        "Replace the tags",
        &[r#"clients <client_id> update tags '["a","b"]'"#],
        |call| tags(call, Kind::Clients),
    ),
    leaf(&["clients", "enable"], &[CLIENT], "Enable a client", &["clients <client_id> enable"], |call| {
        switch(call, Kind::Clients, true)
    }),
    leaf(&["clients", "disable"], &[CLIENT], "Disable a client", &["clients <client_id> disable"], |call| {
        switch(call, Kind::Clients, false)
    }),
    leaf(&["clients", "delete"], &[CLIENT], "Remove a client", &["clients <client_id> delete"], |call| {
        delete(call, Kind::Clients)
    }),
    Leaf {
        path: &["clients", "connect"],
        args: &[CLIENT, CHANNEL],
        optional: Some(TYPES),
        tail: Tail::DomainAndToken,
        about: "Connect a client to a channel",
        examples: &[r#"clients <client_id> connect <channel_id> '["publish","subscribe"]'"#],
        run: |call| connect(call, true),
    },
    Leaf {
        path: &["clients", "disconnect"],
        args: &[CLIENT, CHANNEL],
        optional: Some(TYPES),
        tail: Tail::DomainAndToken,
        about: "Disconnect a client from a channel",
        examples: &[r#"clients <client_id> disconnect <channel_id> '["publish","subscribe"]'"#],
        run: |call| connect(call, false),
    },
];

fn create(call: &mut Call<'_>, kind: Kind) -> Result<Outcome, Failure> {
    let body = call.object(0)?;
    let (api, domain) = call.in_domain()?;
    Ok(Outcome::Json(api.create(kind, &domain, &body)?))
}

fn get(call: &mut Call<'_>, kind: Kind) -> Result<Outcome, Failure> {
    let (api, domain) = call.in_domain()?;
    Ok(Outcome::Json(match call.arg(0) {
        "all" => api.list(kind, &domain, &call.filter())?,
        id => api.view(kind, &domain, id)?,
    }))
}

fn update(call: &mut Call<'_>, kind: Kind) -> Result<Outcome, Failure> {
    let change = call.object(1)?;
    let (api, domain) = call.in_domain()?;
    Ok(Outcome::Json(api.update(kind, &domain, call.arg(0), &change)?))
}

fn tags(call: &mut Call<'_>, kind: Kind) -> Result<Outcome, Failure> {
    let tags = call.list_of_texts(1, r#"such as '["a","b"]'"#)?;
    let (api, domain) = call.in_domain()?;
    Ok(Outcome::Json(api.update_tags(kind, &domain, call.arg(0), &tags)?))
}

fn switch(call: &mut Call<'_>, kind: Kind, enabled: bool) -> Result<Outcome, Failure> {
    let (api, domain) = call.in_domain()?;
    Ok(Outcome::Json(api.switch(kind, &domain, call.arg(0), enabled)?))
}

fn delete(call: &mut Call<'_>, kind: Kind) -> Result<Outcome, Failure> {
    let (api, domain) = call.in_domain()?;
    api.remove(kind, &domain, call.arg(0))?;
    Ok(Outcome::Done)
}

fn connect(call: &mut Call<'_>, connected: bool) -> Result<Outcome, Failure> {
    let types = if call.args.len() > 2 {
        call.list_of_texts(2, r#"such as '["publish","subscribe"]'"#)?
    } else {
        Json::List(["publish", "subscribe"].map(|word| Json::Text(word.into())).to_vec())
    };
    let (api, domain) = call.in_domain()?;
    api.connect(&domain, call.arg(0), call.arg(1), &types, connected)?;
    Ok(Outcome::Done)
}
