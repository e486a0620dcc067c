//! The small platform of the standalone mode: users, tokens, domains, clients, channels and connections, with
//! the routes by which the reference's command line and SDK reach them.
//!
//! Each kind of thing has a folder: its rules, which know no HTTP, and its `routes`. Who may do what is
//! decided in [`authority`] alone.

pub mod authority;
mod callers;
mod channels;
mod clients;
mod connections;
pub mod domains;
mod events;
pub mod failure;
mod fields;
mod filters;
pub mod first_start;
mod gate;
mod listing;
pub mod passwords;
pub mod pats;
mod platform;
mod problem;
mod secrets;
pub mod tokens;
pub mod users;

pub use authority::{Action, Entity, Level};
pub use failure::Failure;
pub use secrets::letters;

use onramp_core::{
    port::{Clock, Directory, Random},
    service::Service,
};
use onramp_http::routing::Routes;
use passwords::Passwords;
use std::sync::Arc;

/// The switches of the embedded platform.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// May anybody create a user, or platform administrators only?
    pub self_registration: bool,
}

/// The embedded platform's rules with their ports plugged in.
pub struct Embedded {
    /// Everything it stores.
    pub directory: Arc<dyn Directory>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// Switches.
    pub settings: Settings,
    passwords: Passwords,
    /// Held by whoever applies the events of this platform to the configs.
    applying: tokio::sync::Mutex<()>,
}

impl Embedded {
    /// Plugs the ports in.
    #[must_use]
    pub fn new(
        directory: Arc<dyn Directory>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        settings: Settings,
    ) -> Self {
        let passwords = Passwords::new(Arc::clone(&random));
        Embedded { directory, clock, random, settings, passwords, applying: tokio::sync::Mutex::default() }
    }
}

/// What the platform's routes share.
pub struct PlatformApp {
    /// The platform's rules.
    pub embedded: Arc<Embedded>,
    /// The configs' rules, which must hear of what changed.
    pub service: Service,
}

/// A router of all routes of the platform.
pub fn routes(app: Arc<PlatformApp>) -> axum::Router {
    list(axum::Router::new()).with_state(app)
}

/// All routes of the platform, for a router or for the description of the API.
pub fn list<R: Routes<Arc<PlatformApp>>>(into: R) -> R {
    into.with(tokens::routes::routes)
        .with(users::routes::routes)
        .with(pats::routes::routes)
        .with(domains::routes::routes)
        .with(domains::role_routes::routes)
        .with(clients::routes::routes)
        .with(channels::routes::routes)
        .with(connections::routes::routes)
}
