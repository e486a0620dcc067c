//! A server in a temporary folder, with people in it, and requests through its router.

pub mod pem;
mod requests;
pub mod world;

pub use requests::{Answer, Ask, ask, delete, device, exchange_key, get, patch, post, put, secure_device};
pub use world::{Who, World};

use onramp::serve::{ServeArgs, Server, Settings, environment::Environment};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;

/// The fleet's key in all tests: the one with which the reference was recorded.
pub const EXCHANGE_KEY: &str = "v7aT0HGxJxt2gULzr3RHwf4WIf6DusPp";
/// The recorded administrator's password.
pub const PASSWORD: &str = "12345678";
/// An id that nothing has.
pub const NOWHERE: &str = "00000000-0000-4000-8000-000000000007";

/// A running server, minus the socket.
pub struct TestApp {
    pub folder: TempDir,
    pub world: World,
    server: Option<Server>,
    options: Options,
}

/// What differs from the defaults.
#[derive(Default, Clone, Copy)]
pub struct Options {
    pub detailed_errors: bool,
    pub no_alias: bool,
    pub self_registration: bool,
}

impl TestApp {
    /// A server on a fresh copy of a folder in which the people of [`World`] exist.
    pub async fn start() -> Self {
        Self::with(Options::default()).await
    }

    pub async fn with(options: Options) -> Self {
        let (template, world) = template();
        let folder = tempfile::tempdir().unwrap();
        copy(template.path(), folder.path());
        Self::on(folder, world.clone(), options).await
    }

    /// A server that never ran before, with nobody but the administrator.
    pub async fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::on(folder, World::default(), Options::default()).await
    }

    async fn on(folder: TempDir, world: World, options: Options) -> Self {
        let server = prepare(folder.path(), options).await;
        TestApp { folder, world, server: Some(server), options }
    }

    /// Stops the server and starts another one on the same folder.
    pub async fn restart(&mut self) {
        self.server = None;
        self.server = Some(prepare(self.folder.path(), self.options).await);
    }

    /// Stops the server; the folder stays.
    pub fn stop(&mut self) {
        self.server = None;
    }

    pub fn server(&self) -> &Server {
        self.server.as_ref().expect("the server runs")
    }

    pub fn database(&self) -> PathBuf {
        self.folder.path().join("onramp.db")
    }

    pub async fn send(&self, ask: Ask) -> Answer {
        ask.send(self.server().router.clone()).await
    }

    /// Sends it with somebody's token.
    pub async fn send_as(&self, who: Who, ask: Ask) -> Answer {
        self.send(ask.bearer(self.world.token(who))).await
    }

    /// Sends it as the domain's administrator.
    pub async fn ask(&self, ask: Ask) -> Answer {
        self.send_as(Who::Administrator, ask).await
    }

    /// A path below the domain.
    pub fn at(&self, path: &str) -> String {
        format!("/{}{path}", self.world.domain)
    }

    pub async fn log_in(&self, name: &str, password: &str) -> Value {
        let body = json!({"username": name, "password": password});
        self.send(post("/users/tokens/issue").json(&body)).await.expect(201).json()
    }

    pub async fn channel(&self, name: &str) -> String {
        let ask = post(&self.at("/channels")).json(&json!({"name": name}));
        self.ask(ask).await.expect(201).text_at("id")
    }

    pub async fn client(&self, name: &str) -> String {
        let ask = post(&self.at("/clients")).json(&json!({"name": name}));
        self.ask(ask).await.expect(201).text_at("id")
    }

    /// Creates a config with the key `key-of-<external id>`.
    pub async fn config(&self, external_id: &str, channels: &[&str]) -> String {
        self.create(json!({
            "external_id": external_id, "external_key": key_of(external_id), "channels": channels,
        }))
        .await
    }

    pub async fn create(&self, body: Value) -> String {
        self.ask(post(&self.at("/clients/configs")).json(&body)).await.expect(201).located()
    }

    pub async fn view(&self, config: &str) -> Value {
        self.ask(get(&self.at(&format!("/clients/configs/{config}")))).await.expect(200).json()
    }

    pub async fn set_state(&self, config: &str, state: i64) -> Answer {
        self.ask(put(&self.at(&format!("/clients/state/{config}"))).json(&json!({"state": state}))).await
    }

    /// The channels to which a client is really connected, sorted.
    pub async fn connected(&self, client: &str) -> Vec<String> {
        let answer =
            self.ask(get(&self.at(&format!("/channels?limit=100&client={client}")))).await.expect(200);
        let page = answer.json();
        let mut ids: Vec<String> = page["channels"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["id"].as_str().unwrap().to_owned())
            .collect();
        ids.sort();
        ids
    }

    /// The device with this id and the key that [`config`](Self::config) gave it.
    pub async fn bootstrap(&self, external_id: &str) -> Answer {
        self.send(device(external_id, &key_of(external_id))).await
    }
}

pub fn key_of(external_id: &str) -> String {
    format!("key-of-{external_id}")
}

pub fn settings(folder: &Path, options: Options) -> Settings {
    let args = ServeArgs {
        listen: Some("127.0.0.1:0".into()),
        data_dir: Some(folder.to_owned()),
        no_client_key_alias: options.no_alias,
        allow_self_register: options.self_registration,
        device_errors: options.detailed_errors.then_some(onramp::serve::DeviceErrors::Detailed),
        ..ServeArgs::default()
    };
    let environment = Environment::from_pairs([("MG_BOOTSTRAP_ENCRYPT_KEY", EXCHANGE_KEY)]);
    Settings::gather(args, &environment).unwrap_or_else(|error| panic!("{error}"))
}

async fn prepare(folder: &Path, options: Options) -> Server {
    // The folder's lock is free as soon as the last server is dropped, its threads may take a moment.
    Server::prepare(settings(folder, options)).await.unwrap_or_else(|error| panic!("{error}"))
}

/// The folder that all tests copy, made once.
fn template() -> &'static (TempDir, World) {
    static TEMPLATE: OnceLock<(TempDir, World)> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        // A thread of its own: a runtime cannot be started inside another one.
        let make = || tokio::runtime::Runtime::new().unwrap().block_on(world::build());
        std::thread::spawn(make).join().unwrap()
    })
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}
