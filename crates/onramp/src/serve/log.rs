//! Log lines on stderr: text for people, JSON for machines. Standard output stays free for data.

use super::settings::LogFormat;
use std::{fmt, io::Write};
use tracing::Level;

/// Says something to whoever started the program, on stderr. When nobody reads it any more
/// (`onramp serve 2>&1 | head -1`), that is no reason to stop, as it would be for `eprintln!`.
pub fn say(text: fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// The same on stdout.
pub fn show(text: fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Sends log lines of this level and above to stderr. Later calls, in tests, change nothing.
pub fn start(level: Level, format: LogFormat) {
    let builder = tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr);
    // A line that cannot be written is lost; complaining about it on the same stream would panic.
    let builder = builder.log_internal_errors(false);
    let _ = match format {
        LogFormat::Text => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
}
