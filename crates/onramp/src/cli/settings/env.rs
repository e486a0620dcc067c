//! The environment, read once.

use super::Source;
use std::path::PathBuf;

/// What the environment says to the command line.
#[derive(Default, Clone)]
pub struct Env {
    pub(crate) url: Option<String>,
    pub(crate) domain: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) config: Option<PathBuf>,
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) config_home: Option<PathBuf>,
    pub(crate) colour: bool,
}

impl Env {
    /// Reads it. An empty variable counts as absent.
    #[must_use]
    pub fn read() -> Self {
        Env {
            url: variable("ONRAMP_URL"),
            domain: variable("ONRAMP_DOMAIN"),
            token: variable("ONRAMP_TOKEN"),
            config: variable("ONRAMP_CONFIG").map(PathBuf::from),
            data_dir: variable("ONRAMP_DATA_DIR").map(PathBuf::from),
            // The convention ignores a relative path here.
            config_home: variable("XDG_CONFIG_HOME")
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
                .or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".config"))),
            colour: variable("NO_COLOR").is_none() && variable("TERM").as_deref() != Some("dumb"),
        }
    }

    pub(super) fn source(&self) -> Source {
        Source {
            name: "the environment".into(),
            url: self.url.clone(),
            domain: self.domain.clone(),
            token: self.token.clone(),
            ..Source::default()
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where the command line reads the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
