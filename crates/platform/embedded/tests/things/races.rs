//! Changes on the platform while a config is being created: between the look at a client or a channel and the
//! moment from which events reach the config.

use crate::{
    slow::Slow,
    world::{DOMAIN, World, id},
};
use onramp_core::{
    access::{Deed, Grant},
    enroll::Enroll,
    error::Error,
    model::{ClientId, Secret},
    service::Service,
};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Creates a config for the client; while that has looked at channels and client, but has written nothing yet,
/// `meanwhile` happens.
async fn create(
    world: &World,
    client: &str,
    channels: &[&str],
    meanwhile: impl AsyncFnOnce(),
) -> Result<ClientId, Error> {
    let inner = Arc::clone(&world.embedded);
    let slow = Arc::new(Slow { inner, read: Semaphore::new(0), hand_over: Semaphore::new(0) });
    let service = Service { platform: slow.clone(), ..world.app.service.clone() };
    let grant: Grant = service.grant(&Secret::new("owner"), &id(DOMAIN), Deed::Create, None).await.unwrap();
    let request = Enroll {
        external_id: "device".into(),
        external_key: "key".into(),
        client_id: Some(client.into()),
        channels: channels.iter().map(ToString::to_string).collect(),
        name: String::new(),
        content: String::new(),
        client_cert: None,
        client_key: None,
        ca_cert: None,
        idempotency_key: None,
    };
    let task = tokio::spawn(async move { service.create(&grant, request).await });
    slow.read.acquire().await.unwrap().forget();
    meanwhile().await;
    slow.hand_over.add_permits(10);
    task.await.unwrap()
}

async fn delivered(world: &World) -> Value {
    let answer = world.bootstrap("device", "key").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

#[tokio::test]
async fn a_secret_that_changes_meanwhile_is_delivered() {
    let world = World::new().await;
    let client = world.new_client().await;
    let path = format!("clients/{client}/secret");
    let changed = async || assert_eq!(world.patch(&path, r#"{"secret":"newer"}"#).await.status, 200);
    create(&world, &client, &[], changed).await.unwrap();
    assert_eq!(delivered(&world).await["client_secret"], "newer");
}

#[tokio::test]
async fn a_client_that_is_disabled_meanwhile_is_refused() {
    let world = World::new().await;
    let client = world.new_client().await;
    let path = format!("clients/{client}/disable");
    create(&world, &client, &[], async || assert_eq!(world.post(&path, "").await.status, 200)).await.unwrap();
    assert_eq!(world.bootstrap("device", "key").await.status, 403);
}

#[tokio::test]
async fn a_client_that_is_removed_meanwhile_gets_no_config() {
    let world = World::new().await;
    let client = world.new_client().await;
    let path = format!("clients/{client}");
    let refused =
        create(&world, &client, &[], async || assert_eq!(world.delete(&path).await.status, 204)).await;
    assert!(matches!(refused, Err(Error::UnknownClient(_))), "{refused:?}");
    assert_eq!(world.bootstrap("device", "key").await.status, 403);
    assert_eq!(world.get("owner", "clients/configs").await.json()["total"], 0);
    // Nothing is left of it: the same id and key are free.
    let body = json!({"external_id": "device", "external_key": "key"}).to_string();
    assert_eq!(world.post("clients/configs", &body).await.status, 201);
}

#[tokio::test]
async fn channels_that_change_meanwhile_are_delivered_as_they_are() {
    let world = World::new().await;
    let client = world.new_client().await;
    let (gone, renamed, same) =
        (world.new_channel().await, world.new_channel().await, world.new_channel().await);
    create(&world, &client, &[&gone, &renamed, &same], async || {
        assert_eq!(world.delete(&format!("channels/{gone}")).await.status, 204);
        let path = format!("channels/{renamed}");
        assert_eq!(world.patch(&path, r#"{"name":"newer"}"#).await.status, 200);
    })
    .await
    .unwrap();
    let answer = delivered(&world).await;
    assert_eq!(answer["channels"], json!([{"id": renamed, "name": "newer"}, {"id": same}]));
}
