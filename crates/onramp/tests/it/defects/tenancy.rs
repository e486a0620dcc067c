//! A1 to A7: authorization and tenancy.

use crate::crash::doomed;
use crate::harness::{NOWHERE, TestApp, Who, device, get, post, put};
use onramp_testkit::Death;
use serde_json::json;

#[tokio::test]
async fn a01_changing_state_is_authorized() {
    let app = TestApp::start().await;
    let config = app.config("d1", &[]).await;
    for id in [config.as_str(), NOWHERE] {
        let ask = || put(&app.at(&format!("/clients/state/{id}"))).json(&json!({"state": 1}));
        for who in [Who::Stranger, Who::Elsewhere] {
            let message = app.send_as(who, ask()).await.expect(403).message();
            assert_eq!(message, "failed to perform authorization over the entity");
        }
    }
    let path = app.at(&format!("/clients/state/{config}"));
    app.send_as(Who::Viewer, put(&path).json(&json!({"state": 1}))).await.expect(403);
    assert_eq!(app.view(&config).await["state"], 0);

    // Through another domain's path the config does not exist.
    let elsewhere = format!("/{}/clients/state/{config}", app.world.other_domain);
    app.send_as(Who::Elsewhere, put(&elsewhere).json(&json!({"state": 1}))).await.expect(404);
    assert_eq!(app.view(&config).await["state"], 0);
}

#[tokio::test]
async fn a02_members_without_administration_can_list() {
    let app = TestApp::start().await;
    let config = app.config("d1", &[]).await;
    for who in [Who::Viewer, Who::Operator] {
        let page = app.send_as(who, get(&app.at("/clients/configs"))).await.expect(200).json();
        assert_eq!((&page["total"], &page["configs"][0]["client_id"]), (&json!(1), &json!(config)));
    }
}

#[tokio::test]
async fn a03_a_list_never_leaves_its_domain() {
    let app = TestApp::start().await;
    let config = app.config("d1", &[]).await;
    let list = |query: &str| get(&format!("/{}/clients/configs?{query}", app.world.other_domain));
    let injections = ["'%20OR%201=1%20--", "%22)%20OR%20(1=1", "x')%20UNION%20SELECT%201"];
    let queries = [format!("client_id={config}"), "external_id=d1".into(), "name=".into(), String::new()];
    let hostile = injections
        .iter()
        .flat_map(|text| ["name", "external_id", "client_id"].map(|filter| format!("{filter}={text}")));
    for query in queries.into_iter().chain(hostile) {
        let page = app.send_as(Who::Elsewhere, list(&query)).await.expect(200).json();
        assert_eq!((&page["total"], &page["configs"]), (&json!(0), &json!([])), "{query}");
    }
}

#[tokio::test]
async fn a04_external_ids_are_unique_per_domain() {
    let app = TestApp::start().await;
    let ours = app.config("shared-id", &[]).await;
    let path = format!("/{}/clients/configs", app.world.other_domain);
    let body = json!({"external_id": "shared-id", "external_key": "theirs"});
    let theirs = app.send_as(Who::Elsewhere, post(&path).json(&body)).await.expect(201).located();
    assert_eq!(app.bootstrap("shared-id").await.expect(200).text_at("client_id"), ours);
    assert_eq!(app.send(device("shared-id", "theirs")).await.expect(200).text_at("client_id"), theirs);
    // Within the domain it is taken, whatever the key.
    let body = json!({"external_id": "shared-id", "external_key": "another"});
    app.ask(post(&app.at("/clients/configs")).json(&body)).await.expect(409);
}

#[tokio::test]
async fn a05_clients_with_equal_secrets_can_both_be_configured() {
    let app = TestApp::start().await;
    for (who, domain, id) in
        [(Who::Administrator, &app.world.domain, "d1"), (Who::Elsewhere, &app.world.other_domain, "d2")]
    {
        let body = json!({"name": id, "credentials": {"secret": "the same secret"}});
        let client = app.send_as(who, post(&format!("/{domain}/clients")).json(&body)).await.expect(201);
        let body = json!({"external_id": id, "external_key": "key", "client_id": client.text_at("id")});
        app.send_as(who, post(&format!("/{domain}/clients/configs")).json(&body)).await.expect(201);
        let served = app.send(device(id, "key")).await.expect(200);
        assert_eq!(served.text_at("client_secret"), "the same secret");
    }
}

#[tokio::test]
async fn a06_a_client_s_secret_is_not_shown_to_every_reader() {
    let app = TestApp::start().await;
    let body = json!({"name": "c", "credentials": {"secret": "s3cret-of-c"}});
    let client = app.ask(post(&app.at("/clients")).json(&body)).await.expect(201).text_at("id");
    let body = json!({"external_id": "d1", "external_key": "key", "client_id": client});
    app.send_as(Who::Viewer, post(&app.at("/clients/configs")).json(&body)).await.expect(403);
    app.create(body).await;

    let view = get(&app.at(&format!("/clients/configs/{client}")));
    let list = get(&app.at("/clients/configs"));
    for ask in
        [view.clone(), list.clone(), get(&app.at("/clients")), get(&app.at(&format!("/clients/{client}")))]
    {
        let seen = app.send_as(Who::Viewer, ask).await.expect(200);
        assert!(!seen.text().contains("s3cret-of-c"), "{}", seen.request);
    }
    assert_eq!(app.send_as(Who::Operator, view).await.expect(200).text_at("client_secret"), "s3cret-of-c");
}

#[tokio::test]
async fn a07_an_outage_is_no_verdict_about_the_caller() {
    let mut app = TestApp::start().await;
    let config = app.config("d1", &[]).await;
    let ask = app.world.sign(Who::Administrator, get(&app.at(&format!("/clients/configs/{config}"))));
    app.stop();
    // Authentication, membership, permission: none of them can be asked.
    for call in 0..3 {
        let answer =
            ask.clone().send(doomed(app.folder.path(), &Death::hiccup_after(call))).await.expect(503);
        assert!(answer.header("Retry-After").is_some());
        assert!(!answer.message().is_empty());
    }
}
