//! The rules with their ports plugged in: what handlers call.

use crate::port::{Clock, Platform, Random, Store};
use std::sync::Arc;

/// All flows are methods of this, each in a file of its own.
#[derive(Clone)]
pub struct Service {
    /// Configs and what is still to be done for them.
    pub store: Arc<dyn Store>,
    /// Users, domains, clients, channels, connections.
    pub platform: Arc<dyn Platform>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
}
