//! What the service itself owns: configs, their channels, and what is still to be done for them.

use crate::model::{
    Certificates, Channel, ChannelId, ClientId, Config, DomainId, Enrolment, ExternalId, NewConfig, Page,
    PageRequest, Secret, State, Status, Timestamp,
};
use async_trait::async_trait;

/// Why the store did not do what it was asked. The texts are for the log, never for a caller.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique index spoke.
    #[error("conflict: {0:?}")]
    Conflict(Conflict),
    /// No such row.
    #[error("no such row")]
    NotFound,
    /// Later, perhaps: the database is busy, full, gone.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    /// Never: a row that cannot be opened or does not make sense.
    #[error("stored data is damaged: {0}")]
    Corrupt(String),
}

/// Which uniqueness was violated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// External id in the domain, or id and key together in any domain.
    ExternalId,
    /// Name in the domain.
    Name,
    /// The client has a config already.
    Client,
    /// The same `Idempotency-Key` with a different request.
    IdempotencyKey,
    /// A user's name.
    Username,
    /// A user's e-mail address.
    Email,
    /// A domain's or channel's route.
    Route,
    /// An id that the caller chose.
    Id,
    /// A client's secret within its domain.
    ClientSecret,
}

/// Everything the service stores. The parts are what the flows take.
pub trait Store: DeviceStore + ConfigStore + LinkStore + EffectStore {}

impl<T: DeviceStore + ConfigStore + LinkStore + EffectStore> Store for T {}

/// All that a device's request can reach.
#[async_trait]
pub trait DeviceStore: Send + Sync {
    /// Finds the config that a device proves to own: one probe by the credential tag, then a comparison of
    /// the opened key in constant time. An unknown id, a wrong key and a foreign id all give `None`, at the
    /// same cost.
    async fn recognise(&self, id: &ExternalId, key: &[u8]) -> Result<Option<Enrolment>, StoreError>;

    /// Who holds this external id, over all domains. Never on a device's path: for the log and the operator.
    async fn holders(&self, id: &ExternalId) -> Result<Vec<Holder>, StoreError>;

    /// Adds up what devices did since the last call.
    async fn record(&self, attempts: Vec<Attempts>) -> Result<(), StoreError>;
}

/// A config that holds an external id, without its secrets.
#[derive(Debug, Clone)]
pub struct Holder {
    /// Its domain.
    pub domain: DomainId,
    /// Its id.
    pub client: ClientId,
    /// The operator's switch.
    pub status: Status,
    /// The client's status on the platform.
    pub client_enabled: bool,
    /// The domain's status on the platform.
    pub domain_enabled: bool,
}

/// What one device did in a short time.
#[derive(Debug, Clone)]
pub struct Attempts {
    /// Its config.
    pub client: ClientId,
    /// Successful bootstraps.
    pub served: u64,
    /// Refused attempts.
    pub refused: u64,
    /// When the last of them happened.
    pub last: Timestamp,
    /// Why the last refused one was refused.
    pub reason: Option<String>,
}

/// Configs, as operators handle them. Another domain's ids give `NotFound` or `None`.
#[async_trait]
pub trait ConfigStore: Send + Sync {
    /// Saves a config that no device and no list sees yet. The indexes decide about conflicts.
    async fn reserve(&self, new: &NewConfig) -> Result<Reservation, StoreError>;

    /// Makes a reserved config real, with what the platform said about its client. What an event said since
    /// the reservation is newer and stays. One that is complete already is left alone; that is no error.
    async fn complete(
        &self,
        domain: &DomainId,
        client: &ClientId,
        secret: &Secret,
        client_enabled: bool,
    ) -> Result<(), StoreError>;

    /// Forgets a reserved config. One that is complete, or not there, is left alone.
    async fn release(&self, domain: &DomainId, client: &ClientId) -> Result<(), StoreError>;

    /// Reads one config.
    async fn config(&self, domain: &DomainId, client: &ClientId) -> Result<Option<Config>, StoreError>;

    /// Is there such a config?
    async fn exists(&self, domain: &DomainId, client: &ClientId) -> Result<bool, StoreError>;

    /// Lists configs in ascending order of their client ids; total and page are one snapshot.
    async fn configs(
        &self,
        domain: &DomainId,
        filter: &ConfigFilter,
        page: PageRequest,
    ) -> Result<Page<Config>, StoreError>;

    /// Changes a config; fields that are `None` stay.
    async fn change(
        &self,
        domain: &DomainId,
        client: &ClientId,
        change: &ConfigChange,
        at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Replaces the list of channels. What has to be connected or disconnected for it becomes due.
    async fn set_channels(
        &self,
        domain: &DomainId,
        client: &ClientId,
        channels: &[Channel],
        at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Sets the wish. What has to be connected or disconnected for it becomes due.
    async fn set_state(
        &self,
        domain: &DomainId,
        client: &ClientId,
        state: State,
        at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Takes a config away: from now on it is in no list, its device is refused, and its external id, name
    /// and key are free. The row stays until its channels are disconnected. `false` when there is none.
    async fn remove(&self, domain: &DomainId, client: &ClientId) -> Result<bool, StoreError>;
}

/// What became of a wish to create a config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reservation {
    /// Reserved under the given client id.
    Fresh,
    /// The same caller's identical request was interrupted; go on with its client id.
    TakenOver(ClientId),
    /// The same `Idempotency-Key` with the same request was answered before.
    Answered(ClientId),
}

/// Conditions on a list; all of them must hold.
#[derive(Debug, Clone, Default)]
pub struct ConfigFilter {
    /// Exact state.
    pub state: Option<State>,
    /// Exact status.
    pub status: Option<Status>,
    /// Exact external id.
    pub external_id: Option<String>,
    /// Exact client id.
    pub client: Option<String>,
    /// Part of the name, any case, `%` and `_` literal.
    pub name: Option<String>,
}

/// New values for a config.
#[derive(Debug, Clone, Default)]
pub struct ConfigChange {
    /// Label; `""` clears it.
    pub name: Option<String>,
    /// The operator's own configuration.
    pub content: Option<Secret>,
    /// What the device proves itself with.
    pub external_key: Option<Secret>,
    /// All three certificates at once.
    pub certificates: Option<Certificates>,
    /// The switch.
    pub status: Option<Status>,
}

/// What is connected, what should be, and what was interrupted.
#[async_trait]
pub trait LinkStore: Send + Sync {
    /// The channels that matter for a config, listed or still to be disconnected. `None`: no such config.
    async fn links(&self, domain: &DomainId, client: &ClientId) -> Result<Option<Links>, StoreError>;

    /// Writes down what was carried out. Facts are always recorded; `Settled` when they match the wish of
    /// this moment (a removed config with nothing left to disconnect disappears), `Due` when they don't.
    /// A config that is gone already is settled, unless something was connected for it: then `NotFound`.
    async fn record_links(
        &self,
        domain: &DomainId,
        client: &ClientId,
        outcome: &LinkOutcome,
    ) -> Result<Settlement, StoreError>;

    /// Work that was interrupted or failed, at most `limit` of it: what failed less often first, then what is
    /// older, so that nothing waits behind what fails for ever.
    async fn unfinished(&self, limit: u64) -> Result<Vec<Unfinished>, StoreError>;
}

/// One config's channels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links {
    /// Each channel once.
    pub channels: Vec<Link>,
}

/// One channel of one config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The channel.
    pub channel: ChannelId,
    /// Should the client be connected to it? (The state is 1, the channel is listed, the config not removed.)
    pub wanted: bool,
    /// Is it, as far as is known? A connect that was due, and may have happened unseen, counts as done when
    /// the channel is no longer wanted, and as not done when it is.
    pub connected: bool,
}

/// What an attempt to carry out a wish did.
#[derive(Debug, Clone, Default)]
pub struct LinkOutcome {
    /// Channels that are connected now.
    pub connected: Vec<ChannelId>,
    /// Channels that are disconnected now.
    pub disconnected: Vec<ChannelId>,
    /// Why the attempt stopped early, a sentence an operator may read.
    pub error: Option<String>,
}

/// Is there more to do?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// Facts and wish agree.
    Settled,
    /// They don't: the wish changed meanwhile, or the attempt failed.
    Due,
}

/// Something a crash, or an unreachable platform, interrupted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfinished {
    /// A create that reserved a config and never completed it.
    Reservation {
        /// Its domain.
        domain: DomainId,
        /// Its client id.
        client: ClientId,
        /// Whether the client was made for it.
        creates_client: bool,
        /// When it was asked for.
        since: Timestamp,
    },
    /// Channels to connect or disconnect.
    Links {
        /// Its domain.
        domain: DomainId,
        /// Its client id.
        client: ClientId,
    },
}

/// What the platform's events change. Each is idempotent and one transaction together with the removal of
/// the event from the list of unhandled ones.
#[async_trait]
pub trait EffectStore: Send + Sync {
    /// Applies an effect, and forgets the event with this number (if it came from our own platform).
    async fn apply(&self, effect: &Effect, event: Option<EventNumber>) -> Result<(), StoreError>;
}

/// Number of an event in the embedded platform's list of unhandled ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventNumber(pub i64);

/// What an event means for the configs, after whatever changed was read again.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Nothing here is concerned.
    None,
    /// New secret or status of a client.
    Client {
        /// Domain.
        domain: DomainId,
        /// Client.
        client: ClientId,
        /// Its secret now.
        secret: Secret,
        /// Its status now.
        enabled: bool,
    },
    /// The client is gone: its config goes too.
    ClientGone {
        /// Domain.
        domain: DomainId,
        /// Client.
        client: ClientId,
    },
    /// New name or metadata of a channel.
    Channel {
        /// Domain.
        domain: DomainId,
        /// The channel now.
        channel: Channel,
    },
    /// The channel is gone from every list.
    ChannelGone {
        /// Domain.
        domain: DomainId,
        /// Channel.
        channel: ChannelId,
    },
    /// New status of a domain.
    Domain {
        /// Domain.
        domain: DomainId,
        /// May its devices be served?
        enabled: bool,
    },
    /// What a client is connected to now, for publish and subscribe.
    Connections {
        /// Domain.
        domain: DomainId,
        /// Client.
        client: ClientId,
        /// Its channels.
        channels: Vec<ChannelId>,
    },
}
