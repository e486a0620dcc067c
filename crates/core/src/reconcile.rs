//! Finishes or undoes what a crash or an unreachable platform interrupted.

use crate::error::Error;
use crate::model::Timestamp;
use crate::service::Service;

impl Service {
    /// Undoes creates that began before `older_than` and never ended, and carries out wishes that are due.
    /// Returns how many were finished; the others wait for the next call. Call it at start and periodically.
    ///
    /// # Errors
    /// `Unavailable`, `Internal`.
    pub async fn finish_interrupted(&self, older_than: Timestamp) -> Result<usize, Error> {
        let _ = older_than;
        todo!()
    }
}
