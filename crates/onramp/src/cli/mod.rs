//! The command line: every command that talks to a server.
//!
//! `words` brings what was typed into one order, `grammar` knows the shape of commands and `commands` their
//! table, `settings` finds server, domain and token, `input` reads arguments, `output` prints.

mod commands;
pub mod completion;
mod curl;
mod flags;
mod grammar;
mod input;
pub mod output;
mod settings;
pub mod words;

use clap::{ArgMatches, Command, FromArgMatches, Subcommand};
use flags::Flags;
use grammar::Leaf;
use onramp_client::Error;
use output::{Console, Format};
use std::ffi::OsString;
use std::process::ExitCode;

/// Shown below the help of the whole program.
pub const OVERVIEW: &str = "\
Server, domain and token come from one source as a set: the arguments, the environment (ONRAMP_URL, ONRAMP_DOMAIN,
ONRAMP_TOKEN), the configuration file, or admin.json in a server's data folder (./onramp-data).

Examples:
  onramp bootstrap create '{\"external_id\":\"09:6:0:sb:sa\",\"external_key\":\"key\",\"channels\":[]}'
  onramp bootstrap get all
  onramp bootstrap bootstrap 09:6:0:sb:sa key
  onramp bootstrap secure 09:6:0:sb:sa key v7aT0HGxJxt2gULzr3RHwf4WIf6DusPp";

/// The names that the program answers to, as its usage lines show them.
const NAMES: [&str; 3] = ["onramp", "magistrala-cli", "supermq-cli"];

/// Under which of its names the program was called.
#[must_use]
pub fn name_of(program: impl Into<OsString>) -> &'static str {
    let program = std::path::PathBuf::from(program.into());
    let file = program.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    NAMES.into_iter().find(|name| *name == file).unwrap_or(NAMES[0])
}

/// A mistake in what was typed, or in a file that it names. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    message: String,
    leaf: Option<Vec<&'static str>>,
    hint: Option<String>,
}

impl Usage {
    fn new(message: impl Into<String>) -> Self {
        Usage { message: message.into(), leaf: None, hint: None }
    }

    fn of(leaf: &Leaf, message: impl Into<String>) -> Self {
        Usage { message: message.into(), leaf: Some(leaf.path.to_vec()), hint: None }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub enum Failure {
    /// `clap` says: help, the version, or a wrong flag.
    Clap(clap::Error),
    /// Wrong usage: exit code 2.
    Usage(Usage),
    /// The server refused or could not be reached: exit code 1.
    Call {
        /// What happened.
        error: Error,
        /// What may help.
        hint: Option<String>,
    },
}

impl From<Usage> for Failure {
    fn from(usage: Usage) -> Self {
        Failure::Usage(usage)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Call { error, hint: None }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Clap(error) => write!(f, "{error}"),
            Failure::Usage(usage) => f.write_str(&usage.message),
            Failure::Call { error, .. } => write!(f, "{error}"),
        }
    }
}

impl Failure {
    fn exit_code(&self) -> u8 {
        match self {
            Failure::Clap(error) => u8::from(error.exit_code() != 0) * 2,
            Failure::Usage(_) => 2,
            Failure::Call { error, .. } => 1 + u8::from(error.is_usage()),
        }
    }
}

/// Reports what went wrong before the flags were understood.
#[must_use]
pub fn report_before_settings(failure: &Failure) -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    let json = args.windows(2).any(|pair| pair[0] == "--output" && pair[1] == "json")
        || args.iter().any(|arg| arg == "--output=json");
    let console = Console::new(if json { Format::Json } else { Format::Text }, false, &settings::Env::read());
    let name = name_of(args.first().cloned().unwrap_or_default());
    console.failure(failure, name);
    ExitCode::from(failure.exit_code())
}

/// One command with everything that was typed.
pub struct Invocation {
    leaf: &'static Leaf,
    args: Vec<String>,
    flags: Box<Flags>,
}

impl Invocation {
    /// Does it and says how it went.
    #[must_use]
    pub fn run(self, name: &'static str) -> ExitCode {
        let env = settings::Env::read();
        let console = Console::new(self.flags.output, self.flags.raw, &env);
        match commands::run(self.leaf, self.args, *self.flags, env, &console) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => {
                console.failure(&failure, name);
                ExitCode::from(failure.exit_code())
            }
        }
    }
}

/// The definition of the client commands as usage lines of `name` show them.
pub(crate) fn renamed(mut command: Command, name: &'static str) -> Command {
    for group in commands::GROUPS {
        command = command.mut_subcommand(group.name, |_| grammar::group(name, group));
    }
    command
}

impl Subcommand for Invocation {
    fn augment_subcommands(command: Command) -> Command {
        commands::GROUPS
            .iter()
            .fold(command, |command, group| command.subcommand(grammar::group(NAMES[0], group)))
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        commands::GROUPS.iter().any(|group| group.name == name)
    }
}

impl FromArgMatches for Invocation {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut path = Vec::new();
        let mut here = matches;
        while let Some((word, inner)) = here.subcommand() {
            path.push(word);
            here = inner;
        }
        let leaf = grammar::leaf(&path)
            .ok_or_else(|| clap::Error::new(clap::error::ErrorKind::MissingSubcommand))?;
        Ok(Invocation { leaf, args: grammar::values(here), flags: Box::new(Flags::from_arg_matches(here)?) })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_the_one_it_was_called_by() {
        assert_eq!(name_of("/usr/bin/magistrala-cli"), "magistrala-cli");
        assert_eq!(name_of("supermq-cli"), "supermq-cli");
        assert_eq!(name_of("./target/debug/onramp"), "onramp");
        assert_eq!(name_of("something"), "onramp");
    }

    #[test]
    fn the_definition_is_consistent() {
        crate::command("onramp").debug_assert();
        crate::command("magistrala-cli").debug_assert();
    }
}
