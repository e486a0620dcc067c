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
        self.path.join("onramp.db")
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
        if self.database().exists() {
            return Err(StartError::Failed(format!(
                "{} is missing, and the database beside it cannot be read without it: put it back from where \
                 you keep it",
                path.display()
            )));
        }
        let mut key = Zeroizing::new([0; MASTER_KEY_LEN]);
        random.fill(&mut key[..]);
        write_secret_file(&path, hex::encode(&key[..]).as_bytes())?;
        Ok(key)
    }

    /// The secure-exchange key: read, or made.
    ///
    /// # Errors
    /// When the file is unreadable or not writable.
    pub fn exchange_key(&self, random: &dyn Random) -> Result<Zeroizing<Vec<u8>>, StartError> {
        let path = self.path.join("exchange.key");
        if let Some(text) = read_if_there(&path)? {
            return Ok(Zeroizing::new(text.trim_end_matches(['\r', '\n']).as_bytes().to_vec()));
        }
        let key = random_text(random, EXCHANGE_KEY_LEN);
        write_secret_file(&path, key.as_bytes())?;
        Ok(Zeroizing::new(key.as_bytes().to_vec()))
    }

    /// Reads `admin.json`; `None` when there is none.
    ///
    /// # Errors
    /// When it is unreadable or not what this program wrote.
    pub fn read_admin_file(&self) -> Result<Option<AdminFile>, StartError> {
        let path = self.admin_file();
        let Some(text) = read_if_there(&path)? else { return Ok(None) };
        let parsed = serde_json::from_str(&text);
        parsed.map(Some).map_err(|error| StartError::Failed(format!("{}: {error}", path.display())))
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

/// Reads 64 hexadecimal digits.
#[must_use]
pub fn parse_master_key(text: &str) -> Option<Zeroizing<[u8; MASTER_KEY_LEN]>> {
    let mut key = Zeroizing::new([0; MASTER_KEY_LEN]);
    hex::decode_to_slice(text, &mut key[..]).ok().map(|()| key)
}

/// A random text of `length` characters of `[A-Za-z0-9]`, all equally likely.
#[must_use]
pub fn random_text(random: &dyn Random, length: usize) -> Zeroizing<String> {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut text = Zeroizing::new(String::with_capacity(length));
    let mut byte = [0];
    while text.len() < length {
        random.fill(&mut byte);
        // 248 is the largest multiple of 62 that fits: what lies above would favour some characters.
        if byte[0] < 248 {
            text.push(char::from(ALPHABET[usize::from(byte[0]) % ALPHABET.len()]));
        }
    }
    text
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
