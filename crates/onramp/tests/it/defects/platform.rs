//! A34, A45 to A47: what happens on the platform reaches the configs.

use crate::harness::{TestApp, delete, patch, post};
use serde_json::json;

#[tokio::test]
async fn a34_a_renamed_channel_is_delivered_under_its_new_name() {
    let app = TestApp::start().await;
    let channel = app.channel("old name").await;
    let config = app.config("d1", &[&channel]).await;
    let path = app.at(&format!("/channels/{channel}"));
    app.ask(patch(&path).json(&json!({"name": "new name", "metadata": {"v": 2}}))).await.expect(200);
    let want = json!([{"id": channel, "name": "new name", "metadata": {"v": 2}}]);
    assert_eq!(app.bootstrap("d1").await.json()["channels"], want);
    assert_eq!(app.view(&config).await["channels"], want);
}

#[tokio::test]
async fn a45_what_the_platform_takes_away_is_taken_from_devices() {
    let app = TestApp::start().await;
    let (a, b) = (app.channel("a").await, app.channel("b").await);
    let (one, two) = (app.config("d1", &[&a, &b]).await, app.config("d2", &[&a]).await);
    for config in [&one, &two] {
        app.set_state(config, 1).await.expect(200);
    }
    // A disabled client, and an enabled one again.
    app.ask(post(&app.at(&format!("/clients/{one}/disable")))).await.expect(200);
    app.bootstrap("d1").await.expect(403);
    app.bootstrap("d2").await.expect(200);
    app.ask(post(&app.at(&format!("/clients/{one}/enable")))).await.expect(200);
    app.bootstrap("d1").await.expect(200);
    // A removed channel.
    app.ask(delete(&app.at(&format!("/channels/{a}")))).await.expect(204);
    assert_eq!(app.bootstrap("d1").await.json()["channels"][0]["id"], json!(b));
    assert_eq!(app.bootstrap("d2").await.json()["channels"], json!([]));
    // A removed client.
    app.ask(delete(&app.at(&format!("/clients/{one}")))).await.expect(204);
    app.bootstrap("d1").await.expect(403);
    // A disabled domain, and an enabled one again.
    let domain = app.world.domain.clone();
    app.ask(post(&format!("/domains/{domain}/disable"))).await.expect(200);
    app.bootstrap("d2").await.expect(403);
    app.ask(post(&format!("/domains/{domain}/enable"))).await.expect(200);
    app.bootstrap("d2").await.expect(200);
}

#[tokio::test]
async fn a45_the_platform_s_switch_does_not_override_the_operator_s() {
    let app = TestApp::start().await;
    let config = app.config("d1", &[]).await;
    app.ask(post(&app.at(&format!("/clients/configs/{config}/disable")))).await.expect(200);
    app.ask(post(&app.at(&format!("/clients/{config}/disable")))).await.expect(200);
    app.ask(post(&app.at(&format!("/clients/{config}/enable")))).await.expect(200);
    app.bootstrap("d1").await.expect(403);
    assert_eq!(app.view(&config).await["status"], "disabled");
}

#[tokio::test]
async fn a46_connecting_one_channel_by_hand_is_no_wish() {
    let app = TestApp::start().await;
    let (a, b) = (app.channel("a").await, app.channel("b").await);
    let config = app.config("d1", &[&a, &b]).await;
    let both = json!({"client_ids": [config], "types": ["publish", "subscribe"]});
    app.ask(post(&app.at(&format!("/channels/{a}/connect"))).json(&both)).await.expect(201);
    assert_eq!(app.view(&config).await["state"], 0);
    app.set_state(&config, 1).await.expect(200);
    app.ask(post(&app.at(&format!("/channels/{a}/disconnect"))).json(&both)).await.expect(204);
    let view = app.view(&config).await;
    assert_eq!(view["state"], 1);
    assert_ne!(view["connection_status"], "connected");
}

#[tokio::test]
async fn a47_an_update_without_metadata_keeps_it() {
    let app = TestApp::start().await;
    let body = json!({"name": "a", "metadata": {"type": "control"}});
    let channel = app.ask(post(&app.at("/channels")).json(&body)).await.expect(201).text_at("id");
    app.config("d1", &[&channel]).await;
    let path = app.at(&format!("/channels/{channel}"));
    app.ask(patch(&path).json(&json!({"name": "b"}))).await.expect(200);
    let want = json!([{"id": channel, "name": "b", "metadata": {"type": "control"}}]);
    assert_eq!(app.bootstrap("d1").await.json()["channels"], want);
}
