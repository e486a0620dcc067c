//! The channels of a config: the list, the facts, and whether they differ.

use crate::db::{Tx, args, statements};
use onramp_core::{model::Channel, port::StoreError};

statements! {
    LIST = "INSERT INTO onramp_config_channels (client_id, channel_id, position) VALUES ($1, $2, $3)
        ON CONFLICT (client_id, channel_id) DO UPDATE SET position = excluded.position";
    DESCRIBE = "INSERT INTO onramp_channels (domain_id, channel_id, name, metadata) VALUES ($1, $2, $3, $4)
        ON CONFLICT (domain_id, channel_id) DO UPDATE SET name = excluded.name, metadata = excluded.metadata";
    LISTED = "SELECT channel_id FROM onramp_config_channels WHERE client_id = $1 AND position IS NOT NULL";
    UNLIST = "UPDATE onramp_config_channels SET position = NULL WHERE client_id = $1 AND position IS NOT NULL";
    DROP_IDLE = "DELETE FROM onramp_config_channels
        WHERE client_id = $1 AND position IS NULL AND connected = 0";
    // The domain is compared in a scalar subquery, which no planner turns round into a walk over the domain.
    FORGET = "DELETE FROM onramp_channels WHERE domain_id = $1 AND channel_id = $2 AND NOT EXISTS (
        SELECT 1 FROM onramp_config_channels k WHERE k.channel_id = $2 AND k.position IS NOT NULL
            AND (SELECT c.domain_id FROM onramp_configs c WHERE c.client_id = k.client_id) = $1)";
    EXPECT = "UPDATE onramp_config_channels SET connected = 2
        WHERE client_id = $1 AND position IS NOT NULL AND connected = 0";
    COUNT_DUE = "SELECT count(*) FROM onramp_config_channels k
        JOIN onramp_configs c ON c.client_id = k.client_id
        WHERE k.client_id = $1 AND k.connected <>
            CASE WHEN c.phase = 1 AND c.state = 1 AND k.position IS NOT NULL THEN 1 ELSE 0 END";
    WISHED = "UPDATE onramp_configs SET links_due = $2, links_failed = 0, links_error = NULL
        WHERE client_id = $1";
    SETTLED = "UPDATE onramp_configs SET links_due = 0, links_failed = 0, links_error = NULL
        WHERE client_id = $1 AND links_due = 1";
    GONE = "DELETE FROM onramp_configs WHERE client_id = $1 AND phase = 2";
}

/// Puts channels on the list in their order, and keeps what they are called.
pub(super) async fn list(
    tx: &mut Tx<'_>,
    domain: &str,
    client: &str,
    channels: &[Channel],
) -> Result<(), StoreError> {
    for (position, channel) in (0_i64..).zip(channels) {
        let id = channel.id.as_str();
        tx.execute(&LIST, args![client, id, position]).await?;
        tx.execute(&DESCRIBE, args![domain, id, &channel.name, channel.metadata.as_deref()]).await?;
    }
    Ok(())
}

/// The ids on the list.
pub(super) async fn listed(tx: &mut Tx<'_>, client: &str) -> Result<Vec<String>, StoreError> {
    tx.rows(&LISTED, args![client], |row| row.text(0)).await
}

/// Empties the list; what it held is returned. Rows stay until [`drop_idle`].
pub(super) async fn unlist(tx: &mut Tx<'_>, client: &str) -> Result<Vec<String>, StoreError> {
    let channels = listed(tx, client).await?;
    tx.execute(&UNLIST, args![client]).await?;
    Ok(channels)
}

/// Drops what is neither listed nor connected.
pub(super) async fn drop_idle(tx: &mut Tx<'_>, client: &str) -> Result<(), StoreError> {
    tx.execute(&DROP_IDLE, args![client]).await.map(|_| ())
}

/// Forgets what channels are called that no config of the domain lists any more.
pub(super) async fn forget_unused(
    tx: &mut Tx<'_>,
    domain: &str,
    channels: &[String],
) -> Result<(), StoreError> {
    for channel in channels {
        tx.execute(&FORGET, args![domain, channel]).await?;
    }
    Ok(())
}

/// Do facts and wish differ?
pub(super) async fn differ(tx: &mut Tx<'_>, client: &str) -> Result<bool, StoreError> {
    Ok(tx.number(&COUNT_DUE, args![client]).await? != 0)
}

/// The wish of a complete config has changed: what has to be done for it becomes due.
pub(super) async fn wish_changed(tx: &mut Tx<'_>, client: &str, active: bool) -> Result<(), StoreError> {
    if active {
        // From now on a connect may happen at any moment, and a crash may hide that it did. So whoever takes
        // the wish back has to disconnect.
        tx.execute(&EXPECT, args![client]).await?;
    }
    let due = differ(tx, client).await?;
    tx.execute(&WISHED, args![client, due]).await.map(|_| ())
}

/// Facts have changed: if they agree with the wish now, nothing is due any more, and a removed config
/// disappears. `true` when they agree.
pub(super) async fn settle(tx: &mut Tx<'_>, client: &str) -> Result<bool, StoreError> {
    drop_idle(tx, client).await?;
    if differ(tx, client).await? {
        return Ok(false);
    }
    if tx.execute(&GONE, args![client]).await? == 0 {
        tx.execute(&SETTLED, args![client]).await?;
    }
    Ok(true)
}
