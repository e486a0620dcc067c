//! A process that dies between any two steps leaves nothing half: no orphan client, no half config, no
//! connected client without a config. And a single call that fails leaves nothing that a restart would not mend.

use crate::harness::{
    Answer, Ask, EXCHANGE_KEY, TestApp, Who, delete, device, exchange_key, get, key_of, post, put,
};
use onramp::serve::system::{OsClock, OsRandom};
use onramp_core::attempts::Recorder;
use onramp_core::bootstrap::Devices;
use onramp_core::port::{Platform, Store};
use onramp_core::service::Service;
use onramp_embedded::Embedded;
use onramp_http::{App, Identity, Metrics, Readiness};
use onramp_store::{Keys, SqlStore};
use onramp_testkit::{Death, DyingPlatform, DyingStore};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use zeroize::Zeroizing;

/// What was there before the operation.
struct Scene {
    channels: Vec<String>,
    config: String,
}

const DEVICE: &str = "victim:1";

#[tokio::test]
async fn create_with_a_new_client() {
    everywhere(
        async |app| {
            let channels = channels(app).await;
            Scene { channels, config: String::new() }
        },
        |app, scene| {
            let body =
                json!({"external_id": DEVICE, "external_key": key_of(DEVICE), "channels": scene.channels});
            post(&app.at("/clients/configs")).json(&body)
        },
        created_or_not,
    )
    .await;
}

#[tokio::test]
async fn create_for_a_client_that_exists() {
    everywhere(
        async |app| {
            let channels = channels(app).await;
            Scene { channels, config: app.client("named").await }
        },
        |app, scene| {
            let body = json!({
                "external_id": DEVICE, "external_key": key_of(DEVICE), "channels": scene.channels,
                "client_id": scene.config,
            });
            post(&app.at("/clients/configs")).json(&body)
        },
        async |app, scene, ask, answer| {
            created_or_not(app, scene, ask, answer).await;
            let path = app.at(&format!("/clients/{}", scene.config));
            app.ask(get(&path)).await.expect(200);
        },
    )
    .await;
}

#[tokio::test]
async fn state_1() {
    everywhere(inactive, |app, scene| state(app, scene, 1), wish_and_fact_agree).await;
}

#[tokio::test]
async fn state_0() {
    everywhere(active, |app, scene| state(app, scene, 0), wish_and_fact_agree).await;
}

#[tokio::test]
async fn connections_of_an_active_config() {
    everywhere(
        active,
        |app, scene| {
            let path = app.at(&format!("/clients/configs/connections/{}", scene.config));
            put(&path).json(&json!({"channels": scene.channels[1..]}))
        },
        wish_and_fact_agree,
    )
    .await;
}

#[tokio::test]
async fn remove() {
    everywhere(
        active,
        |app, scene| delete(&app.at(&format!("/clients/configs/{}", scene.config))),
        async |app, scene, _, answer| {
            let path = app.at(&format!("/clients/configs/{}", scene.config));
            let there = app.ask(get(&path)).await.status == 200;
            if answer.status == 204 {
                assert!(!there, "an acknowledged removal");
            }
            let served = app.send(device(DEVICE, &key_of(DEVICE))).await.status;
            assert_eq!(served, if there { 200 } else { 403 });
        },
    )
    .await;
}

/// Lets the operation die before each of its calls in turn, and stumble at each of them, until it gets through.
async fn everywhere(
    before: impl AsyncFn(&TestApp) -> Scene,
    operation: impl Fn(&TestApp, &Scene) -> Ask,
    after: impl AsyncFn(&TestApp, &Scene, &Ask, &Answer),
) {
    for kind in [Death::after, Death::hiccup_after] {
        let mut calls = 0;
        loop {
            let mut app = TestApp::start().await;
            let scene = before(&app).await;
            let ask = app.world.sign(Who::Administrator, operation(&app, &scene));
            app.stop();
            let death = kind(calls);
            let answer = ask.clone().send(doomed(app.folder.path(), &death)).await;
            app.restart().await;

            // Before anything is repeated: a second attempt would tidy up what the first one left.
            nothing_is_left_over(&app, &scene).await;
            after(&app, &scene, &ask, &answer).await;
            nothing_is_left_over(&app, &scene).await;
            if !death.came() {
                assert!(answer.status < 300, "{}: {}", answer.request, answer.text());
                assert!(calls > 5, "only {calls} calls: the ports were not reached");
                break;
            }
            calls += 1;
            assert!(calls < 100, "never gets through");
        }
    }
}

/// A server whose ports die.
pub fn doomed(folder: &Path, death: &Arc<Death>) -> axum::Router {
    let random = Arc::new(OsRandom::default());
    let master = std::fs::read_to_string(folder.join("master.key")).unwrap();
    let mut bytes = [0; 32];
    hex::decode_to_slice(master.trim(), &mut bytes).unwrap();
    let keys =
        Keys { master: Zeroizing::new(bytes), exchange: Zeroizing::new(EXCHANGE_KEY.as_bytes().to_vec()) };
    let store =
        SqlStore::open_sqlite(&folder.join("onramp.db"), &keys, random.clone(), Arc::new(|_, _| ())).unwrap();
    let store = Arc::new(store);
    let settings = onramp_embedded::Settings::default();
    let embedded = Embedded::new(store.clone(), Arc::new(OsClock), random.clone(), settings);
    let store: Arc<dyn Store> = Arc::new(DyingStore { inner: store, death: death.clone() });
    let platform: Arc<dyn Platform> =
        Arc::new(DyingPlatform { inner: Arc::new(embedded), death: death.clone() });
    let app = Arc::new(App {
        limits: onramp_http::Limits::default(),
        service: Service { store: store.clone(), platform, clock: Arc::new(OsClock), random: random.clone() },
        devices: Devices {
            store,
            exchange_key: exchange_key(),
            clock: Arc::new(OsClock),
            random,
            recorder: Arc::new(Recorder::new()),
            secret_alias: true,
            detailed_errors: false,
        }
        .into(),
        metrics: Arc::new(Metrics::new()),
        identity: Identity::default(),
        readiness: Arc::new(Ready),
    });
    onramp_http::finish(onramp_http::router(app.clone()), &app)
}

struct Ready;

#[async_trait::async_trait]
impl Readiness for Ready {
    async fn database(&self) -> Result<(), String> {
        Ok(())
    }
}

async fn channels(app: &TestApp) -> Vec<String> {
    vec![app.channel("one").await, app.channel("two").await, app.channel("three").await]
}

async fn inactive(app: &TestApp) -> Scene {
    let channels = channels(app).await;
    let config = app.config(DEVICE, &[&channels[0], &channels[1]]).await;
    Scene { channels, config }
}

async fn active(app: &TestApp) -> Scene {
    let scene = inactive(app).await;
    app.set_state(&scene.config, 1).await.expect(200);
    scene
}

fn state(app: &TestApp, scene: &Scene, state: i64) -> Ask {
    put(&app.at(&format!("/clients/state/{}", scene.config))).json(&json!({"state": state}))
}

/// An acknowledged create is there; any other left nothing, and can be repeated.
async fn created_or_not(app: &TestApp, scene: &Scene, ask: &Ask, answer: &Answer) {
    if answer.status != 201 {
        assert_eq!(answer.status, 503, "{}", answer.text());
        app.bootstrap(DEVICE).await.expect(403);
        app.send(ask.clone()).await.expect(201);
    }
    let served = app.bootstrap(DEVICE).await.expect(200).json();
    let channels: Vec<&str> =
        served["channels"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap()).collect();
    assert_eq!(channels, scene.channels);
}

/// The wish is the old one or the new one, and carried out.
async fn wish_and_fact_agree(app: &TestApp, scene: &Scene, ask: &Ask, answer: &Answer) {
    let config = app.view(&scene.config).await;
    let mut wanted: Vec<String> = match config["state"].as_i64().unwrap() {
        0 => Vec::new(),
        _ => {
            config["channels"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap().into()).collect()
        }
    };
    wanted.sort();
    assert_eq!(app.connected(&scene.config).await, wanted);
    let status = if wanted.is_empty() { "disconnected" } else { "connected" };
    assert_eq!(config["connection_status"], status);
    if answer.status == 200 {
        let asked: Value = serde_json::from_slice(&ask.body).unwrap();
        if let Some(state) = asked.get("state") {
            assert_eq!(config["state"], *state);
        } else {
            let mut asked: Vec<&str> =
                asked["channels"].as_array().unwrap().iter().map(|c| c.as_str().unwrap()).collect();
            asked.sort_unstable();
            assert_eq!(wanted, asked);
        }
    } else {
        assert_eq!(answer.status, 503, "{}", answer.text());
    }
}

/// No client that was made for a config which is not there, and none that is connected without one.
async fn nothing_is_left_over(app: &TestApp, scene: &Scene) {
    let clients = app.ask(get(&app.at("/clients?limit=100"))).await.expect(200).json();
    for client in clients["clients"].as_array().unwrap() {
        let id = client["id"].as_str().unwrap();
        let config = app.ask(get(&app.at(&format!("/clients/configs/{id}")))).await;
        if config.status == 200 {
            continue;
        }
        assert!(app.connected(id).await.is_empty(), "{id} is connected and has no config");
        let name = client["name"].as_str().unwrap_or_default();
        // A removal keeps the client: only one that never had a config is an orphan.
        assert!(id == scene.config || !name.starts_with("Bootstrapped Client"), "orphan: {client}");
    }
}
