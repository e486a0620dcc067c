//! The process environment, read once. A secret that stands in it would stay visible in
//! `/proc/<pid>/environ` however thoroughly the process forgot it, so the process replaces itself without it.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    os::unix::process::CommandExt,
    process::Command,
};

/// Variables that hold secrets.
const SECRETS: &[&str] = &[
    "MG_BOOTSTRAP_ENCRYPT_KEY",
    "SMQ_BOOTSTRAP_ENCRYPT_KEY",
    "ONRAMP_MASTER_KEY",
    "MG_BOOTSTRAP_HTTP_SERVER_KEY",
    "SMQ_BOOTSTRAP_HTTP_SERVER_KEY",
    "MG_BOOTSTRAP_DB_PASS",
    "SMQ_BOOTSTRAP_DB_PASS",
    "MG_SPICEDB_PRE_SHARED_KEY",
    "SMQ_SPICEDB_PRE_SHARED_KEY",
    "ONRAMP_SERVICE_TOKEN",
];

/// Tells the replaced process that its secrets wait on standard input.
const MARKER: &str = "ONRAMP_SECRETS_ON_STDIN";

/// The variables of this process. Empty ones count as unset: compose files pass many.
#[derive(Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Reads the environment. When it holds a secret, this call replaces the process (same id, same
    /// arguments) by one that doesn't see it there, and does not return.
    ///
    /// # Errors
    /// When the process cannot be replaced, or the secrets cannot be read.
    pub fn take() -> std::io::Result<Self> {
        let mut variables: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        if variables.remove(MARKER).is_some() {
            let mut secrets = zeroize::Zeroizing::new(String::new());
            std::io::stdin().read_to_string(&mut secrets)?;
            variables.extend(serde_json::from_str::<BTreeMap<String, String>>(&secrets)?);
            return Ok(Environment(variables));
        }
        let secrets: BTreeMap<&str, &String> =
            SECRETS.iter().filter_map(|name| Some((*name, variables.get(*name)?))).collect();
        if secrets.is_empty() {
            return Ok(Environment(variables));
        }
        Err(replace_process(&serde_json::to_vec(&secrets)?))
    }

    /// Variables given by hand.
    #[must_use]
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Environment(
            pairs
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        )
    }

    /// One variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// `MG_<name>`, else the older spelling `SMQ_<name>`; a warning when both are set and differ.
    #[must_use]
    pub fn magistrala(&self, name: &str, warnings: &mut Vec<String>) -> Option<&str> {
        let (new, old) = (format!("MG_{name}"), format!("SMQ_{name}"));
        match (self.get(&new), self.get(&old)) {
            (Some(value), Some(other)) => {
                if value != other {
                    warnings.push(format!("{new} and {old} differ: {new} is used"));
                }
                Some(value)
            }
            (value, other) => value.or(other),
        }
    }

    /// Names of all variables.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// Hands the secrets over through a pipe; only an error returns. A pipe holds far more than these few values,
/// so writing before anybody reads cannot block.
fn replace_process(secrets: &[u8]) -> std::io::Error {
    let handed_over = std::io::pipe().and_then(|(reader, mut writer)| {
        writer.write_all(secrets)?;
        drop(writer);
        Ok(reader)
    });
    let reader = match handed_over {
        Ok(reader) => reader,
        Err(error) => return error,
    };
    let mut arguments = std::env::args_os();
    let mut command = Command::new("/proc/self/exe");
    if let Some(name) = arguments.next() {
        command.arg0(name);
    }
    command.args(arguments).stdin(reader).env(MARKER, "1");
    for name in SECRETS {
        command.env_remove(name);
    }
    command.exec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newer_prefix_wins_with_a_warning() {
        let environment = Environment::from_pairs([
            ("MG_BOOTSTRAP_HTTP_PORT", "1"),
            ("SMQ_BOOTSTRAP_HTTP_PORT", "2"),
            ("SMQ_BOOTSTRAP_HTTP_HOST", "h"),
            ("MG_BOOTSTRAP_LOG_LEVEL", ""),
        ]);
        let mut warnings = Vec::new();
        assert_eq!(environment.magistrala("BOOTSTRAP_HTTP_PORT", &mut warnings), Some("1"));
        assert_eq!(warnings.len(), 1);
        assert_eq!(environment.magistrala("BOOTSTRAP_HTTP_HOST", &mut warnings), Some("h"));
        assert_eq!(environment.magistrala("BOOTSTRAP_LOG_LEVEL", &mut warnings), None);
        assert_eq!(warnings.len(), 1);
    }
}
