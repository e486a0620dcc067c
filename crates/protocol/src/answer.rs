//! What a device receives: the JSON object of `contract/http-api.md` section 10.1.

use alloc::{boxed::Box, string::String, vec::Vec};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The answer to a bootstrap request. Fields are written in this order.
///
/// It carries the device's secrets, so it has no `Debug`.
#[derive(Serialize, Deserialize, Clone)]
pub struct Answer {
    /// Id of the device's client on the platform.
    pub client_id: String,
    /// That client's secret.
    pub client_secret: String,
    /// The channels, in the order in which the operator gave them; `[]` when there are none.
    #[serde(default)]
    pub channels: Vec<AnswerChannel>,
    /// The operator's own configuration, verbatim; `""` when there is none.
    #[serde(default)]
    pub content: String,
    /// Client certificate, as the operator gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_cert: Option<String>,
    /// TLS private key. The specification's sample calls the client's secret by this name, so a config that
    /// stores neither a certificate nor a private key carries the secret here as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_key: Option<String>,
    /// Certificate of the authority that the device shall trust.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_cert: Option<String>,
}

/// One channel of an [`Answer`].
#[derive(Serialize, Deserialize, Clone, Debug)]
pub struct AnswerChannel {
    /// Channel id.
    pub id: String,
    /// Channel name; left out when it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Channel metadata, a JSON object as the platform wrote it; left out when it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Box<RawValue>>,
}
