//! Configs (`contract/http-api.md` sections 5 to 9).

use crate::Time;
use serde::de::{MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Body of `POST /{domain}/clients/configs`.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct CreateConfig {
    /// What the device calls itself: serial number, MAC address. 1 to 1024 bytes, unique in the domain.
    #[schema(example = "09:6:0:sb:sa")]
    pub external_id: String,
    /// What the device proves itself with. 1 to 1024 bytes.
    pub external_key: String,
    /// An existing client; empty or absent: a client is created.
    pub client_id: Option<String>,
    /// Channels, in the order in which the device shall get them. At most 1,000.
    pub channels: Option<Vec<ChannelRef>>,
    /// Configuration of your own, delivered verbatim. At most 512 KiB.
    pub content: Option<String>,
    /// Label, unique in the domain. At most 1024 bytes.
    pub name: Option<String>,
    /// Client certificate, PEM (chains too) or base64 DER.
    pub client_cert: Option<String>,
    /// Its private key, PEM or base64 DER.
    pub client_key: Option<String>,
    /// Certificate of the trusted authority, PEM or base64 DER.
    pub ca_cert: Option<String>,
}

/// A channel in a request: its id, or an object with an `id`, as answers have it.
#[derive(Serialize, Clone, ToSchema)]
#[serde(untagged)]
pub enum ChannelRef {
    /// Just the id.
    Id(String),
    /// An object; only its `id` counts.
    Object {
        /// The id.
        id: String,
    },
}

impl ChannelRef {
    /// The channel's id.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            ChannelRef::Id(id) | ChannelRef::Object { id } => id,
        }
    }

    /// The channel's id, taken out.
    #[must_use]
    pub fn into_id(self) -> String {
        match self {
            ChannelRef::Id(id) | ChannelRef::Object { id } => id,
        }
    }
}

/// Written by hand so that a wrong element is told what was expected of it.
impl<'de> Deserialize<'de> for ChannelRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = ChannelRef;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a channel id, or an object with an `id`")
            }

            fn visit_str<E: serde::de::Error>(self, id: &str) -> Result<ChannelRef, E> {
                Ok(ChannelRef::Id(id.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ChannelRef, A::Error> {
                #[derive(Deserialize)]
                struct Object {
                    id: String,
                }
                let object = Object::deserialize(MapAccessDeserializer::new(map))?;
                Ok(ChannelRef::Object { id: object.id })
            }
        }

        deserializer.deserialize_any(Either)
    }
}

/// Body of `PUT /{domain}/clients/configs/{client}`: a full replacement, absence clears.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct UpdateConfig {
    /// Label.
    pub name: Option<String>,
    /// Configuration of your own.
    pub content: Option<String>,
}

/// Body of `PATCH /{domain}/clients/configs/{client}`: absence leaves things as they are.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct PatchConfig {
    /// A new external key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_key: Option<String>,
    /// A new label; `""` clears it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A new configuration of your own; `""` clears it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

/// Body of `PATCH /{domain}/clients/configs/certs/{client}`: a full replacement, absence clears.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct UpdateCerts {
    /// Client certificate, PEM (chains too) or base64 DER.
    pub client_cert: Option<String>,
    /// Its private key, PEM or base64 DER.
    pub client_key: Option<String>,
    /// Certificate of the trusted authority, PEM or base64 DER.
    pub ca_cert: Option<String>,
}

/// Answer to [`UpdateCerts`]: what that request sent, nothing else.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
pub struct Certs {
    /// Id of the config and its client.
    pub client_id: String,
    /// Trusted authority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_cert: Option<String>,
    /// Client certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_cert: Option<String>,
    /// Private key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_key: Option<String>,
}

/// Body of `PUT /{domain}/clients/configs/connections/{client}`: the whole list; empty or absent clears.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct UpdateConnections {
    /// Channels, in the order in which the device shall get them.
    pub channels: Option<Vec<ChannelRef>>,
}

/// Body of `PUT /{domain}/clients/state/{client}`.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct ChangeState {
    /// 1 connects the client to its channels, 0 disconnects it; absent means 0.
    #[schema(minimum = 0, maximum = 1)]
    pub state: Option<i64>,
}

/// A config, as view and list show it.
#[derive(Serialize, Deserialize, Clone, ToSchema)]
pub struct ConfigView {
    /// Id of the config and its client.
    pub client_id: String,
    /// The client's secret; only for callers who may update the config.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// Channels in the operator's order.
    #[serde(default)]
    pub channels: Vec<ChannelView>,
    /// What the device calls itself.
    pub external_id: String,
    /// What the device proves itself with; only for callers who may update the config.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_key: Option<String>,
    /// Configuration of your own; only for callers who may update the config.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Label.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The wish: 1 connected, 0 disconnected.
    pub state: i64,
    /// Whether the device may bootstrap: `enabled` or `disabled`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub status: String,
    /// The fact: `connected`, `disconnected`, `pending` or `failed`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub connection_status: String,
    /// Why connecting or disconnecting failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection_error: Option<String>,
    /// Client certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_cert: Option<String>,
    /// Trusted authority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_cert: Option<String>,
    /// When it was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Time>,
    /// When an operator last changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Time>,
    /// What its device did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bootstrap: Option<Seen>,
}

/// A channel, as answers show it.
#[derive(Serialize, Deserialize, Clone, ToSchema)]
pub struct ChannelView {
    /// Its id.
    pub id: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Its metadata.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
}

/// What a device did, as far as the last second is written down.
#[derive(Serialize, Deserialize, Clone, ToSchema)]
pub struct Seen {
    /// Last successful bootstrap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Time>,
    /// Successful bootstraps.
    pub count: u64,
    /// Last refused attempt with this external id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_refused: Option<Time>,
    /// Refused attempts.
    pub refused: u64,
    /// Why the last one was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_reason: Option<String>,
}

/// A page of configs.
#[derive(Serialize, Deserialize, Clone, ToSchema)]
pub struct ConfigPage {
    /// Configs that match the filter.
    pub total: u64,
    /// Rows skipped.
    pub offset: u64,
    /// Largest number of rows asked for.
    pub limit: u64,
    /// The rows.
    pub configs: Vec<ConfigView>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_ids_or_objects_with_an_id() {
        let body: UpdateConnections =
            serde_json::from_str(r#"{"channels":["a",{"id":"b","name":"x","metadata":null}]}"#).unwrap();
        let ids: Vec<String> =
            body.channels.unwrap_or_default().into_iter().map(ChannelRef::into_id).collect();
        assert_eq!(ids, ["a", "b"]);
        for bad in ["7", "null", "[\"a\"]", "{}", r#"{"id":1}"#] {
            assert!(serde_json::from_str::<ChannelRef>(bad).is_err(), "{bad}");
        }
    }
}
