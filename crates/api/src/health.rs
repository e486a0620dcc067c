//! `GET /health` (`contract/http-api.md` section 11).

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
