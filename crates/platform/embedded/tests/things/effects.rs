//! What changes on the platform is felt by configs and devices before the change is answered.

use crate::{
    slow::Slow,
    world::{DOMAIN, OWNER, World, id},
};
use http::Method;
use onramp_core::{
    model::*,
    port::{
        Platform, PlatformError,
        directory::{ClientDirectory, PlatformEvents},
        store::EventNumber,
    },
    service::Service,
};
use onramp_embedded::PlatformApp;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio::sync::Semaphore;

/// A config with one channel; gives back client and channel.
async fn enrolled(world: &World, client_id: Option<&str>) -> (String, String) {
    let channel = world.post("channels", r#"{"name":"ctl","metadata":{"v":1}}"#).await.id();
    let body = json!({
        "external_id": "device", "external_key": "key", "client_id": client_id, "channels": [channel], "content": "{}",
    });
    let created = world.post("clients/configs", &body.to_string()).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let location = created.headers["location"].to_str().unwrap().to_owned();
    (location.rsplit('/').next().unwrap().to_owned(), channel)
}

async fn delivered(world: &World) -> Value {
    let answer = world.bootstrap("device", "key").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

async fn connection(world: &World, client: &str) -> String {
    let config = world.get("owner", &format!("clients/configs/{client}")).await.json();
    config["connection_status"].as_str().unwrap_or_else(|| panic!("{config}")).to_owned()
}

async fn pending(world: &World) -> usize {
    world.store.pending_events(EventNumber(0), 100).await.unwrap().len()
}

#[tokio::test]
async fn a_new_secret_is_delivered_at_once() {
    let world = World::new().await;
    let (client, _) = enrolled(&world, None).await;
    let shown = world.get("owner", &format!("clients/{client}")).await.json();
    assert_eq!(shown["name"], format!("Bootstrapped Client {client}"));
    assert_eq!(delivered(&world).await["client_secret"], shown["credentials"]["secret"]);
    let changed = world.patch(&format!("clients/{client}/secret"), r#"{"secret":"brand new"}"#).await;
    assert_eq!(changed.status, 200);
    assert_eq!(delivered(&world).await["client_secret"], "brand new");
    assert_eq!(pending(&world).await, 0);
}

#[tokio::test]
async fn a_disabled_clients_device_is_refused() {
    let world = World::new().await;
    let client = world.new_client().await;
    enrolled(&world, Some(&client)).await;
    assert_eq!(world.post(&format!("clients/{client}/disable"), "").await.status, 200);
    assert_eq!(world.bootstrap("device", "key").await.status, 403);
    assert_eq!(world.post(&format!("clients/{client}/enable"), "").await.status, 200);
    delivered(&world).await;
    assert_eq!(world.delete(&format!("clients/{client}")).await.status, 204);
    assert_eq!(world.bootstrap("device", "key").await.status, 403);
    assert_eq!(world.get("owner", &format!("clients/configs/{client}")).await.status, 404);
    assert_eq!(pending(&world).await, 0);
}

#[tokio::test]
async fn channels_change_in_what_devices_get() {
    let world = World::new().await;
    let (_, channel) = enrolled(&world, None).await;
    let expected = json!([{"id": channel, "name": "ctl", "metadata": {"v": 1}}]);
    assert_eq!(delivered(&world).await["channels"], expected);
    world.patch(&format!("channels/{channel}"), r#"{"name":"new","metadata":{"v":2}}"#).await;
    let expected = json!([{"id": channel, "name": "new", "metadata": {"v": 2}}]);
    assert_eq!(delivered(&world).await["channels"], expected);
    world.delete(&format!("channels/{channel}")).await;
    assert_eq!(delivered(&world).await["channels"], json!([]));
    assert_eq!(pending(&world).await, 0);
}

#[tokio::test]
async fn the_state_connects_and_connections_are_seen() {
    let world = World::new().await;
    let (client, channel) = enrolled(&world, None).await;
    let state = |state: i64| (format!("clients/state/{client}"), json!({"state": state}).to_string());
    let (path, on) = state(1);
    assert_eq!(world.ask("owner", Method::PUT, &path, Some(&on)).await.status, 200);
    let listed = world.get("owner", &format!("channels?client={client}")).await.json();
    assert_eq!(listed["channels"][0]["connection_types"], json!(["Publish", "Subscribe"]));
    assert_eq!(pending(&world).await, 0, "a flow that connects leaves no event");
    assert_eq!(connection(&world, &client).await, "connected");

    let body = json!({"client_ids": [client], "types": ["subscribe"]}).to_string();
    assert_eq!(world.post(&format!("channels/{channel}/disconnect"), &body).await.status, 204);
    assert_ne!(connection(&world, &client).await, "connected", "half a connection is none");
    assert_eq!(world.post(&format!("channels/{channel}/connect"), &body).await.status, 201);
    assert_eq!(connection(&world, &client).await, "connected");

    let (path, off) = state(0);
    assert_eq!(world.ask("owner", Method::PUT, &path, Some(&off)).await.status, 200);
    assert_eq!(world.get("owner", &format!("channels?client={client}")).await.json()["total"], 0);
    assert_eq!(pending(&world).await, 0);
}

#[tokio::test]
async fn what_a_crash_left_is_applied_later() {
    let world = World::new().await;
    let (client, _) = enrolled(&world, None).await;
    let change = ClientChange { secret: Some(Secret::new("left behind")), ..ClientChange::default() };
    world.store.change_client(&id(DOMAIN), &id(&client), change, &id(OWNER), Timestamp(9)).await.unwrap();
    assert_ne!(delivered(&world).await["client_secret"], "left behind");
    assert_eq!(pending(&world).await, 1);
    let (one, two) = tokio::join!(world.app.apply_events(), world.app.apply_events());
    one.and(two).unwrap();
    assert_eq!(delivered(&world).await["client_secret"], "left behind");
    assert_eq!(pending(&world).await, 0);
}

#[tokio::test]
async fn what_was_read_before_a_newer_change_does_not_overwrite_it() {
    let world = World::new().await;
    let (client, _) = enrolled(&world, None).await;
    let change = async |secret: &str, at: i64| {
        let change = ClientChange { secret: Some(Secret::new(secret)), ..ClientChange::default() };
        world
            .store
            .change_client(&id(DOMAIN), &id(&client), change, &id(OWNER), Timestamp(at))
            .await
            .unwrap();
    };
    let inner = Arc::clone(&world.embedded);
    let slow = Arc::new(Slow { inner, read: Semaphore::new(0), hand_over: Semaphore::new(0) });
    let service = Service { platform: slow.clone(), ..world.app.service.clone() };
    let app = Arc::new(PlatformApp { embedded: Arc::clone(&world.embedded), service });

    change("older", 1).await;
    let first = tokio::spawn(async move { app.apply_events().await });
    slow.read.acquire().await.unwrap().forget();
    change("newer", 2).await;
    let app = Arc::clone(&world.app);
    let second = tokio::spawn(async move { app.apply_events().await });
    // Long enough for the second to overtake, if it could.
    tokio::time::sleep(Duration::from_millis(200)).await;
    slow.hand_over.add_permits(10);
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    assert_eq!(delivered(&world).await["client_secret"], "newer");
    assert_eq!(pending(&world).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_changes_at_once_end_in_the_last_one() {
    let world = Arc::new(World::new().await);
    let (client, _) = enrolled(&world, None).await;
    let mut tasks = Vec::new();
    for number in 0..40 {
        let (world, path) = (Arc::clone(&world), format!("clients/{client}/secret"));
        tasks.push(tokio::spawn(async move {
            let body = json!({"secret": format!("secret {number}")}).to_string();
            assert_eq!(world.patch(&path, &body).await.status, 200);
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let shown = world.get("owner", &format!("clients/{client}")).await.json();
    assert_eq!(delivered(&world).await["client_secret"], shown["credentials"]["secret"]);
    assert_eq!(pending(&world).await, 0);
}

#[tokio::test]
async fn the_flows_side_is_idempotent() {
    let world = World::new().await;
    let platform: &dyn Platform = &*world.embedded;
    let caller = platform.service_caller().unwrap();
    let (domain, client): (DomainId, ClientId) = (id(DOMAIN), id("aaaaaaaa-1111-4000-8000-000000000001"));
    let made = platform.ensure_client(&caller, &domain, &client, "Bootstrapped Client x").await.unwrap();
    let again = platform.ensure_client(&caller, &domain, &client, "Bootstrapped Client x").await.unwrap();
    assert!(made.secret == again.secret && made.enabled && made.domain_id == domain);
    let elsewhere = id(crate::world::ELSEWHERE);
    let foreign = platform.ensure_client(&caller, &elsewhere, &client, "n").await;
    assert_eq!(foreign.unwrap_err(), PlatformError::Conflict);
    let own: ClientId = id(&world.new_client().await);
    assert_eq!(
        platform.ensure_client(&caller, &domain, &own, "n").await.unwrap_err(),
        PlatformError::Conflict
    );
    assert_eq!(platform.client(&caller, &elsewhere, &own).await.unwrap_err(), PlatformError::NotFound);

    let channel: ChannelId = id(&world.new_channel().await);
    for _ in 0..2 {
        platform.connect(&caller, &domain, &client, &channel).await.unwrap();
        assert_eq!(
            platform.connections(&caller, &domain, &client).await.unwrap(),
            std::slice::from_ref(&channel)
        );
    }
    for _ in 0..2 {
        platform.disconnect(&caller, &domain, &client, &channel).await.unwrap();
        assert!(platform.connections(&caller, &domain, &client).await.unwrap().is_empty());
    }
    let gone: ChannelId = id("aaaaaaaa-1111-4000-8000-000000000002");
    assert_eq!(platform.connect(&caller, &domain, &client, &gone).await, Err(PlatformError::NotFound));
    assert_eq!(platform.disconnect(&caller, &domain, &client, &gone).await, Ok(()));
    world.post(&format!("channels/{channel}/disable"), "").await;
    let refused = platform.connect(&caller, &domain, &client, &channel).await;
    assert!(matches!(refused, Err(PlatformError::Rejected(_))));

    for victim in [&client, &client, &own] {
        platform.discard_client(&caller, &domain, victim).await.unwrap();
    }
    assert_eq!(platform.client(&caller, &domain, &client).await.unwrap_err(), PlatformError::NotFound);
    assert!(
        platform.client(&caller, &domain, &own).await.is_ok(),
        "an operator's client is not ours to take"
    );
    assert_eq!(platform.connections(&caller, &domain, &client).await.unwrap_err(), PlatformError::NotFound);
    assert_eq!(pending(&world).await, 0);

    assert!(platform.domain_enabled(&caller, &domain).await.unwrap());
    assert!(!platform.domain_enabled(&caller, &id("none")).await.unwrap());
}
