//! Units of work on a database engine, in one SQL text for all engines.
//!
//! A unit of work is a closure that gets a [`Tx`] and returns a future. On SQLite that future never waits: it
//! is polled once, on the writer thread or a reader.

mod point;
mod sqlite;
mod statement;

pub(crate) use sqlite::Sqlite;
pub(crate) use statement::{Sql, statements};

use crate::dialect;
use onramp_core::port::StoreError;
use std::{future::Future, pin::Pin, sync::Arc, time::Duration, time::Instant};

/// What a unit of work returns.
pub(crate) type Work<'t, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 't>>;

/// Told how long each unit of work took: its name and its duration.
pub type Observer = Arc<dyn Fn(&'static str, Duration) + Send + Sync>;

/// The engines.
enum Engine {
    Sqlite(Sqlite),
}

/// A database, and somebody who wants to know how long things take.
pub(crate) struct Db {
    engine: Engine,
    observer: Observer,
}

impl Db {
    pub(crate) fn sqlite(engine: Sqlite, observer: Observer) -> Self {
        Db { engine: Engine::Sqlite(engine), observer }
    }

    /// One statement that touches few rows, run at once on this thread's own connection.
    pub(crate) async fn point(
        &self,
        name: &'static str,
        sql: &Sql,
        args: &[Arg<'_>],
        each: impl FnMut(&Row<'_>) -> Result<(), StoreError> + Send,
    ) -> Result<(), StoreError> {
        let started = Instant::now();
        let result = match &self.engine {
            Engine::Sqlite(engine) => engine.point(sql, args, each, started),
        };
        (self.observer)(name, started.elapsed());
        result
    }

    /// Several statements in one snapshot, or one that may scan; off the threads that serve devices.
    pub(crate) async fn read<T, F>(&self, name: &'static str, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx<'t>) -> Work<'t, T> + Send + 'static,
    {
        let started = Instant::now();
        let result = match &self.engine {
            Engine::Sqlite(engine) => engine.read(work).await,
        };
        (self.observer)(name, started.elapsed());
        result
    }

    /// A change: committed and durable when this returns `Ok`, undone entirely when it returns `Err`.
    pub(crate) async fn write<T, F>(&self, name: &'static str, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx<'t>) -> Work<'t, T> + Send + 'static,
    {
        let started = Instant::now();
        let result = match &self.engine {
            Engine::Sqlite(engine) => engine.write(work).await,
        };
        (self.observer)(name, started.elapsed());
        result
    }
}

/// An open transaction.
pub(crate) enum Tx<'c> {
    Sqlite(&'c mut rusqlite::Connection),
}

impl Tx<'_> {
    /// Runs a statement that returns no rows; how many it changed.
    pub(crate) async fn execute(&mut self, sql: &Sql, args: &[Arg<'_>]) -> Result<u64, StoreError> {
        match self {
            Tx::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql.sqlite()).map_err(dialect::sqlite_error)?;
                let changed =
                    statement.execute(rusqlite::params_from_iter(args)).map_err(dialect::sqlite_error)?;
                Ok(changed as u64)
            }
        }
    }

    /// Shows each row of a query, without keeping it.
    pub(crate) async fn each(
        &mut self,
        sql: &Sql,
        args: &[Arg<'_>],
        each: impl FnMut(&Row<'_>) -> Result<(), StoreError> + Send,
    ) -> Result<(), StoreError> {
        match self {
            Tx::Sqlite(connection) => sqlite::each_row(connection, sql, args, each),
        }
    }

    /// All rows of a query, each turned into a value.
    pub(crate) async fn rows<T: Send>(
        &mut self,
        sql: &Sql,
        args: &[Arg<'_>],
        mut map: impl FnMut(&Row<'_>) -> Result<T, StoreError> + Send,
    ) -> Result<Vec<T>, StoreError> {
        let mut values = Vec::new();
        let each = |row: &Row<'_>| {
            values.push(map(row)?);
            Ok(())
        };
        self.each(sql, args, each).await?;
        Ok(values)
    }

    /// The first row of a query, if there is one.
    pub(crate) async fn row<T: Send>(
        &mut self,
        sql: &Sql,
        args: &[Arg<'_>],
        map: impl FnMut(&Row<'_>) -> Result<T, StoreError> + Send,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.rows(sql, args, map).await?.into_iter().next())
    }

    /// The one number that a query returns.
    pub(crate) async fn number(&mut self, sql: &Sql, args: &[Arg<'_>]) -> Result<i64, StoreError> {
        let number = self.row(sql, args, |row| row.int(0)).await?;
        number.ok_or_else(|| StoreError::Corrupt("a count returned no row".into()))
    }
}

/// A positional argument: the first is `$1`.
#[derive(Clone, Copy)]
pub(crate) enum Arg<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl From<i64> for Arg<'_> {
    fn from(value: i64) -> Self {
        Arg::Int(value)
    }
}

impl From<bool> for Arg<'_> {
    fn from(value: bool) -> Self {
        Arg::Int(value.into())
    }
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(value: &'a str) -> Self {
        Arg::Text(value)
    }
}

impl<'a> From<&'a String> for Arg<'a> {
    fn from(value: &'a String) -> Self {
        Arg::Text(value)
    }
}

impl<'a> From<&'a [u8]> for Arg<'a> {
    fn from(value: &'a [u8]) -> Self {
        Arg::Bytes(value)
    }
}

impl<'a> From<&'a Vec<u8>> for Arg<'a> {
    fn from(value: &'a Vec<u8>) -> Self {
        Arg::Bytes(value)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Arg<'a> {
    fn from(value: &'a [u8; N]) -> Self {
        Arg::Bytes(value)
    }
}

impl<'a, T: Into<Arg<'a>>> From<Option<T>> for Arg<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Arg::Null, Into::into)
    }
}

/// The arguments of a statement: `args![domain.as_str(), 5_i64, None::<&str>]`.
macro_rules! args {
    ($($value:expr),* $(,)?) => { &[$($crate::db::Arg::from($value)),*][..] };
}
pub(crate) use args;

impl rusqlite::ToSql for Arg<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, ValueRef};
        Ok(ToSqlOutput::Borrowed(match *self {
            Arg::Null => ValueRef::Null,
            Arg::Int(number) => ValueRef::Integer(number),
            Arg::Text(text) => ValueRef::Text(text.as_bytes()),
            Arg::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// A row of a query, still inside the engine: what is not asked for is not copied.
pub(crate) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
}

impl Row<'_> {
    fn sqlite<T: rusqlite::types::FromSql>(&self, column: usize) -> Result<T, StoreError> {
        let Row::Sqlite(row) = self;
        row.get(column).map_err(dialect::sqlite_error)
    }

    pub(crate) fn int(&self, column: usize) -> Result<i64, StoreError> {
        self.sqlite(column)
    }

    pub(crate) fn opt_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        self.sqlite(column)
    }

    pub(crate) fn flag(&self, column: usize) -> Result<bool, StoreError> {
        Ok(self.int(column)? != 0)
    }

    pub(crate) fn text(&self, column: usize) -> Result<String, StoreError> {
        self.sqlite(column)
    }

    pub(crate) fn opt_text(&self, column: usize) -> Result<Option<String>, StoreError> {
        self.sqlite(column)
    }

    /// The text of a column where it lies; `None` for NULL.
    pub(crate) fn text_ref(&self, column: usize) -> Result<Option<&str>, StoreError> {
        let Row::Sqlite(row) = self;
        let value = row.get_ref(column).map_err(dialect::sqlite_error)?;
        value.as_str_or_null().map_err(|error| StoreError::Corrupt(error.to_string()))
    }

    /// The bytes of a column where they lie; `None` for NULL.
    pub(crate) fn bytes_ref(&self, column: usize) -> Result<Option<&[u8]>, StoreError> {
        let Row::Sqlite(row) = self;
        let value = row.get_ref(column).map_err(dialect::sqlite_error)?;
        value.as_blob_or_null().map_err(|error| StoreError::Corrupt(error.to_string()))
    }
}
