use crate::{SqlStore, db::args};
use onramp_core::{
    model::*,
    port::{
        StoreError,
        directory::things::{
            ChannelDirectory, ClientDirectory, Connected, ConnectionDirectory, Pairs, PlatformEvents,
        },
        store::{Conflict, EventNumber},
    },
};

struct Fixture {
    store: SqlStore,
    folder: tempfile::TempDir,
}

async fn fixture() -> Fixture {
    let (store, folder) = crate::testing::open().await;
    Fixture { store, folder }
}

/// On SQLite whatever the engine of the run: for what looks at the file.
fn on_sqlite() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    Fixture { store: crate::testing::open_sqlite(&folder), folder }
}

fn id<T: std::str::FromStr<Err = InvalidId>>(text: &str) -> T {
    text.parse().unwrap()
}

fn client(domain: &str, id: &str) -> NewClient {
    NewClient {
        id: self::id(id),
        domain: self::id(domain),
        name: format!("Name of {id}"),
        tags: vec![],
        identity: String::new(),
        secret: Secret::new(format!("secret of {id}")),
        metadata: None,
        private_metadata: None,
        status: Status::Enabled,
        created_at: Timestamp(1),
        for_config: false,
    }
}

fn channel(domain: &str, id: &str) -> PlatformChannel {
    PlatformChannel {
        id: self::id(id),
        domain: self::id(domain),
        name: format!("Name of {id}"),
        tags: vec![],
        route: None,
        metadata: None,
        status: Status::Enabled,
        created_at: Timestamp(1),
        updated: None,
        connected: None,
    }
}

fn pairs(clients: &[&str], channels: &[&str], types: ConnectionTypes) -> Pairs {
    Pairs {
        domain: id("d"),
        clients: clients.iter().map(|text| id(text)).collect(),
        channels: channels.iter().map(|text| id(text)).collect(),
        types,
        announce: true,
    }
}

fn everything() -> ObjectQuery {
    ObjectQuery {
        filter: ObjectFilter::default(),
        order: ObjectOrder::default(),
        direction: Direction::Descending,
        page: PageRequest { offset: 0, limit: 100 },
    }
}

impl Fixture {
    async fn events(&self) -> Vec<PlatformEvent> {
        let pending = self.store.pending_events(EventNumber(0), 100).await.unwrap();
        pending.into_iter().map(|(_, event)| event).collect()
    }

    async fn listed(&self, change: impl FnOnce(&mut ObjectQuery)) -> (u64, Vec<String>) {
        let mut query = everything();
        change(&mut query);
        let page = self.store.clients(&id("d"), query).await.unwrap();
        (page.total, page.items.iter().map(|client| client.id.to_string()).collect())
    }

    async fn with_pairs() -> Self {
        let fixture = fixture().await;
        let clients = ["c1", "c2"].map(|id| client("d", id)).to_vec();
        fixture.store.create_clients(clients).await.unwrap();
        fixture.store.create_clients(vec![client("e", "foreign")]).await.unwrap();
        fixture.store.create_channels(["h1", "h2"].map(|id| channel("d", id)).to_vec()).await.unwrap();
        fixture
    }
}

fn user() -> UserId {
    id("u")
}

#[tokio::test]
async fn every_statement_is_one_that_the_engine_takes() {
    let all = [
        super::clients::STATEMENTS,
        super::clients::list::statements(),
        super::channels::STATEMENTS,
        super::channels::list::statements(),
        super::connections::STATEMENTS,
        crate::directory::events::STATEMENTS,
    ];
    crate::testing::prepare(all.into_iter().flatten().copied()).await;
}

#[tokio::test]
async fn the_default_list_reads_an_index_in_order() {
    let fixture = on_sqlite();
    let connection = rusqlite::Connection::open(fixture.folder.path().join("onramp.db")).unwrap();
    for statements in [super::clients::list::statements(), super::channels::list::statements()] {
        let (_, sql) = statements.iter().find(|(name, _)| *name == "BY_CHANGE_DOWN").unwrap();
        let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", sql.sqlite())).unwrap();
        let mut rows = plan.raw_query();
        let mut steps = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            steps.push(row.get::<_, String>(3).unwrap());
        }
        assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{steps:?}");
    }
}

#[tokio::test]
async fn a_client_comes_back_as_it_went_in() {
    let fixture = fixture().await;
    let secret = "\u{e9}-\" \n\u{1f511}".repeat(100);
    let new = NewClient {
        tags: vec!["b".into(), "a".into()],
        identity: "who".into(),
        secret: Secret::new(&*secret),
        metadata: Some(r#"{"m":1}"#.into()),
        private_metadata: Some(r#"{"p":2}"#.into()),
        status: Status::Disabled,
        ..client("d", "c")
    };
    fixture.store.create_clients(vec![new]).await.unwrap();
    let read = fixture.store.client(&id("d"), &id("c")).await.unwrap().unwrap();
    assert_eq!(read.secret.expose(), secret);
    assert_eq!(read.tags, ["b", "a"]);
    assert_eq!((read.identity.as_str(), read.name.as_str()), ("who", "Name of c"));
    assert_eq!(read.metadata.as_deref(), Some(r#"{"m":1}"#));
    assert_eq!(read.private_metadata.as_deref(), Some(r#"{"p":2}"#));
    assert_eq!((read.status, read.created_at, read.updated), (Status::Disabled, Timestamp(1), None));
    assert!(fixture.events().await.is_empty(), "nothing knows a new client yet");
}

#[tokio::test]
async fn secrets_are_sealed_at_rest() {
    let fixture = on_sqlite();
    let hidden = NewClient { secret: Secret::new("hunter2-hunter2"), ..client("d", "c") };
    fixture.store.create_clients(vec![hidden]).await.unwrap();
    let change = ClientChange { secret: Some(Secret::new("hunter3-hunter3")), ..ClientChange::default() };
    fixture.store.change_client(&id("d"), &id("c"), change, &user(), Timestamp(2)).await.unwrap();
    for file in std::fs::read_dir(fixture.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"hunter"));
    }
    // A sealed secret that was moved to another client does not open.
    fixture.store.create_clients(vec![client("d", "other")]).await.unwrap();
    let sql = "UPDATE onramp_clients SET secret = (SELECT secret FROM onramp_clients WHERE id = 'c') WHERE id = 'other'";
    rusqlite::Connection::open(fixture.folder.path().join("onramp.db")).unwrap().execute(sql, []).unwrap();
    let moved = fixture.store.client(&id("d"), &id("other")).await;
    assert!(matches!(moved, Err(StoreError::Corrupt(_))));
}

#[tokio::test]
async fn the_indexes_decide_about_conflicts_and_bulk_is_all_or_nothing() {
    let fixture = fixture().await;
    let store = &fixture.store;
    store.create_clients(vec![client("d", "c")]).await.unwrap();
    let same_secret = |domain, id| NewClient { secret: Secret::new("secret of c"), ..client(domain, id) };
    let bulk = store.create_clients(vec![client("d", "fine"), same_secret("d", "clash")]).await;
    assert!(matches!(bulk, Err(StoreError::Conflict(Conflict::ClientSecret))));
    assert!(store.client(&id("d"), &id("fine")).await.unwrap().is_none());
    store.create_clients(vec![same_secret("e", "elsewhere")]).await.unwrap();
    let again =
        store.create_clients(vec![NewClient { secret: Secret::new("new"), ..client("e", "c") }]).await;
    assert!(matches!(again, Err(StoreError::Conflict(Conflict::Id))));
    let change = ClientChange { secret: Some(Secret::new("secret of c")), ..ClientChange::default() };
    store.create_clients(vec![client("d", "b")]).await.unwrap();
    let taken = store.change_client(&id("d"), &id("b"), change.clone(), &user(), Timestamp(2)).await;
    assert!(matches!(taken, Err(StoreError::Conflict(Conflict::ClientSecret))));
    assert!(fixture.events().await.is_empty(), "an undone change leaves no event");
    assert!(store.change_client(&id("d"), &id("c"), change, &user(), Timestamp(2)).await.is_ok());

    let routed = |domain, id| PlatformChannel { route: Some("ctl".into()), ..channel(domain, id) };
    store.create_channels(vec![routed("d", "h1"), channel("d", "h2"), routed("e", "h3")]).await.unwrap();
    let clash = store.create_channels(vec![channel("d", "h4"), routed("d", "h5")]).await;
    assert!(matches!(clash, Err(StoreError::Conflict(Conflict::Route))));
    assert!(store.channel(&id("d"), &id("h4")).await.unwrap().is_none());
    let again = store.create_channels(vec![channel("e", "h1")]).await;
    assert!(matches!(again, Err(StoreError::Conflict(Conflict::Id))));
}

#[tokio::test]
async fn another_domains_ids_do_not_exist() {
    let fixture = fixture().await;
    let store = &fixture.store;
    store.create_clients(vec![client("d", "c")]).await.unwrap();
    store.create_channels(vec![channel("d", "h")]).await.unwrap();
    let (e, c, h, at) = (id("e"), id("c"), id("h"), Timestamp(5));
    assert!(store.client(&e, &c).await.unwrap().is_none());
    assert!(store.channel(&e, &h).await.unwrap().is_none());
    let named = ClientChange { name: Some("x".into()), ..ClientChange::default() };
    assert!(matches!(store.change_client(&e, &c, named, &user(), at).await, Err(StoreError::NotFound)));
    let off = Status::Disabled;
    assert!(matches!(store.set_client_status(&e, &c, off, &user(), at).await, Err(StoreError::NotFound)));
    assert!(matches!(store.remove_client(&e, &c).await, Err(StoreError::NotFound)));
    let named = ChannelChange { name: Some("x".into()), ..ChannelChange::default() };
    assert!(matches!(store.change_channel(&e, &h, named, &user(), at).await, Err(StoreError::NotFound)));
    assert!(matches!(store.set_channel_status(&e, &h, off, &user(), at).await, Err(StoreError::NotFound)));
    assert!(matches!(store.remove_channel(&e, &h).await, Err(StoreError::NotFound)));
    assert!(fixture.events().await.is_empty());
    assert_eq!(store.client(&id("d"), &c).await.unwrap().unwrap().name, "Name of c");
}

#[tokio::test]
async fn changes_leave_the_events_that_configs_need() {
    let fixture = Fixture::with_pairs().await;
    let store = &fixture.store;
    let (d, c1, h1, at) = (id("d"), id("c1"), id("h1"), Timestamp(7));

    let named =
        ClientChange { name: Some("n".into()), tags: Some(vec!["t".into()]), ..ClientChange::default() };
    let now = store.change_client(&d, &c1, named, &user(), at).await.unwrap();
    assert_eq!((now.name.as_str(), now.updated), ("n", Some((at, user()))));
    assert!(fixture.events().await.is_empty(), "a client's name concerns no config");

    let secret = ClientChange { secret: Some(Secret::new("s")), ..ClientChange::default() };
    assert_eq!(store.change_client(&d, &c1, secret, &user(), at).await.unwrap().secret.expose(), "s");
    let off = store.set_client_status(&d, &c1, Status::Disabled, &user(), at).await.unwrap();
    assert_eq!(off.unwrap().status, Status::Disabled);
    assert!(store.set_client_status(&d, &c1, Status::Disabled, &user(), at).await.unwrap().is_none());
    let metadata = ChannelChange { metadata: Some("{}".into()), ..ChannelChange::default() };
    store.change_channel(&d, &h1, metadata, &user(), at).await.unwrap();
    let tags = ChannelChange { tags: Some(vec![]), ..ChannelChange::default() };
    store.change_channel(&d, &h1, tags, &user(), at).await.unwrap();
    store.remove_channel(&d, &h1).await.unwrap();
    store.remove_client(&d, &c1).await.unwrap();

    let changed = PlatformEvent::ClientChanged { domain: d.clone(), client: c1.clone() };
    let expected = [
        changed.clone(),
        changed,
        PlatformEvent::ChannelChanged { domain: d.clone(), channel: h1.clone() },
        PlatformEvent::ChannelRemoved { domain: d.clone(), channel: h1 },
        PlatformEvent::ClientRemoved { domain: d, client: c1 },
    ];
    assert_eq!(fixture.events().await, expected);
    let (second, _) = store.pending_events(EventNumber(0), 100).await.unwrap()[1];
    assert_eq!(store.pending_events(second, 2).await.unwrap().len(), 2);
}

#[tokio::test]
async fn an_events_number_is_never_used_twice() {
    let fixture = Fixture::with_pairs().await;
    let store = &fixture.store;
    store.remove_channel(&id("d"), &id("h1")).await.unwrap();
    let first = store.pending_events(EventNumber(0), 9).await.unwrap()[0].0;
    static FORGET: crate::db::Sql =
        crate::db::Sql::new("DELETE FROM onramp_platform_events WHERE number = $1");
    let forget = store
        .db
        .write("forget", move |tx| Box::pin(async move { tx.execute(&FORGET, args![first.0]).await }));
    assert_eq!(forget.await.unwrap(), 1);
    store.remove_channel(&id("d"), &id("h2")).await.unwrap();
    assert!(store.pending_events(EventNumber(0), 9).await.unwrap()[0].0 > first);
}

#[tokio::test]
async fn connecting_adds_what_is_missing() {
    let fixture = Fixture::with_pairs().await;
    let store = &fixture.store;
    let both = ConnectionTypes::BOTH;
    assert_eq!(
        store.connect(pairs(&["c1"], &["h1"], ConnectionTypes::PUBLISH)).await.unwrap(),
        Connected::Added
    );
    assert!(store.connections(&id("d"), &id("c1")).await.unwrap().is_empty(), "one direction is not enough");
    assert_eq!(store.connect(pairs(&["c1", "c2"], &["h1", "h2"], both)).await.unwrap(), Connected::Added);
    assert_eq!(store.connect(pairs(&["c1", "c2"], &["h1", "h2"], both)).await.unwrap(), Connected::Already);
    assert_eq!(store.connections(&id("d"), &id("c1")).await.unwrap(), [id("h1"), id("h2")]);
    assert!(store.connections(&id("e"), &id("c1")).await.unwrap().is_empty());

    store.disconnect(pairs(&["c1"], &["h1"], ConnectionTypes::SUBSCRIBE)).await.unwrap();
    assert_eq!(store.connections(&id("d"), &id("c1")).await.unwrap(), [id("h2")]);
    store.disconnect(pairs(&["c1"], &["h1"], both)).await.unwrap();
    store.disconnect(pairs(&["c1"], &["h1"], both)).await.unwrap();

    let changed = |client: &str| PlatformEvent::ConnectionsChanged { domain: id("d"), client: id(client) };
    let expected = [changed("c1"), changed("c1"), changed("c2"), changed("c1"), changed("c1")];
    assert_eq!(fixture.events().await, expected);
}

#[tokio::test]
async fn connecting_is_all_or_nothing() {
    let fixture = Fixture::with_pairs().await;
    let store = &fixture.store;
    let both = ConnectionTypes::BOTH;
    for (clients, channels) in
        [(&["c1", "unknown"][..], &["h1"][..]), (&["c1"], &["h1", "unknown"]), (&["c1", "foreign"], &["h1"])]
    {
        assert!(matches!(store.connect(pairs(clients, channels, both)).await, Err(StoreError::NotFound)));
        assert!(matches!(store.disconnect(pairs(clients, channels, both)).await, Err(StoreError::NotFound)));
    }
    store.set_channel_status(&id("d"), &id("h2"), Status::Disabled, &user(), Timestamp(2)).await.unwrap();
    assert_eq!(store.connect(pairs(&["c1"], &["h1", "h2"], both)).await.unwrap(), Connected::Disabled);
    assert!(store.connections(&id("d"), &id("c1")).await.unwrap().is_empty());
    assert!(store.disconnect(pairs(&["c1"], &["h2"], both)).await.is_ok());
}

#[tokio::test]
async fn flows_connect_without_events_and_removal_takes_connections_along() {
    let fixture = Fixture::with_pairs().await;
    let store = &fixture.store;
    let quiet = Pairs { announce: false, ..pairs(&["c1"], &["h1", "h2"], ConnectionTypes::BOTH) };
    store.connect(quiet.clone()).await.unwrap();
    assert!(fixture.events().await.is_empty());
    store.remove_channel(&id("d"), &id("h1")).await.unwrap();
    assert_eq!(store.connections(&id("d"), &id("c1")).await.unwrap(), [id("h2")]);
    store.remove_client(&id("d"), &id("c1")).await.unwrap();
    assert!(store.connections(&id("d"), &id("c1")).await.unwrap().is_empty());
    store.create_clients(vec![client("d", "c1")]).await.unwrap();
    assert!(store.connections(&id("d"), &id("c1")).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_client_for_a_config_is_made_once_and_may_be_taken_back() {
    let fixture = fixture().await;
    let store = &fixture.store;
    let own = |secret: &str| NewClient { for_config: true, secret: Secret::new(secret), ..client("d", "c") };
    let first = store.ensure_client(own("first")).await.unwrap();
    let second = store.ensure_client(own("second")).await.unwrap();
    assert_eq!((first.secret.expose(), second.secret.expose()), ("first", "first"));
    let foreign = NewClient { domain: id("e"), ..own("third") };
    assert!(matches!(store.ensure_client(foreign).await, Err(StoreError::Conflict(Conflict::Id))));
    store.discard_client(&id("e"), &id("c")).await.unwrap();
    assert!(store.client(&id("d"), &id("c")).await.unwrap().is_some());
    store.discard_client(&id("d"), &id("c")).await.unwrap();
    store.discard_client(&id("d"), &id("c")).await.unwrap();
    assert!(store.client(&id("d"), &id("c")).await.unwrap().is_none());

    store.create_clients(vec![client("d", "c")]).await.unwrap();
    assert!(matches!(store.ensure_client(own("x")).await, Err(StoreError::Conflict(Conflict::Id))));
    store.discard_client(&id("d"), &id("c")).await.unwrap();
    assert!(store.client(&id("d"), &id("c")).await.unwrap().is_some(), "somebody else's client stays");
    assert!(fixture.events().await.is_empty());
}

#[tokio::test]
async fn lists_are_filtered_sorted_and_cut() {
    let fixture = fixture().await;
    let store = &fixture.store;
    let make = |id: &str, name: &str, tags: &[&str], at: i64| NewClient {
        name: name.into(),
        tags: tags.iter().map(ToString::to_string).collect(),
        created_at: Timestamp(at),
        ..client("d", id)
    };
    store
        .create_clients(vec![
            make("1", "Pump 100%", &["x"], 10),
            make("2", "pump_b", &["x", "y"], 20),
            make("3", "VALVE Ä", &["y"], 30),
            make("4", "pumpb", &[], 40),
        ])
        .await
        .unwrap();
    store.create_clients(vec![client("e", "foreign")]).await.unwrap();
    store.create_channels(vec![channel("d", "h")]).await.unwrap();
    store.set_client_status(&id("d"), &id("1"), Status::Disabled, &user(), Timestamp(50)).await.unwrap();
    store.connect(pairs(&["2"], &["h"], ConnectionTypes::PUBLISH)).await.unwrap();
    store.connect(pairs(&["3"], &["h"], ConnectionTypes::BOTH)).await.unwrap();

    let owned = |ids: &[&str]| (ids.len() as u64, ids.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(fixture.listed(|_| ()).await, owned(&["1", "4", "3", "2"]));
    assert_eq!(
        fixture.listed(|query| query.direction = Direction::Ascending).await,
        owned(&["2", "3", "4", "1"])
    );
    assert_eq!(
        fixture.listed(|query| query.order = ObjectOrder::CreatedAt).await,
        owned(&["4", "3", "2", "1"])
    );
    let by_name = |query: &mut ObjectQuery| {
        query.order = ObjectOrder::Name;
        query.direction = Direction::Ascending;
    };
    assert_eq!(fixture.listed(by_name).await, owned(&["1", "2", "4", "3"]));
    let cut = |query: &mut ObjectQuery| query.page = PageRequest { offset: 1, limit: 2 };
    assert_eq!(fixture.listed(cut).await, (4, vec!["4".into(), "3".into()]));
    let none = |query: &mut ObjectQuery| query.page.limit = 0;
    assert_eq!(fixture.listed(none).await, (4, vec![]));

    let change = |metadata: &str| ClientChange { metadata: Some(metadata.into()), ..ClientChange::default() };
    for (client, metadata) in [("2", r#"{"site":{"hall":7,"row":1}}"#), ("3", r#"{"site":{"hall":7}}"#)] {
        store.change_client(&id("d"), &id(client), change(metadata), &user(), Timestamp(15)).await.unwrap();
    }
    let in_hall_7 = || Some(serde_json::json!({"site": {"hall": 7}}));
    let second = |query: &mut ObjectQuery| {
        query.filter.metadata = in_hall_7();
        query.page = PageRequest { offset: 1, limit: 1 };
    };
    assert_eq!(fixture.listed(second).await.0, 2);
    assert_eq!(fixture.listed(second).await.1.len(), 1);

    let filters: Vec<(ObjectFilter, &[&str])> = vec![
        (ObjectFilter { metadata: in_hall_7(), ..Default::default() }, &["3", "2"]),
        (ObjectFilter { metadata: Some(serde_json::json!({"no": 1})), ..Default::default() }, &[]),
        (ObjectFilter { id: Some("3".into()), ..Default::default() }, &["3"]),
        (ObjectFilter { id: Some("foreign".into()), ..Default::default() }, &[]),
        (ObjectFilter { name: Some("PUMP".into()), ..Default::default() }, &["1", "4", "2"]),
        (ObjectFilter { name: Some("%".into()), ..Default::default() }, &["1"]),
        (ObjectFilter { name: Some("p_b".into()), ..Default::default() }, &["2"]),
        (ObjectFilter { name: Some("ä".into()), ..Default::default() }, &["3"]),
        (ObjectFilter { status: Some(Status::Disabled), ..Default::default() }, &["1"]),
        (ObjectFilter { status: Some(Status::Enabled), ..Default::default() }, &["4", "3", "2"]),
        (
            ObjectFilter {
                created_from: Some(Timestamp(20)),
                created_to: Some(Timestamp(30)),
                ..Default::default()
            },
            &["3", "2"],
        ),
        (
            ObjectFilter { tags: Some(TagFilter::Any(vec!["x".into(), "y".into()])), ..Default::default() },
            &["1", "3", "2"],
        ),
        (
            ObjectFilter {
                tags: Some(TagFilter::All(vec!["x".into(), "y".into(), "x".into()])),
                ..Default::default()
            },
            &["2"],
        ),
        (ObjectFilter { connected_to: Some("h".into()), ..Default::default() }, &["3", "2"]),
        (
            ObjectFilter {
                connected_to: Some("h".into()),
                connection: Some(ConnectionTypes::SUBSCRIBE),
                ..Default::default()
            },
            &["3"],
        ),
        (ObjectFilter { connected_to: Some("other".into()), ..Default::default() }, &[]),
    ];
    for (filter, expected) in filters {
        let shown = format!("{filter:?}");
        assert_eq!(fixture.listed(|query| query.filter = filter).await, owned(expected), "{shown}");
    }

    let change = ClientChange { tags: Some(vec!["z".into()]), ..ClientChange::default() };
    store.change_client(&id("d"), &id("2"), change, &user(), Timestamp(60)).await.unwrap();
    let tagged =
        |tag: &str| ObjectFilter { tags: Some(TagFilter::Any(vec![tag.into()])), ..Default::default() };
    assert_eq!(fixture.listed(|query| query.filter = tagged("x")).await, owned(&["1"]));
    assert_eq!(fixture.listed(|query| query.filter = tagged("z")).await, owned(&["2"]));

    let connected = ObjectFilter { connected_to: Some("3".into()), ..Default::default() };
    let page = store.channels(&id("d"), ObjectQuery { filter: connected, ..everything() }).await.unwrap();
    assert_eq!(page.items[0].connected, Some(ConnectionTypes::BOTH));
    assert_eq!(page.total, 1);
}
