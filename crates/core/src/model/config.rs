//! A config: one device's enrolment.

use super::{Bytes, Channel, ClientId, DomainId, Secret, Timestamp, UserId};

/// What a device calls itself: serial number, MAC address. Unique within a domain.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExternalId(String);

impl ExternalId {
    /// Longest external id, in bytes.
    pub const MAX_LEN: usize = 1024;

    /// Checks and wraps a text.
    ///
    /// # Errors
    /// A sentence for the operator when the text is empty, too long, or holds control characters.
    pub fn parse(text: impl Into<String>) -> Result<Self, &'static str> {
        let text = text.into();
        match text.len() {
            0 => Err("must not be empty"),
            n if n > Self::MAX_LEN => Err("must be at most 1024 bytes long"),
            _ if text.chars().any(char::is_control) => Err("must not contain control characters"),
            _ => Ok(ExternalId(text)),
        }
    }

    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ExternalId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The operator's wish: shall the client be connected to its channels? (The specification's word; 0 or 1.)
/// It plays no part in whether a device is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// 0: disconnected.
    Inactive,
    /// 1: connected.
    Active,
}

impl State {
    /// 0 or 1.
    #[must_use]
    pub fn as_number(self) -> i64 {
        matches!(self, State::Active).into()
    }

    /// Reads 0 or 1.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(State::Inactive),
            1 => Some(State::Active),
            _ => None,
        }
    }
}

/// The operator's switch: may the device bootstrap?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Served, when its client and its domain are enabled too.
    Enabled,
    /// Refused like a stranger.
    Disabled,
}

impl Status {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Enabled => "enabled",
            Status::Disabled => "disabled",
        }
    }
}

/// What is really connected, a read-only fact beside the wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectionStatus {
    /// Connected to all its channels, for publish and subscribe.
    Connected,
    /// Not connected to all of them.
    Disconnected,
    /// The wish has changed and is being carried out.
    Pending,
    /// Carrying it out failed and will be tried again; the text says why.
    Failed(String),
}

/// Certificates and private key, byte for byte as the operator gave them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Certificates {
    /// Client certificate, PEM (chains too) or base64 DER.
    pub client_cert: Option<String>,
    /// TLS private key, PEM or base64 DER.
    pub client_key: Option<Secret>,
    /// Certificate of the trusted authority, PEM or base64 DER.
    pub ca_cert: Option<String>,
}

/// A config as operators see it.
#[derive(Debug, Clone)]
pub struct Config {
    /// Domain it belongs to.
    pub domain: DomainId,
    /// Its id: the id of its client.
    pub client: ClientId,
    /// What the device calls itself.
    pub external_id: ExternalId,
    /// What the device proves itself with.
    pub external_key: Secret,
    /// The client's secret.
    pub client_secret: Secret,
    /// Label, unique in the domain, possibly empty.
    pub name: String,
    /// The operator's own configuration, verbatim.
    pub content: Secret,
    /// Certificates and private key.
    pub certificates: Certificates,
    /// Channels in the operator's order.
    pub channels: Vec<Channel>,
    /// The wish.
    pub state: State,
    /// The switch.
    pub status: Status,
    /// The fact.
    pub connection: ConnectionStatus,
    /// When it was created.
    pub created_at: Timestamp,
    /// When an operator last changed it.
    pub updated_at: Timestamp,
    /// What its device did.
    pub seen: Seen,
}

/// What is known about a device's requests. Written in groups: a crash may lose the last second.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Last successful bootstrap.
    pub last: Option<Timestamp>,
    /// Successful bootstraps.
    pub count: u64,
    /// Last refused attempt with this config's external id.
    pub last_refused: Option<Timestamp>,
    /// Refused attempts, sampled under load.
    pub refused: u64,
    /// Why the last one was refused.
    pub refused_reason: Option<String>,
}

/// A config that is about to exist: everything but what the platform adds.
#[derive(Debug, Clone)]
pub struct NewConfig {
    /// Domain it shall belong to.
    pub domain: DomainId,
    /// Id of its client: given by the operator, or fresh.
    pub client: ClientId,
    /// True when the client has to be created with this id; false when it exists.
    pub creates_client: bool,
    /// Who asked.
    pub created_by: UserId,
    /// What the device calls itself.
    pub external_id: ExternalId,
    /// What the device proves itself with.
    pub external_key: Secret,
    /// Label, possibly empty.
    pub name: String,
    /// The operator's own configuration.
    pub content: Secret,
    /// Certificates and private key.
    pub certificates: Certificates,
    /// Channels in the operator's order, without duplicates.
    pub channels: Vec<Channel>,
    /// `Idempotency-Key` of the request, if any.
    pub idempotency_key: Option<String>,
    /// Digest of the request, so that an identical one is recognised; a keyed hash when stored.
    pub fingerprint: Bytes,
    /// When it was asked for.
    pub created_at: Timestamp,
}

/// What a device needs, read at once.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// Domain of the config.
    pub domain: DomainId,
    /// Id of the config and its client.
    pub client: ClientId,
    /// The client's secret.
    pub client_secret: Secret,
    /// The operator's own configuration.
    pub content: Secret,
    /// Certificates and private key.
    pub certificates: Certificates,
    /// Channels in the operator's order.
    pub channels: Vec<Channel>,
    /// The operator's switch.
    pub status: Status,
    /// Whether the client is enabled on the platform.
    pub client_enabled: bool,
    /// Whether the domain is enabled on the platform.
    pub domain_enabled: bool,
}
