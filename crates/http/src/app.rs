//! What the routes need, filled in by the binary.

use crate::metrics::Metrics;
use async_trait::async_trait;
use onramp_core::bootstrap::Devices;
use onramp_core::service::Service;
use std::sync::Arc;
use std::time::Duration;

/// The state of all routes of this crate.
pub struct App {
    /// What operators can reach.
    pub service: Service,
    /// What devices can reach.
    pub devices: Arc<Devices>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// What runs here.
    pub identity: Identity,
    /// Whether it can work.
    pub readiness: Arc<dyn Readiness>,
    /// How long requests may take.
    pub limits: Limits,
}

/// Time limits of a request; zero is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For receiving a body.
    pub read: Duration,
    /// For handling an operator's request, once its body is there. Devices are served however long it takes.
    pub handle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { read: Duration::from_secs(15), handle: Duration::from_secs(15) }
    }
}

/// What runs here.
#[derive(Debug, Clone, Default)]
pub struct Identity {
    /// Version of the program.
    pub version: String,
    /// Commit it was built from.
    pub commit: String,
    /// When it was built.
    pub build_time: String,
    /// Where this process listens, for examples that can be typed as they are.
    pub url: String,
    /// This process's instance id.
    pub instance_id: String,
    /// Things an operator should know, such as a published key in use. Everybody can read them.
    pub warnings: Vec<String>,
}

impl Identity {
    /// What the build says about itself: `ONRAMP_COMMIT` and `ONRAMP_BUILD_TIME` of its environment; where they
    /// are missing, the reference's words for it.
    #[must_use]
    pub fn of_this_build() -> Self {
        Identity {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: option_env!("ONRAMP_COMMIT").unwrap_or("ffffffff").to_owned(),
            build_time: option_env!("ONRAMP_BUILD_TIME").unwrap_or("1970-01-01_00:00:00").to_owned(),
            url: "http://localhost:9013".to_owned(),
            ..Identity::default()
        }
    }
}

/// Asks what this process depends on. Each answer must be cheap: anybody may ask for it.
#[async_trait]
pub trait Readiness: Send + Sync {
    /// Does the database answer? The error is for the log.
    async fn database(&self) -> Result<(), String>;

    /// The other parts, such as the platform or a broker, and whether they work. Devices can be served
    /// without them, so they decide nothing.
    async fn others(&self) -> Vec<(&'static str, bool)> {
        Vec::new()
    }
}
