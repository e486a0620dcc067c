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

use onramp_core::{
    port::{Clock, Directory, Random},
    service::Service,
};
use passwords::Passwords;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

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

/// All routes of the platform, without state left to fill in.
pub fn routes(app: Arc<PlatformApp>) -> OpenApiRouter {
    OpenApiRouter::new()
        .merge(tokens::routes::routes())
        .merge(users::routes::routes())
        .merge(pats::routes::routes())
        .merge(domains::routes::routes())
        .merge(domains::role_routes::routes())
        .merge(clients::routes::routes())
        .merge(channels::routes::routes())
        .merge(connections::routes::routes())
        .with_state(app)
}
