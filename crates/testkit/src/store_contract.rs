//! What every `Store` has to do, whatever engine is below it. Each function is one test and gets an empty store.
//!
//! An engine's tests call [`store_contract!`](crate::store_contract) with how to open one.

#![allow(clippy::unwrap_used, reason = "a broken promise ends the test")]

use onramp_core::{
    model::*,
    port::{
        StoreError,
        store::{
            Attempts, ConfigChange, ConfigFilter, Conflict, Effect, Link, LinkOutcome, Reservation,
            Settlement, Store, Unfinished,
        },
    },
};

/// Makes a test of each promise. The argument is a function that gives a store, and something to keep alive.
#[macro_export]
macro_rules! store_contract {
    ($open:path) => {
        $crate::store_contract! { @each $open;
            a_config_comes_into_being_in_two_steps,
            everything_comes_back_byte_for_byte,
            a_device_is_recognised_by_id_and_key_together,
            three_switches_are_told_apart,
            the_index_that_spoke_names_the_conflict,
            an_interrupted_create_is_taken_over,
            an_idempotency_key_is_answered_once,
            a_finished_reservation_is_not_finished_twice,
            another_domain_s_ids_do_not_exist,
            lists_are_filtered_counted_and_cut,
            only_what_is_given_changes,
            channels_keep_the_operator_s_order,
            a_wish_is_due_until_it_is_carried_out,
            a_wish_that_changes_meanwhile_stays_due,
            what_is_perhaps_connected_has_to_be_disconnected,
            a_removed_config_frees_its_names_and_waits_for_its_channels,
            a_removal_that_was_settled_already_is_settled,
            the_client_s_secret_follows_the_platform,
            a_client_that_is_gone_takes_its_config_along,
            channels_follow_the_platform,
            connections_are_facts_and_no_wishes,
            unfinished_work_is_found_again,
            attempts_add_up,
        }
    };
    (@each $open:path; $($name:ident,)*) => {$(
        #[tokio::test]
        async fn $name() {
            let (store, _kept) = $open().await;
            $crate::store_contract::$name(&store).await;
        }
    )*};
}

const AT: Timestamp = Timestamp(1_000_000);
const LATER: Timestamp = Timestamp(2_000_000);

/// A domain's id.
#[must_use]
pub fn domain(text: &str) -> DomainId {
    DomainId::parse(text).unwrap()
}

/// A client's id.
#[must_use]
pub fn client(text: &str) -> ClientId {
    ClientId::parse(text).unwrap()
}

/// A channel with a name made from its id.
#[must_use]
pub fn channel(id: &str) -> Channel {
    Channel { id: channel_id(id), name: format!("name of {id}"), metadata: None }
}

fn channel_id(id: &str) -> ChannelId {
    ChannelId::parse(id).unwrap()
}

fn external_id(text: &str) -> ExternalId {
    ExternalId::parse(text).unwrap()
}

/// A config whose external id, key and fingerprint are made from its client's id; its client is named.
#[must_use]
pub fn new_config(in_domain: &str, id: &str) -> NewConfig {
    NewConfig {
        domain: domain(in_domain),
        client: client(id),
        creates_client: false,
        created_by: UserId::parse("operator").unwrap(),
        external_id: external_id(&format!("ext-{id}")),
        external_key: Secret::new(format!("key-{id}")),
        name: String::new(),
        content: Secret::default(),
        certificates: Certificates::default(),
        channels: Vec::new(),
        idempotency_key: None,
        fingerprint: Bytes::new(format!("request for {id}").into_bytes()),
        created_at: AT,
    }
}

/// Reserves and completes a config.
pub async fn enrol(store: &dyn Store, new: &NewConfig) {
    assert_eq!(store.reserve(new).await.unwrap(), Reservation::Fresh);
    store.complete(&new.domain, &new.client, &Secret::new("client secret"), true).await.unwrap();
}

/// A complete config with channels.
async fn enrol_with(store: &dyn Store, in_domain: &str, id: &str, channels: &[&str]) -> NewConfig {
    let channels = channels.iter().map(|id| channel(id)).collect();
    let new = NewConfig { channels, ..new_config(in_domain, id) };
    enrol(store, &new).await;
    new
}

async fn read(store: &dyn Store, new: &NewConfig) -> Config {
    store.config(&new.domain, &new.client).await.unwrap().unwrap()
}

async fn recognise(store: &dyn Store, id: &str, key: &str) -> Option<Enrolment> {
    store.recognise(&external_id(id), key.as_bytes()).await.unwrap()
}

async fn names(store: &dyn Store, in_domain: &str, filter: ConfigFilter) -> (u64, Vec<String>) {
    let page = PageRequest { offset: 0, limit: 100 };
    let page = store.configs(&domain(in_domain), &filter, page).await.unwrap();
    (page.total, page.items.iter().map(|config| config.client.to_string()).collect())
}

async fn links(store: &dyn Store, new: &NewConfig) -> Vec<(String, bool, bool)> {
    let links = store.links(&new.domain, &new.client).await.unwrap().unwrap();
    links
        .channels
        .into_iter()
        .map(|Link { channel, wanted, connected }| (channel.to_string(), wanted, connected))
        .collect()
}

async fn record(
    store: &dyn Store,
    new: &NewConfig,
    connected: &[&str],
    disconnected: &[&str],
    error: Option<&str>,
) -> Settlement {
    let outcome = outcome(connected, disconnected, error);
    store.record_links(&new.domain, &new.client, &outcome).await.unwrap()
}

fn outcome(connected: &[&str], disconnected: &[&str], error: Option<&str>) -> LinkOutcome {
    LinkOutcome {
        connected: connected.iter().map(|id| channel_id(id)).collect(),
        disconnected: disconnected.iter().map(|id| channel_id(id)).collect(),
        error: error.map(Into::into),
    }
}

async fn activate(store: &dyn Store, new: &NewConfig) {
    store.set_state(&new.domain, &new.client, State::Active, LATER).await.unwrap();
}

fn ids(channels: &[Channel]) -> Vec<&str> {
    channels.iter().map(|channel| channel.id.as_str()).collect()
}

fn conflict<T: std::fmt::Debug>(result: Result<T, StoreError>) -> Conflict {
    match result {
        Err(StoreError::Conflict(which)) => which,
        other => panic!("no conflict but {other:?}"),
    }
}

fn not_found<T: std::fmt::Debug>(result: Result<T, StoreError>) {
    assert!(matches!(result, Err(StoreError::NotFound)), "{result:?}");
}

/// A reservation is seen by nobody; a complete config by everybody; `release` forgets only the first.
pub async fn a_config_comes_into_being_in_two_steps(store: &dyn Store) {
    let new = new_config("d", "c");
    assert_eq!(store.reserve(&new).await.unwrap(), Reservation::Fresh);
    assert!(recognise(store, "ext-c", "key-c").await.is_none());
    assert!(store.config(&new.domain, &new.client).await.unwrap().is_none());
    assert!(!store.exists(&new.domain, &new.client).await.unwrap());
    assert!(store.links(&new.domain, &new.client).await.unwrap().is_none());
    assert_eq!(names(store, "d", ConfigFilter::default()).await, (0, vec![]));
    assert!(store.holders(&new.external_id).await.unwrap().is_empty());
    assert!(!store.remove(&new.domain, &new.client).await.unwrap());
    not_found(store.set_state(&new.domain, &new.client, State::Active, AT).await);
    not_found(store.change(&new.domain, &new.client, &ConfigChange::default(), AT).await);

    store.release(&new.domain, &new.client).await.unwrap();
    not_found(store.complete(&new.domain, &new.client, &Secret::new("s"), true).await);
    enrol(store, &new).await;
    store.release(&new.domain, &new.client).await.unwrap();
    assert!(store.exists(&new.domain, &new.client).await.unwrap());
    assert!(recognise(store, "ext-c", "key-c").await.is_some());
    assert_eq!(names(store, "d", ConfigFilter::default()).await, (1, vec!["c".to_owned()]));
    assert_eq!(store.holders(&new.external_id).await.unwrap().len(), 1);
}

/// Secrets of any length, certificates, channels and times are not touched.
pub async fn everything_comes_back_byte_for_byte(store: &dyn Store) {
    for length in [0, 1, 8, 35, 36, 37, 255, 4096, 500_000] {
        let cut = |start: &str| text_of(start, length);
        let id = format!("c{length}");
        let new = NewConfig {
            external_key: Secret::new(text_of("key", length.clamp(1, 4096))),
            name: format!("Name {length}"),
            content: Secret::new(cut("content")),
            certificates: Certificates {
                client_cert: (length > 0).then(|| cut("cert")),
                client_key: (length > 0).then(|| Secret::new(cut("private"))),
                ca_cert: (length > 0).then(|| cut("ca")),
            },
            channels: vec![Channel { metadata: Some(r#"{"a":[1.50,"\u00e9"]}"#.into()), ..channel("ch") }],
            ..new_config("d", &id)
        };
        let secret = Secret::new(cut("secret"));
        store.reserve(&new).await.unwrap();
        store.complete(&new.domain, &new.client, &secret, true).await.unwrap();

        let config = read(store, &new).await;
        assert_eq!((&config.external_id, &config.external_key), (&new.external_id, &new.external_key));
        assert_eq!((&config.client_secret, &config.content), (&secret, &new.content), "{length}");
        assert_eq!((&config.certificates, &config.channels), (&new.certificates, &new.channels));
        assert_eq!(
            (&config.name, config.state, config.status),
            (&new.name, State::Inactive, Status::Enabled)
        );
        assert_eq!((config.created_at, config.updated_at), (AT, AT));
        assert_eq!((&config.connection, &config.seen), (&ConnectionStatus::Disconnected, &Seen::default()));
        assert_eq!((&config.domain, &config.client), (&new.domain, &new.client));

        let found = recognise(store, &format!("ext-{id}"), new.external_key.expose()).await.unwrap();
        assert_eq!((&found.domain, &found.client), (&new.domain, &new.client));
        assert_eq!((&found.client_secret, &found.content), (&secret, &new.content));
        assert_eq!((&found.certificates, &found.channels), (&new.certificates, &new.channels));
    }
}

/// A text of exactly so many bytes, with letters of one to four bytes and all that SQL or JSON might mind.
fn text_of(start: &str, bytes: usize) -> String {
    let mut text = String::new();
    for letter in start.chars().chain("ß%_\\\"' \u{1f600}\n".chars().cycle()) {
        if text.len() + 4 > bytes {
            break;
        }
        text.push(letter);
    }
    let rest = bytes - text.len();
    text + &"x".repeat(rest)
}

/// Neither a wrong key nor a wrong id, nor one domain's key with another's device.
pub async fn a_device_is_recognised_by_id_and_key_together(store: &dyn Store) {
    let mine = new_config("d1", "c1");
    let theirs = NewConfig { external_id: mine.external_id.clone(), ..new_config("d2", "c2") };
    enrol(store, &mine).await;
    enrol(store, &theirs).await;
    assert_eq!(recognise(store, "ext-c1", "key-c1").await.unwrap().client, mine.client);
    assert_eq!(recognise(store, "ext-c1", "key-c2").await.unwrap().client, theirs.client);
    for (id, key) in [
        ("ext-c1", "key-c"),
        ("ext-c1", "key-c1 "),
        ("ext-c1", ""),
        ("ext-c2", "key-c2"),
        ("ext-", "c1key-c1"),
        ("ext-c1k", "ey-c1"),
        ("EXT-C1", "key-c1"),
        ("nobody", "key-c1"),
    ] {
        assert!(recognise(store, id, key).await.is_none(), "{id} {key}");
    }
    assert!(store.recognise(&mine.external_id, b"key-c1\0\xff").await.unwrap().is_none());
    let holders = store.holders(&mine.external_id).await.unwrap();
    let holders: Vec<_> = holders.iter().map(|h| (h.domain.as_str(), h.client.as_str())).collect();
    assert_eq!(holders, [("d1", "c1"), ("d2", "c2")]);
}

/// The operator's, the client's and the domain's.
pub async fn three_switches_are_told_apart(store: &dyn Store) {
    let new = new_config("d", "c");
    enrol(store, &new).await;
    let switches = async || {
        let found = recognise(store, "ext-c", "key-c").await.unwrap();
        let holder = store.holders(&new.external_id).await.unwrap().remove(0);
        assert_eq!(
            (holder.status, holder.client_enabled, holder.domain_enabled),
            (found.status, found.client_enabled, found.domain_enabled)
        );
        (found.status, found.client_enabled, found.domain_enabled)
    };
    assert_eq!(switches().await, (Status::Enabled, true, true));
    let off = ConfigChange { status: Some(Status::Disabled), ..ConfigChange::default() };
    store.change(&new.domain, &new.client, &off, LATER).await.unwrap();
    assert_eq!(switches().await, (Status::Disabled, true, true));
    let domain_is = |enabled| Effect::Domain { domain: new.domain.clone(), enabled };
    store.apply(&domain_is(false), None).await.unwrap();
    store.apply(&domain_is(false), None).await.unwrap();
    let other = Effect::Domain { domain: domain("d2"), enabled: true };
    store.apply(&other, None).await.unwrap();
    assert_eq!(switches().await, (Status::Disabled, true, false));
    let effect = Effect::Client {
        domain: new.domain.clone(),
        client: new.client.clone(),
        secret: Secret::new("s"),
        enabled: false,
    };
    store.apply(&effect, None).await.unwrap();
    store.apply(&domain_is(true), None).await.unwrap();
    assert_eq!(switches().await, (Status::Disabled, false, true));
}

/// External id, name, client: each its own; empty names never clash; nothing of a refused create stays.
pub async fn the_index_that_spoke_names_the_conflict(store: &dyn Store) {
    let first = NewConfig { name: "pump".into(), ..new_config("d", "c1") };
    enrol(store, &first).await;
    let other = new_config("d", "c2");
    let clashes = [
        (NewConfig { external_id: first.external_id.clone(), ..other.clone() }, Conflict::ExternalId),
        (NewConfig { name: "pump".into(), ..other.clone() }, Conflict::Name),
        (NewConfig { client: first.client.clone(), ..other.clone() }, Conflict::Client),
        (
            NewConfig {
                domain: domain("d2"),
                external_id: first.external_id.clone(),
                external_key: first.external_key.clone(),
                ..other.clone()
            },
            Conflict::ExternalId,
        ),
    ];
    for (new, expected) in clashes {
        let new = NewConfig { channels: vec![channel("left over")], ..new };
        assert_eq!(conflict(store.reserve(&new).await), expected);
    }
    // In another domain neither name nor external id is taken.
    enrol(
        store,
        &NewConfig { name: "pump".into(), external_id: first.external_id.clone(), ..new_config("d2", "c3") },
    )
    .await;
    enrol(store, &NewConfig { name: "Pump".into(), ..other }).await;
    enrol(store, &new_config("d", "c4")).await;

    let rename = ConfigChange { name: Some("pump".into()), ..ConfigChange::default() };
    assert_eq!(conflict(store.change(&domain("d"), &client("c4"), &rename, LATER).await), Conflict::Name);
    let rekey = ConfigChange { external_key: Some(Secret::new("key-c1")), ..ConfigChange::default() };
    assert_eq!(
        conflict(store.change(&domain("d2"), &client("c3"), &rekey, LATER).await),
        Conflict::ExternalId
    );
    assert!(recognise(store, "ext-c1", "key-c3").await.is_some());
}

/// The same caller's identical request goes on with the reservation; nobody else's does.
pub async fn an_interrupted_create_is_taken_over(store: &dyn Store) {
    let fresh = |id: &str| NewConfig {
        client: client(id),
        creates_client: true,
        name: "pump".into(),
        channels: vec![channel("ch")],
        ..new_config("d", "c1")
    };
    store.reserve(&fresh("c1")).await.unwrap();
    assert_eq!(store.reserve(&fresh("c2")).await.unwrap(), Reservation::TakenOver(client("c1")));
    let stranger = NewConfig { created_by: UserId::parse("somebody").unwrap(), ..fresh("c3") };
    let different = NewConfig { fingerprint: Bytes::new(*b"other"), ..fresh("c3") };
    let named = NewConfig { creates_client: false, ..fresh("c3") };
    for other in [stranger, different, named] {
        conflict(store.reserve(&other).await);
    }
    let named = NewConfig { creates_client: false, ..fresh("c1") };
    assert_eq!(store.reserve(&named).await.unwrap(), Reservation::TakenOver(client("c1")));
    let elsewhere = NewConfig { domain: domain("d2"), ..fresh("c4") };
    assert_eq!(conflict(store.reserve(&elsewhere).await), Conflict::ExternalId);

    store.complete(&domain("d"), &client("c1"), &Secret::new("s"), true).await.unwrap();
    conflict(store.reserve(&fresh("c5")).await);
    assert_eq!(ids(&read(store, &fresh("c1")).await.channels), ["ch"]);
}

/// The same key: the same request is answered with the first answer, any other is a conflict.
pub async fn an_idempotency_key_is_answered_once(store: &dyn Store) {
    let keyed = |id: &str| NewConfig {
        client: client(id),
        creates_client: true,
        idempotency_key: Some("once".into()),
        ..new_config("d", "c1")
    };
    store.reserve(&keyed("c1")).await.unwrap();
    assert_eq!(store.reserve(&keyed("c2")).await.unwrap(), Reservation::TakenOver(client("c1")));
    store.complete(&domain("d"), &client("c1"), &Secret::new("s"), true).await.unwrap();
    assert_eq!(store.reserve(&keyed("c3")).await.unwrap(), Reservation::Answered(client("c1")));
    let different = NewConfig { idempotency_key: Some("once".into()), ..new_config("d", "c4") };
    assert_eq!(conflict(store.reserve(&different).await), Conflict::IdempotencyKey);
    // Keys are the caller's own, in one domain.
    let stranger = NewConfig { created_by: UserId::parse("somebody").unwrap(), ..different.clone() };
    assert_eq!(store.reserve(&stranger).await.unwrap(), Reservation::Fresh);
    let elsewhere = NewConfig { domain: domain("d2"), ..new_config("d2", "c5") };
    let elsewhere = NewConfig { idempotency_key: Some("once".into()), ..elsewhere };
    assert_eq!(store.reserve(&elsewhere).await.unwrap(), Reservation::Fresh);
    // The config changed since: the answer stays. It is gone: the key is free.
    let rename = ConfigChange { name: Some("new".into()), ..ConfigChange::default() };
    store.change(&domain("d"), &client("c1"), &rename, LATER).await.unwrap();
    assert_eq!(store.reserve(&keyed("c6")).await.unwrap(), Reservation::Answered(client("c1")));
    assert!(store.remove(&domain("d"), &client("c1")).await.unwrap());
    assert_eq!(store.reserve(&keyed("c7")).await.unwrap(), Reservation::Fresh);
}

/// Two requests on one reservation: both succeed. What an event said meanwhile is newer than what they read.
pub async fn a_finished_reservation_is_not_finished_twice(store: &dyn Store) {
    let new = new_config("d", "c");
    enrol(store, &new).await;
    store.complete(&new.domain, &new.client, &Secret::new("older"), false).await.unwrap();
    let config = recognise(store, "ext-c", "key-c").await.unwrap();
    assert_eq!((config.client_secret.expose(), config.client_enabled), ("client secret", true));

    let new = new_config("d", "c2");
    store.reserve(&new).await.unwrap();
    let (domain, client, secret) = (new.domain.clone(), new.client.clone(), Secret::new("rotated"));
    store.apply(&Effect::Client { domain, client, secret, enabled: false }, None).await.unwrap();
    store.complete(&new.domain, &new.client, &Secret::new("older"), true).await.unwrap();
    let config = recognise(store, "ext-c2", "key-c2").await.unwrap();
    assert_eq!((config.client_secret.expose(), config.client_enabled), ("rotated", false));
}

/// Every method, with a client of another domain.
pub async fn another_domain_s_ids_do_not_exist(store: &dyn Store) {
    let new = enrol_with(store, "d", "c", &["ch"]).await;
    let reserved = new_config("d", "r");
    store.reserve(&reserved).await.unwrap();
    let (other, id) = (domain("other"), new.client.clone());
    assert!(store.config(&other, &id).await.unwrap().is_none());
    assert!(!store.exists(&other, &id).await.unwrap());
    assert!(store.links(&other, &id).await.unwrap().is_none());
    assert!(!store.remove(&other, &id).await.unwrap());
    let change = ConfigChange { external_key: Some(Secret::new("x")), ..ConfigChange::default() };
    not_found(store.change(&other, &id, &change, LATER).await);
    not_found(store.change(&other, &id, &ConfigChange::default(), LATER).await);
    not_found(store.set_channels(&other, &id, &[], LATER).await);
    not_found(store.set_state(&other, &id, State::Active, LATER).await);
    not_found(store.record_links(&other, &id, &outcome(&["ch"], &[], None)).await);
    not_found(store.complete(&other, &reserved.client, &Secret::new("x"), true).await);
    store.release(&other, &reserved.client).await.unwrap();
    for filter in [
        ConfigFilter { client: Some("c".into()), ..ConfigFilter::default() },
        ConfigFilter { external_id: Some("ext-c".into()), ..ConfigFilter::default() },
        ConfigFilter::default(),
    ] {
        assert_eq!(names(store, "other", filter).await, (0, vec![]));
    }
    let (secret, channels) = (Secret::new("x"), vec![channel_id("ch")]);
    for effect in [
        Effect::Client { domain: other.clone(), client: id.clone(), secret, enabled: false },
        Effect::ClientGone { domain: other.clone(), client: id.clone() },
        Effect::Channel { domain: other.clone(), channel: Channel { name: "x".into(), ..channel("ch") } },
        Effect::ChannelGone { domain: other.clone(), channel: channel_id("ch") },
        Effect::Connections { domain: other.clone(), client: id.clone(), channels },
        Effect::Domain { domain: other, enabled: false },
    ] {
        store.apply(&effect, None).await.unwrap();
    }
    let config = read(store, &new).await;
    assert_eq!((config.channels, config.connection), (new.channels.clone(), ConnectionStatus::Disconnected));
    let found = recognise(store, "ext-c", "key-c").await.unwrap();
    assert!(found.client_enabled && found.domain_enabled && found.client_secret.expose() == "client secret");
    store.complete(&reserved.domain, &reserved.client, &Secret::new("s"), true).await.unwrap();
}

/// Ascending client ids, exact totals, every filter, names with signs that patterns give a meaning to.
pub async fn lists_are_filtered_counted_and_cut(store: &dyn Store) {
    for (id, name) in
        [("c3", "Pumpe Nr. 1"), ("c1", "50% PUMP_A"), ("c2", "Gefäß"), ("c5", ""), ("c4", "a\\bc")]
    {
        enrol(store, &NewConfig { name: name.into(), ..new_config("d", id) }).await;
    }
    enrol(store, &NewConfig { name: "pump".into(), ..new_config("other", "o1") }).await;
    store.set_state(&domain("d"), &client("c2"), State::Active, LATER).await.unwrap();
    let off = ConfigChange { status: Some(Status::Disabled), ..ConfigChange::default() };
    store.change(&domain("d"), &client("c3"), &off, LATER).await.unwrap();

    let page = async |offset, limit| {
        let page = store
            .configs(&domain("d"), &ConfigFilter::default(), PageRequest { offset, limit })
            .await
            .unwrap();
        (page.total, page.items.iter().map(|config| config.client.to_string()).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(page(0, 10).await, (5, "c1 c2 c3 c4 c5".into()));
    assert_eq!(page(1, 2).await, (5, "c2 c3".into()));
    assert_eq!(page(0, 0).await, (5, String::new()));
    assert_eq!(page(5, 10).await, (5, String::new()));
    assert_eq!(page(u64::MAX, 10).await, (5, String::new()));

    let none = ConfigFilter::default;
    for (filter, expected) in [
        (ConfigFilter { state: Some(State::Active), ..none() }, "c2"),
        (ConfigFilter { state: Some(State::Inactive), ..none() }, "c1 c3 c4 c5"),
        (ConfigFilter { status: Some(Status::Disabled), ..none() }, "c3"),
        (ConfigFilter { external_id: Some("ext-c4".into()), ..none() }, "c4"),
        (ConfigFilter { external_id: Some("ext-o1".into()), ..none() }, ""),
        (ConfigFilter { client: Some("c5".into()), ..none() }, "c5"),
        (ConfigFilter { client: Some("c5".into()), external_id: Some("ext-c5".into()), ..none() }, "c5"),
        (ConfigFilter { client: Some("c5".into()), external_id: Some("ext-c4".into()), ..none() }, ""),
        (ConfigFilter { client: Some("c2".into()), state: Some(State::Inactive), ..none() }, ""),
        (ConfigFilter { external_id: Some("ext-c3".into()), name: Some("gef".into()), ..none() }, ""),
        (ConfigFilter { name: Some("pump".into()), ..none() }, "c1 c3"),
        (ConfigFilter { name: Some("PUMP".into()), status: Some(Status::Enabled), ..none() }, "c1"),
        (ConfigFilter { name: Some("FÄSS".into()), ..none() }, ""),
        (ConfigFilter { name: Some("GEFÄß".into()), ..none() }, "c2"),
        (ConfigFilter { name: Some("%".into()), ..none() }, "c1"),
        (ConfigFilter { name: Some("p_a".into()), ..none() }, "c1"),
        (ConfigFilter { name: Some("_".into()), ..none() }, "c1"),
        (ConfigFilter { name: Some("\\".into()), ..none() }, "c4"),
        (ConfigFilter { name: Some("\\b".into()), ..none() }, "c4"),
        (ConfigFilter { name: Some("x".repeat(100_000)), ..none() }, ""),
        (ConfigFilter { name: Some(String::new()), ..none() }, "c1 c2 c3 c4 c5"),
    ] {
        let (total, found) = names(store, "d", filter.clone()).await;
        assert_eq!(found.join(" "), expected, "{filter:?}");
        assert_eq!(total, found.len() as u64, "{filter:?}");
        let counted =
            store.configs(&domain("d"), &filter, PageRequest { offset: 0, limit: 0 }).await.unwrap();
        assert_eq!((counted.total, counted.items.len()), (total, 0), "{filter:?}");
    }
}

/// `None` stays; an empty name clears; certificates change together; the old key opens nothing any more.
pub async fn only_what_is_given_changes(store: &dyn Store) {
    let certificates = Certificates {
        client_cert: Some("cert".into()),
        client_key: Some(Secret::new("private")),
        ca_cert: Some("ca".into()),
    };
    let new = NewConfig {
        name: "pump".into(),
        content: Secret::new("{}"),
        certificates: certificates.clone(),
        ..new_config("d", "c")
    };
    enrol(store, &new).await;
    let change = async |change: ConfigChange| {
        store.change(&new.domain, &new.client, &change, LATER).await.unwrap();
        read(store, &new).await
    };
    let config =
        change(ConfigChange { external_key: Some(Secret::new("changed")), ..Default::default() }).await;
    assert_eq!((config.external_key.expose(), config.content.expose()), ("changed", "{}"));
    assert_eq!((config.created_at, config.updated_at), (AT, LATER));
    assert!(recognise(store, "ext-c", "key-c").await.is_none());
    assert!(recognise(store, "ext-c", "changed").await.is_some());

    let config = change(ConfigChange { content: Some(Secret::default()), ..Default::default() }).await;
    assert_eq!((config.content.expose(), config.name.as_str()), ("", "pump"));
    assert_eq!((&config.certificates, config.status), (&certificates, Status::Enabled));

    let partly = Certificates { ca_cert: Some("other".into()), ..Certificates::default() };
    let config = change(ConfigChange { certificates: Some(partly.clone()), ..Default::default() }).await;
    assert_eq!((config.certificates, config.external_key.expose()), (partly, "changed"));

    let config = change(ConfigChange { name: Some(String::new()), ..Default::default() }).await;
    assert_eq!(config.name, "");
    enrol(store, &NewConfig { name: "pump".into(), ..new_config("d", "c2") }).await;
    let config = change(ConfigChange { name: Some("Valve".into()), ..Default::default() }).await;
    assert_eq!(config.name, "Valve");
    let filter = ConfigFilter { name: Some("valve".into()), ..ConfigFilter::default() };
    assert_eq!(names(store, "d", filter).await.1, ["c"]);

    let config = change(ConfigChange { status: Some(Status::Disabled), ..Default::default() }).await;
    assert_eq!((config.status, config.name.as_str()), (Status::Disabled, "Valve"));
    let config = change(ConfigChange { status: Some(Status::Enabled), ..Default::default() }).await;
    assert_eq!(config.status, Status::Enabled);
}

/// In the order given, for devices, views and lists, at first and after a change.
pub async fn channels_keep_the_operator_s_order(store: &dyn Store) {
    let order = ["z", "a", "m", "b"];
    let new = enrol_with(store, "d", "c", &order).await;
    enrol_with(store, "d", "c2", &["a", "z"]).await;
    let orders = async || {
        let config = read(store, &new).await;
        let page = PageRequest { offset: 0, limit: 1 };
        let listed =
            store.configs(&new.domain, &ConfigFilter::default(), page).await.unwrap().items.remove(0);
        let found = recognise(store, "ext-c", "key-c").await.unwrap();
        assert_eq!([&config.channels; 2], [&listed.channels, &found.channels]);
        config.channels
    };
    assert_eq!(ids(&orders().await), order);
    let changed = [channel("b"), Channel { name: "renamed".into(), ..channel("new") }, channel("z")];
    store.set_channels(&new.domain, &new.client, &changed, LATER).await.unwrap();
    assert_eq!(orders().await, changed);
    assert_eq!(read(store, &new).await.updated_at, LATER);
    store.set_channels(&new.domain, &new.client, &[], LATER).await.unwrap();
    assert_eq!(orders().await, []);
    assert_eq!(links(store, &new).await, []);
}

/// Pending, failed with its reason, connected; and back.
pub async fn a_wish_is_due_until_it_is_carried_out(store: &dyn Store) {
    let new = enrol_with(store, "d", "c", &["a", "b"]).await;
    let status = async || read(store, &new).await.connection;
    let due = async || !store.unfinished(10).await.unwrap().is_empty();
    let link = |id: &str, wanted, connected| (id.to_owned(), wanted, connected);
    assert_eq!(links(store, &new).await, [link("a", false, false), link("b", false, false)]);
    assert!(!due().await);

    activate(store, &new).await;
    assert_eq!(read(store, &new).await.state, State::Active);
    assert_eq!(status().await, ConnectionStatus::Pending);
    assert_eq!(links(store, &new).await, [link("a", true, false), link("b", true, false)]);
    assert!(due().await);
    assert_eq!(record(store, &new, &["a"], &[], Some("no answer")).await, Settlement::Due);
    assert_eq!(status().await, ConnectionStatus::Failed("no answer".into()));
    assert_eq!(links(store, &new).await, [link("a", true, true), link("b", true, false)]);
    activate(store, &new).await;
    assert_eq!(status().await, ConnectionStatus::Pending);
    assert_eq!(record(store, &new, &["b"], &[], None).await, Settlement::Settled);
    assert_eq!(status().await, ConnectionStatus::Connected);
    assert!(!due().await);
    activate(store, &new).await;
    assert_eq!((status().await, due().await), (ConnectionStatus::Connected, false));

    // Only the difference of a new list is due.
    store.set_channels(&new.domain, &new.client, &[channel("b"), channel("c")], LATER).await.unwrap();
    assert_eq!(status().await, ConnectionStatus::Pending);
    assert_eq!(
        links(store, &new).await,
        [link("a", false, true), link("b", true, true), link("c", true, false)]
    );
    assert_eq!(record(store, &new, &["c"], &["a"], None).await, Settlement::Settled);
    assert_eq!(links(store, &new).await, [link("b", true, true), link("c", true, true)]);

    store.set_state(&new.domain, &new.client, State::Inactive, LATER).await.unwrap();
    assert_eq!(status().await, ConnectionStatus::Pending);
    assert_eq!(record(store, &new, &[], &["b", "c"], None).await, Settlement::Settled);
    assert_eq!(status().await, ConnectionStatus::Disconnected);

    // Without channels nothing is ever due.
    store.set_channels(&new.domain, &new.client, &[], LATER).await.unwrap();
    assert_eq!(status().await, ConnectionStatus::Disconnected);
    activate(store, &new).await;
    assert_eq!((status().await, due().await), (ConnectionStatus::Connected, false));
}

/// Facts are recorded even when the wish is another one by then.
pub async fn a_wish_that_changes_meanwhile_stays_due(store: &dyn Store) {
    let new = enrol_with(store, "d", "c", &["a"]).await;
    activate(store, &new).await;
    store.set_channels(&new.domain, &new.client, &[channel("b")], LATER).await.unwrap();
    assert_eq!(record(store, &new, &["a"], &[], None).await, Settlement::Due);
    assert_eq!(links(store, &new).await, [("a".into(), false, true), ("b".into(), true, false)]);
    store.set_state(&new.domain, &new.client, State::Inactive, LATER).await.unwrap();
    assert_eq!(record(store, &new, &["b"], &["a"], None).await, Settlement::Due);
    assert_eq!(links(store, &new).await, [("b".into(), false, true)]);
    assert_eq!(record(store, &new, &[], &["b"], None).await, Settlement::Settled);
    // Even of a channel that was forgotten meanwhile.
    store.set_channels(&new.domain, &new.client, &[], LATER).await.unwrap();
    assert_eq!(record(store, &new, &["late"], &[], None).await, Settlement::Due);
    assert_eq!(links(store, &new).await, [("late".into(), false, true)]);
    assert!(read(store, &new).await.channels.is_empty());
    assert_eq!(record(store, &new, &[], &["late"], None).await, Settlement::Settled);
}

/// A connect that was asked for may have happened, even when nobody came back to say so.
pub async fn what_is_perhaps_connected_has_to_be_disconnected(store: &dyn Store) {
    let perhaps = [("a".to_owned(), false, true)];
    let new = enrol_with(store, "d", "c1", &["a"]).await;
    activate(store, &new).await;
    store.set_state(&new.domain, &new.client, State::Inactive, LATER).await.unwrap();
    assert_eq!(links(store, &new).await, perhaps);
    assert_eq!(read(store, &new).await.connection, ConnectionStatus::Pending);
    assert_eq!(record(store, &new, &[], &["a"], None).await, Settlement::Settled);

    activate(store, &new).await;
    store.set_channels(&new.domain, &new.client, &[], LATER).await.unwrap();
    assert_eq!(links(store, &new).await, perhaps);
    assert_eq!(record(store, &new, &[], &["a"], None).await, Settlement::Settled);

    store.set_channels(&new.domain, &new.client, &[channel("a")], LATER).await.unwrap();
    assert!(store.remove(&new.domain, &new.client).await.unwrap());
    assert_eq!(links(store, &new).await, perhaps);
    assert_eq!(record(store, &new, &[], &["a"], None).await, Settlement::Settled);
    assert!(store.links(&new.domain, &new.client).await.unwrap().is_none());
}

/// From that moment refused and in no list; the row waits for its channels only.
pub async fn a_removed_config_frees_its_names_and_waits_for_its_channels(store: &dyn Store) {
    let full = |id: &str| NewConfig {
        client: client(id),
        name: "pump".into(),
        idempotency_key: Some("once".into()),
        channels: vec![channel("a"), channel("b")],
        ..new_config("d", "c")
    };
    let new = full("c");
    enrol(store, &new).await;
    activate(store, &new).await;
    assert_eq!(record(store, &new, &["a", "b"], &[], None).await, Settlement::Settled);
    assert!(store.remove(&new.domain, &new.client).await.unwrap());
    assert!(!store.remove(&new.domain, &new.client).await.unwrap());
    assert!(recognise(store, "ext-c", "key-c").await.is_none());
    assert!(store.config(&new.domain, &new.client).await.unwrap().is_none());
    assert!(!store.exists(&new.domain, &new.client).await.unwrap());
    assert_eq!(names(store, "d", ConfigFilter::default()).await, (0, vec![]));
    assert!(store.holders(&new.external_id).await.unwrap().is_empty());
    not_found(store.set_state(&new.domain, &new.client, State::Active, LATER).await);
    not_found(store.complete(&new.domain, &new.client, &Secret::new("s"), true).await);
    enrol(store, &full("c2")).await;

    let work = Unfinished::Links { domain: new.domain.clone(), client: new.client.clone() };
    assert_eq!(store.unfinished(10).await.unwrap(), [work]);
    assert_eq!(links(store, &new).await, [("a".into(), false, true), ("b".into(), false, true)]);
    assert_eq!(record(store, &new, &[], &["a"], Some("no answer")).await, Settlement::Due);
    assert_eq!(record(store, &new, &[], &["b"], None).await, Settlement::Settled);
    assert!(store.unfinished(10).await.unwrap().is_empty());
    // Now the client may have another one. One that is connected to nothing disappears at once.
    let again = new_config("d", "c");
    enrol(store, &NewConfig { external_id: external_id("again"), ..again.clone() }).await;
    assert!(store.remove(&again.domain, &again.client).await.unwrap());
    assert!(store.links(&again.domain, &again.client).await.unwrap().is_none());
    assert!(store.unfinished(10).await.unwrap().is_empty());
    assert_eq!(ids(&recognise(store, "ext-c", "key-c").await.unwrap().channels), ["a", "b"]);
}

/// An event may be faster than whoever disconnected. But a connection without a config is never hidden.
pub async fn a_removal_that_was_settled_already_is_settled(store: &dyn Store) {
    let new = enrol_with(store, "d", "c", &["a", "b"]).await;
    activate(store, &new).await;
    record(store, &new, &["a", "b"], &[], None).await;
    store.remove(&new.domain, &new.client).await.unwrap();
    let now = |channels: &[&str]| Effect::Connections {
        domain: new.domain.clone(),
        client: new.client.clone(),
        channels: channels.iter().map(|id| channel_id(id)).collect(),
    };
    store.apply(&now(&["b"]), None).await.unwrap();
    assert_eq!(links(store, &new).await, [("b".into(), false, true)]);
    store.apply(&now(&[]), None).await.unwrap();
    assert!(store.links(&new.domain, &new.client).await.unwrap().is_none());
    assert_eq!(record(store, &new, &[], &["a", "b"], None).await, Settlement::Settled);
    not_found(store.record_links(&new.domain, &new.client, &outcome(&["a"], &[], None)).await);
}

/// For devices at once.
pub async fn the_client_s_secret_follows_the_platform(store: &dyn Store) {
    let new = new_config("d", "c");
    enrol(store, &new).await;
    enrol(store, &new_config("d", "c2")).await;
    let effect = Effect::Client {
        domain: new.domain.clone(),
        client: new.client.clone(),
        secret: Secret::new("rotated"),
        enabled: false,
    };
    for _ in 0..2 {
        store.apply(&effect, None).await.unwrap();
        let found = recognise(store, "ext-c", "key-c").await.unwrap();
        assert_eq!((found.client_secret.expose(), found.client_enabled), ("rotated", false));
        assert_eq!((found.status, read(store, &new).await.updated_at), (Status::Enabled, AT));
    }
    let other = recognise(store, "ext-c2", "key-c2").await.unwrap();
    assert_eq!((other.client_secret.expose(), other.client_enabled), ("client secret", true));
    store.apply(&Effect::None, None).await.unwrap();
}

/// Complete, reserved or removed.
pub async fn a_client_that_is_gone_takes_its_config_along(store: &dyn Store) {
    let complete = enrol_with(store, "d", "c1", &["a"]).await;
    let removed = enrol_with(store, "d", "c2", &["a"]).await;
    activate(store, &removed).await;
    record(store, &removed, &["a"], &[], None).await;
    store.remove(&removed.domain, &removed.client).await.unwrap();
    let reserved = new_config("d", "c3");
    store.reserve(&reserved).await.unwrap();
    let kept = enrol_with(store, "d", "c4", &["a"]).await;
    for gone in [&complete, &removed, &reserved] {
        let effect = Effect::ClientGone { domain: gone.domain.clone(), client: gone.client.clone() };
        store.apply(&effect, None).await.unwrap();
        store.apply(&effect, None).await.unwrap();
    }
    assert!(recognise(store, "ext-c1", "key-c1").await.is_none());
    assert!(store.unfinished(10).await.unwrap().is_empty());
    assert_eq!(names(store, "d", ConfigFilter::default()).await.1, ["c4"]);
    assert_eq!(read(store, &kept).await.channels, [channel("a")]);
    enrol(store, &complete).await;
}

/// Name and metadata change in every list; a channel that is gone leaves every list, its order aside.
pub async fn channels_follow_the_platform(store: &dyn Store) {
    let one = enrol_with(store, "d", "c1", &["a", "b", "c"]).await;
    let two = enrol_with(store, "d", "c2", &["b"]).await;
    let there = enrol_with(store, "d2", "c3", &["b"]).await;
    let renamed = Channel { name: "renamed".into(), metadata: Some("{\"x\":1}".into()), ..channel("b") };
    let in_d = domain("d");
    store.apply(&Effect::Channel { domain: in_d.clone(), channel: renamed.clone() }, None).await.unwrap();
    store.apply(&Effect::Channel { domain: in_d.clone(), channel: channel("unknown") }, None).await.unwrap();
    assert_eq!(read(store, &one).await.channels, [channel("a"), renamed.clone(), channel("c")]);
    assert_eq!(recognise(store, "ext-c2", "key-c2").await.unwrap().channels, [renamed]);
    assert_eq!(read(store, &there).await.channels, [channel("b")]);

    activate(store, &one).await;
    record(store, &one, &["a", "c"], &[], Some("no")).await;
    activate(store, &two).await;
    record(store, &two, &["b"], &[], None).await;
    store.remove(&two.domain, &two.client).await.unwrap();
    let gone = Effect::ChannelGone { domain: in_d, channel: channel_id("b") };
    store.apply(&gone, None).await.unwrap();
    store.apply(&gone, None).await.unwrap();
    let config = read(store, &one).await;
    assert_eq!((ids(&config.channels), config.connection), (vec!["a", "c"], ConnectionStatus::Connected));
    assert!(store.links(&two.domain, &two.client).await.unwrap().is_none());
    assert!(store.unfinished(10).await.unwrap().is_empty());
    assert_eq!(read(store, &there).await.channels, [channel("b")]);
}

/// What somebody else connected or disconnected is shown; it makes nothing due, but may settle what is.
pub async fn connections_are_facts_and_no_wishes(store: &dyn Store) {
    let new = enrol_with(store, "d", "c", &["a", "b"]).await;
    let other = enrol_with(store, "d", "c2", &["a"]).await;
    let now = async |channels: &[&str]| {
        let effect = Effect::Connections {
            domain: new.domain.clone(),
            client: new.client.clone(),
            channels: channels.iter().map(|id| channel_id(id)).collect(),
        };
        store.apply(&effect, None).await.unwrap();
        read(store, &new).await.connection
    };
    assert_eq!(now(&["a", "elsewhere"]).await, ConnectionStatus::Disconnected);
    assert_eq!(now(&["a", "b"]).await, ConnectionStatus::Connected);
    assert_eq!(read(store, &new).await.state, State::Inactive);
    assert_eq!(read(store, &other).await.connection, ConnectionStatus::Disconnected);
    assert!(store.unfinished(10).await.unwrap().is_empty());
    assert_eq!(now(&[]).await, ConnectionStatus::Disconnected);

    activate(store, &new).await;
    assert_eq!(now(&[]).await, ConnectionStatus::Pending);
    assert_eq!(now(&["b"]).await, ConnectionStatus::Pending);
    assert_eq!(now(&["a", "b"]).await, ConnectionStatus::Connected);
    assert!(store.unfinished(10).await.unwrap().is_empty());
    assert_eq!(now(&["a"]).await, ConnectionStatus::Disconnected);
    assert_eq!(read(store, &new).await.state, State::Active);
    assert!(store.unfinished(10).await.unwrap().is_empty());
    // The operator wishes it again: now it is due.
    activate(store, &new).await;
    assert_eq!(read(store, &new).await.connection, ConnectionStatus::Pending);
    assert_eq!(links(store, &new).await, [("a".into(), true, true), ("b".into(), true, false)]);
}

/// Reservations and links, oldest first; who failed already lets others go first.
pub async fn unfinished_work_is_found_again(store: &dyn Store) {
    let at = |id: &str, seconds| NewConfig {
        channels: vec![channel("a")],
        created_at: AT.plus_seconds(seconds),
        ..new_config("d", id)
    };
    for (id, age) in [("c1", 30), ("c2", 10)] {
        enrol(store, &at(id, age)).await;
        activate(store, &at(id, age)).await;
    }
    enrol(store, &at("idle", 0)).await;
    let reserved = NewConfig { creates_client: true, ..at("r", 20) };
    store.reserve(&reserved).await.unwrap();

    let links = |id: &str| Unfinished::Links { domain: domain("d"), client: client(id) };
    let reservation = Unfinished::Reservation {
        domain: domain("d"),
        client: client("r"),
        creates_client: true,
        since: AT.plus_seconds(20),
    };
    assert_eq!(store.unfinished(10).await.unwrap(), [links("c2"), reservation.clone(), links("c1")]);
    assert_eq!(store.unfinished(1).await.unwrap(), [links("c2")]);
    assert_eq!(store.unfinished(0).await.unwrap(), []);
    record(store, &at("c2", 10), &[], &[], Some("refused")).await;
    assert_eq!(store.unfinished(10).await.unwrap(), [reservation, links("c1"), links("c2")]);
    store.release(&domain("d"), &client("r")).await.unwrap();
    record(store, &at("c1", 30), &["a"], &[], None).await;
    assert_eq!(store.unfinished(10).await.unwrap(), [links("c2")]);
}

/// Counts add up, the last of each stays, clients that are gone are passed over.
pub async fn attempts_add_up(store: &dyn Store) {
    let new = new_config("d", "c");
    enrol(store, &new).await;
    let attempts = |id: &str, served, refused, at, reason: Option<&str>| Attempts {
        client: client(id),
        served,
        refused,
        last: Timestamp(at),
        reason: reason.map(Into::into),
    };
    store.record(vec![]).await.unwrap();
    store.record(vec![attempts("gone", 1, 0, 5, None), attempts("c", 2, 0, 10, None)]).await.unwrap();
    let seen = Seen { last: Some(Timestamp(10)), count: 2, ..Seen::default() };
    assert_eq!(read(store, &new).await.seen, seen);
    store
        .record(vec![attempts("c", 0, 3, 30, Some("wrong key")), attempts("c", 1, 0, 20, None)])
        .await
        .unwrap();
    store.record(vec![attempts("c", 1, 0, 15, None), attempts("c", 0, 1, 25, None)]).await.unwrap();
    let seen = Seen {
        last: Some(Timestamp(20)),
        count: 4,
        last_refused: Some(Timestamp(30)),
        refused: 4,
        refused_reason: Some("wrong key".into()),
    };
    assert_eq!(read(store, &new).await.seen, seen);
    assert_eq!(read(store, &new).await.updated_at, AT);
}
