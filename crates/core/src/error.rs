//! Why an operator's request was not carried out. What the operator sees is decided in `onramp-http`.

use crate::port::{PlatformError, StoreError, store::Conflict};

/// The outcome of an operator's flow that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The token was not accepted.
    #[error("not authenticated")]
    Unauthenticated,
    /// The caller may not do this, or is a stranger to the domain.
    #[error("not permitted")]
    Forbidden,
    /// No such config or domain, as far as the caller may know.
    #[error("not found")]
    NotFound,
    /// Something of the kind exists already.
    #[error("conflict: {0:?}")]
    Conflict(Conflict),
    /// A field of the request is wrong: which, and a sentence about what was expected.
    #[error("{field}: {message}")]
    Invalid {
        /// Name of the field on the wire.
        field: &'static str,
        /// What is wrong with it, continuing the sentence "`field` …".
        message: String,
    },
    /// `external_id` is missing.
    #[error("external id missing")]
    MissingExternalId,
    /// `external_key` is missing.
    #[error("external key missing")]
    MissingExternalKey,
    /// The state is neither 0 nor 1.
    #[error("invalid state")]
    InvalidState,
    /// A channel that the caller cannot read, or that does not exist in the domain.
    #[error("unknown channel {0}")]
    UnknownChannel(String),
    /// A client that the caller cannot read, or that does not exist in the domain.
    #[error("unknown client {0}")]
    UnknownClient(String),
    /// The platform refused for good, with a sentence that the caller may read.
    #[error("rejected by the platform: {0}")]
    Rejected(String),
    /// Not now. The text is for the log.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// Something is wrong inside. The text is for the log.
    #[error("internal error: {0}")]
    Internal(String),
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(which) => Error::Conflict(which),
            StoreError::NotFound => Error::NotFound,
            StoreError::Unavailable(context) => Error::Unavailable(context),
            StoreError::Corrupt(context) => Error::Internal(context),
        }
    }
}

impl From<PlatformError> for Error {
    fn from(error: PlatformError) -> Self {
        match error {
            PlatformError::Unauthorized => Error::Unauthenticated,
            PlatformError::Forbidden => Error::Forbidden,
            PlatformError::NotFound => Error::NotFound,
            PlatformError::Conflict => Error::Conflict(Conflict::Id),
            PlatformError::Rejected(message) => Error::Rejected(message),
            PlatformError::Unavailable(context) => Error::Unavailable(context),
        }
    }
}
