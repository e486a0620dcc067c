//! Who may do what.

use crate::world::{DOMAIN, ELSEWHERE, World};
use http::Method;
use serde_json::json;

const FORBIDDEN: &str = "failed to perform authorization over the entity";

#[tokio::test]
async fn viewers_read_everything_but_secrets_and_change_nothing() {
    let world = World::new().await;
    let (client, channel) = (world.new_client().await, world.new_channel().await);
    for (path, key) in [("clients", "clients"), ("channels", "channels")] {
        assert_eq!(world.get("viewer", path).await.json()[key].as_array().unwrap().len(), 1);
    }
    let view = world.get("viewer", &format!("clients/{client}")).await.json();
    assert_eq!(view["credentials"], json!({}));
    assert_eq!(world.get("viewer", "clients").await.json()["clients"][0]["credentials"], json!({}));
    for reader in ["operator", "owner", "admin"] {
        let listed = world.get(reader, "clients").await.json();
        assert!(listed["clients"][0]["credentials"]["secret"].is_string(), "{reader}");
    }

    // The body is not looked at before the right is: what is in it does not matter.
    for (method, path) in [
        (Method::POST, "clients".to_owned()),
        (Method::POST, "clients/bulk".to_owned()),
        (Method::PATCH, format!("clients/{client}")),
        (Method::PATCH, format!("clients/{client}/tags")),
        (Method::PATCH, format!("clients/{client}/secret")),
        (Method::POST, format!("clients/{client}/enable")),
        (Method::POST, format!("clients/{client}/disable")),
        (Method::DELETE, format!("clients/{client}")),
        (Method::POST, "channels".to_owned()),
        (Method::POST, "channels/bulk".to_owned()),
        (Method::PATCH, format!("channels/{channel}")),
        (Method::PATCH, format!("channels/{channel}/tags")),
        (Method::POST, format!("channels/{channel}/disable")),
        (Method::POST, format!("channels/{channel}/enable")),
        (Method::DELETE, format!("channels/{channel}")),
        (Method::POST, "channels/connect".to_owned()),
        (Method::POST, "channels/disconnect".to_owned()),
        (Method::POST, format!("channels/{channel}/connect")),
        (Method::POST, format!("channels/{channel}/disconnect")),
    ] {
        for body in ["{}", "no JSON"] {
            let answer = world.ask("viewer", method.clone(), &path, Some(body)).await;
            assert_eq!(answer.problem(), (403, FORBIDDEN.into()), "{method} {path}");
        }
    }
    assert_eq!(world.ask("operator", Method::POST, "clients", Some("{}")).await.status, 201);
    assert_eq!(world.ask("operator", Method::DELETE, &format!("clients/{client}"), None).await.status, 204);
}

#[tokio::test]
async fn strangers_learn_nothing() {
    let world = World::new().await;
    let client = world.new_client().await;
    let nowhere = "/0000000c-0000-4000-8000-00000000000c";
    for path in [
        format!("/{DOMAIN}/clients"),
        format!("/{DOMAIN}/clients/{client}"),
        format!("/{DOMAIN}/clients/none"),
        format!("/{DOMAIN}/channels"),
        format!("{nowhere}/clients"),
        "/%00/clients".to_owned(),
    ] {
        assert_eq!(world.get("stranger", &path).await.problem(), (403, FORBIDDEN.into()), "{path}");
    }
    let unauthenticated = world.get("nobody", "clients").await;
    assert_eq!(unauthenticated.status, 401);
    // In their own domain another domain's objects do not exist.
    let there = |path: &str| format!("/{ELSEWHERE}/{path}");
    let path = there(&format!("clients/{client}"));
    assert_eq!(world.get("stranger", &path).await.problem(), (404, "entity not found".into()));
    assert_eq!(world.get("admin", &path).await.problem(), (404, "entity not found".into()));
    assert_eq!(world.ask("stranger", Method::DELETE, &path, None).await.status, 404);
    let channel = world.ask("stranger", Method::POST, &there("channels"), Some("{}")).await.id();
    let body = json!({"client_ids": [client], "channel_ids": [channel], "types": ["publish"]}).to_string();
    let connect = world.ask("stranger", Method::POST, &there("channels/connect"), Some(&body)).await;
    assert_eq!(connect.problem(), (404, "entity not found".into()));
    assert_eq!(world.get("owner", &format!("clients/{client}")).await.status, 200);
}

#[tokio::test]
async fn a_personal_access_token_does_what_its_scope_names() {
    let world = World::new().await;
    let (client, other, channel) =
        (world.new_client().await, world.new_client().await, world.new_channel().await);
    world.pat("pat_views-one", "clients", &client, "view").await;
    let one = world.get("pat_views-one", &format!("clients/{client}")).await;
    assert_eq!((one.status.as_u16(), one.json()["credentials"].clone()), (200, json!({})));
    assert_eq!(world.get("pat_views-one", &format!("clients/{other}")).await.status, 403);
    assert_eq!(world.get("pat_views-one", "clients").await.status, 403);

    world.pat("pat_creates", "clients", "*", "create_clients").await;
    assert_eq!(world.ask("pat_creates", Method::POST, "clients", Some("{}")).await.status, 201);
    assert_eq!(world.ask("pat_creates", Method::POST, "channels", Some("{}")).await.status, 403);

    world.pat("pat_lists", "channels", "*", "list_channels").await;
    assert_eq!(world.get("pat_lists", "channels").await.status, 200);

    let body = json!({"client_ids": [client], "types": ["publish"]}).to_string();
    let path = format!("channels/{channel}/connect");
    world.pat("pat_half", "channels", &channel, "connect_client").await;
    assert_eq!(world.ask("pat_half", Method::POST, &path, Some(&body)).await.status, 403);
    world.pat("pat_connects", "channels", "*", "*").await;
    assert_eq!(world.ask("pat_connects", Method::POST, &path, Some(&body)).await.status, 201);
}
