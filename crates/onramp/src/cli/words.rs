//! Puts what was typed into one order: the words of the command, then flags, then `--` and the arguments.
//!
//! The grammar has two orders (`channels <id> get`, `channels get <id>`), two spellings (`bootstrap secure`,
//! `bootstrap bootstrap secure`) and arguments that begin with dashes (PEM). After this, `clap` sees one of each.

use super::flags::Flags;
use super::grammar::{self, Leaf};
use super::{Failure, Usage, commands};
use clap::{ArgAction, Args, Command};
use std::ffi::OsString;

/// Which flags there are, and which take a value.
struct Known {
    flags: Command,
}

enum Token {
    /// A flag, with its value when that is an argument of its own.
    Flag {
        values: bool,
    },
    Word,
    Unknown(String),
}

impl Known {
    fn new() -> Self {
        Known { flags: Flags::augment_args(Command::new("flags")) }
    }

    fn long(&self, name: &str) -> Option<bool> {
        if name == "help" {
            return Some(false);
        }
        self.flags.get_arguments().find(|arg| arg.get_long() == Some(name)).map(takes_value)
    }

    fn short(&self, letter: char) -> Option<bool> {
        if letter == 'h' {
            return Some(false);
        }
        self.flags.get_arguments().find(|arg| arg.get_short() == Some(letter)).map(takes_value)
    }

    fn look(&self, word: &str) -> Token {
        // PEM begins with dashes, and a lone dash is standard input.
        if word == "-" || word.starts_with("-----") || !word.starts_with('-') {
            return Token::Word;
        }
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) =
                long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
            return match self.long(name) {
                Some(takes) => Token::Flag { values: takes && value.is_none() },
                None => Token::Unknown(readable_flag(name)),
            };
        }
        let letters: Vec<char> = word.chars().skip(1).collect();
        for (at, letter) in letters.iter().enumerate() {
            match self.short(*letter) {
                Some(true) => return Token::Flag { values: at + 1 == letters.len() },
                Some(false) => {}
                None => return Token::Unknown(format!("-{letter}")),
            }
        }
        Token::Flag { values: false }
    }
}

fn takes_value(arg: &clap::Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
}

/// What looks like a mistyped flag is repeated; anything else could be a secret.
fn readable_flag(name: &str) -> String {
    let like_a_flag = name.len() <= 20 && name.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    if like_a_flag { format!("--{name}") } else { "--…".into() }
}

/// Arranges the arguments after the program's name.
///
/// # Errors
/// A usage error when the words make no command, or the arguments don't fit it.
pub fn arrange(name: &'static str, args: impl Iterator<Item = OsString>) -> Result<Vec<OsString>, Failure> {
    let given: Vec<OsString> = args.collect();
    let untouched = || [OsString::from(name)].into_iter().chain(given.iter().cloned()).collect();
    let known = Known::new();
    // Which group is it? Other commands (serve, completion, …) have flags of their own and are left alone.
    let mut at = 0;
    loop {
        let Some(word) = given.get(at).map(|word| word.to_string_lossy()) else { return Ok(untouched()) };
        match known.look(&word) {
            Token::Flag { values } => at += 1 + usize::from(values),
            Token::Word if commands::GROUPS.iter().any(|group| group.name == word) => break,
            _ => return Ok(untouched()),
        }
    }
    let mut texts = Vec::with_capacity(given.len());
    for (at, word) in given.iter().enumerate() {
        match word.to_str() {
            Some(text) => texts.push(text.to_owned()),
            None => return Err(Usage::new(format!("argument {} is not UTF-8", at + 1)).into()),
        }
    }
    let (flags, words) = split(&known, texts)?;
    let help = flags.iter().any(|flag| flag == "--help" || flag == "-h");
    let (path, args) = command_of(words, help)?;
    let mut out: Vec<OsString> = [name].into_iter().chain(path).map(OsString::from).collect();
    out.extend(flags.into_iter().map(OsString::from));
    if !args.is_empty() && !help {
        out.push("--".into());
        out.extend(args.into_iter().map(OsString::from));
    }
    Ok(out)
}

fn split(known: &Known, texts: Vec<String>) -> Result<(Vec<String>, Vec<String>), Failure> {
    let (mut flags, mut words) = (Vec::new(), Vec::new());
    let mut texts = texts.into_iter();
    while let Some(text) = texts.next() {
        if text == "--" {
            words.extend(texts.by_ref());
            break;
        }
        match known.look(&text) {
            Token::Word => words.push(text),
            Token::Flag { values } => {
                flags.push(text);
                if values {
                    flags.extend(texts.next());
                }
            }
            Token::Unknown(flag) => {
                let usage = Usage::new(format!("unknown flag {flag}"))
                    .hint("arguments that begin with a dash stand after --".to_owned());
                return Err(usage.into());
            }
        }
    }
    Ok((flags, words))
}

/// Finds the command, brings its id behind its words and counts its arguments.
fn command_of(words: Vec<String>, help: bool) -> Result<(Vec<&'static str>, Vec<String>), Failure> {
    let words = swap(words, help)?;
    let refs: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut length = 1;
    while length < refs.len() && grammar::known(&refs[..=length]) {
        length += 1;
    }
    // A device may be called `secure`: then exactly its key follows, and not three arguments.
    if length == 3 && refs[..3] == ["bootstrap", "bootstrap", "secure"] && refs.len() == 4 {
        length = 2;
    }
    let path: Vec<&'static str> = commands::all()
        .find(|leaf| leaf.path.starts_with(&refs[..length]))
        .map(|leaf| leaf.path[..length].to_vec())
        .unwrap_or_default();
    let Some(leaf) = grammar::leaf(&path) else {
        return branch(path, &refs[length..], help);
    };
    let args = words[length..].to_vec();
    if !help {
        leaf.split(args.clone())?;
    }
    Ok((path, args))
}

/// The words name a group or a branch, not yet a command.
fn branch(
    path: Vec<&'static str>,
    rest: &[&str],
    help: bool,
) -> Result<(Vec<&'static str>, Vec<String>), Failure> {
    match rest.first() {
        Some(word) if !help => {
            let known: Vec<&str> = commands::words_after(&path);
            let word: String = word.chars().filter(|c| !c.is_control()).take(40).collect();
            let usage = Usage::new(format!("unknown operation: {word}")).hint(format!(
                "{} knows {}",
                path.join(" "),
                known.join(", ")
            ));
            Err(usage.into())
        }
        _ => Ok((path, Vec::new())),
    }
}

/// `channels <id> get …` becomes `channels get <id> …`. A known operation in the first place means that the
/// older order was meant.
fn swap(mut words: Vec<String>, help: bool) -> Result<Vec<String>, Failure> {
    let operation = |words: &[String], at: usize| -> Option<&'static Leaf> {
        let word = words.get(at)?;
        let path = [words[0].as_str(), word.as_str()];
        commands::all().find(|leaf| leaf.path.starts_with(&path))
    };
    if !grammar::id_first(&words[0]) || words.len() < 2 || operation(&words, 1).is_some() {
        return Ok(words);
    }
    match operation(&words, 2) {
        Some(leaf) if leaf.takes_id() => {
            let id = words.remove(1);
            // The operation may be two words: update secret, update tags.
            let mut behind = 2;
            while behind < words.len() && {
                let refs: Vec<&str> = words[..=behind].iter().map(String::as_str).collect();
                grammar::known(&refs)
            } {
                behind += 1;
            }
            words.insert(behind, id);
            Ok(words)
        }
        _ if help => Ok(vec![words[0].clone()]),
        _ => {
            let word = words.get(2).unwrap_or(&words[1]).clone();
            let group = words[0].clone();
            branch_error(&group, &word)
        }
    }
}

fn branch_error(group: &str, word: &str) -> Result<Vec<String>, Failure> {
    let path: Vec<&'static str> =
        commands::GROUPS.iter().filter(|known| known.name == group).map(|known| known.name).collect();
    branch(path, &[word], false).map(|_| Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arranged(line: &[&str]) -> Result<String, String> {
        arrange("onramp", line.iter().map(OsString::from))
            .map(|args| args[1..].iter().map(|arg| arg.to_str().unwrap()).collect::<Vec<_>>().join(" "))
            .map_err(|failure| failure.to_string())
    }

    #[test]
    fn every_documented_form_becomes_one() {
        let cases: &[(&[&str], &str)] = &[
            (&["bootstrap", "create", "J", "D", "T"], "bootstrap create -- J D T"),
            (&["bootstrap", "create", "J"], "bootstrap create -- J"),
            (&["bootstrap", "get", "all", "D", "T", "-l", "5"], "bootstrap get -l 5 -- all D T"),
            (&["-l", "5", "--raw", "bootstrap", "get", "C"], "bootstrap get -l 5 --raw -- C"),
            (&["bootstrap", "-l5", "get", "C"], "bootstrap get -l5 -- C"),
            (&["bootstrap", "update", "config", "J", "D", "T"], "bootstrap update config -- J D T"),
            (&["bootstrap", "update", "connection", "C", "[]"], "bootstrap update connection -- C []"),
            (
                &["bootstrap", "update", "certs", "C", "-----BEGIN X", "-", "@ca", "D", "T"],
                "bootstrap update certs -- C -----BEGIN X - @ca D T",
            ),
            (&["bootstrap", "remove", "C", "D", "T"], "bootstrap remove -- C D T"),
            (&["bootstrap", "whitelist", "J"], "bootstrap whitelist -- J"),
            (&["bootstrap", "enable", "C"], "bootstrap enable -- C"),
            (&["bootstrap", "key", "C", "K", "D", "T"], "bootstrap key -- C K D T"),
            (&["bootstrap", "bootstrap", "E", "K"], "bootstrap bootstrap -- E K"),
            (&["bootstrap", "bootstrap", "secure", "E", "K", "X"], "bootstrap bootstrap secure -- E K X"),
            (&["bootstrap", "secure", "E", "K", "X"], "bootstrap secure -- E K X"),
            (&["bootstrap", "bootstrap", "secure", "K"], "bootstrap bootstrap -- secure K"),
            (&["channels", "C", "get", "D", "T"], "channels get -- C D T"),
            (&["channels", "get", "C", "D", "T"], "channels get -- C D T"),
            (&["channels", "all", "get"], "channels get -- all"),
            (&["channels", "C", "update", "J"], "channels update -- C J"),
            (&["clients", "C", "update", "secret", "S", "D", "T"], "clients update secret -- C S D T"),
            (&["clients", "update", "secret", "C", "S", "D", "T"], "clients update secret -- C S D T"),
            (&["clients", "C", "update", "tags", "[]"], "clients update tags -- C []"),
            (&["clients", "C", "update", "{}"], "clients update -- C {}"),
            (&["clients", "connect", "C", "H", "D", "T"], "clients connect -- C H D T"),
            (&["clients", "C", "connect", "H", "[]", "D", "T"], "clients connect -- C H [] D T"),
            (&["domains", "D", "users", "T"], "domains users -- D T"),
            (&["domains", "create", "n", "r", "T"], "domains create -- n r T"),
            (&["users", "token", "u", "p"], "users token -- u p"),
            (&["users", "all", "get", "T"], "users get -- all T"),
            (&["users", "create", "a", "b", "c", "d", "e"], "users create -- a b c d e"),
            (&["users", "profile"], "users profile"),
            (&["health"], "health"),
            (&["bootstrap", "secure", "--", "-E", "--K", "X"], "bootstrap secure -- -E --K X"),
            (&["channels", "C", "get", "--help"], "channels get --help"),
            (&["serve", "--listen", "x"], "serve --listen x"),
            (&["completion", "bash"], "completion bash"),
        ];
        for (line, want) in cases {
            assert_eq!(arranged(line).as_deref(), Ok(*want), "{line:?}");
        }
    }

    #[test]
    fn wrong_forms_are_told_without_repeating_arguments() {
        let cases: &[(&[&str], &str)] = &[
            (&["bootstrap", "create", "J", "D"], "give both <domain_id> and <user_auth_token>, or neither"),
            (&["bootstrap", "create"], "missing <JSON_config>"),
            (&["bootstrap", "update", "connection", "C", "[]", "D"], "give both"),
            (&["bootstrap", "update", "certs", "C", "c"], "missing <client_key> <ca>"),
            (&["bootstrap", "secure", "E"], "missing <external_key> <crypto_key>"),
            (&["bootstrap", "bootstrap", "secure", "E", "K"], "missing <crypto_key>"),
            (&["bootstrap", "get", "C", "D", "T", "s3cret"], "too many arguments"),
            (&["bootstrap", "whitelst"], "unknown operation: whitelst"),
            (&["bootstrap", "update", "cert"], "unknown operation: cert"),
            (&["channels", "C", "fetch", "D", "T"], "unknown operation: fetch"),
            (&["channels", "fetch"], "unknown operation: fetch"),
            (&["bootstrap", "create", "J", "--dommain", "x"], "unknown flag --dommain"),
            (&["bootstrap", "secure", "E", "--S3cret", "X"], "unknown flag --…"),
        ];
        for (line, want) in cases {
            let error = arranged(line).expect_err("must be refused");
            assert!(error.contains(want), "{line:?}: {error}");
            assert!(!error.contains("s3cret") && !error.contains("S3cret"));
        }
    }
}
