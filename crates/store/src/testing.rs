//! An empty store for a test: on SQLite, or with `ONRAMP_TEST_ENGINE=postgres` on PostgreSQL.

use crate::{Keys, PostgresOptions, SqlStore, db::Sql, seal::tests::Counting};
use std::{sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio_postgres::{NoTls, types::Type};

pub(crate) fn keys() -> Keys {
    Keys { master: [1; 32].into(), exchange: b"fleet".to_vec().into() }
}

/// A store, and what has to live as long as it.
pub(crate) async fn open() -> (SqlStore, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    if on_postgres() {
        return (open_postgres(&fresh_database().await).await, folder);
    }
    (open_sqlite(&folder), folder)
}

pub(crate) fn on_postgres() -> bool {
    setting("ONRAMP_TEST_ENGINE").is_some_and(|engine| engine == "postgres")
}

pub(crate) fn open_sqlite(folder: &TempDir) -> SqlStore {
    let path = folder.path().join("onramp.db");
    SqlStore::open_sqlite(&path, &keys(), Counting::shared(), Arc::new(|_, _| ())).unwrap()
}

pub(crate) async fn open_postgres(url: &str) -> SqlStore {
    let keys = keys();
    SqlStore::open_postgres(&options(url), &keys, Counting::shared(), Arc::new(|_, _| ())).await.unwrap()
}

pub(crate) fn options(url: &str) -> PostgresOptions {
    PostgresOptions {
        config: url.parse().unwrap(),
        tls: None,
        connections: 8,
        deadline: Duration::from_secs(20),
        prepare: true,
    }
}

pub(crate) async fn fresh_database() -> String {
    let base = setting("ONRAMP_TEST_POSTGRES").unwrap();
    let client = connect(&base).await;
    let name = format!("t{}", uuid::Uuid::new_v4().simple());
    client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    format!("{base}&dbname={name}")
}

#[allow(clippy::disallowed_methods, reason = "the test run's own settings")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

pub(crate) async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Lets the engine look at statements: do all tables, columns and functions exist, do the types fit?
pub(crate) async fn prepare(statements: impl Iterator<Item = (&'static str, &'static Sql)>) {
    if on_postgres() {
        let url = fresh_database().await;
        drop(open_postgres(&url).await);
        let client = connect(&url).await;
        for (name, sql) in statements {
            prepare_on_postgres(&client, sql.postgres()).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        }
        return;
    }
    let (_store, folder) = open().await;
    let connection = rusqlite::Connection::open(folder.path().join("onramp.db")).unwrap();
    for (name, sql) in statements {
        connection.prepare(sql.sqlite()).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

/// Where a statement leaves the type of an argument open, a text is tried first and then a number: our calls
/// tell it.
async fn prepare_on_postgres(client: &tokio_postgres::Client, sql: &str) -> Result<(), String> {
    let numbers = sql.split('$').skip(1).filter_map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
    let count = numbers.filter_map(|number| number.parse::<usize>().ok()).max().unwrap_or(0);
    let mut types = vec![Type::UNKNOWN; count];
    let mut tried = Vec::new();
    loop {
        let told = match client.prepare_typed(sql, &types).await {
            Ok(_) => return Ok(()),
            Err(error) => error.as_db_error().map_or_else(|| error.to_string(), |db| db.message().to_owned()),
        };
        let open = told.strip_prefix("could not determine data type of parameter $");
        if let Some(number) = open.and_then(|number| number.parse::<usize>().ok()) {
            types[number - 1] = Type::TEXT;
            tried.push(number - 1);
        } else if let Some(last) = tried.pop() {
            types[last] = Type::INT8;
        } else {
            return Err(told);
        }
    }
}
