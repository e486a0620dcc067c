//! Onramp, the program: everything it can be asked to do, and where that is done.
//!
//! The commands of the command line live in [`cli`]. A new command of another sort is one more variant of
//! [`Command`] and one more arm in [`run`].

pub mod admin;
pub mod cli;
mod demo;
pub mod serve;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;
use std::process::ExitCode;

/// Zero-touch bootstrap for IoT devices.
#[derive(Parser)]
#[command(name = "onramp", version, about, long_about = None, after_help = cli::OVERVIEW)]
pub struct Program {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Everything the program can be asked to do.
#[derive(Subcommand)]
pub enum Command {
    /// Run the server
    #[command(after_help = serve::EXAMPLES)]
    Serve(serve::ServeArgs),
    /// Look after a standalone server's data folder while the server is stopped
    #[command(subcommand)]
    Admin(admin::AdminCommand),
    /// The commands that talk to a server.
    #[command(flatten)]
    Client(cli::Invocation),
    /// Print the completion script of a shell
    #[command(after_help = cli::completion::EXAMPLES, display_order = 90)]
    Completion(cli::completion::CompletionArgs),
}

/// The whole definition of the command line, under the name it was called by.
#[must_use]
pub fn command(name: &'static str) -> clap::Command {
    cli::renamed(Program::command(), name).name(name).bin_name(name)
}

/// Runs the program: arguments in, exit code out.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut args = args.into_iter();
    let name = cli::name_of(args.next().unwrap_or_default());
    let result = cli::words::arrange(name, args).and_then(|args| {
        let matches = command(name).try_get_matches_from(args).map_err(cli::Failure::Clap)?;
        Program::from_arg_matches(&matches).map_err(cli::Failure::Clap)
    });
    let program = match result {
        Ok(program) => program,
        Err(failure) => return cli::report_before_settings(&failure),
    };
    match program.command {
        Command::Serve(args) => report(serve::run(args)),
        Command::Admin(command) => report(admin::run(command)),
        Command::Client(invocation) => invocation.run(name),
        Command::Completion(args) => args.run(name),
    }
}

/// Says on stderr why the program stops, and gives the exit code for scripts.
fn report(result: Result<(), serve::StartError>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            serve::log::say(format_args!("error: {error}"));
            error.exit_code()
        }
    }
}
