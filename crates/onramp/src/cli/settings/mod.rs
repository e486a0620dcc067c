//! Which server, which domain, which token.
//!
//! The three come from one source as a set, so that a token stored for one server never reaches another. Only
//! a token that was typed for this very command may go to an address that the user's environment or file names.

mod edit;
mod env;
mod file;
mod folder;

pub(crate) use edit::set as edit_file;
pub use env::Env;
pub(crate) use file::{ConfigFile, check_value, location};

use super::Usage;
use super::flags::Flags;
use super::grammar::Typed;
use onramp_client::Urls;

/// Where a server of ours listens unless told otherwise.
pub(crate) const DEFAULT_URL: &str = "http://localhost:9013";

/// What one source says.
#[derive(Clone, Default)]
pub(crate) struct Source {
    /// How messages call it.
    pub(crate) name: String,
    /// An address for everything.
    pub(crate) url: Option<String>,
    /// Addresses of single services.
    pub(crate) bootstrap: Option<String>,
    pub(crate) users: Option<String>,
    pub(crate) domains: Option<String>,
    pub(crate) channels: Option<String>,
    pub(crate) clients: Option<String>,
    /// Domain id.
    pub(crate) domain: Option<String>,
    /// The user's token.
    pub(crate) token: Option<String>,
    /// Why it must not be used, although it is there.
    pub(crate) unusable: Option<String>,
}

type Pick = fn(&Source) -> Option<&String>;

const SERVICES: [Pick; 5] = [
    |source| source.bootstrap.as_ref(),
    |source| source.users.as_ref(),
    |source| source.domains.as_ref(),
    |source| source.channels.as_ref(),
    |source| source.clients.as_ref(),
];

impl Source {
    fn address(&self, pick: Pick) -> Option<&String> {
        pick(self).or(self.url.as_ref())
    }

    fn names_an_address(&self) -> bool {
        SERVICES.iter().any(|pick| self.address(*pick).is_some())
    }

    fn says_anything(&self) -> bool {
        self.unusable.is_some() || self.names_an_address() || self.domain.is_some() || self.token.is_some()
    }
}

/// What a command needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// The server only.
    Server,
    /// A token, if there is one.
    MaybeToken,
    /// A token.
    Token,
    /// A domain and a token.
    DomainAndToken,
}

/// Where a command goes, and as whom.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) urls: Urls,
    pub(crate) domain: Option<String>,
    pub(crate) token: Option<String>,
    /// Where the token came from, for hints.
    pub(crate) token_from: String,
}

/// Addresses: the first source that names one, service by service.
fn addresses<'a>(sources: impl Iterator<Item = &'a Source> + Clone) -> Urls {
    let find = |pick: Pick| {
        sources
            .clone()
            .filter(|source| source.unusable.is_none())
            .find_map(|source| source.address(pick))
            .map_or(DEFAULT_URL, String::as_str)
            .trim_end_matches('/')
            .to_owned()
    };
    let [bootstrap, users, domains, channels, clients] = SERVICES.map(find);
    Urls { bootstrap, users, domains, channels, clients }
}

/// Decides. `typed` is what the arguments and flags say, `flags` the addresses among them, `others` the other
/// sources in their order.
pub(crate) fn choose(
    needs: Needs,
    typed: &Typed,
    flags: &Source,
    others: &[Source],
) -> Result<Target, Usage> {
    let typed_target = || Target {
        urls: addresses([flags].into_iter().chain(others)),
        domain: typed.domain.clone(),
        token: typed.token.clone(),
        token_from: "the arguments".into(),
    };
    let want_domain = needs == Needs::DomainAndToken;
    if needs == Needs::Server {
        return Ok(Target { token: None, domain: None, ..typed_target() });
    }
    match (&typed.token, &typed.domain) {
        (Some(_), Some(_)) => return Ok(typed_target()),
        (Some(_), None) if !want_domain => return Ok(typed_target()),
        (Some(_), None) => {
            return Err(
                Usage::new("a token is given but no domain: give both, or neither").hint("use --domain ID")
            );
        }
        (None, Some(_)) if want_domain => {
            return Err(Usage::new("a domain is given but no token: give both, or neither")
                .hint("use --token-file FILE; url, domain and token come from one source"));
        }
        (None, _) => {}
    }
    let Some(set) = others.iter().find(|source| source.says_anything()) else {
        return if needs == Needs::MaybeToken { Ok(typed_target()) } else { Err(nothing_known(want_domain)) };
    };
    let stored = stored_set(set, flags, want_domain);
    if needs == Needs::MaybeToken && stored.is_err() { Ok(typed_target()) } else { stored }
}

/// All three from one source; addresses on the command line may only repeat it.
fn stored_set(set: &Source, flags: &Source, want_domain: bool) -> Result<Target, Usage> {
    if let Some(reason) = &set.unusable {
        return Err(Usage::new(reason.clone()));
    }
    let name = &set.name;
    let Some(token) = set.token.clone() else {
        return Err(Usage::new(format!(
            "{name} gives no token; url, domain and token come from one source as a set"
        ))
        .hint(if want_domain {
            "give <domain_id> <user_auth_token> at the end, or all three in one place"
        } else {
            "give <user_auth_token> at the end, or all three in one place"
        }));
    };
    let urls = addresses([set].into_iter());
    if flags.names_an_address() && addresses([flags, set].into_iter()) != urls {
        return Err(Usage::new(format!(
            "another server is given on the command line, and the token stored in {name} is not sent there"
        ))
        .hint("give domain and token on the command line too"));
    }
    if want_domain && set.domain.is_none() {
        return Err(Usage::new(format!(
            "{name} gives a token but no domain; the three come from one source as a set"
        ))
        .hint("give <domain_id> <user_auth_token> at the end, or all three in one place"));
    }
    Ok(Target { urls, domain: set.domain.clone(), token: Some(token), token_from: name.clone() })
}

fn nothing_known(want_domain: bool) -> Usage {
    let what = if want_domain {
        "<domain_id> and <user_auth_token> are not known"
    } else {
        "<user_auth_token> is not known"
    };
    Usage::new(what).hint(
        "give them as the last arguments, set ONRAMP_URL, ONRAMP_DOMAIN and ONRAMP_TOKEN, or run this beside the \
         server's ./onramp-data (--data-dir FOLDER)",
    )
}

/// Everything that was read before a command starts.
pub(crate) struct Settings {
    pub(crate) flags: Flags,
    pub(crate) file: Option<ConfigFile>,
    /// What should be said about files that were found.
    pub(crate) notes: Vec<String>,
    from_flags: Source,
    others: Vec<Source>,
}

impl Settings {
    /// Reads environment, file and data folder. A file or folder named on the command line comes before the
    /// environment. A command that writes the file (`making`) may name one that isn't there yet.
    pub(crate) fn load(flags: Flags, env: &Env, making: bool) -> Result<Self, Usage> {
        let mut notes = Vec::new();
        let file = file::load(&flags, env, making, &mut notes)?;
        let from_file = file.as_ref().map(ConfigFile::source);
        let folder =
            folder::load(flags.data_dir.as_deref().or(env.data_dir.as_deref()), flags.data_dir.is_some())?;
        let mut first = Vec::new();
        let mut last = Vec::new();
        let mut place = |source: Option<Source>, named: bool| {
            if named { first.extend(source) } else { last.extend(source) }
        };
        place(from_file, flags.config.is_some());
        place(folder, flags.data_dir.is_some());
        first.push(env.source());
        first.extend(last);
        let from_flags = Source {
            name: "the command line".into(),
            url: flags.url.clone(),
            bootstrap: flags.bootstrap_url.clone(),
            users: flags.users_url.clone(),
            domains: flags.domains_url.clone(),
            channels: flags.channels_url.clone(),
            clients: flags.clients_url.clone(),
            ..Source::default()
        };
        Ok(Settings { flags, file, notes, from_flags, others: first })
    }

    /// Where this command goes.
    pub(crate) fn target(&self, needs: Needs, typed: &Typed) -> Result<Target, Usage> {
        choose(needs, typed, &self.from_flags, &self.others)
    }

    /// Page size: flag, file, default.
    pub(crate) fn limit(&self) -> u64 {
        self.flags.limit.or_else(|| self.file.as_ref().and_then(|file| file.limit)).unwrap_or(10)
    }

    /// Rows to skip: flag, file.
    pub(crate) fn offset(&self) -> Option<u64> {
        self.flags.offset.or_else(|| self.file.as_ref().and_then(|file| file.offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str, url: Option<&str>, domain: Option<&str>, token: Option<&str>) -> Source {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Source {
            name: name.into(),
            url: own(url),
            domain: own(domain),
            token: own(token),
            ..Source::default()
        }
    }

    fn typed(domain: Option<&str>, token: Option<&str>) -> Typed {
        Typed { domain: domain.map(str::to_owned), token: token.map(str::to_owned) }
    }

    fn told(result: Result<Target, Usage>) -> String {
        match result {
            Ok(target) => format!(
                "{} {} {}",
                target.urls.bootstrap,
                target.domain.as_deref().unwrap_or("-"),
                target.token.as_deref().unwrap_or("-")
            ),
            Err(usage) => format!("error: {}", usage.message),
        }
    }

    #[test]
    fn the_three_come_from_one_source() {
        let none = source("flags", None, None, None);
        let env = source("env", Some("http://env"), Some("De"), Some("Te"));
        let env_url = source("env", Some("http://env"), None, None);
        let env_token = source("env", None, None, Some("Te"));
        let file = source("file", Some("http://file"), Some("Df"), Some("Tf"));
        let file_url = source("file", Some("http://file"), None, None);
        let folder = source("admin.json", Some("http://folder"), Some("Dd"), Some("Td"));
        let unsafe_folder = Source { unusable: Some("others may read it".into()), ..folder.clone() };
        let evil = source("flags", Some("http://evil"), None, None);
        let same = source("flags", Some("http://folder/"), None, None);
        let (only_domain, only_token) = (typed(Some("D"), None), typed(None, Some("T")));
        let empty = typed(None, None);
        let both = typed(Some("D"), Some("T"));
        let cases: Vec<(&Typed, &Source, Vec<Source>, &str)> = vec![
            (&empty, &none, vec![env.clone(), file.clone(), folder.clone()], "http://env De Te"),
            (&empty, &none, vec![file.clone(), folder.clone()], "http://file Df Tf"),
            (&empty, &none, vec![folder.clone()], "http://folder Dd Td"),
            (&empty, &none, vec![], "error: <domain_id> and"),
            // Never a token from one with an address from another.
            (&empty, &none, vec![env_url.clone(), folder.clone()], "error: env gives no token"),
            (
                &empty,
                &none,
                vec![env_token.clone(), file_url.clone()],
                "error: env gives a token but no domain",
            ),
            (&empty, &none, vec![file_url.clone(), folder.clone()], "error: file gives no token"),
            (&empty, &evil, vec![folder.clone()], "error: another server is given"),
            (&empty, &evil, vec![env.clone()], "error: another server is given"),
            (&empty, &evil, vec![], "error: <domain_id> and"),
            (&empty, &same, vec![folder.clone()], "http://folder Dd Td"),
            (&empty, &none, vec![unsafe_folder.clone()], "error: others may read it"),
            // Typed for this command: address from the first that names one.
            (&both, &none, vec![], "http://localhost:9013 D T"),
            (&both, &evil, vec![env.clone()], "http://evil D T"),
            (&both, &none, vec![env_url, file_url], "http://env D T"),
            (&both, &none, vec![unsafe_folder], "http://localhost:9013 D T"),
            // Half of it is a mistake.
            (&only_domain, &none, vec![env.clone()], "error: a domain is given but no token"),
            (&only_token, &none, vec![env], "error: a token is given but no domain"),
        ];
        for (at, (typed, flags, others, want)) in cases.iter().enumerate() {
            let got = told(choose(Needs::DomainAndToken, typed, flags, others));
            assert!(got.starts_with(want), "case {at}: {got}");
        }
    }

    #[test]
    fn a_stored_token_reaches_no_service_of_another_source() {
        let flags = Source { users: Some("http://evil".into()), ..Source::default() };
        let env = source("env", None, Some("D"), Some("T"));
        let file = Source { channels: Some("http://file".into()), ..Source::default() };
        let target =
            choose(Needs::Token, &Typed::default(), &Source::default(), &[env.clone(), file]).ok().unwrap();
        assert_eq!(target.urls, Urls::one(DEFAULT_URL));
        assert!(choose(Needs::Token, &Typed::default(), &flags, &[env]).is_err());
    }

    #[test]
    fn a_user_may_be_created_without_a_token() {
        let none = Source::default();
        let set = source("env", Some("http://env"), None, Some("T"));
        assert_eq!(
            told(choose(Needs::MaybeToken, &Typed::default(), &none, &[])),
            "http://localhost:9013 - -"
        );
        assert_eq!(
            told(choose(Needs::MaybeToken, &Typed::default(), &none, std::slice::from_ref(&set))),
            "http://env - T"
        );
        let evil = source("flags", Some("http://evil"), None, None);
        assert_eq!(told(choose(Needs::MaybeToken, &Typed::default(), &evil, &[set])), "http://evil - -");
    }
}
