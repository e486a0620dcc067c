//! Why the platform's rules refused. What the caller sees of it is decided by the routes.

use onramp_core::port::{PlatformError, StoreError, store::Conflict};

/// The outcome of one of the platform's operations that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A field is wrong; the sentence is for the caller.
    #[error("{0}")]
    Invalid(String),
    /// Unknown user or wrong password: nobody learns which.
    #[error("invalid credentials")]
    Credentials,
    /// The token was not accepted.
    #[error("not authenticated")]
    Unauthenticated,
    /// The caller may not do this, or is a stranger to the domain.
    #[error("not permitted")]
    Forbidden,
    /// No such object for this caller.
    #[error("not found")]
    NotFound,
    /// Such an object exists already.
    #[error("conflict: {0:?}")]
    Conflict(Conflict),
    /// The object has this status already.
    #[error("status already assigned")]
    SameStatus,
    /// Too many passwords are waiting to be checked.
    #[error("too many passwords are waiting to be checked")]
    Busy,
    /// Not now. The text is for the log.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// Something is wrong inside. The text is for the log.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Failure {
    /// A sentence about what is wrong with the request.
    pub fn invalid(sentence: impl Into<String>) -> Self {
        Failure::Invalid(sentence.into())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(which) => Failure::Conflict(which),
            StoreError::NotFound => Failure::NotFound,
            StoreError::Unavailable(context) => Failure::Unavailable(context),
            StoreError::Corrupt(context) => Failure::Internal(context),
        }
    }
}

impl From<PlatformError> for Failure {
    fn from(error: PlatformError) -> Self {
        match error {
            PlatformError::Unauthorized => Failure::Unauthenticated,
            PlatformError::Forbidden => Failure::Forbidden,
            PlatformError::NotFound => Failure::NotFound,
            PlatformError::Conflict => Failure::Conflict(Conflict::Id),
            PlatformError::Rejected(sentence) => Failure::Invalid(sentence),
            PlatformError::Unavailable(context) => Failure::Unavailable(context),
        }
    }
}
