//! The data folder of a standalone server: one server at a time, keys and `admin.json` readable by nobody
//! else, and nothing half-written after a crash.

use super::StartError;
use onramp_core::port::Random;
use onramp_store::MASTER_KEY_LEN;
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Length of a generated secure-exchange key, in characters: AES-256.
const EXCHANGE_KEY_LEN: usize = 32;

/// What `admin.json` holds: how the operator, and the command line, reach this server.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq)]
pub struct AdminFile {
    /// Base URL of the server.
    pub url: String,
    /// Id of the domain `default`.
    pub domain_id: String,
    /// The administrator's name.
    pub username: String,
    /// The administrator's password.
    pub password: String,
    /// A personal access token for the domain.
    pub token: String,
}

/// A locked data folder. The lock ends with this value, or with the process.
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Creates the folder when absent, and takes it for this process alone.
    ///
    /// # Errors
    /// A sentence for the person who starts the server.
    pub fn open(path: &Path) -> Result<Self, StartError> {
        if path.is_file() {
            let what = format!("data folder {}: is a file, not a folder", path.display());
            return Err(StartError::Failed(what));
        }
        let problem = |what: &str, error: &std::io::Error| {
            StartError::Failed(format!("data folder {}: {what}: {error}", path.display()))
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(|error| problem("cannot be created", &error))?;
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path.join("onramp.lock"))
            .map_err(|error| problem("is not writable", &error))?;
        match lock.try_lock() {
            Ok(()) => Ok(DataDir { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StartError::Failed(format!(
                "data folder {}: another onramp server uses it; stop that one, or choose another --data-dir",
                path.display()
            ))),
            Err(TryLockError::Error(error)) => Err(problem("cannot be locked", &error)),
        }
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The database file.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        database_in(&self.path)
    }

    /// The file with the way in.
    #[must_use]
    pub fn admin_file(&self) -> PathBuf {
        self.path.join("admin.json")
    }

    /// The master key: read, or made when there is no database yet.
    ///
    /// # Errors
    /// When it is unreadable, not 64 hexadecimal digits, or missing beside an existing database.
    pub fn master_key(&self, random: &dyn Random) -> Result<Zeroizing<[u8; MASTER_KEY_LEN]>, StartError> {
        let path = self.path.join("master.key");
        if let Some(text) = read_if_there(&path)? {
            return parse_master_key(text.trim())
                .ok_or_else(|| StartError::Failed(format!("{}: not 64 hexadecimal digits", path.display())));
        }
        self.refuse_to_replace(&path, "ONRAMP_MASTER_KEY")?;
        let mut key = Zeroizing::new([0; MASTER_KEY_LEN]);
        random.fill(&mut key[..]);
        write_secret_file(&path, hex::encode(&key[..]).as_bytes())?;
        Ok(key)
    }

    /// The secure-exchange key: read, or made.
    ///
    /// # Errors
    /// When it is unreadable, of a wrong length, or missing beside an existing database.
    pub fn exchange_key(&self, random: &dyn Random) -> Result<Zeroizing<Vec<u8>>, StartError> {
        let path = self.path.join("exchange.key");
        if let Some(text) = read_if_there(&path)? {
            let key = text.trim_end_matches(['\r', '\n']).as_bytes();
            // Before a database is made that would fit this key only.
            onramp_protocol::ExchangeKey::new(key)
                .map_err(|error| StartError::Failed(format!("{}: {error}", path.display())))?;
            return Ok(Zeroizing::new(key.to_vec()));
        }
        self.refuse_to_replace(&path, "MG_BOOTSTRAP_ENCRYPT_KEY")?;
        let key = Zeroizing::new(onramp_embedded::letters(EXCHANGE_KEY_LEN, random));
        write_secret_file(&path, key.as_bytes())?;
        Ok(Zeroizing::new(key.as_bytes().to_vec()))
    }

    /// A key that a database was made with is never replaced by a new one: that would lose what hangs on it.
    fn refuse_to_replace(&self, path: &Path, variable: &str) -> Result<(), StartError> {
        if !self.database().exists() {
            return Ok(());
        }
        Err(StartError::Failed(format!(
            "{} is missing, and the database beside it was made with that key: put it back from where you keep \
             it, or set {variable}",
            path.display()
        )))
    }

    /// Makes an empty database file that nobody else can read; the files beside it will have its rights.
    ///
    /// # Errors
    /// When the folder is not writable.
    pub fn reserve_database(&self) -> Result<(), StartError> {
        let path = self.database();
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                Err(StartError::Failed(format!("{}: cannot be made: {error}", path.display())))
            }
            _ => Ok(()),
        }
    }

    /// Why there is no way in, and what makes a new one.
    #[must_use]
    pub fn without_way_in(&self, why: &str) -> StartError {
        StartError::Failed(format!(
            "{} {why}: `onramp admin reset --data-dir {}` makes a new one",
            self.admin_file().display(),
            self.path.display()
        ))
    }

    /// Reads `admin.json`; `None` when there is none.
    ///
    /// # Errors
    /// When it is unreadable or not what this program wrote.
    pub fn read_admin_file(&self) -> Result<Option<AdminFile>, StartError> {
        let path = self.admin_file();
        let Some(text) = read_if_there(&path)? else { return Ok(None) };
        let parsed = serde_json::from_str(&text);
        // Not the parser's own words: they quote what stands there.
        parsed.map(Some).map_err(|error: serde_json::Error| {
            let (line, column) = (error.line(), error.column());
            self.without_way_in(&format!("is not what this program wrote (line {line}, column {column})"))
        })
    }

    /// Writes `admin.json`, durably.
    ///
    /// # Errors
    /// When the folder is not writable.
    pub fn write_admin_file(&self, admin: &AdminFile) -> Result<(), StartError> {
        let text = serde_json::to_vec_pretty(admin).map_err(|error| StartError::Failed(error.to_string()))?;
        write_secret_file(&self.admin_file(), &text)
    }
}

/// Where the database of a data folder is.
#[must_use]
pub fn database_in(folder: &Path) -> PathBuf {
    folder.join("onramp.db")
}

/// Reads 64 hexadecimal digits.
#[must_use]
pub fn parse_master_key(text: &str) -> Option<Zeroizing<[u8; MASTER_KEY_LEN]>> {
    let mut key = Zeroizing::new([0; MASTER_KEY_LEN]);
    hex::decode_to_slice(text, &mut key[..]).ok().map(|()| key)
}

fn read_if_there(path: &Path) -> Result<Option<Zeroizing<String>>, StartError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StartError::Failed(format!("{}: {error}", path.display()))),
    }
}

/// Writes a file that only its owner can read: complete under its name, or not there at all.
fn write_secret_file(path: &Path, bytes: &[u8]) -> Result<(), StartError> {
    let write = || -> std::io::Result<()> {
        let temporary = path.with_extension("new");
        let _ = fs::remove_file(&temporary);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        file.write_all(bytes)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()
    };
    write().map_err(|error| StartError::Failed(format!("{}: cannot be written: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::system::OsRandom;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn keys_are_made_once_and_kept_from_others() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::open(&folder.path().join("data")).unwrap();
        let random = OsRandom::default();
        let (master, exchange) = (data.master_key(&random).unwrap(), data.exchange_key(&random).unwrap());
        assert_eq!(*data.master_key(&random).unwrap(), *master);
        assert_eq!(*data.exchange_key(&random).unwrap(), *exchange);
        assert_eq!(exchange.len(), EXCHANGE_KEY_LEN);
        let mode = fs::metadata(folder.path().join("data/master.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_lost_master_key_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::open(folder.path()).unwrap();
        fs::write(data.database(), "x").unwrap();
        assert!(data.master_key(&OsRandom::default()).is_err());
        assert!(!folder.path().join("master.key").exists());
    }

    #[test]
    fn a_second_server_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let first = DataDir::open(folder.path()).unwrap();
        assert!(DataDir::open(folder.path()).is_err());
        drop(first);
        assert!(DataDir::open(folder.path()).is_ok());
    }
}
