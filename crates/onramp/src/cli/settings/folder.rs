//! `admin.json` in a server's data folder: what its first start left for the administrator.

use super::Source;
use crate::cli::Usage;
use serde::Deserialize;
use std::fs::{File, Metadata};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Where `serve` keeps its data unless told otherwise.
const DEFAULT_FOLDER: &str = "./onramp-data";

#[derive(Deserialize)]
struct Admin {
    url: Option<String>,
    domain_id: Option<String>,
    token: Option<String>,
}

/// Reads it. A folder named on the command line must hold one; otherwise its absence is no error.
pub(crate) fn load(folder: Option<&Path>, named: bool) -> Result<Option<Source>, Usage> {
    let file = folder.unwrap_or(Path::new(DEFAULT_FOLDER)).join("admin.json");
    let shown = file.display().to_string();
    let opened = match File::open(&file) {
        Ok(opened) => opened,
        Err(error) if named => return Err(Usage::new(format!("{shown} cannot be read: {error}"))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Ok(Some(unusable(&shown, format!("{shown} cannot be read: {error}")))),
    };
    Ok(Some(match read(opened, &shown) {
        Ok(admin) => Source {
            name: shown,
            url: admin.url,
            domain: admin.domain_id,
            token: admin.token,
            ..Source::default()
        },
        Err(reason) => unusable(&shown, reason),
    }))
}

fn unusable(name: &str, reason: String) -> Source {
    Source { name: name.to_owned(), unusable: Some(reason), ..Source::default() }
}

/// Judges the opened file, not the name: what is read is what was judged.
fn read(mut file: File, shown: &str) -> Result<Admin, String> {
    let metadata = file.metadata().map_err(|error| format!("{shown} cannot be read: {error}"))?;
    if !metadata.is_file() {
        return Err(format!("{shown} is not a file"));
    }
    if !is_ours(&metadata) {
        return Err(format!("{shown} belongs to another user and is not used"));
    }
    if metadata.mode() & 0o077 != 0 {
        return Err(format!("{shown} can be read by others and is not used: chmod 600 {shown}"));
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(|error| format!("{shown} cannot be read: {error}"))?;
    // The parser's words could quote the file, which holds a password.
    serde_json::from_str(&text).map_err(|_| format!("{shown} is not the JSON that a server writes"))
}

/// Whether a file belongs to whoever runs this program.
pub(super) fn is_ours(metadata: &Metadata) -> bool {
    // The kernel shows a process's own entry as owned by its effective user; no unsafe call is needed.
    std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == metadata.uid())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn only_a_private_file_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let at = |named| load(Some(folder.path()), named);
        assert!(at(false).unwrap().is_none());
        assert!(at(true).is_err());
        let file = folder.path().join("admin.json");
        std::fs::write(
            &file,
            r#"{"url":"http://h","domain_id":"D","username":"admin","password":"p","token":"T"}"#,
        )
        .unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        let source = at(true).unwrap().unwrap();
        assert_eq!((source.url.as_deref(), source.token.as_deref()), (Some("http://h"), Some("T")));
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        let source = at(false).unwrap().unwrap();
        assert!(source.token.is_none() && source.unusable.unwrap().contains("chmod 600"));
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::fs::write(&file, "{\"token\": s3cret}").unwrap();
        let reason = at(false).unwrap().unwrap().unusable.unwrap();
        assert!(!reason.contains("s3cret"), "{reason}");
    }
}
