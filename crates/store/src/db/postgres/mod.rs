//! PostgreSQL: a pool of connections, one for each unit of work.

mod options;

pub use options::PostgresOptions;

use super::{Arg, Row, Sql, Tx, Work};
use crate::dialect;
use backon::{ExponentialBuilder, Retryable};
use bytes::BytesMut;
use deadpool_postgres::{
    Client, ClientWrapper, GenericClient, Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod,
    Timeouts,
};
use futures_util::TryStreamExt;
use onramp_core::port::StoreError;
use std::{
    pin::pin,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::Duration,
};
use tokio_postgres::{
    IsolationLevel, NoTls,
    types::{FromSql, IsNull, ToSql, Type, to_sql_checked},
};
use tokio_postgres_rustls::MakeRustlsConnect;

/// A PostgreSQL database.
pub(crate) struct Postgres {
    pool: Pool,
    prepare: bool,
    deadline: Duration,
}

impl Postgres {
    /// Makes the pool. Nothing is connected yet.
    pub(crate) fn new(options: &PostgresOptions) -> Result<Self, String> {
        let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let config = options.config.clone();
        let manager = match &options.tls {
            Some(tls) => Manager::from_config(config, MakeRustlsConnect::new((**tls).clone()), manager),
            None => Manager::from_config(config, NoTls, manager),
        };
        let mut builder = Pool::builder(manager)
            .max_size(options.connections)
            .runtime(deadpool_postgres::Runtime::Tokio1)
            .timeouts(Timeouts {
                wait: Some(options.deadline),
                create: Some(options.deadline),
                recycle: Some(options.deadline),
            });
        if options.prepare {
            // The server gives up as well. Behind a pooler a setting would reach somebody else's session.
            let limit = format!("SET statement_timeout = {}", options.deadline.as_millis());
            builder = builder.post_create(Hook::async_fn(move |client, _| {
                let limit = limit.clone();
                Box::pin(async move { client.batch_execute(&limit).await.map_err(HookError::Backend) })
            }));
        }
        let pool = builder.build().map_err(|error| error.to_string())?;
        Ok(Postgres { pool, prepare: options.prepare, deadline: options.deadline })
    }

    /// A connection for what is no unit of work: migrations, and checks at the start.
    pub(crate) async fn client(&self) -> Result<Client, StoreError> {
        self.pool.get().await.map_err(dialect::pool_error)
    }

    /// A connection that may take its time; it does not go back to the others.
    pub(crate) async fn patient_client(&self) -> Result<Box<ClientWrapper>, StoreError> {
        let client = deadpool_postgres::Object::take(self.client().await?);
        if self.prepare {
            client.batch_execute("SET statement_timeout = 0").await.map_err(dialect::postgres_error)?;
        }
        Ok(Box::new(client))
    }

    pub(super) async fn point(
        &self,
        sql: &Sql,
        args: &[Arg<'_>],
        each: impl FnMut(&Row<'_>) -> Result<(), StoreError> + Send,
    ) -> Result<(), StoreError> {
        self.in_time(async {
            let client = self.client().await?;
            each_row((&client, &**client), self.prepare, sql, args, each, dialect::postgres_error).await
        })
        .await
    }

    pub(super) async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx<'t>) -> Work<'t, T> + Send + 'static,
    {
        self.in_time(async {
            let mut client = self.client().await?;
            let transaction = client
                .build_transaction()
                .isolation_level(IsolationLevel::RepeatableRead)
                .read_only(true)
                .start()
                .await
                .map_err(dialect::postgres_error)?;
            let session = Session::new(transaction, self.prepare);
            let result = work(&mut Tx::Postgres(&session)).await;
            session.transaction.commit().await.map_err(dialect::postgres_error)?;
            result
        })
        .await
    }

    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx<'t>) -> Work<'t, T> + Clone + Send + Sync + 'static,
    {
        let again = ExponentialBuilder::new()
            .with_jitter()
            .with_min_delay(Duration::from_millis(2))
            .with_max_delay(Duration::from_millis(100))
            .with_max_times(20);
        let attempt = || self.attempt(work.clone());
        let result = self.in_time(async {
            Ok(attempt.retry(again).when(|failed: &Failed| matches!(failed, Failed::MetAnother(_))).await)
        });
        result.await?.map_err(|(Failed::MetAnother(error) | Failed::ForGood(error))| error)
    }

    async fn attempt<T, F>(&self, work: F) -> Result<T, Failed>
    where
        F: for<'t> FnOnce(&'t mut Tx<'t>) -> Work<'t, T>,
    {
        let mut client = self.client().await.map_err(Failed::ForGood)?;
        let transaction = client
            .build_transaction()
            .isolation_level(IsolationLevel::Serializable)
            .start()
            .await
            .map_err(|error| Failed::ForGood(dialect::postgres_error(error)))?;
        let session = Session::new(transaction, self.prepare);
        match work(&mut Tx::Postgres(&session)).await {
            Ok(value) => match session.transaction.commit().await {
                Ok(()) => Ok(value),
                Err(error) if dialect::met_another(&error) => {
                    Err(Failed::MetAnother(dialect::postgres_error(error)))
                }
                Err(error) => Err(Failed::ForGood(dialect::postgres_error(error))),
            },
            Err(error) => {
                let met = session.met_another.load(Relaxed);
                // Dropping it would undo it as well, but without waiting.
                let _ = session.transaction.rollback().await;
                Err(if met { Failed::MetAnother(error) } else { Failed::ForGood(error) })
            }
        }
    }

    /// Nobody waits longer than the deadline, whatever the server or the network does.
    async fn in_time<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        tokio::time::timeout(self.deadline, work)
            .await
            .unwrap_or_else(|_| Err(StoreError::Unavailable("no answer within the deadline".into())))
    }
}

/// Why an attempt at a change failed.
enum Failed {
    /// Another change stood in the way: at the next attempt it will have passed.
    MetAnother(StoreError),
    ForGood(StoreError),
}

/// An open transaction.
pub(crate) struct Session<'c> {
    transaction: deadpool_postgres::Transaction<'c>,
    prepare: bool,
    /// A statement was refused because of another transaction.
    met_another: AtomicBool,
}

impl<'c> Session<'c> {
    fn new(transaction: deadpool_postgres::Transaction<'c>, prepare: bool) -> Self {
        Session { transaction, prepare, met_another: AtomicBool::new(false) }
    }

    fn told(&self, error: tokio_postgres::Error) -> StoreError {
        self.met_another.fetch_or(dialect::met_another(&error), Relaxed);
        dialect::postgres_error(error)
    }

    pub(super) async fn execute(&self, sql: &Sql, args: &[Arg<'_>]) -> Result<u64, StoreError> {
        let changed = if self.prepare {
            let statement = prepared(&self.transaction, sql, args).await.map_err(|error| self.told(error))?;
            self.transaction.execute_raw(&statement, args).await
        } else {
            self.transaction.execute_typed(sql.postgres(), &typed(args)).await
        };
        changed.map_err(|error| self.told(error))
    }

    pub(super) async fn each(
        &self,
        sql: &Sql,
        args: &[Arg<'_>],
        each: impl FnMut(&Row<'_>) -> Result<(), StoreError> + Send,
    ) -> Result<(), StoreError> {
        let told = |error| self.told(error);
        each_row((&self.transaction, &*self.transaction), self.prepare, sql, args, each, told).await
    }
}

async fn each_row(
    (pooled, client): (&impl GenericClient, &impl tokio_postgres::GenericClient),
    prepare: bool,
    sql: &Sql,
    args: &[Arg<'_>],
    mut each: impl FnMut(&Row<'_>) -> Result<(), StoreError> + Send,
    told: impl Fn(tokio_postgres::Error) -> StoreError + Send,
) -> Result<(), StoreError> {
    let rows = if prepare {
        let statement = prepared(pooled, sql, args).await.map_err(&told)?;
        client.query_raw(&statement, args).await
    } else {
        let args = args.iter().map(|arg| (*arg, kind(arg)));
        client.query_typed_raw(sql.postgres(), args).await
    };
    let mut rows = pin!(rows.map_err(&told)?);
    while let Some(row) = rows.try_next().await.map_err(&told)? {
        each(&Row::Postgres(&row))?;
    }
    Ok(())
}

async fn prepared(
    client: &impl GenericClient,
    sql: &Sql,
    args: &[Arg<'_>],
) -> Result<tokio_postgres::Statement, tokio_postgres::Error> {
    let kinds: Vec<Type> = args.iter().map(kind).collect();
    client.prepare_typed_cached(sql.postgres(), &kinds).await
}

fn typed<'a>(args: &'a [Arg<'a>]) -> Vec<(&'a (dyn ToSql + Sync), Type)> {
    args.iter().map(|arg| (arg as &(dyn ToSql + Sync), kind(arg))).collect()
}

fn kind(arg: &Arg<'_>) -> Type {
    match arg {
        Arg::Int(_) => Type::INT8,
        Arg::Text(_) => Type::TEXT,
        Arg::Bytes(_) => Type::BYTEA,
    }
}

impl std::fmt::Debug for Arg<'_> {
    /// Arguments may be anything: only their type is told.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", kind(self))
    }
}

impl ToSql for Arg<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Arg::Int(value) => value.to_sql(kind, out),
            Arg::Text(value) => value.to_sql(kind, out),
            Arg::Bytes(value) => value.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT8, Type::TEXT, Type::BYTEA].contains(kind)
    }

    to_sql_checked!();
}

/// A whole number, whichever of PostgreSQL's types an expression has.
struct Int(i64);

impl<'r> FromSql<'r> for Int {
    fn from_sql(kind: &Type, raw: &'r [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Int(match *kind {
            Type::BOOL => bool::from_sql(kind, raw)?.into(),
            Type::INT4 => i32::from_sql(kind, raw)?.into(),
            Type::TEXT => return Err("a text where a number belongs".into()),
            _ => i64::from_sql(kind, raw)?,
        }))
    }

    fn accepts(kind: &Type) -> bool {
        // A bare NULL in a statement counts as a text.
        [Type::BOOL, Type::INT4, Type::INT8, Type::TEXT].contains(kind)
    }
}

pub(super) fn int(row: &tokio_postgres::Row, column: usize) -> Result<Option<i64>, StoreError> {
    let number: Option<Int> = row.try_get(column).map_err(dialect::postgres_error)?;
    Ok(number.map(|Int(number)| number))
}
