//! A whole service on a fresh database: the real router, the real rules, the real store.

use async_trait::async_trait;
use axum::{Router, body::Body};
use http::{HeaderMap, Method, Request, StatusCode};
use onramp_core::{
    attempts::Recorder,
    bootstrap::Devices,
    model::*,
    port::{
        Clock, Directory, Platform, Random, Store,
        directory::{DomainDirectory, TokenDirectory, UserDirectory},
    },
    service::Service,
};
use onramp_embedded::{Embedded, PlatformApp, Settings};
use onramp_http::{App, Identity, Limits, Metrics, Readiness};
use onramp_store::{Keys, SqlStore};
use serde_json::Value;
use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering},
};
use tower::ServiceExt;

/// The recordings' domain and its first member.
pub const DOMAIN: &str = "0000000a-0000-4000-8000-00000000000a";
pub const OWNER: &str = "00000002-0000-4000-8000-000000000002";
/// Another domain, with the stranger as its member.
pub const ELSEWHERE: &str = "0000000b-0000-4000-8000-00000000000b";

pub struct World {
    pub router: Router,
    pub store: Arc<SqlStore>,
    pub embedded: Arc<Embedded>,
    pub app: Arc<PlatformApp>,
    _folder: tempfile::TempDir,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    pub fn id(&self) -> String {
        self.json()["id"].as_str().unwrap_or_else(|| panic!("no id: {}", self.text)).to_owned()
    }

    /// Status and message, for comparing.
    pub fn problem(&self) -> (u16, String) {
        (self.status.as_u16(), self.json()["message"].as_str().unwrap_or_default().to_owned())
    }
}

/// Each look at the clock is a millisecond later.
struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        Timestamp(1_800_000_000_000_001 + self.0.fetch_add(1000, Ordering::Relaxed))
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

impl World {
    /// Users `owner` (administrator), `operator` and `viewer` of the domain, `admin` (platform
    /// administrator), `stranger`; each with an access token of the same name.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let random: Arc<dyn Random> = Arc::new(Counting(AtomicU64::new(1)));
        let clock: Arc<dyn Clock> = Arc::new(Ticking(AtomicI64::new(0)));
        let keys = Keys { master: [1; 32].into(), exchange: b"fleet".to_vec().into() };
        let path = folder.path().join("onramp.db");
        let store =
            Arc::new(SqlStore::open_sqlite(&path, &keys, Arc::clone(&random), Arc::new(|_, _| ())).unwrap());
        let directory: Arc<dyn Directory> = store.clone();
        let embedded =
            Arc::new(Embedded::new(directory, Arc::clone(&clock), Arc::clone(&random), Settings::default()));
        let configs: Arc<dyn Store> = store.clone();
        let platform: Arc<dyn Platform> = embedded.clone();
        let service = Service {
            store: Arc::clone(&configs),
            platform,
            clock: Arc::clone(&clock),
            random: Arc::clone(&random),
        };
        let app = Arc::new(PlatformApp { embedded: Arc::clone(&embedded), service: service.clone() });
        let devices = Arc::new(Devices {
            store: configs,
            exchange_key: onramp_protocol::ExchangeKey::new(b"0123456789abcdef").unwrap(),
            clock,
            random,
            recorder: Arc::new(Recorder::new()),
            secret_alias: true,
            detailed_errors: false,
        });
        let http = Arc::new(App {
            service,
            devices,
            metrics: Arc::new(Metrics::new()),
            identity: Identity::default(),
            readiness: Arc::new(Ready),
            limits: Limits::default(),
        });
        let routes = onramp_http::router(Arc::clone(&http)).merge(onramp_embedded::routes(Arc::clone(&app)));
        let world =
            World { router: onramp_http::finish(routes, &http), store, embedded, app, _folder: folder };
        world.people().await;
        world
    }

    async fn people(&self) {
        let people = [
            (OWNER, "owner"),
            ("operator", "operator"),
            ("viewer", "viewer"),
            ("admin", "admin"),
            ("stranger", "stranger"),
        ];
        for (id, name) in people {
            self.user(id, name).await;
        }
        self.domain(DOMAIN, OWNER).await;
        self.domain(ELSEWHERE, "stranger").await;
        for name in ["operator", "viewer"] {
            let role = id(&format!("{DOMAIN}-{name}"));
            self.store.add_role_members(&id(DOMAIN), &role, &[id(name)]).await.unwrap();
        }
    }

    async fn user(&self, user: &str, name: &str) {
        let user = User {
            id: id(user),
            first_name: "First".into(),
            last_name: "Last".into(),
            username: name.into(),
            email: format!("{name}@example.com"),
            tags: vec![],
            metadata: None,
            private_metadata: None,
            profile_picture: String::new(),
            admin: name == "admin",
            status: Status::Enabled,
            created_at: Timestamp(1),
            updated_at: None,
            updated_by: None,
        };
        self.store.add_user(&user, &Secret::new("hash")).await.unwrap();
        let far = Timestamp(i64::MAX);
        let pair = TokenPair {
            access: Secret::new(name),
            refresh: Secret::new(format!("refresh {name}")),
            access_expires: far,
            refresh_expires: far,
        };
        let session = Session { id: id(&format!("session-{name}")), description: String::new() };
        let hash = Secret::new("hash");
        assert!(self.store.begin_session(&session, &user.id, &hash, &pair, Timestamp(1)).await.unwrap());
    }

    async fn domain(&self, domain: &str, owner: &str) {
        let new = Domain {
            id: id(domain),
            name: "Domain".into(),
            route: format!("d{}", &domain[..8]),
            tags: vec![],
            metadata: None,
            status: DomainStatus::Enabled,
            created_by: id(owner),
            created_at: Timestamp(1),
            updated_by: None,
            updated_at: None,
        };
        let roles = Level::ALL.map(|level| Role {
            id: id(&format!("{domain}-{}", level.role_name())),
            domain: id(domain),
            level,
            created_by: id(owner),
            created_at: Timestamp(1),
        });
        self.store.add_domain(&new, &roles).await.unwrap();
    }

    /// A personal access token of the owner with one scope in the domain; its secret is its name.
    pub async fn pat(&self, name: &str, entity: &str, entity_id: &str, operation: &str) {
        let pat = Pat {
            id: id(&format!("pat-{name}")),
            user: id(OWNER),
            name: name.into(),
            description: String::new(),
            issued_at: Timestamp(1),
            expires_at: Timestamp(i64::MAX),
            updated_at: None,
            last_used_at: None,
            revoked_at: None,
        };
        let scope = Scope {
            id: format!("scope-{name}"),
            domain_id: DOMAIN.into(),
            entity_type: entity.into(),
            entity_id: entity_id.into(),
            operation: operation.into(),
        };
        self.store.add_pat(&pat, &Secret::new(name), &[scope]).await.unwrap();
    }

    /// A request without body, or with a JSON one. The path is relative to the domain unless it starts with
    /// a slash.
    pub async fn ask(&self, token: &str, method: Method, path: &str, body: Option<&str>) -> Answer {
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{DOMAIN}/{path}") };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("Authorization", format!("Bearer {token}"))
            .header("Content-Type", "application/json")
            .body(Body::from(body.unwrap_or_default().to_owned()))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: head.status, headers: head.headers, text: String::from_utf8(body.to_vec()).unwrap() }
    }

    pub async fn get(&self, token: &str, path: &str) -> Answer {
        self.ask(token, Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: &str) -> Answer {
        self.ask("owner", Method::POST, path, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: &str) -> Answer {
        self.ask("owner", Method::PATCH, path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.ask("owner", Method::DELETE, path, None).await
    }

    pub async fn new_client(&self) -> String {
        self.post("clients", "{}").await.id()
    }

    pub async fn new_channel(&self) -> String {
        self.post("channels", "{}").await.id()
    }

    /// What a device gets: status and body.
    pub async fn bootstrap(&self, external_id: &str, external_key: &str) -> Answer {
        let request = Request::builder()
            .uri(format!("/clients/bootstrap/{external_id}"))
            .header("Authorization", format!("Client {external_key}"))
            .body(Body::empty())
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: head.status, headers: head.headers, text: String::from_utf8(body.to_vec()).unwrap() }
    }
}
