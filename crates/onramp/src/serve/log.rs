//! Log lines on stderr: text for people, JSON for machines. Standard output stays free for data.

use super::settings::LogFormat;
use tracing::Level;

/// Sends log lines of this level and above to stderr. Later calls, in tests, change nothing.
pub fn start(level: Level, format: LogFormat) {
    let builder = tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr);
    let _ = match format {
        LogFormat::Text => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
}
