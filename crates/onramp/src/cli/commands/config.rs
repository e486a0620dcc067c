//! `config <key> <value>`, and `config` alone: what is in use, without secrets.

use super::{Call, Outcome, argument};
use crate::cli::Failure;
use crate::cli::grammar::{Leaf, Tail};
use crate::cli::settings::{Needs, check_value, edit_file, location};
use onramp_client::Json;

pub(super) const LEAVES: &[Leaf] = &[
    Leaf {
        path: &["config", "show"],
        args: &[],
        optional: None,
        tail: Tail::Nothing,
        about: "Show what is in use and where it comes from, without secrets",
        examples: &["config show"],
        run: show,
    },
    Leaf {
        path: &["config"],
        args: &[
            argument(
                "<key>",
                "Its name in the file, such as url, domain_id, user_token, channels_url, limit",
            ),
            argument("<value>", "The value; for user_token also @FILE, or - for a line of standard input"),
        ],
        optional: None,
        tail: Tail::Nothing,
        about: "Set a value in the configuration file, which is made (readable by you only) when it is missing",
        examples: &[
            "config url https://onramp.example",
            "config domain_id <domain_id>",
            "config user_token - < tokenfile",
            "config show",
        ],
        run: set,
    },
];

fn set(call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let key = call.arg(0).to_owned();
    let value = if key == "user_token" { call.secret(1)? } else { call.arg(1).to_owned() };
    let setting = check_value(&key, &value)?;
    if key == "tls_verification" && value.starts_with(['0', 'f', 'F']) {
        call.console
            .talk("note: certificates are verified all the same; --insecure turns that off for one command");
    }
    let (path, _) = location(&call.settings.flags, &call.env);
    edit_file(&path, &key, &setting)?;
    Ok(Outcome::Done)
}

fn show(call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let (path, _) = location(&call.settings.flags, &call.env);
    let file = call
        .settings
        .file
        .as_ref()
        .map_or_else(|| format!("{} (not there)", path.display()), |file| file.path.display().to_string());
    let text = |text: &str| Json::Text(text.to_owned());
    let server = call.target(Needs::Server)?;
    let set = call.target(Needs::DomainAndToken);
    let (source, domain, token, urls) = match &set {
        Ok(set) => {
            (text(&set.token_from), set.domain.as_deref().map_or(Json::Null, text), text("known"), &set.urls)
        }
        Err(failure) => (Json::Null, Json::Null, text(&failure.to_string()), &server.urls),
    };
    let members = [
        ("bootstrap_url", text(&urls.bootstrap)),
        ("channels_url", text(&urls.channels)),
        ("clients_url", text(&urls.clients)),
        ("config_file", text(&file)),
        ("domain_id", domain),
        ("domains_url", text(&urls.domains)),
        ("source", source),
        ("user_token", token),
        ("users_url", text(&urls.users)),
    ];
    Ok(Outcome::Json(Json::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())))
}
