//! What a review found: limits that did not limit, and files that others could read.

use crate::harness::{Options, TestApp, Who, device, get, key_of, patch, post};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;

/// A personal access token of the platform administrator.
async fn pat(app: &TestApp, scopes: Value) -> String {
    let body = json!({"name": "limited", "duration": "1h", "scopes": scopes});
    app.send_as(Who::PlatformAdmin, post("/pats").json(&body)).await.expect(201).text_at("secret")
}

fn scope(domain: &str, entity: &str, operation: &str) -> Value {
    json!({"domain_id": domain, "entity_type": entity, "entity_id": "*", "operation": operation})
}

#[tokio::test]
async fn a_limited_token_makes_no_platform_administrator() {
    let app = TestApp::with(Options { self_registration: true, ..Options::default() }).await;
    let everything_there = pat(&app, json!([scope(&app.world.domain, "*", "*")])).await;
    let body = json!({
        "first_name": "Eve", "last_name": "Test", "email": "eve@example.com", "role": "admin",
        "credentials": {"username": "eve", "secret": "a good password"},
    });
    // Anybody may create users here, so the token does no harm; but it is no more than nobody's.
    let made = app.send(post("/users").bearer(&everything_there).json(&body)).await.expect(201);
    assert_eq!(made.text_at("role"), "user");
}

#[tokio::test]
async fn a_scope_for_configs_gives_no_client_s_secret_away() {
    let app = TestApp::start().await;
    let (client, channel) = (app.client("secretive").await, app.channel("closed").await);
    let domain = &app.world.domain;
    let configs = app.at("/clients/configs");
    let body = |id: &str, extra: Value| {
        let mut body = json!({"external_id": id, "external_key": key_of(id)});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        post(&configs).json(&body)
    };
    let token = pat(&app, json!([scope(domain, "bootstrap", "*")])).await;
    app.send(body("d1", json!({})).bearer(&token)).await.expect(201);
    app.send(body("d2", json!({"client_id": client})).bearer(&token)).await.expect(404);
    app.send(device("d2", &key_of("d2"))).await.expect(403);
    app.send(body("d3", json!({"channels": [channel]})).bearer(&token)).await.expect(400);

    // A scope to read the client is none to see its secret.
    let reads = json!([scope(domain, "bootstrap", "*"), scope(domain, "clients", "view")]);
    let token = pat(&app, reads).await;
    app.send(body("d2", json!({"client_id": client})).bearer(&token)).await.expect(404);

    let enough = json!([
        scope(domain, "bootstrap", "*"),
        scope(domain, "clients", "update"),
        scope(domain, "channels", "view"),
    ]);
    let token = pat(&app, enough).await;
    app.send(body("d2", json!({"client_id": client, "channels": [channel]})).bearer(&token))
        .await
        .expect(201);
}

#[tokio::test]
async fn private_metadata_is_for_those_who_may_change_the_client() {
    let app = TestApp::start().await;
    let body = json!({"name": "c", "metadata": {"open": 1}, "private_metadata": {"closed": "door-code"}});
    let client = app.ask(post(&app.at("/clients")).json(&body)).await.expect(201).text_at("id");
    for path in [app.at(&format!("/clients/{client}")), app.at("/clients")] {
        let seen = app.send_as(Who::Viewer, get(&path)).await.expect(200).text();
        assert!(seen.contains("open") && !seen.contains("door-code"), "{seen}");
        let seen = app.send_as(Who::Operator, get(&path)).await.expect(200).text();
        assert!(seen.contains("door-code"), "{seen}");
    }
}

#[tokio::test]
async fn metadata_has_a_limit() {
    // A config delivers the metadata of up to a thousand channels in one answer.
    let app = TestApp::start().await;
    let large = json!({"metadata": {"x": "y".repeat(64 * 1024)}});
    let fits = json!({"name": "c", "metadata": {"x": "y".repeat(60 * 1024)}});
    for kind in ["channels", "clients"] {
        let path = app.at(&format!("/{kind}"));
        let refused = app.ask(post(&path).json(&large)).await.expect(400);
        assert!(refused.message().contains("metadata"), "{}", refused.message());
        let id = app.ask(post(&path).json(&fits)).await.expect(201).text_at("id");
        app.ask(patch(&format!("{path}/{id}")).json(&large)).await.expect(400);
    }
    let user = format!("/users/{}", app.world.users[&Who::Viewer]);
    app.send_as(Who::Viewer, patch(&user).json(&large)).await.expect(400);
    app.ask(patch(&format!("/domains/{}", app.world.domain)).json(&large)).await.expect(400);
}

#[tokio::test]
async fn reasons_of_refusals_take_a_token_for_all_domains() {
    let app = TestApp::start().await;
    app.bootstrap("nobody").await.expect(403);
    let reasons = async |token: &str| {
        let text = app.send(get("/metrics").bearer(token)).await.expect(200).text();
        text.contains("onramp_bootstrap_refusals")
    };
    assert!(reasons(app.world.token(Who::PlatformAdmin)).await);
    assert!(!reasons(app.world.token(Who::Administrator)).await);
    assert!(!reasons(&pat(&app, json!([])).await).await);
    assert!(!reasons(&pat(&app, json!([scope(&app.world.domain, "*", "*")])).await).await);
    assert!(reasons(&pat(&app, json!([scope("*", "bootstrap", "list")])).await).await);
}

#[tokio::test]
async fn a_query_has_few_parameters() {
    let app = TestApp::start().await;
    let many: Vec<String> = (0..101).map(|number| format!("p{number}=1")).collect();
    let refused = app.ask(get(&app.at(&format!("/clients/configs?{}", many.join("&"))))).await.expect(400);
    assert!(refused.message().contains("at most 100"), "{}", refused.message());
}

#[tokio::test]
async fn what_lies_in_the_data_folder_is_its_owner_s_alone() {
    let mut app = TestApp::start().await;
    app.config("d1", &[]).await;
    let open = |app: &TestApp| -> Vec<String> {
        let entries = std::fs::read_dir(app.folder.path()).unwrap().map(Result::unwrap);
        let open = entries.filter(|entry| entry.metadata().unwrap().permissions().mode() & 0o077 != 0);
        open.map(|entry| entry.file_name().into_string().unwrap()).collect()
    };
    assert_eq!(open(&app), [""; 0]);
    // What an earlier version, or a restored backup, left open is closed by the next start.
    app.stop();
    std::fs::set_permissions(app.database(), std::fs::Permissions::from_mode(0o644)).unwrap();
    app.restart().await;
    app.config("d2", &[]).await;
    assert_eq!(open(&app), [""; 0]);
}
