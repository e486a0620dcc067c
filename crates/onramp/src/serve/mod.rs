//! `onramp serve`: puts the crates together, starts them, and stops them cleanly.

mod background;
pub mod data_dir;
pub mod environment;
mod keys;
mod listen;
pub(crate) mod log;
pub mod settings;
pub mod system;
pub mod way_in;

pub use settings::{DeviceErrors, LogFormat, ServeArgs, Settings};

use background::Background;
use data_dir::{AdminFile, DataDir};
pub use environment::Environment;
use listen::Listener;
use onramp_core::{
    attempts::Recorder,
    bootstrap::Devices,
    port::{Clock, Random},
    service::Service,
};
use onramp_embedded::{Embedded, PlatformApp};
use onramp_http::{App, Identity, Limits, Metrics, Readiness};
use onramp_store::{Keys, Observer, OpenError, SqlStore};
use std::{io::Write, process::ExitCode, sync::Arc};
use system::{OsClock, OsRandom};
use tokio::sync::watch;

/// Shown under `onramp serve --help`.
pub const EXAMPLES: &str = "\
Examples:
  onramp serve                      in an empty folder: everything is made at the first start
  onramp serve --demo               the same, with a demo device that is bootstrapped once
  onramp serve --listen 0.0.0.0:9013 --data-dir /var/lib/onramp

Settings from the environment and exit codes: docs/operations.md";

/// Why the server did not start, or stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Wrong flags or variables: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// Anything else: exit code 1.
    #[error("{0}")]
    Failed(String),
}

impl StartError {
    /// The exit code that scripts look at.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            StartError::Usage(_) => ExitCode::from(2),
            StartError::Failed(_) => ExitCode::from(1),
        }
    }
}

/// Runs `onramp serve` until it is stopped.
///
/// # Errors
/// [`StartError`]; everything that was written by then is whole.
pub fn run(args: ServeArgs) -> Result<(), StartError> {
    // First of all, while there are no threads yet: secrets leave the environment.
    let environment = Environment::take().map_err(|error| StartError::Failed(error.to_string()))?;
    let settings = Settings::gather(args, &environment)?;
    log::start(settings.log_level, settings.log_format);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| StartError::Failed(format!("the runtime does not start: {error}")))?;
    runtime.block_on(async {
        let demo = settings.demo;
        let server = Server::prepare(settings).await?;
        let (admin, data_dir) = (server.admin.clone(), server.data.path().to_owned());
        let exchange_key = server.exchange_key.clone();
        server
            .run(move |first_start| {
                if demo {
                    tokio::task::spawn_blocking(move || crate::demo::run(&admin, &data_dir, &exchange_key));
                } else {
                    crate::demo::next_commands(&admin, &data_dir, first_start);
                }
            })
            .await
    })
}

/// A server that is ready to listen.
pub struct Server {
    /// The way in.
    pub admin: AdminFile,
    /// All routes.
    pub router: axum::Router,
    exchange_key: zeroize::Zeroizing<Vec<u8>>,
    first_start: bool,
    listener: Listener,
    operator_metrics: Option<(Listener, axum::Router)>,
    background: Background,
    data: DataDir,
}

impl Server {
    /// A server without routes beyond its own.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn prepare(settings: Settings) -> Result<Self, StartError> {
        Self::prepare_with(settings, axum::Router::new()).await
    }

    /// Everything up to the moment before listening, as a list of steps. Requests to `more` pass what all
    /// requests pass.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn prepare_with(settings: Settings, more: axum::Router) -> Result<Self, StartError> {
        let random = Arc::new(OsRandom::default());
        if !random.works() {
            return Err(StartError::Failed("the operating system gives no random numbers".into()));
        }
        let clock: Arc<dyn Clock> = Arc::new(OsClock);
        for warning in &settings.warnings {
            tracing::warn!("{warning}");
        }
        // The address first: when it is taken, nothing has been written yet.
        let listener = Listener::bind(&settings.listen, &settings)?;
        let metrics_listener =
            settings.metrics_listen.as_ref().map(|address| Listener::bind(address, &settings)).transpose()?;
        let data = DataDir::open(&settings.data_dir)?;
        let keys = keys::gather(&settings, &data, &*random)?;
        let metrics = Arc::new(Metrics::new());
        let observed = Arc::clone(&metrics);
        let observer: Observer = Arc::new(move |name, duration| observed.observe_store(name, duration));
        let store = open_store(&data, &keys, random.clone(), observer)?;
        let embedded = Arc::new(Embedded::new(
            store.clone(),
            Arc::clone(&clock),
            random.clone(),
            onramp_embedded::Settings { self_registration: settings.allow_self_register },
        ));
        let (admin, first_start) = way_in::prepare(&embedded, &data, listener.url()).await?;

        let service = Service {
            store: store.clone(),
            platform: embedded.clone(),
            clock: clock.clone(),
            random: random.clone(),
        };
        let devices = Arc::new(Devices {
            store: store.clone(),
            exchange_key: keys.exchange_key()?,
            clock,
            random: random.clone(),
            recorder: Arc::new(Recorder::new()),
            secret_alias: settings.secret_alias,
            detailed_errors: settings.device_errors == DeviceErrors::Detailed,
        });
        let platform = Arc::new(PlatformApp { embedded, service: service.clone() });
        let background = Background {
            service: service.clone(),
            devices: Arc::clone(&devices),
            platform: Arc::clone(&platform),
        };
        background.recover().await;

        let app = Arc::new(App {
            service,
            devices,
            metrics,
            readiness: Arc::new(Database(store)),
            identity: Identity {
                instance_id: settings.instance_id.clone().unwrap_or_else(|| random.uuid()),
                url: listener.url(),
                warnings: keys.warnings(),
                ..Identity::of_this_build()
            },
            limits: Limits { read: settings.timeouts.read, handle: settings.timeouts.write },
        });
        let operator_metrics =
            metrics_listener.map(|listener| (listener, onramp_http::metrics_router(Arc::clone(&app))));
        let routes =
            onramp_http::router(Arc::clone(&app)).merge(onramp_embedded::routes(platform)).merge(more);
        Ok(Server {
            admin,
            router: onramp_http::finish(routes, &app),
            exchange_key: keys.exchange.clone(),
            first_start,
            listener,
            operator_metrics,
            background,
            data,
        })
    }

    /// Listens, announces it, and serves until SIGTERM or SIGINT.
    ///
    /// # Errors
    /// When the socket fails.
    pub async fn run(self, ready: impl FnOnce(bool)) -> Result<(), StartError> {
        let failed = |error: std::io::Error| StartError::Failed(format!("serving: {error}"));
        let stop = axum_server::Handle::new();
        // Caught before anybody knows that we listen: who stops us then still gets a clean end.
        let signals = listen::Signals::catch().map_err(failed)?;
        tokio::spawn(listen::stop_on_signal(signals, stop.clone()));
        let (stopped, stopping) = watch::channel(false);
        let background = tokio::spawn(self.background.run(stopping));
        if let Some((listener, router)) = self.operator_metrics {
            tokio::spawn(listener.serve(router, stop.clone()));
        }
        announce(&self.listener.announcement()).map_err(failed)?;
        ready(self.first_start);
        let served = self.listener.serve(self.router, stop).await;
        let _ = stopped.send(true);
        let _ = background.await;
        drop(self.data);
        tracing::info!("stopped");
        served.map_err(failed)
    }
}

/// Readiness depends on the database alone: devices are served without anything else.
struct Database(Arc<SqlStore>);

#[async_trait::async_trait]
impl Readiness for Database {
    async fn database(&self) -> Result<(), String> {
        self.0.ping().await.map_err(|error| error.to_string())
    }
}

/// The one line that scripts wait for. The socket is bound: connections are accepted from here on.
fn announce(address: &str) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "listening on {address}")?;
    stdout.flush()
}

/// The data folder and the platform in it, without serving anything.
///
/// # Errors
/// [`StartError`]; also while a server uses the folder.
pub fn offline(settings: &Settings) -> Result<(DataDir, Embedded), StartError> {
    let random = Arc::new(OsRandom::default());
    // Looked for first: taking the folder would make it.
    let database = data_dir::database_in(&settings.data_dir);
    if !database.exists() {
        return Err(StartError::Failed(format!(
            "{} is not there: name the server's folder with --data-dir",
            database.display()
        )));
    }
    let data = DataDir::open(&settings.data_dir)?;
    let keys = keys::gather(settings, &data, &*random)?;
    let store = open_store(&data, &keys, random.clone(), Arc::new(|_, _| ()))?;
    let embedded = Embedded::new(store, Arc::new(OsClock), random, onramp_embedded::Settings::default());
    Ok((data, embedded))
}

fn open_store(
    data: &DataDir,
    keys: &keys::Gathered,
    random: Arc<dyn Random>,
    observer: Observer,
) -> Result<Arc<SqlStore>, StartError> {
    let path = data.database();
    data.reserve_database()?;
    let keys = Keys { master: keys.master.clone(), exchange: keys.exchange.clone() };
    SqlStore::open_sqlite(&path, &keys, random, observer).map(Arc::new).map_err(|error| {
        let hint = match error {
            OpenError::WrongKey(_) => ": start with the key that the database was made with",
            _ => "",
        };
        StartError::Failed(format!("{}: {error}{hint}", path.display()))
    })
}
