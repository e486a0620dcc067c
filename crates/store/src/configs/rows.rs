//! Columns to types and back, and the places where secrets of configs are sealed.

use crate::{
    db::Row,
    seal::{Place, Vault},
};
use onramp_core::{
    model::{
        Certificates, Channel, ChannelId, ClientId, Config, ConnectionStatus, DomainId, ExternalId, Secret,
        Seen, State, Status, Timestamp,
    },
    port::StoreError,
};

/// Reserved: no device and no list sees it.
pub(super) const RESERVED: i64 = 0;
/// Complete.
pub(super) const COMPLETE: i64 = 1;

/// Where the secrets of one config are sealed.
#[derive(Clone, Copy)]
pub(super) struct Places<'a> {
    pub domain: &'a str,
    pub client: &'a str,
}

impl<'a> Places<'a> {
    fn column(self, column: &'a str, extra: &'a str) -> Place<'a> {
        Place { table: "onramp_configs", column, domain: self.domain, id: self.client, extra }
    }

    /// Bound to the external id as well: the two are a pair.
    pub(super) fn external_key(self, external_id: &'a str) -> Place<'a> {
        self.column("external_key", external_id)
    }

    pub(super) fn client_secret(self) -> Place<'a> {
        self.column("client_secret", "")
    }

    pub(super) fn content(self) -> Place<'a> {
        self.column("content", "")
    }

    pub(super) fn client_key(self) -> Place<'a> {
        self.column("client_key", "")
    }
}

/// A stored text that no longer is what it was when it was checked.
fn damaged<E>(what: &'static str) -> impl Fn(E) -> StoreError {
    move |_| StoreError::Corrupt(format!("{what} of a config"))
}

pub(super) fn domain_id(row: &Row<'_>, column: usize) -> Result<DomainId, StoreError> {
    DomainId::parse(row.text(column)?).map_err(damaged("domain id"))
}

pub(super) fn client_id(row: &Row<'_>, column: usize) -> Result<ClientId, StoreError> {
    ClientId::parse(row.text(column)?).map_err(damaged("client id"))
}

pub(super) fn channel_id(text: impl Into<String>) -> Result<ChannelId, StoreError> {
    ChannelId::parse(text).map_err(damaged("channel id"))
}

pub(super) fn status(row: &Row<'_>, column: usize) -> Result<Status, StoreError> {
    Ok(if row.flag(column)? { Status::Enabled } else { Status::Disabled })
}

/// A sealed column that every complete config has.
pub(super) fn secret(
    vault: &Vault,
    place: Place<'_>,
    row: &Row<'_>,
    column: usize,
) -> Result<Secret, StoreError> {
    opt_secret(vault, place, row, column)?.ok_or_else(|| damaged("a missing secret")(()))
}

pub(super) fn opt_secret(
    vault: &Vault,
    place: Place<'_>,
    row: &Row<'_>,
    column: usize,
) -> Result<Option<Secret>, StoreError> {
    row.bytes_ref(column)?.map(|sealed| vault.open_text(place, sealed)).transpose()
}

/// The columns `id`, `name`, `metadata` of a channel from `first` on; `None` where an outer join found none.
pub(super) fn channel(row: &Row<'_>, first: usize) -> Result<Option<Channel>, StoreError> {
    let Some(id) = row.opt_text(first)? else { return Ok(None) };
    Ok(Some(Channel {
        id: channel_id(id)?,
        name: row.opt_text(first + 1)?.unwrap_or_default(),
        metadata: row.opt_text(first + 2)?,
    }))
}

/// What [`ConfigReader`] reads, row by row: the config's columns, repeated for each of its listed channels.
macro_rules! config_columns {
    () => {
        "c.client_id, c.external_id, c.name, c.state, c.enabled, c.links_due, c.links_error, c.created_at, \
         c.updated_at, s.last, s.count, s.last_refused, s.refused, s.refused_reason, c.external_key, \
         c.client_secret, c.content, c.client_cert, c.client_key, c.ca_cert, k.channel_id, n.name, \
         n.metadata, k.connected"
    };
}
pub(super) use config_columns;

/// Puts a config together from its rows.
#[derive(Default)]
pub(super) struct ConfigReader {
    config: Option<Config>,
    due: bool,
    error: Option<String>,
    disconnected: bool,
}

impl ConfigReader {
    pub(super) fn add(&mut self, vault: &Vault, domain: &DomainId, row: &Row<'_>) -> Result<(), StoreError> {
        let config = match &mut self.config {
            Some(config) => config,
            empty => {
                self.due = row.flag(5)?;
                self.error = row.opt_text(6)?;
                empty.insert(config(vault, domain, row)?)
            }
        };
        if let Some(channel) = channel(row, 20)? {
            self.disconnected |= row.int(23)? != 1;
            config.channels.push(channel);
        }
        Ok(())
    }

    /// The config, if there was a row.
    pub(super) fn finish(self) -> Option<Config> {
        let mut config = self.config?;
        config.connection = match (self.due, self.error) {
            (true, Some(error)) => ConnectionStatus::Failed(error),
            (true, None) => ConnectionStatus::Pending,
            (false, _) if config.channels.is_empty() && config.state == State::Inactive => {
                ConnectionStatus::Disconnected
            }
            (false, _) if self.disconnected => ConnectionStatus::Disconnected,
            (false, _) => ConnectionStatus::Connected,
        };
        Some(config)
    }
}

fn config(vault: &Vault, domain: &DomainId, row: &Row<'_>) -> Result<Config, StoreError> {
    let client = client_id(row, 0)?;
    let external_id = ExternalId::parse(row.text(1)?).map_err(damaged("external id"))?;
    let at = Places { domain: domain.as_str(), client: client.as_str() };
    let count = |column| Ok::<_, StoreError>(row.opt_int(column)?.unwrap_or(0).unsigned_abs());
    Ok(Config {
        external_key: secret(vault, at.external_key(external_id.as_str()), row, 14)?,
        client_secret: secret(vault, at.client_secret(), row, 15)?,
        content: secret(vault, at.content(), row, 16)?,
        certificates: Certificates {
            client_cert: row.opt_text(17)?,
            client_key: opt_secret(vault, at.client_key(), row, 18)?,
            ca_cert: row.opt_text(19)?,
        },
        name: row.opt_text(2)?.unwrap_or_default(),
        channels: Vec::new(),
        state: State::from_number(row.int(3)?).ok_or_else(|| damaged("state")(()))?,
        status: status(row, 4)?,
        connection: ConnectionStatus::Disconnected,
        created_at: Timestamp(row.int(7)?),
        updated_at: Timestamp(row.int(8)?),
        seen: Seen {
            last: row.opt_int(9)?.map(Timestamp),
            count: count(10)?,
            last_refused: row.opt_int(11)?.map(Timestamp),
            refused: count(12)?,
            refused_reason: row.opt_text(13)?,
        },
        domain: domain.clone(),
        client,
        external_id,
    })
}

/// Lower case, letter by letter: a part of a name folds to a part of the folded name.
pub(super) fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// How a name is stored: its text and its folded form, nothing for an empty one.
pub(super) fn stored_name(name: &str) -> (Option<&str>, Option<String>) {
    if name.is_empty() { (None, None) } else { (Some(name), Some(fold(name))) }
}
