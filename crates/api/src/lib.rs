//! The JSON of the operator's routes: one definition for server, command line and OpenAPI.
//!
//! Field names are exact. Requests ignore unknown fields; the published Go SDK always sends whole objects.
//! Secrets are plain strings here because this crate is the wire; nothing of it has `Debug`.

pub mod configs;
pub mod duration;
pub mod health;
pub mod platform;
pub mod time;

pub use configs::*;
pub use health::{Health, Ready};
pub use time::Time;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Every error answer.
#[derive(Serialize, Deserialize, Clone, ToSchema)]
pub struct ErrorBody {
    /// What went wrong, in words that the caller may read.
    pub message: String,
}
