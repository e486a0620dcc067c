//! What happens on the platform reaches the configs.

use crate::error::Error;
use crate::model::PlatformEvent;
use crate::port::store::EventNumber;
use crate::service::Service;

impl Service {
    /// Reads again what an event says has changed, and applies it. Safe to repeat.
    ///
    /// # Errors
    /// `Unavailable` and whatever the platform refuses: the event has to be handled again later.
    pub async fn handle_event(
        &self,
        event: &PlatformEvent,
        number: Option<EventNumber>,
    ) -> Result<(), Error> {
        let _ = (event, number);
        todo!()
    }
}
