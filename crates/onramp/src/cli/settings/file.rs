//! The configuration file: the reference's keys, and a few of ours.

use super::{Env, Source, folder};
use crate::cli::Usage;
use crate::cli::flags::Flags;
use serde::Deserialize;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The reference's place, used when a file is there already.
const IN_FOLDER: &str = "./config.toml";

#[derive(Deserialize, Default)]
#[serde(default)]
struct Content {
    url: Option<String>,
    domain_id: Option<String>,
    user_token: Option<String>,
    ca_file: Option<String>,
    raw_output: Option<toml::Value>,
    remotes: Remotes,
    filter: Filter,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Remotes {
    bootstrap_url: Option<String>,
    users_url: Option<String>,
    domains_url: Option<String>,
    channels_url: Option<String>,
    clients_url: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Filter {
    limit: Option<toml::Value>,
    offset: Option<toml::Value>,
}

/// A file that was read.
pub(crate) struct ConfigFile {
    pub(crate) path: PathBuf,
    pub(crate) raw: bool,
    pub(crate) limit: Option<u64>,
    pub(crate) offset: Option<u64>,
    pub(crate) ca_file: Option<PathBuf>,
    content: Content,
}

impl ConfigFile {
    pub(super) fn source(&self) -> Source {
        let some = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
        let remotes = &self.content.remotes;
        Source {
            name: self.path.display().to_string(),
            url: some(&self.content.url),
            bootstrap: some(&remotes.bootstrap_url),
            users: some(&remotes.users_url),
            domains: some(&remotes.domains_url),
            channels: some(&remotes.channels_url),
            clients: some(&remotes.clients_url),
            domain: some(&self.content.domain_id),
            token: some(&self.content.user_token),
            unusable: None,
        }
    }
}

/// Which file it is: the one named, else the user's own, else one that lies in this folder. The flag tells
/// whether it was named.
pub(crate) fn location(flags: &Flags, env: &Env) -> (PathBuf, bool) {
    if let Some(path) = flags.config.as_ref().or(env.config.as_ref()) {
        return (path.clone(), true);
    }
    let own = env.config_home.as_ref().map(|home| home.join("onramp/config.toml"));
    let here = PathBuf::from(IN_FOLDER);
    match own {
        Some(own) if own.exists() || !here.exists() => (own, false),
        _ => (here, false),
    }
}

/// Reads it. Only a file that was named must be there.
pub(super) fn load(
    flags: &Flags,
    env: &Env,
    making: bool,
    notes: &mut Vec<String>,
) -> Result<Option<ConfigFile>, Usage> {
    let (path, named) = location(flags, env);
    let shown = path.display();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && (making || !named) => return Ok(None),
        Err(error) => return Err(Usage::new(format!("{shown} cannot be read: {error}"))),
    };
    let metadata =
        std::fs::metadata(&path).map_err(|error| Usage::new(format!("{shown} cannot be read: {error}")))?;
    // Whoever can write a file into this folder must not choose where a token goes.
    if !named && path == Path::new(IN_FOLDER) && (!folder::is_ours(&metadata) || metadata.mode() & 0o022 != 0)
    {
        notes.push(format!(
            "note: others may change {shown}, so it is not used; name it with -c if you trust it"
        ));
        return Ok(None);
    }
    let content =
        parse(&text).map_err(|reason| Usage::new(format!("Failed to parse config: {shown}: {reason}")))?;
    let bad = |key: &str| {
        Usage::new(format!("Failed to parse config: {shown}: {key} has a value of the wrong kind"))
    };
    let number = |value: &Option<toml::Value>, key: &str| match value {
        None => Ok(None),
        Some(toml::Value::Integer(number)) => u64::try_from(*number).map(Some).map_err(|_| bad(key)),
        Some(toml::Value::String(text)) if text.is_empty() => Ok(None),
        Some(toml::Value::String(text)) => text.parse().map(Some).map_err(|_| bad(key)),
        Some(_) => Err(bad(key)),
    };
    let raw = match &content.raw_output {
        None => false,
        Some(toml::Value::Boolean(raw)) => *raw,
        Some(toml::Value::String(text)) => boolean(text).ok_or_else(|| bad("raw_output"))?,
        Some(_) => return Err(bad("raw_output")),
    };
    let exposed =
        content.user_token.as_ref().is_some_and(|token| !token.is_empty()) && metadata.mode() & 0o077 != 0;
    if exposed {
        notes.push(format!("note: {shown} holds a token and can be read by others: chmod 600 {shown}"));
    }
    Ok(Some(ConfigFile {
        raw,
        limit: number(&content.filter.limit, "limit")?,
        offset: number(&content.filter.offset, "offset")?,
        ca_file: content.ca_file.as_ref().filter(|file| !file.is_empty()).map(PathBuf::from),
        path,
        content,
    }))
}

/// The parser's message and line; never the line's text, which may hold the token.
fn parse(text: &str) -> Result<Content, String> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| text[..span.start.min(text.len())].lines().count().max(1));
        let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
        format!(
            "{place}{}",
            if error.message().contains('`') { "a value of the wrong kind" } else { error.message() }
        )
    })
}

/// The words that the reference takes for a boolean.
fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// Where a settable key stands, and its value as TOML writes it.
pub(crate) struct Setting {
    pub(crate) table: Option<&'static str>,
    pub(crate) value: toml::Value,
}

/// Checks a key and its value before anything is written.
pub(crate) fn check_value(key: &str, value: &str) -> Result<Setting, Usage> {
    let text = |table| Ok(Setting { table, value: toml::Value::String(value.to_owned()) });
    match key {
        "user_token" | "domain_id" | "ca_file" => text(None),
        "topic" => text(Some("filter")),
        "raw_output" => {
            let value = boolean(value).ok_or_else(|| Usage::new("raw_output must be true or false"))?;
            Ok(Setting { table: None, value: toml::Value::String(value.to_string()) })
        }
        "tls_verification" => {
            let value = boolean(value).ok_or_else(|| Usage::new("tls_verification must be true or false"))?;
            Ok(Setting { table: Some("remotes"), value: toml::Value::Boolean(value) })
        }
        "limit" | "offset" => match value.parse::<u64>() {
            Ok(_) => text(Some("filter")),
            Err(_) => Err(Usage::new(format!("{key} must be a whole number"))),
        },
        "url" => checked_url(value).and_then(|()| text(None)),
        "bootstrap_url" | "users_url" | "domains_url" | "channels_url" | "clients_url" | "groups_url" | "journal_url"
        | "host_url" | "http_adapter_url" | "certs_url" | "reader_url" => {
            checked_url(value).and_then(|()| text(Some("remotes")))
        }
        _ => Err(Usage::new("no such key").hint(
            "keys: url, domain_id, user_token, ca_file, raw_output, limit, offset, topic, tls_verification, \
             bootstrap_url, users_url, domains_url, channels_url, clients_url, groups_url, journal_url, host_url, \
             http_adapter_url, certs_url, reader_url",
        )),
    }
}

fn checked_url(value: &str) -> Result<(), Usage> {
    let rest = value.strip_prefix("http://").or_else(|| value.strip_prefix("https://"));
    match rest {
        Some(rest)
            if !rest.is_empty()
                && !rest.starts_with(['/', '?', '#', ':'])
                && !rest.contains(char::is_whitespace) =>
        {
            Ok(())
        }
        _ => Err(Usage::new("invalid url").hint("an address such as http://localhost:9013")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFERENCE: &str = "raw_output = \"true\"\nuser_token = \"\"\n\n[filter]\n  limit = \"20\"\n  offset = \"0\"\n  topic = \"\"\n\n[remotes]\n  bootstrap_url = \"http://b:9013\"\n  channels_url = \"http://c:9005\"\n  host_url = \"http://localhost\"\n  tls_verification = false\n";

    fn at(folder: &tempfile::TempDir, text: &str) -> Result<Option<ConfigFile>, Usage> {
        let path = folder.path().join("config.toml");
        std::fs::write(&path, text).unwrap();
        load(&Flags { config: Some(path), ..Flags::default() }, &Env::default(), false, &mut Vec::new())
    }

    #[test]
    fn the_references_file_is_understood() {
        let folder = tempfile::tempdir().unwrap();
        let file = at(&folder, REFERENCE).unwrap().unwrap();
        assert!(file.raw);
        assert_eq!((file.limit, file.offset), (Some(20), Some(0)));
        let source = file.source();
        assert_eq!(source.bootstrap.as_deref(), Some("http://b:9013"));
        assert_eq!(source.channels.as_deref(), Some("http://c:9005"));
        assert!(source.token.is_none() && source.users.is_none());
    }

    #[test]
    fn errors_name_the_line_and_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        for text in [
            "raw_output = \"false\"\nuser_token = \"s3cret\n",
            "user_token = [s3cret",
            "\n[remotes]\nusers_url = 5\n",
        ] {
            let error = at(&folder, text).err().unwrap().message;
            assert!(error.contains("Failed to parse config") && error.contains("line "), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
        assert!(at(&folder, "raw_output = \"yes\"").is_err());
        assert!(
            load(
                &Flags { config: Some("/no/such".into()), ..Flags::default() },
                &Env::default(),
                false,
                &mut Vec::new()
            )
            .is_err()
        );
    }

    #[test]
    fn the_users_own_file_comes_first_and_none_is_made() {
        let home = tempfile::tempdir().unwrap();
        let env = Env { config_home: Some(home.path().to_owned()), ..Env::default() };
        assert!(load(&Flags::default(), &env, false, &mut Vec::new()).unwrap().is_none());
        let own = home.path().join("onramp/config.toml");
        std::fs::create_dir_all(own.parent().unwrap()).unwrap();
        std::fs::write(&own, "url = \"http://own\"").unwrap();
        let file = load(&Flags::default(), &env, false, &mut Vec::new()).unwrap().unwrap();
        assert_eq!(file.path, own);
        assert_eq!(file.source().url.as_deref(), Some("http://own"));
    }
}
