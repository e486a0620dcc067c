//! Opening a database: migrations, the refusal of what is too new, and the check that the keys fit.

use crate::{
    db::{Db, Postgres, Sqlite},
    dialect,
    seal::Vault,
};
use onramp_core::port::{Random, StoreError};
use refinery::{Migration, Runner};
use rusqlite::{Connection, OptionalExtension};
use std::{path::Path, sync::Arc};

pub use crate::db::{Observer, PostgresOptions};
pub use crate::seal::MASTER_KEY_LEN;

mod migrations {
    refinery::embed_migrations!("migrations/sqlite");
}

const HISTORY: &str = "onramp_schema_history";

/// The newest migration. It stands here so that a start finds nothing to do without looking at each of them:
/// that costs more than all the rest of opening a database.
const NEWEST: i32 = 3;

/// Who migrates a PostgreSQL database holds this advisory lock: "onramp" as a number.
const MIGRATION_LOCK: i64 = 0x6f6e_7261_6d70;

/// The keys that a database needs.
pub struct Keys {
    /// The master key, which everything at rest hangs on.
    pub master: zeroize::Zeroizing<[u8; MASTER_KEY_LEN]>,
    /// The bytes of the secure-exchange key; only a check value of them is stored.
    pub exchange: zeroize::Zeroizing<Vec<u8>>,
}

/// Why a database could not be opened. The sentences are for the person who starts the server.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file exists and is something else.
    #[error("the file is not an Onramp database")]
    NotADatabase,
    /// The reference's tables are there, and none of ours.
    #[error(
        "this is a database of Magistrala's bootstrap service: choose another one, and move the configs over with \
         onramp import magistrala --from postgres://..."
    )]
    Reference,
    /// Written by a newer version.
    #[error("the database has schema version {found}, this program knows up to {known}: use a newer program")]
    TooNew {
        /// Version in the database.
        found: i32,
        /// Newest version that this program knows.
        known: i32,
    },
    /// Another key than the one it was made with.
    #[error("the {0} does not fit this database")]
    WrongKey(&'static str),
    /// A migration failed; the database is as it was.
    #[error("the database could not be brought up to date: {0}")]
    Migration(String),
    /// Anything else.
    #[error("the database could not be opened: {0}")]
    Unavailable(String),
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => OpenError::NotADatabase,
            _ => OpenError::Unavailable(error.to_string()),
        }
    }
}

/// Core's `Store` and `Directory` over one SQL database.
pub struct SqlStore {
    pub(crate) db: Db,
    pub(crate) vault: Arc<Vault>,
}

impl SqlStore {
    /// Opens the SQLite file, creating it when absent, and brings its schema up to date.
    ///
    /// # Errors
    /// [`OpenError`]; the file is then unchanged.
    pub fn open_sqlite(
        path: &Path,
        keys: &Keys,
        random: Arc<dyn Random>,
        observer: Observer,
    ) -> Result<Self, OpenError> {
        let mut connection = Sqlite::open(path)?;
        let version = version(&connection)?;
        close_to_others(path)
            .map_err(|error| OpenError::Unavailable(format!("it cannot be closed to others: {error}")))?;
        Sqlite::tune_writer(&connection)?;
        if version < NEWEST {
            let mut runner = migrations::migrations::runner().set_grouped(true);
            runner
                .set_migration_table_name(HISTORY)
                .run(&mut connection)
                .map_err(|error| OpenError::Migration(error.to_string()))?;
        }
        let vault = Vault::new(&keys.master, random);
        check_key(&connection, "master key", &vault.check_value("master", b""))?;
        check_key(&connection, "secure-exchange key", &vault.check_value("exchange", &keys.exchange))?;
        let engine =
            Sqlite::start(path, connection).map_err(|error| OpenError::Unavailable(error.to_string()))?;
        Ok(SqlStore { db: Db::sqlite(engine, observer), vault: Arc::new(vault) })
    }

    /// Opens a PostgreSQL database and brings its schema up to date. Several instances may do so at once: one
    /// migrates, the others wait for it.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open_postgres(
        options: &PostgresOptions,
        keys: &Keys,
        random: Arc<dyn Random>,
        observer: Observer,
    ) -> Result<Self, OpenError> {
        let engine = Postgres::new(options).map_err(OpenError::Unavailable)?;
        if postgres_version(&engine).await? < NEWEST {
            migrate_postgres(&engine).await?;
        }
        let vault = Vault::new(&keys.master, random);
        check_postgres_key(&engine, "master key", &vault.check_value("master", b"")).await?;
        let exchange = vault.check_value("exchange", &keys.exchange);
        check_postgres_key(&engine, "secure-exchange key", &exchange).await?;
        Ok(SqlStore { db: Db::postgres(engine, observer), vault: Arc::new(vault) })
    }

    /// Asks the database something cheap: can it answer at all?
    ///
    /// # Errors
    /// `Unavailable`, with the reason for the log.
    pub async fn ping(&self) -> Result<(), StoreError> {
        static PING: crate::db::Sql = crate::db::Sql::new("SELECT 1 FROM onramp_meta LIMIT 1");
        self.db.point("ping", &PING, &[], |_| Ok(())).await
    }
}

/// A database is its owner's alone, whatever the umask or a restored backup made of its mode; SQLite gives its
/// other files the mode of the first. A new one holds nothing yet when this is done.
#[cfg(unix)]
fn close_to_others(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::metadata(&name) {
            Ok(found) if found.permissions().mode() & 0o077 != 0 => {
                std::fs::set_permissions(&name, std::fs::Permissions::from_mode(0o600))?;
            }
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn close_to_others(_: &Path) -> std::io::Result<()> {
    Ok(())
}

/// The schema's version, 0 when there is no schema yet. One that is too new is refused.
fn version(connection: &Connection) -> Result<i32, OpenError> {
    let has_history: bool = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1)",
        [HISTORY],
        |row| row.get(0),
    )?;
    if !has_history {
        // A file in which somebody else keeps their tables is left as it is.
        let is_used: bool = connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table')",
            [],
            |row| row.get(0),
        )?;
        return if is_used { Err(OpenError::NotADatabase) } else { Ok(0) };
    }
    let sql = format!("SELECT coalesce(max(version), 0) FROM {HISTORY}");
    let found: i32 = connection.query_row(&sql, [], |row| row.get(0))?;
    if found > NEWEST { Err(OpenError::TooNew { found, known: NEWEST }) } else { Ok(found) }
}

/// Compares a key's check value with the stored one; the first start stores it.
fn check_key(connection: &Connection, which: &'static str, value: &[u8; 32]) -> Result<(), OpenError> {
    let stored: Option<Vec<u8>> = connection
        .query_row("SELECT value FROM onramp_meta WHERE key = ?1", [which], |row| row.get(0))
        .optional()?;
    match stored {
        Some(stored) if stored == value => Ok(()),
        Some(_) => Err(OpenError::WrongKey(which)),
        None => {
            connection.execute("INSERT INTO onramp_meta (key, value) VALUES (?1, ?2)", (which, value))?;
            Ok(())
        }
    }
}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> Self {
        OpenError::Unavailable(error.to_string())
    }
}

impl From<tokio_postgres::Error> for OpenError {
    fn from(error: tokio_postgres::Error) -> Self {
        dialect::postgres_error(error).into()
    }
}

/// The schema's version, 0 when there is no schema yet. One that is too new is refused.
async fn postgres_version(engine: &Postgres) -> Result<i32, OpenError> {
    let client = engine.client().await?;
    let sql = "SELECT to_regclass($1::text) IS NOT NULL, to_regclass('gorp_migrations') IS NOT NULL
            AND to_regclass('configs') IS NOT NULL";
    let row = client.query_typed_one(sql, &[(&HISTORY, tokio_postgres::types::Type::TEXT)]).await?;
    match (row.get(0), row.get(1)) {
        (true, _) => {}
        (false, true) => return Err(OpenError::Reference),
        (false, false) => return Ok(0),
    }
    let sql = format!("SELECT coalesce(max(version), 0)::int4 FROM {HISTORY}");
    let found: i32 = client.query_typed_one(&sql, &[]).await?.get(0);
    if found > NEWEST { Err(OpenError::TooNew { found, known: NEWEST }) } else { Ok(found) }
}

async fn migrate_postgres(engine: &Postgres) -> Result<(), OpenError> {
    // A lock of a transaction, because a session may not be ours behind a pooler; and so on a connection of
    // its own.
    let mut waiting = engine.patient_client().await?;
    let lock = waiting.transaction().await?;
    let key =
        &[(&MIGRATION_LOCK as &(dyn tokio_postgres::types::ToSql + Sync), tokio_postgres::types::Type::INT8)];
    lock.query_typed("SELECT pg_advisory_xact_lock($1)", key).await?;
    let written_for_sqlite = migrations::migrations::runner();
    let migrations: Result<Vec<_>, _> = written_for_sqlite
        .get_migrations()
        .iter()
        .map(|one| {
            let sql = dialect::postgres_schema(one.sql().unwrap_or_default());
            Migration::unapplied(&one.to_string(), &sql)
        })
        .collect();
    let failed = |error: refinery::Error| OpenError::Migration(error.to_string());
    let mut runner = Runner::new(&migrations.map_err(failed)?).set_grouped(true);
    let mut client = engine.patient_client().await?;
    runner.set_migration_table_name(HISTORY).run_async(&mut **client).await.map_err(failed)?;
    lock.commit().await?;
    Ok(())
}

/// Compares a key's check value with the stored one; whoever comes first stores it.
async fn check_postgres_key(
    engine: &Postgres,
    which: &'static str,
    value: &[u8; 32],
) -> Result<(), OpenError> {
    use tokio_postgres::types::Type;
    let client = engine.client().await?;
    let value = &value[..];
    let insert = "INSERT INTO onramp_meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
    client.execute_typed(insert, &[(&which, Type::TEXT), (&value, Type::BYTEA)]).await?;
    let select = "SELECT value FROM onramp_meta WHERE key = $1";
    let stored: Vec<u8> = client.query_typed_one(select, &[(&which, Type::TEXT)]).await?.get(0);
    if stored == value { Ok(()) } else { Err(OpenError::WrongKey(which)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::tests::Counting;

    fn open(path: &Path, master: u8, exchange: &[u8]) -> Result<SqlStore, OpenError> {
        let keys = Keys { master: [master; 32].into(), exchange: exchange.to_vec().into() };
        SqlStore::open_sqlite(path, &keys, Counting::shared(), Arc::new(|_, _| ()))
    }

    #[test]
    fn a_database_opens_again_with_its_keys_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("onramp.db");
        drop(open(&path, 1, b"fleet").unwrap());
        assert!(open(&path, 1, b"fleet").is_ok());
        assert!(matches!(open(&path, 2, b"fleet"), Err(OpenError::WrongKey("master key"))));
        assert!(matches!(open(&path, 1, b"other"), Err(OpenError::WrongKey("secure-exchange key"))));
    }

    #[test]
    fn the_newest_migration_is_known() {
        let runner = migrations::migrations::runner();
        let versions = runner.get_migrations().iter().map(|migration| migration.version());
        assert_eq!(versions.max(), Some(NEWEST));
    }

    #[test]
    fn what_is_not_ours_or_too_new_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text.db");
        std::fs::write(&path, "this is no database, it is a text that is long enough").unwrap();
        assert!(matches!(open(&path, 1, b"fleet"), Err(OpenError::NotADatabase)));

        let path = folder.path().join("newer.db");
        drop(open(&path, 1, b"fleet").unwrap());
        let sql =
            format!("INSERT INTO {HISTORY} (version, name, applied_on, checksum) VALUES (999, 'x', '', '0')");
        Connection::open(&path).unwrap().execute(&sql, []).unwrap();
        assert!(matches!(open(&path, 1, b"fleet"), Err(OpenError::TooNew { found: 999, .. })));
    }
}
