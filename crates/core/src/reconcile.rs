//! Finishes or undoes what a crash or an unreachable platform interrupted.

use crate::error::Error;
use crate::model::{Caller, Timestamp};
use crate::port::store::Unfinished;
use crate::service::Service;

/// Work looked at in one call.
const BATCH: u64 = 1000;

impl Service {
    /// Undoes creates that began before `older_than` and never ended, and carries out wishes that are due.
    /// Returns how many were finished; the others wait for the next call. Call it at start and periodically.
    /// Without an identity of its own the service does nothing.
    ///
    /// # Errors
    /// `Unavailable`, `Internal`: the list of unfinished work could not be read.
    pub async fn finish_interrupted(&self, older_than: Timestamp) -> Result<usize, Error> {
        let Some(caller) = self.platform.service_caller() else { return Ok(0) };
        let mut finished = 0;
        for work in self.store.unfinished(BATCH).await? {
            // A young reservation belongs to a request that is still running.
            if matches!(work, Unfinished::Reservation { since, .. } if since >= older_than) {
                continue;
            }
            match self.finish(&caller, &work).await {
                Ok(()) => finished += 1,
                Err(error) => tracing::warn!(?work, %error, "unfinished work is left for later"),
            }
        }
        Ok(finished)
    }

    async fn finish(&self, caller: &Caller, work: &Unfinished) -> Result<(), Error> {
        match work {
            Unfinished::Reservation { domain, client, creates_client, .. } => {
                self.undo_reservation(caller, domain, client, *creates_client).await
            }
            Unfinished::Links { domain, client } => match self.converge(caller, domain, client).await {
                // Gone meanwhile: nothing is left to do.
                Err(Error::NotFound) => Ok(()),
                other => other,
            },
        }
    }
}
