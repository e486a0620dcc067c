//! Counts what devices do, off their path.

use crate::bootstrap::Reason;
use crate::model::{ClientId, ExternalId, Timestamp};
use crate::port::Store;

/// Collects attempts until [`flush`](Self::flush) writes them down.
#[derive(Default)]
pub struct Recorder {}

impl Recorder {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A device got its configuration.
    pub fn served(&self, client: &ClientId, at: Timestamp) {
        let _ = (client, at);
        todo!()
    }

    /// A device was refused. Dropped when too many wait already.
    pub fn refused(&self, id: &ExternalId, reason: Reason, at: Timestamp) {
        let _ = (id, reason, at);
        todo!()
    }

    /// Writes down what was collected and finds out about refusals. Call it every second.
    pub async fn flush(&self, store: &dyn Store) {
        let _ = store;
        todo!()
    }
}
