//! An operator creates a config.

use crate::access::Grant;
use crate::error::Error;
use crate::model::ClientId;
use crate::service::Service;

/// What the operator asks for, as it came.
pub struct Enroll {
    /// What the device calls itself.
    pub external_id: String,
    /// What the device proves itself with.
    pub external_key: String,
    /// An existing client; `None` or empty: one is created.
    pub client_id: Option<String>,
    /// Ids of channels, in the order in which the device shall get them.
    pub channels: Vec<String>,
    /// Label, possibly empty.
    pub name: String,
    /// The operator's own configuration, possibly empty.
    pub content: String,
    /// Client certificate.
    pub client_cert: Option<String>,
    /// Its private key.
    pub client_key: Option<String>,
    /// Certificate of the trusted authority.
    pub ca_cert: Option<String>,
    /// `Idempotency-Key` of the request.
    pub idempotency_key: Option<String>,
}

impl Service {
    /// Creates a config, and its client when none is named.
    ///
    /// # Errors
    /// Everything that [`Error`] knows but `NotFound` and `InvalidState`.
    pub async fn create(&self, grant: &Grant, request: Enroll) -> Result<ClientId, Error> {
        let _ = (grant, request);
        todo!()
    }
}
