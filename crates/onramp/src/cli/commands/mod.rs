//! The table of all commands, and what they share while they run.

mod bootstrap;
mod config;
mod config_json;
mod domains;
mod entities;
mod health;
mod users;

use super::curl;
use super::flags::Flags;
use super::grammar::{Argument, Leaf, Typed};
use super::input::Input;
use super::output::Console;
use super::settings::{Env, Needs, Settings, Target};
use super::{Failure, Usage};
use onramp_client::{Api, Error, Filter, Json, TlsSettings, Transport};
use std::time::Duration;

/// The first word of a command.
pub(crate) struct Group {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    leaves: &'static [Leaf],
}

/// All groups, in the order of the help.
pub(crate) const GROUPS: &[Group] = &[
    Group {
        name: "bootstrap",
        about: "Configs of devices, and what a device asks for",
        leaves: bootstrap::LEAVES,
    },
    Group { name: "users", about: "Log in, and manage users", leaves: users::LEAVES },
    Group { name: "domains", about: "Manage domains", leaves: domains::LEAVES },
    Group { name: "channels", about: "Manage channels", leaves: entities::CHANNELS },
    Group { name: "clients", about: "Manage clients, connect them to channels", leaves: entities::CLIENTS },
    Group { name: "health", about: "Ask whether a service is well", leaves: health::LEAVES },
    Group { name: "config", about: "Set a value in the configuration file", leaves: config::LEAVES },
];

/// Every command.
pub(crate) fn all() -> impl Iterator<Item = &'static Leaf> {
    GROUPS.iter().flat_map(|group| group.leaves)
}

/// The words that may follow these, for messages.
pub(crate) fn words_after(path: &[&str]) -> Vec<&'static str> {
    let mut words: Vec<&str> = all()
        .filter(|leaf| leaf.path.len() > path.len() && leaf.path.starts_with(path))
        .map(|leaf| leaf.path[path.len()])
        .collect();
    words.dedup();
    words
}

/// One line of help for words that are not a command by themselves.
pub(crate) fn about_branch(path: &[&str]) -> String {
    format!("Change one part: {}", words_after(path).join(", "))
}

/// What a command gives.
pub(crate) enum Outcome {
    /// Data.
    Json(Json),
    /// Nothing but success.
    Done,
    /// The id of something new.
    Created(String),
}

/// A command while it runs.
pub(crate) struct Call<'a> {
    leaf: &'static Leaf,
    args: Vec<String>,
    typed: Typed,
    settings: Settings,
    env: Env,
    input: Input<'a>,
    console: &'a Console,
    token_from: Option<String>,
}

/// Runs one command and prints its result.
pub(crate) fn run(
    leaf: &'static Leaf,
    given: Vec<String>,
    flags: Flags,
    env: Env,
    console: &Console,
) -> Result<(), Failure> {
    let (args, typed) = leaf.split(given)?;
    let settings = Settings::load(flags, &env, leaf.path == ["config"])?;
    for note in &settings.notes {
        console.talk(note);
    }
    let raw = settings.file.as_ref().is_some_and(|file| file.raw);
    let mut call =
        Call { leaf, args, typed, settings, env, input: Input::new(console), console, token_from: None };
    match (leaf.run)(&mut call) {
        Ok(outcome) => {
            console.result(&outcome, raw);
            Ok(())
        }
        Err(Failure::Call { error, hint: None }) => {
            let hint = call.hint(&error);
            Err(Failure::Call { error, hint })
        }
        Err(other) => Err(other),
    }
}

impl Call<'_> {
    /// An argument that is neither document nor secret.
    fn arg(&self, at: usize) -> &str {
        self.args.get(at).map_or("", String::as_str)
    }

    fn shown(&self, at: usize) -> &'static str {
        self.leaf.args.iter().chain(self.leaf.optional.as_ref()).nth(at).map_or("", |arg| arg.shown)
    }

    /// A JSON argument: text, file or standard input.
    fn json(&mut self, at: usize) -> Result<Json, Failure> {
        let shown = self.shown(at);
        let arg = std::mem::take(&mut self.args[at]);
        let text = self.input.document(&arg, shown)?;
        Json::parse(text.as_bytes()).map_err(|reason| {
            Usage::new(format!("{shown} is not valid JSON: {}", without_quotes(&reason))).into()
        })
    }

    /// A JSON argument that must be a list of strings.
    fn list_of_texts(&mut self, at: usize, example: &str) -> Result<Json, Failure> {
        let shown = self.shown(at);
        let json = self.json(at)?;
        match &json {
            Json::List(list) if list.iter().all(|item| item.as_text().is_some()) => Ok(json),
            Json::List(_) => {
                Err(Usage::new(format!("{shown} must hold strings only")).hint(example.to_owned()).into())
            }
            other => Err(Usage::new(format!("{shown} must be a list of strings, not {}", other.kind()))
                .hint(example.to_owned())
                .into()),
        }
    }

    /// A JSON argument that must be an object.
    fn object(&mut self, at: usize) -> Result<Json, Failure> {
        let shown = self.shown(at);
        match self.json(at)? {
            json @ Json::Object(_) => Ok(json),
            other => Err(Usage::new(format!("{shown} must be an object, not {}", other.kind())).into()),
        }
    }

    /// A certificate or key: text, file or standard input.
    fn certificate(&mut self, at: usize) -> Result<Option<String>, Failure> {
        let shown = self.shown(at);
        let arg = std::mem::take(&mut self.args[at]);
        Ok(self.input.certificate(&arg, shown)?)
    }

    /// A key, password or token: text, file or a line of standard input.
    fn secret(&mut self, at: usize) -> Result<String, Failure> {
        let shown = self.shown(at);
        let arg = std::mem::take(&mut self.args[at]);
        Ok(self.input.secret(&arg, shown)?)
    }

    /// What lists are asked for.
    fn filter(&self) -> Filter {
        let flags = &self.settings.flags;
        Filter {
            limit: Some(self.settings.limit()),
            offset: self.settings.offset(),
            name: flags.name.clone(),
            status: flags.status.clone(),
            state: flags.state,
            external_id: flags.external_id.clone(),
            client_id: flags.client_id.clone(),
        }
    }

    /// A client for commands that need no token.
    fn anonymous(&mut self) -> Result<Api, Failure> {
        self.api(Needs::Server).map(|(api, _)| api)
    }

    /// A client with the user's token.
    fn as_user(&mut self) -> Result<Api, Failure> {
        self.api(Needs::Token).map(|(api, _)| api)
    }

    /// A client with the user's token where there is one.
    fn maybe_as_user(&mut self) -> Result<Api, Failure> {
        self.api(Needs::MaybeToken).map(|(api, _)| api)
    }

    /// A client with a token that was typed for this one request.
    fn with_token(&mut self, token: String) -> Result<Api, Failure> {
        let target = Target { token: Some(token), ..self.target(Needs::Server)? };
        self.token_from = Some("the arguments".into());
        self.connect(&target)
    }

    /// A client with the user's token, and the domain.
    fn in_domain(&mut self) -> Result<(Api, String), Failure> {
        let (api, target) = self.api(Needs::DomainAndToken)?;
        Ok((api, target.domain.unwrap_or_default()))
    }

    fn api(&mut self, needs: Needs) -> Result<(Api, Target), Failure> {
        let target = self.target(needs)?;
        let api = self.connect(&target)?;
        Ok((api, target))
    }

    fn target(&mut self, needs: Needs) -> Result<Target, Failure> {
        self.merge_flags(needs)?;
        let target = self
            .settings
            .target(needs, &self.typed)
            .map_err(|usage| Usage { leaf: usage.leaf.or_else(|| Some(self.leaf.path.to_vec())), ..usage })?;
        self.token_from = target.token.as_ref().map(|_| target.token_from.clone());
        Ok(target)
    }

    fn connect(&self, target: &Target) -> Result<Api, Failure> {
        let flags = &self.settings.flags;
        let file = flags
            .ca_file
            .as_ref()
            .or_else(|| self.settings.file.as_ref().and_then(|file| file.ca_file.as_ref()));
        let authorities = file
            .map(|file| {
                std::fs::read_to_string(file)
                    .map_err(|error| Usage::new(format!("{} cannot be read: {error}", file.display())))
            })
            .transpose()?;
        let tls = TlsSettings { insecure: flags.insecure, authorities };
        let mut transport = Transport::new(&tls, Duration::from_secs(flags.timeout))?;
        if flags.curl {
            let show = flags.show_secrets;
            transport = transport.observed(move |sent| eprintln!("{}", curl::command(sent, show)));
        }
        Ok(Api::new(transport, target.urls.clone(), target.token.clone())?)
    }

    /// Flags and arguments are one source; the same thing said twice is a mistake.
    fn merge_flags(&mut self, needs: Needs) -> Result<(), Failure> {
        if needs == Needs::Server {
            return Ok(());
        }
        let flags = &self.settings.flags;
        let (domain, token, file) = (flags.domain.clone(), flags.token.clone(), flags.token_file.clone());
        if let Some(typed) = self.typed.token.take() {
            self.typed.token = Some(self.input.secret(&typed, "<user_auth_token>")?);
        }
        let flag_token = match (token, file) {
            (Some(token), _) => Some(self.input.secret(&token, "--token")?),
            (None, Some(file)) => Some(self.input.secret_file(&file, "--token-file")?),
            (None, None) => None,
        };
        let twice = |what: &str| {
            Failure::from(Usage::new(format!("{what} is given twice: as an argument and as a flag")))
        };
        match (&self.typed.token, &flag_token) {
            (Some(_), Some(_)) => return Err(twice("the token")),
            (None, Some(_)) => self.typed.token = flag_token,
            _ => {}
        }
        match (&self.typed.domain, &domain) {
            (Some(_), Some(_)) => return Err(twice("the domain")),
            (None, Some(_)) => self.typed.domain = domain,
            _ => {}
        }
        Ok(())
    }

    fn hint(&self, error: &Error) -> Option<String> {
        match error {
            Error::Status { code: 401, .. } => self.token_from.as_ref().map(|source| {
                format!("the token came from {source}; a new one: users token <username> <password>")
            }),
            Error::Unreachable { .. } => Some(
                "is the server running there? --url, ONRAMP_URL and the configuration file name another"
                    .into(),
            ),
            Error::Tls { .. } => Some(
                "--ca-file FILE trusts an authority of your own, --insecure accepts any certificate".into(),
            ),
            _ => None,
        }
    }
}

/// A parser's complaint can quote what it read, and that may be a secret.
fn without_quotes(reason: &str) -> String {
    match (reason.find(['`', '"']), reason.rfind(" at line ")) {
        (Some(start), Some(place)) if start < place => format!("{}…{}", &reason[..start], &reason[place..]),
        _ => reason.to_owned(),
    }
}

const JSON_HELP: &str = "JSON text, @FILE, a path, or - for standard input";
const SECRET_HELP: &str = "The text, @FILE, or - for a line of standard input";
const CERTIFICATE_HELP: &str = "PEM or base64 DER text, @FILE, a path, or - for standard input; '' for none";

const fn argument(shown: &'static str, help: &'static str) -> Argument {
    Argument { shown, help }
}
