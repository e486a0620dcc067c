//! Clients, channels, connections, and the events that their changes leave for the configs.

use crate::model::PlatformEvent;
use crate::port::{StoreError, store::EventNumber};
use async_trait::async_trait;

/// What happened on the platform and was not yet applied to the configs.
#[async_trait]
pub trait PlatformEvents: Send + Sync {
    /// The oldest unhandled events, in the order in which they happened.
    async fn pending_events(&self, limit: u64) -> Result<Vec<(EventNumber, PlatformEvent)>, StoreError>;
}
