//! A25 to A44: the operator's path.

use crate::crash::doomed;
use crate::harness::{NOWHERE, TestApp, Who, delete, get, patch, pem::pem, post, put};
use onramp_testkit::Death;
use serde_json::{Value, json};

async fn connections(app: &TestApp, config: &str, channels: Value) -> u16 {
    let path = app.at(&format!("/clients/configs/connections/{config}"));
    app.ask(put(&path).json(&json!({"channels": channels}))).await.status
}

fn ids(config: &Value) -> Vec<&str> {
    config["channels"].as_array().unwrap().iter().map(|channel| channel["id"].as_str().unwrap()).collect()
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort();
    ids
}

#[tokio::test]
async fn a25_an_empty_list_of_channels_clears_it() {
    let app = TestApp::start().await;
    let (a, b) = (app.channel("a").await, app.channel("b").await);
    for empty in [json!([]), Value::Null] {
        let config = app.config(&format!("d{empty}"), &[&a, &b]).await;
        app.set_state(&config, 1).await.expect(200);
        assert_eq!(connections(&app, &config, empty).await, 200);
        let view = app.view(&config).await;
        assert_eq!((ids(&view), &view["state"]), (vec![], &json!(1)));
        assert!(app.connected(&config).await.is_empty());
    }
}

#[tokio::test]
async fn a26_a_channel_that_is_connected_already_is_fine() {
    let app = TestApp::start().await;
    let (a, b) = (app.channel("a").await, app.channel("b").await);
    let config = app.config("d1", &[&a]).await;
    app.set_state(&config, 1).await.expect(200);
    let body = json!({"client_ids": [config], "types": ["publish", "subscribe"]});
    app.ask(post(&app.at(&format!("/channels/{b}/connect"))).json(&body)).await.expect(201);
    assert_eq!(connections(&app, &config, json!([b])).await, 200);
    assert_eq!(app.connected(&config).await, [b]);
}

#[tokio::test]
async fn a27_a_channel_given_twice_counts_once() {
    let app = TestApp::start().await;
    let a = app.channel("a").await;
    let config = app.config("d1", &[&a, &a]).await;
    assert_eq!(ids(&app.view(&config).await), [&a]);
    app.set_state(&config, 1).await.expect(200);
    assert_eq!(connections(&app, &config, json!([a, {"id": a}, a])).await, 200);
    assert_eq!(ids(&app.view(&config).await), [&a]);
    assert_eq!(app.connected(&config).await, [a]);
}

#[tokio::test]
async fn a28_only_the_difference_changes() {
    let app = TestApp::start().await;
    let (a, b, c) = (app.channel("a").await, app.channel("b").await, app.channel("c").await);
    let (one, two) = (app.config("d1", &[&a, &b]).await, app.config("d2", &[&a, &b]).await);
    for config in [&one, &two] {
        app.set_state(config, 1).await.expect(200);
    }
    assert_eq!(connections(&app, &one, json!([b, c])).await, 200);
    assert_eq!(app.connected(&one).await, sorted(vec![b.clone(), c]));
    assert_eq!(app.connected(&two).await, sorted(vec![a, b]));
    assert_eq!(app.view(&one).await["state"], 1);
}

#[tokio::test]
async fn a29_half_a_connection_is_completed() {
    let app = TestApp::start().await;
    let a = app.channel("a").await;
    let config = app.config("d1", &[&a]).await;
    let body = json!({"client_ids": [config], "types": ["publish"]});
    app.ask(post(&app.at(&format!("/channels/{a}/connect"))).json(&body)).await.expect(201);
    assert_ne!(app.view(&config).await["connection_status"], "connected");
    app.set_state(&config, 1).await.expect(200);
    for kind in ["publish", "subscribe"] {
        let path = app.at(&format!("/channels?client={config}&connection_type={kind}"));
        let page = app.ask(get(&path)).await.expect(200).json();
        assert_eq!(page["channels"][0]["id"], json!(a), "{kind}");
    }
    assert_eq!(app.view(&config).await["connection_status"], "connected");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a30_opposite_wishes_at_once_end_with_wish_and_fact_agreeing() {
    let app = TestApp::start().await;
    let (a, b) = (app.channel("a").await, app.channel("b").await);
    let (config, other) = (app.config("d1", &[&a, &b]).await, app.config("d2", &[&a]).await);
    app.set_state(&other, 1).await.expect(200);
    let mut race = tokio::task::JoinSet::new();
    for number in 0..40 {
        let router = app.server().router.clone();
        let path = app.at(&format!("/clients/state/{config}"));
        let ask = put(&path).json(&json!({"state": number % 2}));
        let ask = app.world.sign(Who::Administrator, ask);
        race.spawn(async move { ask.send(router).await.status });
    }
    while let Some(status) = race.join_next().await {
        assert!(matches!(status.unwrap(), 200 | 503));
    }
    let view = app.view(&config).await;
    let wanted = if view["state"] == 1 { sorted(vec![a.clone(), b]) } else { Vec::new() };
    assert_eq!(app.connected(&config).await, wanted);
    // One config's state is no other's.
    assert_eq!((&app.view(&other).await["state"], app.connected(&other).await), (&json!(1), vec![a]));
}

#[tokio::test]
async fn a31_what_could_not_be_connected_is_told() {
    let mut told = 0;
    for call in 0..40 {
        let mut app = TestApp::start().await;
        let (a, b) = (app.channel("a").await, app.channel("b").await);
        let config = app.config("d1", &[&a, &b]).await;
        let path = app.at(&format!("/clients/state/{config}"));
        let ask = app.world.sign(Who::Administrator, put(&path).json(&json!({"state": 1})));
        let view = app.world.sign(Who::Administrator, get(&app.at(&format!("/clients/configs/{config}"))));
        app.stop();
        let death = Death::hiccup_after(call);
        let router = doomed(app.folder.path(), &death);
        let answer = ask.send(router.clone()).await;
        if !death.came() {
            break;
        }
        let config = view.send(router).await.expect(200).json();
        if config["state"] == 1 && answer.status != 200 {
            let status = config["connection_status"].as_str().unwrap();
            assert!(matches!(status, "pending" | "failed"), "call {call}: {config}");
            told += 1;
        }
    }
    assert!(told > 1, "the platform's failures were not among the calls");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a32_creates_that_share_a_new_channel_do_not_disturb_each_other() {
    let app = TestApp::start().await;
    let channel = app.channel("shared").await;
    let mut creates = tokio::task::JoinSet::new();
    for number in 0..24 {
        let router = app.server().router.clone();
        let body = json!({"external_id": format!("d{number}"), "external_key": "k", "channels": [channel]});
        let ask = app.world.sign(Who::Operator, post(&app.at("/clients/configs")).json(&body));
        creates.spawn(async move { ask.send(router).await.status });
    }
    while let Some(status) = creates.join_next().await {
        assert_eq!(status.unwrap(), 201);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a33_removing_and_creating_at_once() {
    let app = TestApp::start().await;
    let channel = app.channel("shared").await;
    let mut work = tokio::task::JoinSet::new();
    for number in 0..12 {
        let doomed = app.config(&format!("old{number}"), &[&channel]).await;
        let body = json!({"external_id": format!("new{number}"), "external_key": "k", "channels": [channel]});
        let create = app.world.sign(Who::Operator, post(&app.at("/clients/configs")).json(&body));
        let remove = delete(&app.at(&format!("/clients/configs/{doomed}")));
        let remove = app.world.sign(Who::Operator, remove);
        for (ask, want) in [(create, 201), (remove, 204)] {
            let router = app.server().router.clone();
            work.spawn(async move { (ask.send(router).await.status, want) });
        }
    }
    while let Some(result) = work.join_next().await {
        let (status, want) = result.unwrap();
        assert_eq!(status, want);
    }
    let page = app.ask(get(&app.at("/clients/configs?limit=100"))).await.json();
    assert_eq!(page["total"], 12);
}

#[tokio::test]
async fn a35_a_failed_create_leaves_no_client() {
    let app = TestApp::start().await;
    let path = format!("/{}/channels", app.world.other_domain);
    let foreign =
        app.send_as(Who::Elsewhere, post(&path).json(&json!({"name": "foreign"}))).await.expect(201);
    app.config("taken", &[]).await;
    let before = app.ask(get(&app.at("/clients"))).await.json()["total"].clone();
    for (body, status) in [
        (json!({"external_id": "d1", "external_key": "k", "channels": [foreign.text_at("id")]}), 400),
        (json!({"external_id": "d1", "external_key": "k", "channels": [NOWHERE]}), 400),
        (json!({"external_id": "taken", "external_key": "k"}), 409),
        (json!({"external_id": "d1", "external_key": "k", "client_cert": "CERT"}), 400),
    ] {
        app.ask(post(&app.at("/clients/configs")).json(&body)).await.expect(status);
    }
    assert_eq!(app.ask(get(&app.at("/clients"))).await.json()["total"], before);
}

#[tokio::test]
async fn a36_conflicts_are_conflicts() {
    let app = TestApp::start().await;
    let body = |id: &str, name: &str, client: &str| json!({"external_id": id, "external_key": "k", "name": name, "client_id": client});
    let (c1, c2) = (app.client("c1").await, app.client("c2").await);
    app.create(body("d1", "one", &c1)).await;
    app.create(body("d2", "two", &c2)).await;
    for clash in [body("d1", "three", ""), body("d3", "one", ""), body("d3", "three", &c1)] {
        let message = app.ask(post(&app.at("/clients/configs")).json(&clash)).await.expect(409).message();
        assert_eq!(message, "entity already exists");
    }
    let rename = put(&app.at(&format!("/clients/configs/{c2}"))).json(&json!({"name": "one"}));
    assert_eq!(app.ask(rename).await.expect(409).message(), "entity already exists");
    assert_eq!(app.view(&c2).await["name"], "two");
    let rename = patch(&app.at(&format!("/clients/configs/{c2}"))).json(&json!({"name": "one"}));
    app.ask(rename).await.expect(409);
    // Configs without a name do not clash.
    app.config("d4", &[]).await;
    app.config("d5", &[]).await;
}

#[tokio::test]
async fn a37_a_database_that_fails_is_no_empty_list() {
    let mut app = TestApp::start().await;
    app.config("d1", &[]).await;
    let ask = app.world.sign(Who::Administrator, get(&app.at("/clients/configs")));
    app.stop();
    let mut refused = 0;
    loop {
        let death = Death::after(refused);
        let answer = ask.clone().send(doomed(app.folder.path(), &death)).await;
        if !death.came() {
            assert_eq!(answer.expect(200).json()["total"], 1);
            break;
        }
        assert!(!answer.expect(503).message().is_empty());
        refused += 1;
    }
    assert!(refused >= 4);
}

#[tokio::test]
async fn a38_filters_work_or_say_why_not() {
    let app = TestApp::start().await;
    let (one, _) = (app.config("d1", &[]).await, app.config("d2", &[]).await);
    let list = async |query: &str| app.ask(get(&app.at(&format!("/clients/configs?{query}")))).await;
    let page = list(&format!("client_id={one}")).await.expect(200).json();
    assert_eq!((&page["total"], &page["configs"][0]["external_id"]), (&json!(1), &json!("d1")));
    for (query, names) in [
        ("state=abc", "state"),
        ("state=", "state"),
        ("state=2", "state"),
        ("offset=-1", "offset"),
        ("offset=99999999999999999999", "offset"),
        ("limit=", "limit"),
        ("colour=red", "colour"),
        ("name=a&name=b", "name"),
    ] {
        let message = list(query).await.expect(400).message();
        assert!(message.contains(names), "{query}: {message}");
    }
    let page = list("offset=9223372036854775807").await.expect(200).json();
    assert_eq!((&page["total"], &page["configs"]), (&json!(2), &json!([])));
}

#[tokio::test]
async fn a39_secrets_are_no_filters() {
    let app = TestApp::start().await;
    app.config("d1", &[]).await;
    let message = app.ask(get(&app.at("/clients/configs?client_key=hunter2"))).await.expect(400).message();
    assert!(message.contains("client_key") && !message.contains("hunter2"), "{message}");
}

#[tokio::test]
async fn a40_percent_and_underscore_are_letters() {
    let app = TestApp::start().await;
    for (id, name) in [("d1", "50% Off"), ("d2", "snake_case"), ("d3", "ÄRGER plain"), ("d4", "")] {
        app.create(json!({"external_id": id, "external_key": "k", "name": name})).await;
    }
    for (filter, want) in [
        ("%25", &["d1"][..]),
        ("_", &["d2"]),
        ("OFF", &["d1"]),
        ("%C3%A4rger", &["d3"]),
        ("s_ake", &[]),
        ("5%25%25", &[]),
        ("%5C", &[]),
    ] {
        let page = app.ask(get(&app.at(&format!("/clients/configs?name={filter}")))).await.expect(200).json();
        let found: Vec<&str> =
            page["configs"].as_array().unwrap().iter().map(|c| c["external_id"].as_str().unwrap()).collect();
        assert_eq!(found, want, "{filter}");
        assert_eq!(page["total"], want.len());
    }
    // Configs without a name match the empty filter.
    let page = app.ask(get(&app.at("/clients/configs?name="))).await.expect(200).json();
    assert_eq!(page["total"], 4);
}

#[tokio::test]
async fn a41_pages_hold_each_config_once_in_a_stable_order() {
    let app = TestApp::start().await;
    let mut all = Vec::new();
    for number in 0..11 {
        all.push(app.config(&format!("d{number}"), &[]).await);
    }
    all.sort();
    let mut seen = Vec::new();
    for offset in (0..12).step_by(4) {
        let page = app.ask(get(&app.at(&format!("/clients/configs?offset={offset}&limit=4")))).await.json();
        assert_eq!(
            (&page["total"], &page["offset"], &page["limit"]),
            (&json!(11), &json!(offset), &json!(4))
        );
        let rows = page["configs"].as_array().unwrap();
        seen.extend(rows.iter().map(|config| config["client_id"].as_str().unwrap().to_owned()));
    }
    assert_eq!(seen, all);
}

#[tokio::test]
async fn a42_a_removed_device_keeps_no_rights() {
    let app = TestApp::start().await;
    let a = app.channel("a").await;
    let config = app.config("d1", &[&a]).await;
    app.set_state(&config, 1).await.expect(200);
    app.ask(delete(&app.at(&format!("/clients/configs/{config}")))).await.expect(204);
    assert!(app.connected(&config).await.is_empty());
    app.bootstrap("d1").await.expect(403);
    // The client stays, and everything about the config is free again.
    app.ask(get(&app.at(&format!("/clients/{config}")))).await.expect(200);
    app.config("d1", &[&a]).await;
}

#[tokio::test]
async fn a43_put_replaces_and_patch_does_not() {
    let app = TestApp::start().await;
    let config =
        app.create(json!({"external_id": "d1", "external_key": "k", "name": "n", "content": "c"})).await;
    let path = app.at(&format!("/clients/configs/{config}"));
    app.ask(patch(&path).json(&json!({"name": "m"}))).await.expect(200);
    let view = app.view(&config).await;
    assert_eq!((&view["name"], &view["content"]), (&json!("m"), &json!("c")));
    app.ask(put(&path).json(&json!({"name": "p"}))).await.expect(200);
    assert_eq!(app.view(&config).await["content"], "");
}

#[tokio::test]
async fn a44_certificates_are_parsed_and_shown_without_the_key() {
    let app = TestApp::start().await;
    let pem = pem();
    let create = |certs: Value| {
        let mut body = json!({"external_id": "d1", "external_key": "k"});
        body.as_object_mut().unwrap().extend(certs.as_object().unwrap().clone());
        post(&app.at("/clients/configs")).json(&body)
    };
    let stranger = rcgen::KeyPair::generate().unwrap().serialize_pem();
    for (certs, field) in [
        (json!({"client_cert": "CERT"}), "client_cert"),
        (json!({"client_key": "KEY"}), "client_key"),
        (json!({"ca_cert": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"}), "ca_cert"),
        (json!({"client_cert": pem.cert, "client_key": stranger}), "client_key"),
        (json!({"client_cert": pem.key}), "client_cert"),
    ] {
        let message = app.ask(create(certs)).await.expect(400).message();
        assert!(message.starts_with(field), "{message}");
        assert!(!message.contains("BEGIN"), "{message}");
    }
    let certs = json!({"client_cert": pem.cert, "client_key": pem.key, "ca_cert": pem.ca});
    let config = app.ask(create(certs.clone())).await.expect(201).located();
    let view = app.view(&config).await;
    assert_eq!((&view["client_cert"], &view["ca_cert"]), (&json!(pem.cert), &json!(pem.ca)));
    assert!(view.get("client_key").is_none());
    let path = app.at(&format!("/clients/configs/certs/{config}"));
    let answer = app.ask(patch(&path).json(&json!({"client_cert": pem.cert, "client_key": stranger}))).await;
    assert!(answer.expect(400).message().starts_with("client_key"));
    let answer = app.ask(patch(&path).json(&certs)).await.expect(200);
    assert_eq!(answer.text_at("client_key"), pem.key);
}

#[tokio::test]
async fn a50_failures_that_were_empty_say_why() {
    let app = TestApp::start().await;
    let create = |body: Value| app.ask(post(&app.at("/clients/configs")).json(&body));
    let unknown = json!({"external_id": "d1", "external_key": "k", "client_id": NOWHERE});
    let message = create(unknown).await.expect(404).message();
    assert!(message.contains(NOWHERE), "{message}");
    let unknown = json!({"external_id": "d1", "external_key": "k", "channels": [NOWHERE]});
    let message = create(unknown).await.expect(400).message();
    assert!(message.contains(NOWHERE), "{message}");
}

#[tokio::test]
async fn a51_a_missing_external_key_is_no_bad_token() {
    let app = TestApp::start().await;
    let body = json!({"external_id": "d1", "channels": []});
    let answer = app.ask(post(&app.at("/clients/configs")).json(&body)).await.expect(400);
    assert_eq!(answer.message(), "missing or invalid bearer entity key");
}
