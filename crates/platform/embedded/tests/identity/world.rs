//! A whole service on a fresh database, after its first start.

use async_trait::async_trait;
use axum::{Router, body::Body};
use http::{HeaderMap, Request, StatusCode};
use onramp_core::{
    attempts::Recorder,
    bootstrap::Devices,
    model::*,
    port::{Clock, Directory, Platform, Random, Store},
    service::Service,
};
use onramp_embedded::{Embedded, PlatformApp, Settings};
use onramp_http::{App, Identity, Metrics, Readiness};
use onramp_store::{Keys, SqlStore};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering},
};
use tower::ServiceExt;

pub const HOUR: i64 = 3600;
pub const FORBIDDEN: &str = "failed to perform authorization over the entity";
pub const UNAUTHENTICATED: &str = "failed to perform authentication over the entity";

pub struct World {
    pub router: Router,
    pub embedded: Arc<Embedded>,
    pub clock: Arc<Settable>,
    pub first: First,
    /// Access token of the platform administrator.
    pub admin: String,
    _folder: tempfile::TempDir,
}

/// What the first start made.
pub struct First {
    pub domain: DomainId,
    pub password: Secret,
    pub token: Secret,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.text))
    }

    pub fn field(&self, name: &str) -> String {
        let json = self.json();
        json[name].as_str().unwrap_or_else(|| panic!("no {name}: {} {}", self.status, self.text)).to_owned()
    }

    /// Status and message, for comparing.
    pub fn problem(&self) -> (u16, String) {
        (self.status, self.json()["message"].as_str().unwrap_or_default().to_owned())
    }
}

/// Each look at the clock is a microsecond later; tests move it on.
pub struct Settable(AtomicI64);

impl Settable {
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }
}

impl Clock for Settable {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

struct Counting(AtomicU64);

impl Random for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        let next = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        for (slot, byte) in buffer.iter_mut().zip(next.iter().cycle()) {
            *slot = *byte;
        }
    }

    fn uuid(&self) -> String {
        format!("aaaaaaaa-0000-4000-8000-{:012x}", self.0.fetch_add(1, Ordering::Relaxed))
    }
}

struct Ready;

#[async_trait]
impl Readiness for Ready {
    async fn database(&self) -> Result<(), String> {
        Ok(())
    }
}

pub fn id<T: std::str::FromStr<Err = InvalidId>>(text: &str) -> T {
    text.parse().unwrap()
}

/// The platform's rules over a database in this folder, without a first start.
pub fn embedded(
    folder: &tempfile::TempDir,
    settings: Settings,
) -> (Arc<SqlStore>, Arc<Settable>, Arc<Embedded>) {
    let random: Arc<dyn Random> = Arc::new(Counting(AtomicU64::new(1)));
    let clock = Arc::new(Settable(AtomicI64::new(1_800_000_000_000_000)));
    let keys = Keys { master: [1; 32].into(), exchange: b"fleet".to_vec().into() };
    let path = folder.path().join("onramp.db");
    let store =
        Arc::new(SqlStore::open_sqlite(&path, &keys, Arc::clone(&random), Arc::new(|_, _| ())).unwrap());
    let directory: Arc<dyn Directory> = store.clone();
    let embedded = Arc::new(Embedded::new(directory, clock.clone(), random, settings));
    (store, clock, embedded)
}

impl World {
    pub async fn new() -> Self {
        World::with(Settings::default()).await
    }

    pub async fn with(settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (store, clock, embedded) = embedded(&folder, settings);
        let prepared = embedded.prepare_first_start().await.unwrap();
        let first = First {
            domain: prepared.domain.clone(),
            password: prepared.password.clone(),
            token: prepared.token.clone(),
        };
        embedded.commit_first_start(prepared).await.unwrap();

        let configs: Arc<dyn Store> = store;
        let platform: Arc<dyn Platform> = embedded.clone();
        let (random, time): (_, Arc<dyn Clock>) = (Arc::clone(&embedded.random), clock.clone());
        let service = Service {
            store: Arc::clone(&configs),
            platform,
            clock: Arc::clone(&time),
            random: Arc::clone(&random),
        };
        let app = Arc::new(PlatformApp { embedded: Arc::clone(&embedded), service: service.clone() });
        let devices = Arc::new(Devices {
            store: configs,
            exchange_key: onramp_protocol::ExchangeKey::new(b"0123456789abcdef").unwrap(),
            clock: time,
            random,
            recorder: Arc::new(Recorder::new()),
            secret_alias: true,
            detailed_errors: false,
        });
        let http = Arc::new(App {
            limits: onramp_http::Limits::default(),
            service,
            devices,
            metrics: Arc::new(Metrics::new()),
            identity: Identity::default(),
            readiness: Arc::new(Ready),
        });
        let routes = onramp_http::router(Arc::clone(&http)).merge(onramp_embedded::routes(app));
        let router = onramp_http::finish(routes, &http);
        let mut world = World { router, embedded, clock, first, admin: String::new(), _folder: folder };
        world.admin = world.log_in("admin", world.first.password.expose()).await.0;
        world
    }

    /// A request; without a token when it is empty.
    pub async fn ask(&self, token: &str, method: &str, path: &str, body: Value) -> Answer {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        self.ask_text(token, method, path, text).await
    }

    pub async fn ask_text(&self, token: &str, method: &str, path: &str, body: String) -> Answer {
        let mut request =
            Request::builder().method(method).uri(path).header("Content-Type", "application/json");
        if !token.is_empty() {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        Answer { status: head.status.as_u16(), headers: head.headers, text }
    }

    pub async fn get(&self, token: &str, path: &str) -> Answer {
        self.ask(token, "GET", path, Value::Null).await
    }

    pub async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        self.ask(token, "POST", path, body).await
    }

    pub async fn patch(&self, token: &str, path: &str, body: Value) -> Answer {
        self.ask(token, "PATCH", path, body).await
    }

    pub async fn delete(&self, token: &str, path: &str) -> Answer {
        self.ask(token, "DELETE", path, Value::Null).await
    }

    /// Access and refresh token.
    pub async fn log_in(&self, username: &str, password: &str) -> (String, String) {
        let body = json!({"username": username, "password": password});
        let answer = self.post("", "/users/tokens/issue", body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        (answer.field("access_token"), answer.field("refresh_token"))
    }

    /// Creates a user with the password `12345678` and logs it in: its id and its access token.
    pub async fn user(&self, name: &str) -> (String, String) {
        let answer = self.post(&self.admin, "/users", new_user(name)).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        (answer.field("id"), self.log_in(name, "12345678").await.0)
    }

    /// Creates a domain.
    pub async fn domain(&self, token: &str, route: &str) -> String {
        let answer = self.post(token, "/domains", json!({"name": route, "route": route})).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.field("id")
    }

    /// The id of one of a domain's roles.
    pub async fn role(&self, domain: &str, name: &str) -> String {
        let roles = self.get(&self.admin, &format!("/domains/{domain}/roles")).await.json();
        let role = roles["roles"].as_array().unwrap().iter().find(|role| role["name"] == name);
        role.unwrap()["id"].as_str().unwrap().to_owned()
    }

    pub async fn add_member(&self, domain: &str, role: &str, user: &str) {
        let path = format!("/domains/{domain}/roles/{}/members", self.role(domain, role).await);
        let answer = self.post(&self.admin, &path, json!({"members": [user]})).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
}

pub fn new_user(name: &str) -> Value {
    json!({
        "first_name": "First", "last_name": "Last", "email": format!("{name}@example.com"),
        "credentials": {"username": name, "secret": "12345678"}
    })
}
