//! `GET /health` (`contract/http-api.md` section 11).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Liveness, in the reference's order of keys.
#[derive(Serialize, Deserialize, Clone, Debug, ToSchema)]
pub struct Health {
    /// `pass` while the process lives.
    pub status: String,
    /// Version of the program.
    pub version: String,
    /// Commit it was built from.
    pub commit: String,
    /// `bootstrap service`.
    pub description: String,
    /// When it was built.
    pub build_time: String,
    /// This process's instance id.
    pub instance_id: String,
    /// Things an operator should know, such as a published key in use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// Readiness: can devices be served?
#[derive(Serialize, Deserialize, Clone, Debug, ToSchema)]
pub struct Ready {
    /// `pass` or `fail`; depends on the database only.
    pub status: String,
    /// `pass` or `fail` for each part that this process depends on, a platform that is down included.
    pub checks: BTreeMap<String, String>,
}
