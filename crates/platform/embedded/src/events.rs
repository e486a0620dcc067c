//! What changed on the platform reaches the configs before whoever changed it is answered.

use crate::{Failure, PlatformApp};
use onramp_core::{error::Error, port::store::EventNumber};

/// Events that are read at once.
const BATCH: u64 = 100;

impl PlatformApp {
    /// Applies what is pending, in the order in which it happened. Effects are what is read again at this
    /// moment, so it does no harm when some were applied before; one caller at a time, so that nobody writes
    /// what they read before somebody else's newer change.
    ///
    /// An event that can never be applied is logged, stays, and holds up nothing.
    ///
    /// # Errors
    /// `Unavailable`: the rest stays pending until the next call.
    pub async fn apply_events(&self) -> Result<(), Failure> {
        let _alone = self.embedded.applying.lock().await;
        let mut after = EventNumber(0);
        loop {
            let batch = self.embedded.directory.pending_events(after, BATCH).await?;
            for (number, event) in &batch {
                match self.service.handle_event(event, Some(*number)).await {
                    Ok(()) => {}
                    Err(Error::Unavailable(context)) => return Err(Failure::Unavailable(context)),
                    Err(error) => tracing::error!(?event, %error, "a platform event was not applied"),
                }
            }
            match batch.last() {
                Some((last, _)) if batch.len() as u64 == BATCH => after = *last,
                _ => return Ok(()),
            }
        }
    }
}
