//! Arguments that may stand elsewhere: in a file, or on standard input.

use super::{Usage, output::Console};
use std::io::{BufRead, IsTerminal, Read};
use std::path::Path;
use std::process::{Command, Stdio};

/// What standard input is used for; it can be read to its end only once.
pub(crate) struct Input<'a> {
    stdin: Box<dyn BufRead>,
    terminal: bool,
    at_end: bool,
    console: &'a Console,
}

impl<'a> Input<'a> {
    pub(crate) fn new(console: &'a Console) -> Self {
        let stdin = std::io::stdin();
        Input { terminal: stdin.is_terminal(), stdin: Box::new(stdin.lock()), at_end: false, console }
    }

    /// JSON: the text itself, `@FILE`, a path, or `-`.
    pub(crate) fn document(&mut self, arg: &str, what: &str) -> Result<String, Usage> {
        let begins_like_json = arg.trim_start().starts_with(['{', '[', '"']) || arg.trim() == "null";
        if !begins_like_json && !arg.starts_with('@') && arg != "-" && !Path::new(arg).is_file() {
            return Err(Usage::new(format!("{what} is neither JSON nor a file that can be read"))
                .hint("give JSON text, @FILE, a path, or - for standard input"));
        }
        if begins_like_json { Ok(arg.to_owned()) } else { self.file_or_stdin(arg, what) }
    }

    /// A certificate or key: the text itself, `@FILE`, a path, or `-`. Empty means none.
    pub(crate) fn certificate(&mut self, arg: &str, what: &str) -> Result<Option<String>, Usage> {
        if arg.is_empty() {
            return Ok(None);
        }
        let is_text = arg.contains("-----BEGIN");
        if !is_text && (arg.starts_with('@') || arg == "-" || Path::new(arg).is_file()) {
            return self.file_or_stdin(arg, what).map(Some);
        }
        let looks_like_a_path = [".pem", ".crt", ".cer", ".key", ".der"].iter().any(|end| arg.ends_with(end))
            || ["/", "./", "../", "~"].iter().any(|start| arg.starts_with(start));
        if !is_text && looks_like_a_path {
            return Err(Usage::new(format!("{what}: there is no such file")));
        }
        Ok(Some(arg.to_owned()))
    }

    /// A key, password or token: the text itself, `@FILE` when that file exists, or a line of standard input.
    pub(crate) fn secret(&mut self, arg: &str, what: &str) -> Result<String, Usage> {
        if arg == "-" {
            return self.line(what);
        }
        match arg.strip_prefix('@') {
            Some(file) if Path::new(file).is_file() => Ok(first_line(&read(Path::new(file), what)?)),
            Some(_) => {
                self.console.talk(&format!(
                    "note: {what} begins with @ but names no file, so it is taken as it stands"
                ));
                Ok(arg.to_owned())
            }
            None => Ok(arg.to_owned()),
        }
    }

    /// The first line of a file that holds a secret, or of standard input.
    pub(crate) fn secret_file(&mut self, file: &Path, what: &str) -> Result<String, Usage> {
        if file.as_os_str() == "-" { self.line(what) } else { Ok(first_line(&read(file, what)?)) }
    }

    fn file_or_stdin(&mut self, arg: &str, what: &str) -> Result<String, Usage> {
        if arg != "-" {
            return read(Path::new(arg.strip_prefix('@').unwrap_or(arg)), what);
        }
        if self.at_end {
            return Err(Usage::new("standard input can be read only once: one argument may be -"));
        }
        self.at_end = true;
        let mut text = String::new();
        self.stdin
            .read_to_string(&mut text)
            .map_err(|_| Usage::new(format!("{what}: standard input is not text")))?;
        if text.is_empty() {
            return Err(Usage::new(format!("{what}: standard input is empty")));
        }
        Ok(text)
    }

    fn line(&mut self, what: &str) -> Result<String, Usage> {
        if self.at_end {
            return Err(Usage::new("standard input has been read to its end already"));
        }
        let hidden = self.terminal.then(|| {
            eprint!("{what}: ");
            Quiet::begin()
        });
        let mut text = String::new();
        let got = self.stdin.read_line(&mut text);
        if hidden.is_some() {
            eprintln!();
        }
        drop(hidden);
        match got {
            Ok(0) => Err(Usage::new(format!("{what}: standard input is empty"))),
            Ok(_) => Ok(first_line(&text)),
            Err(_) => Err(Usage::new(format!("{what}: standard input is not text"))),
        }
    }
}

/// Turns the terminal's echo off while a secret is typed. Where that can't be done it is typed visibly.
struct Quiet;

impl Quiet {
    fn begin() -> Self {
        Self::stty("-echo");
        Quiet
    }

    fn stty(setting: &str) {
        let _ = Command::new("stty").arg(setting).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        Self::stty("echo");
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

fn read(file: &Path, what: &str) -> Result<String, Usage> {
    std::fs::read_to_string(file).map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidData => Usage::new(format!("{what}: {} is not text", file.display()))
            .hint("certificates and keys: PEM or base64 DER"),
        _ => Usage::new(format!("{what}: {} cannot be read: {error}", file.display())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{output::Format, settings::Env};

    fn input<'a>(text: &'static str, console: &'a Console) -> Input<'a> {
        Input { stdin: Box::new(text.as_bytes()), terminal: false, at_end: false, console }
    }

    #[test]
    fn text_file_path_and_stdin() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.pem");
        std::fs::write(&file, "{\"a\":1}\nsecond\n").unwrap();
        let path = file.to_str().unwrap();
        let console = Console::new(Format::Text, false, &Env::default());
        let mut it = input("line one\nrest\nmore", &console);
        assert_eq!(it.document("{}", "J").unwrap(), "{}");
        assert_eq!(it.document(path, "J").unwrap(), "{\"a\":1}\nsecond\n");
        assert_eq!(it.document(&format!("@{path}"), "J").unwrap(), "{\"a\":1}\nsecond\n");
        assert!(it.document("oops", "J").is_err());
        assert_eq!(it.secret("-", "key").unwrap(), "line one");
        assert_eq!(it.secret(&format!("@{path}"), "key").unwrap(), "{\"a\":1}");
        assert_eq!(it.secret("@bc12345", "key").unwrap(), "@bc12345");
        assert_eq!(it.certificate("", "c").unwrap(), None);
        assert_eq!(it.certificate("-----BEGIN X", "c").unwrap().unwrap(), "-----BEGIN X");
        assert_eq!(it.certificate("CERT", "c").unwrap().unwrap(), "CERT");
        assert!(it.certificate("/no/such.pem", "c").is_err());
        assert_eq!(it.certificate(path, "c").unwrap().unwrap(), "{\"a\":1}\nsecond\n");
        assert_eq!(it.certificate("-", "c").unwrap().unwrap(), "rest\nmore");
        assert!(it.document("-", "J").is_err(), "only once");
    }
}
