//! Connects clients to channels.

use crate::access::Grant;
use crate::error::Error;
use crate::service::Service;

impl Service {
    /// Sets the wish, 0 or 1, and carries it out (deed: update).
    ///
    /// # Errors
    /// `InvalidState`, `NotFound`, `Rejected`, `Unavailable`, `Internal`; `Forbidden`.
    pub async fn set_state(&self, grant: &Grant, state: i64) -> Result<(), Error> {
        let _ = (grant, state);
        todo!()
    }

    /// Replaces the list of channels, and connects and disconnects the difference (deed: update).
    ///
    /// # Errors
    /// `Invalid`, `UnknownChannel`, `NotFound`, `Rejected`, `Unavailable`, `Internal`; `Forbidden`.
    pub async fn set_channels(&self, grant: &Grant, channels: Vec<String>) -> Result<(), Error> {
        let _ = (grant, channels);
        todo!()
    }
}
