//! Units of work on a database engine, in one SQL text for all engines.
//!
//! A unit of work is a closure that gets a [`Tx`] and returns a future. On SQLite that future never waits: it
//! is polled once, on the writer thread or a reader. On PostgreSQL every change is a serializable transaction,
//! tried again (which is why the closure can be cloned) when it met another one: so both engines give a unit of
//! work the same promise, that it runs as if it were alone.

mod point;
mod postgres;
mod sqlite;
mod statement;

pub(crate) use postgres::Postgres;
pub use postgres::PostgresOptions;
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
    Postgres(Postgres),
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

    pub(crate) fn postgres(engine: Postgres, observer: Observer) -> Self {
        Db { engine: Engine::Postgres(engine), observer }
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
            Engine::Postgres(engine) => engine.point(sql, args, each).await,
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
            Engine::Postgres(engine) => engine.read(work).await,
        };
        (self.observer)(name, started.elapsed());
        result
    }

    /// A change: committed and durable when this returns `Ok`, undone entirely when it returns `Err`.
    pub(crate) async fn write<T, F>(&self, name: &'static str, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx<'t>) -> Work<'t, T> + Clone + Send + Sync + 'static,
    {
        let started = Instant::now();
        let result = match &self.engine {
            Engine::Sqlite(engine) => engine.write(work).await,
            Engine::Postgres(engine) => engine.write(work).await,
        };
        (self.observer)(name, started.elapsed());
        result
    }
}

/// An open transaction.
pub(crate) enum Tx<'c> {
    Sqlite(&'c mut rusqlite::Connection),
    Postgres(&'c postgres::Session<'c>),
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
            Tx::Postgres(session) => session.execute(sql, args).await,
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
            Tx::Postgres(session) => session.each(sql, args, each).await,
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

/// A positional argument: the first is `$1`. Its type is known even when it has no value, because PostgreSQL
/// wants to know it before.
#[derive(Clone, Copy)]
pub(crate) enum Arg<'a> {
    Int(Option<i64>),
    Text(Option<&'a str>),
    Bytes(Option<&'a [u8]>),
}

/// Turns values into arguments, each type with a NULL of its own.
macro_rules! arguments {
    ($($from:ty => $kind:ident, $value:ident, $into:expr;)*) => {$(
        impl<'a> From<$from> for Arg<'a> {
            fn from($value: $from) -> Self {
                Arg::$kind(Some($into))
            }
        }

        impl<'a> From<Option<$from>> for Arg<'a> {
            fn from(value: Option<$from>) -> Self {
                Arg::$kind(value.map(|$value| $into))
            }
        }
    )*};
}

arguments! {
    i64 => Int, value, value;
    bool => Int, value, value.into();
    &'a str => Text, value, value;
    &'a String => Text, value, value.as_str();
    &'a [u8] => Bytes, value, value;
    &'a Vec<u8> => Bytes, value, value.as_slice();
    &'a [u8; 32] => Bytes, value, value.as_slice();
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
            Arg::Int(Some(number)) => ValueRef::Integer(number),
            Arg::Text(Some(text)) => ValueRef::Text(text.as_bytes()),
            Arg::Bytes(Some(bytes)) => ValueRef::Blob(bytes),
            Arg::Int(None) | Arg::Text(None) | Arg::Bytes(None) => ValueRef::Null,
        }))
    }
}

/// A row of a query, still inside the engine: what is not asked for is not copied.
pub(crate) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

impl Row<'_> {
    pub(crate) fn int(&self, column: usize) -> Result<i64, StoreError> {
        self.opt_int(column)?.ok_or_else(|| missing(column))
    }

    pub(crate) fn opt_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self {
            Row::Sqlite(row) => row.get(column).map_err(dialect::sqlite_error),
            Row::Postgres(row) => postgres::int(row, column),
        }
    }

    pub(crate) fn flag(&self, column: usize) -> Result<bool, StoreError> {
        Ok(self.int(column)? != 0)
    }

    pub(crate) fn text(&self, column: usize) -> Result<String, StoreError> {
        self.opt_text(column)?.ok_or_else(|| missing(column))
    }

    pub(crate) fn opt_text(&self, column: usize) -> Result<Option<String>, StoreError> {
        self.text_ref(column).map(|text| text.map(str::to_owned))
    }

    /// The text of a column where it lies; `None` for NULL.
    pub(crate) fn text_ref(&self, column: usize) -> Result<Option<&str>, StoreError> {
        match self {
            Row::Sqlite(row) => {
                let value = row.get_ref(column).map_err(dialect::sqlite_error)?;
                value.as_str_or_null().map_err(|error| StoreError::Corrupt(error.to_string()))
            }
            Row::Postgres(row) => row.try_get(column).map_err(dialect::postgres_error),
        }
    }

    /// The bytes of a column where they lie; `None` for NULL.
    pub(crate) fn bytes_ref(&self, column: usize) -> Result<Option<&[u8]>, StoreError> {
        match self {
            Row::Sqlite(row) => {
                let value = row.get_ref(column).map_err(dialect::sqlite_error)?;
                value.as_blob_or_null().map_err(|error| StoreError::Corrupt(error.to_string()))
            }
            Row::Postgres(row) => row.try_get(column).map_err(dialect::postgres_error),
        }
    }
}

fn missing(column: usize) -> StoreError {
    StoreError::Corrupt(format!("column {column} of a row is empty"))
}
