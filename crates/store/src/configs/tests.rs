//! The port's contract on SQLite, and what only shows below the port: plans, files, full disks, planted rows.

use crate::{SqlStore, db::Sql};
use onramp_core::{
    model::{Bytes, Certificates, ExternalId, NewConfig, PageRequest, Secret, State},
    port::{
        StoreError,
        store::{
            ConfigChange, ConfigFilter, ConfigStore, Conflict, DeviceStore, Effect, EffectStore, EventNumber,
            LinkStore,
        },
    },
};
use onramp_testkit::store_contract::{channel, client, domain, enrol, new_config};
use rusqlite::{Connection, config::DbConfig};
use std::sync::Arc;
use tempfile::TempDir;

fn open() -> (SqlStore, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (crate::testing::open_sqlite(&folder), folder)
}

/// A connection beside the store's own.
fn beside(folder: &TempDir) -> Connection {
    let connection = Connection::open(folder.path().join("onramp.db")).unwrap();
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).unwrap();
    connection
}

fn numbers(folder: &TempDir, sql: &str) -> Vec<i64> {
    let connection = beside(folder);
    let mut statement = connection.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

onramp_testkit::store_contract!(crate::testing::open);

fn statements() -> impl Iterator<Item = (&'static str, &'static Sql)> {
    use super::{change, channels, device, effects, links, read, reserve};
    [
        change::STATEMENTS,
        channels::STATEMENTS,
        device::STATEMENTS,
        effects::STATEMENTS,
        links::STATEMENTS,
        read::STATEMENTS,
        reserve::STATEMENTS,
    ]
    .into_iter()
    .flatten()
    .copied()
}

fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let nulls = vec![rusqlite::types::Null; statement.parameter_count()];
    let rows = statement.query_map(rusqlite::params_from_iter(nulls), |row| row.get::<_, String>(3)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[tokio::test]
async fn every_statement_is_one_that_the_engine_takes() {
    crate::testing::prepare(statements()).await;
}

#[test]
fn no_statement_walks_a_table_or_sorts() {
    let (_store, folder) = open();
    let connection = beside(&folder);
    for (name, sql) in statements() {
        for step in plan(&connection, sql.sqlite()) {
            let walk = step.starts_with("SCAN")
                && step != "SCAN onramp_configs USING INDEX onramp_configs_unfinished";
            assert!(!walk && !step.contains("TEMP B-TREE"), "{name}: {step}");
            // An index over the whole domain: only where a list is asked for.
            let list = matches!(name, "COUNT" | "PAGE");
            let page = step.contains("onramp_configs_page") && !step.contains("client_id=?");
            assert!(list || !page, "{name}: {step}");
            assert!(!list || step.contains("COVERING INDEX onramp_configs_page"), "{name}: {step}");
        }
    }
}

#[test]
fn a_device_costs_four_probes() {
    let (_store, folder) = open();
    let (_, recognise) = statements().find(|(name, _)| *name == "RECOGNISE").unwrap();
    assert_eq!(
        plan(&beside(&folder), recognise.sqlite()),
        [
            "SEARCH c USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH o USING PRIMARY KEY (domain_id=?) LEFT-JOIN",
            "SEARCH k USING COVERING INDEX onramp_config_channels_listed (client_id=?) LEFT-JOIN",
            "SEARCH n USING PRIMARY KEY (domain_id=? AND channel_id=?) LEFT-JOIN",
        ]
    );
}

#[tokio::test]
async fn a_planted_tag_or_key_opens_nothing() {
    let (store, folder) = open();
    for id in ["mine", "theirs"] {
        enrol(&store, &new_config("d", id)).await;
    }
    let mine = ExternalId::parse("ext-mine").unwrap();
    let recognise = async || store.recognise(&mine, b"key-mine").await;
    assert_eq!(recognise().await.unwrap().unwrap().client, client("mine"));

    // Whoever can write to the database leads his own credential to somebody else's row.
    let connection = beside(&folder);
    let tag: i64 = connection
        .query_row("SELECT tag FROM onramp_configs WHERE client_id = 'mine'", [], |row| row.get(0))
        .unwrap();
    connection
        .execute("UPDATE onramp_configs SET tag = -1, external_id = NULL WHERE client_id = 'mine'", [])
        .unwrap();
    connection.execute("UPDATE onramp_configs SET tag = ?1 WHERE client_id = 'theirs'", [tag]).unwrap();
    let noticed = async || tokio::time::sleep(std::time::Duration::from_millis(150)).await;
    noticed().await;
    assert!(recognise().await.unwrap().is_none());
    // With the external id too.
    connection
        .execute("UPDATE onramp_configs SET external_id = 'ext-mine' WHERE client_id = 'theirs'", [])
        .unwrap();
    noticed().await;
    assert!(matches!(recognise().await, Err(StoreError::Corrupt(_))));
    // And with the sealed key.
    connection
        .execute(
            "UPDATE onramp_configs SET external_key =
                (SELECT external_key FROM onramp_configs WHERE client_id = 'mine') WHERE client_id = 'theirs'",
            [],
        )
        .unwrap();
    noticed().await;
    assert!(matches!(recognise().await, Err(StoreError::Corrupt(_))));
}

#[tokio::test]
async fn a_tag_alone_proves_nothing() {
    let (store, folder) = open();
    let new = new_config("d", "c");
    enrol(&store, &new).await;
    let tag = store.vault.credential_tag("ext-c", b"guess");
    beside(&folder).execute("UPDATE onramp_configs SET tag = ?1", [tag]).unwrap();
    assert!(store.recognise(&new.external_id, b"guess").await.unwrap().is_none());
}

#[tokio::test]
async fn many_writers_share_commits_and_a_failing_one_is_undone_alone() {
    const WRITERS: usize = 300;
    let (store, folder) = open();
    let store = Arc::new(store);
    enrol(&*store, &new_config("d", "taken")).await;
    let tasks: Vec<_> = (0..WRITERS)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut new =
                    NewConfig { channels: vec![channel("ch")], ..new_config("d", &format!("c{number}")) };
                if number % 10 == 0 {
                    new.external_id = ExternalId::parse("ext-taken").unwrap();
                }
                store.reserve(&new).await
            })
        })
        .collect();
    for (number, task) in tasks.into_iter().enumerate() {
        match task.await.unwrap() {
            Ok(_) => assert_ne!(number % 10, 0),
            Err(error) => {
                assert!(
                    number % 10 == 0 && matches!(error, StoreError::Conflict(Conflict::ExternalId)),
                    "{error}"
                );
            }
        }
    }
    // What a power cut at this moment would leave: the files as they are, without a farewell.
    let copy = tempfile::tempdir().unwrap();
    for file in ["onramp.db", "onramp.db-wal"] {
        std::fs::copy(folder.path().join(file), copy.path().join(file)).unwrap();
    }
    let found = crate::testing::open_sqlite(&copy).unfinished(1000).await.unwrap();
    assert_eq!(found.len(), WRITERS - WRITERS / 10);
    assert_eq!(numbers(&copy, "SELECT count(*) FROM onramp_config_channels"), [270]);
}

#[tokio::test]
async fn a_full_disk_refuses_and_loses_nothing() {
    static SIZE: Sql = Sql::new("PRAGMA page_count");
    static UNLIMITED: Sql = Sql::new("PRAGMA max_page_count = 1000000");
    let (store, folder) = open();
    enrol(&store, &new_config("d", "before")).await;
    let pages = store.db.write("size", |tx| Box::pin(async { tx.number(&SIZE, &[]).await })).await.unwrap();
    let limit = Box::leak(format!("PRAGMA max_page_count = {}", pages + 20).into_boxed_str());
    let limit: &'static Sql = Box::leak(Box::new(Sql::new(limit)));
    store.db.write("limit", move |tx| Box::pin(async { tx.number(limit, &[]).await })).await.unwrap();

    let large = |id: &str| NewConfig { content: Secret::new("x".repeat(30_000)), ..new_config("d", id) };
    let mut saved = Vec::new();
    let mut refused = 0;
    for number in 0..20 {
        let new = large(&format!("c{number}"));
        match store.reserve(&new).await {
            Ok(_) => saved.push(new),
            Err(error) => {
                assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
                refused += 1;
            }
        }
    }
    assert!(!saved.is_empty() && refused > 0);
    let grow = ConfigChange { content: Some(Secret::new("y".repeat(400_000))), ..ConfigChange::default() };
    let (d, before) = (domain("d"), client("before"));
    let result = store.change(&d, &before, &grow, new_config("d", "c").created_at).await;
    assert!(matches!(result, Err(StoreError::Unavailable(_))), "{result:?}");
    assert_eq!(store.unfinished(100).await.unwrap().len(), saved.len());
    assert_eq!(store.config(&d, &before).await.unwrap().unwrap().content.expose(), "");

    // There is room again: it goes on without a restart.
    store.db.write("limit", |tx| Box::pin(async { tx.number(&UNLIMITED, &[]).await })).await.unwrap();
    store.reserve(&large("after")).await.unwrap();
    drop(store);
    let store = crate::testing::open_sqlite(&folder);
    assert_eq!(store.unfinished(100).await.unwrap().len(), saved.len() + 1);
    for new in saved {
        store.complete(&d, &new.client, &Secret::new("s"), true).await.unwrap();
        assert_eq!(store.config(&d, &new.client).await.unwrap().unwrap().content, new.content);
    }
    let check: String = beside(&folder).query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
}

#[tokio::test]
async fn no_secret_can_be_read_in_the_files() {
    const PLANTED: &str = "PLANTED-SECRET";
    let (store, folder) = open();
    let secret = |what: &str| Secret::new(format!("{PLANTED}-{what}"));
    let new = NewConfig {
        external_key: secret("key"),
        content: secret("content"),
        certificates: Certificates { client_key: Some(secret("tls")), ..Certificates::default() },
        fingerprint: Bytes::new(PLANTED.as_bytes()),
        name: "VISIBLE".into(),
        ..new_config("d", "c")
    };
    store.reserve(&new).await.unwrap();
    store.complete(&new.domain, &new.client, &secret("client"), true).await.unwrap();
    let change = ConfigChange {
        external_key: Some(secret("other key")),
        content: Some(secret("other content")),
        certificates: Some(Certificates { client_key: Some(secret("other tls")), ..Certificates::default() }),
        ..ConfigChange::default()
    };
    store.change(&new.domain, &new.client, &change, new.created_at).await.unwrap();
    let (domain, client) = (new.domain.clone(), new.client.clone());
    store
        .apply(&Effect::Client { domain, client, secret: secret("rotated"), enabled: true }, None)
        .await
        .unwrap();
    let found = store.recognise(&new.external_id, format!("{PLANTED}-other key").as_bytes()).await.unwrap();
    assert_eq!(found.unwrap().client_secret, secret("rotated"));

    let find = |text: &str| {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
                files.push(path);
            }
        }
        files
    };
    assert!(!find("VISIBLE").is_empty(), "the search must be able to find something");
    assert_eq!(find(PLANTED), Vec::<std::path::PathBuf>::new());
    drop(store);
    assert!(!find("VISIBLE").is_empty());
    assert_eq!(find(PLANTED), Vec::<std::path::PathBuf>::new());
}

#[tokio::test]
async fn channels_are_remembered_while_a_config_of_the_domain_lists_them() {
    let (store, folder) = open();
    let known = || {
        let connection = beside(&folder);
        let sql = "SELECT domain_id || ':' || channel_id FROM onramp_channels ORDER BY 1";
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        rows.map(Result::unwrap).collect::<Vec<_>>().join(" ")
    };
    let with = |in_domain: &str, id: &str, channels: &[&str]| NewConfig {
        channels: channels.iter().map(|id| channel(id)).collect(),
        ..new_config(in_domain, id)
    };
    enrol(&store, &with("d", "c1", &["a", "b"])).await;
    enrol(&store, &with("d", "c2", &["b"])).await;
    enrol(&store, &with("e", "c3", &["a"])).await;
    let reserved = with("d", "c4", &["r"]);
    store.reserve(&reserved).await.unwrap();
    assert_eq!(known(), "d:a d:b d:r e:a");
    store.release(&reserved.domain, &reserved.client).await.unwrap();
    assert_eq!(known(), "d:a d:b e:a");
    let refused = NewConfig { external_id: with("d", "c1", &[]).external_id, ..with("d", "c5", &["x"]) };
    store.reserve(&refused).await.unwrap_err();
    assert_eq!(known(), "d:a d:b e:a");
    let (d, at) = (domain("d"), reserved.created_at);
    store.set_channels(&d, &client("c1"), &[channel("c"), channel("b")], at).await.unwrap();
    assert_eq!(known(), "d:b d:c e:a");
    store.remove(&d, &client("c1")).await.unwrap();
    assert_eq!(known(), "d:b e:a");
    let gone = Effect::ClientGone { domain: d.clone(), client: client("c2") };
    store.apply(&gone, None).await.unwrap();
    assert_eq!(known(), "e:a");
    let gone = Effect::ChannelGone { domain: domain("e"), channel: channel("a").id };
    store.apply(&gone, None).await.unwrap();
    assert_eq!(known(), "");
    assert_eq!(numbers(&folder, "SELECT count(*) FROM onramp_config_channels"), [0]);
}

#[tokio::test]
async fn an_event_is_forgotten_with_its_effect() {
    let (store, folder) = open();
    for number in 1..=3 {
        beside(&folder)
            .execute(
                "INSERT INTO onramp_platform_events (number, kind, domain_id, object_id) VALUES (?1, 'x', 'd', 'c')",
                [number],
            )
            .unwrap();
    }
    let off = Effect::Domain { domain: domain("d"), enabled: false };
    store.apply(&off, Some(EventNumber(2))).await.unwrap();
    store.apply(&Effect::None, Some(EventNumber(3))).await.unwrap();
    store.apply(&off, None).await.unwrap();
    assert_eq!(numbers(&folder, "SELECT number FROM onramp_platform_events"), [1]);
    assert_eq!(numbers(&folder, "SELECT count(*) FROM onramp_domains_off"), [1]);
}

#[tokio::test]
async fn what_a_crash_left_is_there_after_a_start() {
    let (store, folder) = open();
    let at = |id: &str| NewConfig { channels: vec![channel("a")], ..new_config("d", id) };
    let (reserved, due, removed) = (at("reserved"), at("due"), at("removed"));
    for new in [&due, &removed] {
        enrol(&store, new).await;
        store.set_state(&new.domain, &new.client, State::Active, new.created_at).await.unwrap();
    }
    store.remove(&removed.domain, &removed.client).await.unwrap();
    store.reserve(&reserved).await.unwrap();
    let before = store.unfinished(10).await.unwrap();
    assert_eq!(before.len(), 3);
    let copy = tempfile::tempdir().unwrap();
    for file in ["onramp.db", "onramp.db-wal"] {
        std::fs::copy(folder.path().join(file), copy.path().join(file)).unwrap();
    }
    let store = crate::testing::open_sqlite(&copy);
    assert_eq!(store.unfinished(10).await.unwrap(), before);
    let page = PageRequest { offset: 0, limit: 10 };
    assert_eq!(store.configs(&due.domain, &ConfigFilter::default(), page).await.unwrap().total, 1);
    // Nothing of a removed config's secrets is kept.
    let sql =
        "SELECT length(external_key) + length(content) + (client_secret IS NOT NULL) FROM onramp_configs
        WHERE phase = 2";
    assert_eq!(numbers(&copy, sql), [0]);
}
