//! `onramp completion bash|zsh|fish`.

use clap_complete::Shell;
use std::io::Write;
use std::process::ExitCode;

/// Shown below the help.
pub const EXAMPLES: &str = "Examples:
  onramp completion bash > ~/.local/share/bash-completion/completions/onramp
  onramp completion zsh > \"${fpath[1]}/_onramp\"
  onramp completion fish > ~/.config/fish/completions/onramp.fish";

/// Which shell.
#[derive(clap::Args)]
pub struct CompletionArgs {
    /// The shell to write for
    shell: Shell,
}

impl CompletionArgs {
    /// Prints the script for the program under the name it was called by.
    #[must_use]
    pub fn run(self, name: &'static str) -> ExitCode {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut crate::command(name), name, &mut script);
        match std::io::stdout().write_all(&script) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        }
    }
}
