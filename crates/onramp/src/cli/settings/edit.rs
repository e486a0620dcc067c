//! Changes one value of a TOML file and leaves everything else, comments too, as it is.

use super::file::Setting;
use crate::cli::Usage;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Sets `key` in the file at `path`, which is made (private) when it isn't there.
pub(crate) fn set(path: &Path, key: &str, setting: &Setting) -> Result<(), Usage> {
    let shown = path.display();
    let failed = |error: std::io::Error| Usage::new(format!("{shown} cannot be written: {error}"));
    let old = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Usage::new(format!("{shown} cannot be read: {error}"))),
    };
    let new = changed(&old, key, setting).ok_or_else(|| {
        Usage::new(format!("{shown} is not written in a way that can be changed here: edit it by hand"))
    })?;
    // A link stays a link: the file that it leads to is replaced, in one step.
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(failed)?;
    let beside = folder.join(format!(".config.toml.{}", std::process::id()));
    let written = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)
        .and_then(|mut file| file.write_all(new.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&beside, &target));
    written.map_err(|error| {
        let _ = std::fs::remove_file(&beside);
        failed(error)
    })
}

/// The text with the value set; nothing when the outcome would not be exactly that.
fn changed(old: &str, key: &str, setting: &Setting) -> Option<String> {
    let mut want: toml::Table = toml::from_str(old).ok()?;
    let table = match setting.table {
        None => &mut want,
        Some(name) => {
            want.entry(name).or_insert_with(|| toml::Value::Table(toml::Table::new())).as_table_mut()?
        }
    };
    table.insert(key.to_owned(), setting.value.clone());

    let line = format!("{key} = {}", written(&setting.value));
    let mut lines: Vec<String> = old.lines().map(str::to_owned).collect();
    match (place(&lines, setting.table, key), setting.table) {
        (Place::Replace(at), _) => {
            let indent: String = lines[at].chars().take_while(|c| c.is_whitespace()).collect();
            lines[at] = format!("{indent}{line}");
        }
        (Place::Insert(at), Some(_)) => lines.insert(at, format!("  {line}")),
        (Place::Insert(at), None) => lines.insert(at, line),
        (Place::NoTable, table) => {
            if !lines.is_empty() {
                lines.push(String::new());
            }
            lines.push(format!("[{}]", table?));
            lines.push(format!("  {line}"));
        }
    }
    let new = lines.join("\n") + "\n";
    (toml::from_str::<toml::Table>(&new).ok()? == want).then_some(new)
}

enum Place {
    Replace(usize),
    Insert(usize),
    NoTable,
}

fn place(lines: &[String], table: Option<&str>, key: &str) -> Place {
    let header =
        |line: &str| line.trim().strip_prefix('[')?.split(']').next().map(|name| name.trim().to_owned());
    let mut current: Option<String> = None;
    let mut behind = if table.is_none() { Some(0) } else { None };
    for (at, line) in lines.iter().enumerate() {
        if let Some(name) = header(line) {
            current = Some(name);
            if current.as_deref() == table {
                behind = Some(at + 1);
            }
            continue;
        }
        if current.as_deref() != table {
            continue;
        }
        let is_key = line.split_once('=').is_some_and(|(name, _)| name.trim() == key);
        if is_key {
            return Place::Replace(at);
        }
        if !line.trim().is_empty() {
            behind = Some(at + 1);
        }
    }
    behind.map_or(Place::NoTable, Place::Insert)
}

fn written(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => {
            let escaped: String = text
                .chars()
                .map(|c| match c {
                    '"' | '\\' => format!("\\{c}"),
                    c if c.is_control() => format!("\\u{:04X}", c as u32),
                    c => c.to_string(),
                })
                .collect();
            format!("\"{escaped}\"")
        }
        toml::Value::Boolean(value) => value.to_string(),
        other => other.as_integer().unwrap_or_default().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::check_value;
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn after(old: &str, key: &str, value: &str) -> Option<String> {
        changed(old, key, &check_value(key, value).unwrap())
    }

    #[test]
    fn one_value_changes_and_the_rest_stays() {
        let old = "# mine\nraw_output = \"false\"\n\n[remotes] # servers\n  users_url = \"http://u\" # here\n\n[other]\nusers_url = 1\n";
        let new = after(old, "users_url", "http://new").unwrap();
        assert_eq!(new, old.replace("\"http://u\" # here", "\"http://new\""));
        let new = after(old, "bootstrap_url", "http://b").unwrap();
        assert_eq!(new, old.replace("here\n", "here\n  bootstrap_url = \"http://b\"\n"));
        let new = after(old, "user_token", "a\"\\\u{1}").unwrap();
        assert!(new.contains("raw_output = \"false\"\nuser_token = \"a\\\"\\\\\\u0001\"\n"), "{new}");
        assert_eq!(after("", "limit", "5").unwrap(), "[filter]\n  limit = \"5\"\n");
        assert_eq!(
            after("a = 1\n[filter]\n", "url", "http://h").unwrap(),
            "a = 1\nurl = \"http://h\"\n[filter]\n"
        );
        assert!(after("remotes = { users_url = \"x\" }\n", "users_url", "http://h").is_none());
        assert!(after("broken = ", "url", "http://h").is_none());
    }

    #[test]
    fn the_file_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/config.toml");
        set(&path, "user_token", &check_value("user_token", "T").unwrap()).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        set(&path, "url", &check_value("url", "http://h").unwrap()).unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "user_token = \"T\"\nurl = \"http://h\"\n");
    }

    #[test]
    fn every_key_of_the_reference_can_be_set() {
        for key in [
            "users_url",
            "channels_url",
            "domains_url",
            "groups_url",
            "journal_url",
            "host_url",
            "bootstrap_url",
        ] {
            assert!(check_value(key, "http://h").is_ok());
            for bad in ["h", "ftp://h", "http://", "http:///x", "%zz"] {
                assert!(check_value(key, bad).is_err(), "{bad}");
            }
        }
        assert!(check_value("raw_output", "yes").is_err());
        assert!(check_value("nothing", "x").is_err());
    }
}
