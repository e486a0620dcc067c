//! Everything in which the engines differ, beside how they are opened: what their errors mean.

use onramp_core::port::{StoreError, store::Conflict};
use rusqlite::ErrorCode;

/// Which index spoke, by the columns that SQLite names in its message.
const UNIQUE: &[(&str, Conflict)] = &[
    ("onramp_configs.tag", Conflict::ExternalId),
    ("onramp_configs.external_id", Conflict::ExternalId),
    ("onramp_configs.name", Conflict::Name),
    ("onramp_configs.client_id", Conflict::Client),
    ("onramp_configs.idempotency_key", Conflict::IdempotencyKey),
    ("onramp_users.username", Conflict::Username),
    ("onramp_users.email", Conflict::Email),
    ("onramp_users.id", Conflict::Id),
    ("onramp_pats.id", Conflict::Id),
    ("onramp_pat_scopes.operation", Conflict::Id),
    ("onramp_domains.route", Conflict::Route),
    ("onramp_domains.id", Conflict::Id),
    ("onramp_clients.secret_tag", Conflict::ClientSecret),
    ("onramp_clients.id", Conflict::Id),
    ("onramp_platform_channels.route", Conflict::Route),
    ("onramp_platform_channels.id", Conflict::Id),
];

/// What an error of SQLite means to the rules. The text goes to the log; it names tables and columns, never
/// values.
pub(crate) fn sqlite_error(error: rusqlite::Error) -> StoreError {
    match &error {
        rusqlite::Error::SqliteFailure(failure, message) => match failure.code {
            ErrorCode::ConstraintViolation => conflict(message.as_deref().unwrap_or_default()),
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::TypeMismatch => {
                StoreError::Corrupt(error.to_string())
            }
            _ => StoreError::Unavailable(error.to_string()),
        },
        rusqlite::Error::QueryReturnedNoRows => StoreError::NotFound,
        _ => StoreError::Corrupt(error.to_string()),
    }
}

/// "UNIQUE constraint failed: onramp_configs.domain_id, onramp_configs.external_id": the last column decides.
fn conflict(message: &str) -> StoreError {
    let last = message.rsplit([',', ':']).next().unwrap_or_default().trim();
    UNIQUE
        .iter()
        .find(|(column, _)| *column == last)
        .map_or_else(|| StoreError::Corrupt(message.to_owned()), |(_, which)| StoreError::Conflict(*which))
}
