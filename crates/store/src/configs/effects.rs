//! What the platform's events change. They bring facts; the operator's wish and switch they leave alone.

use super::{channels, rows::Places};
use crate::{
    SqlStore,
    db::{Tx, args, statements},
    seal::Vault,
};
use async_trait::async_trait;
use onramp_core::{
    model::ChannelId,
    port::{
        StoreError,
        store::{Effect, EffectStore, EventNumber},
    },
};

statements! {
    FORGET_EVENT = "DELETE FROM onramp_platform_events WHERE number = $1";
    CLIENT = "UPDATE onramp_configs SET client_secret = $3, client_enabled = $4
        WHERE client_id = $1 AND domain_id = $2 AND phase <> 2";
    CLIENT_GONE = "DELETE FROM onramp_configs WHERE client_id = $1 AND domain_id = $2";
    CHANNEL = "UPDATE onramp_channels SET name = $3, metadata = $4 WHERE domain_id = $1 AND channel_id = $2";
    DUE_WITH_CHANNEL = "SELECT k.client_id FROM onramp_config_channels k WHERE k.channel_id = $2
        AND (SELECT c.domain_id FROM onramp_configs c WHERE c.client_id = k.client_id
            AND (c.links_due = 1 OR c.phase = 2)) = $1";
    CHANNEL_GONE = "DELETE FROM onramp_config_channels WHERE channel_id = $2
        AND (SELECT c.domain_id FROM onramp_configs c
            WHERE c.client_id = onramp_config_channels.client_id) = $1";
    FORGET_CHANNEL = "DELETE FROM onramp_channels WHERE domain_id = $1 AND channel_id = $2";
    DOMAIN_OFF = "INSERT INTO onramp_domains_off (domain_id) VALUES ($1) ON CONFLICT (domain_id) DO NOTHING";
    DOMAIN_ON = "DELETE FROM onramp_domains_off WHERE domain_id = $1";
    HOLD = "UPDATE onramp_configs SET links_due = links_due WHERE client_id = $1 AND domain_id = $2";
    FACTS = "SELECT channel_id, connected FROM onramp_config_channels WHERE client_id = $1";
    SET_FACT = "UPDATE onramp_config_channels SET connected = $3 WHERE client_id = $1 AND channel_id = $2";
}

#[async_trait]
impl EffectStore for SqlStore {
    async fn apply(&self, effect: &Effect, event: Option<EventNumber>) -> Result<(), StoreError> {
        if matches!((effect, event), (Effect::None, None)) {
            return Ok(());
        }
        let (effect, vault) = (effect.clone(), self.vault.clone());
        self.db
            .write("apply", move |tx| {
                Box::pin(async move {
                    apply(tx, &vault, &effect).await?;
                    if let Some(EventNumber(number)) = event {
                        tx.execute(&FORGET_EVENT, args![number]).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}

async fn apply(tx: &mut Tx<'_>, vault: &Vault, effect: &Effect) -> Result<(), StoreError> {
    match effect {
        Effect::None => {}
        Effect::Client { domain, client, secret, enabled } => {
            let (domain, client) = (domain.as_str(), client.as_str());
            let sealed = vault.seal_text(Places { domain, client }.client_secret(), secret);
            tx.execute(&CLIENT, args![client, domain, &sealed, *enabled]).await?;
        }
        Effect::ClientGone { domain, client } => {
            let listed = channels::listed(tx, client.as_str()).await?;
            if tx.execute(&CLIENT_GONE, args![client.as_str(), domain.as_str()]).await? == 1 {
                channels::forget_unused(tx, domain.as_str(), &listed).await?;
            }
        }
        Effect::Channel { domain, channel } => {
            let metadata = channel.metadata.as_deref();
            tx.execute(&CHANNEL, args![domain.as_str(), channel.id.as_str(), &channel.name, metadata])
                .await?;
        }
        Effect::ChannelGone { domain, channel } => {
            channel_gone(tx, domain.as_str(), channel.as_str()).await?;
        }
        Effect::Domain { domain, enabled } => {
            let statement = if *enabled { &DOMAIN_ON } else { &DOMAIN_OFF };
            tx.execute(statement, args![domain.as_str()]).await?;
        }
        Effect::Connections { domain, client, channels } => {
            connections(tx, domain.as_str(), client.as_str(), channels).await?;
        }
    }
    Ok(())
}

async fn channel_gone(tx: &mut Tx<'_>, domain: &str, channel: &str) -> Result<(), StoreError> {
    let due = tx.rows(&DUE_WITH_CHANNEL, args![domain, channel], |row| row.text(0)).await?;
    tx.execute(&CHANNEL_GONE, args![domain, channel]).await?;
    tx.execute(&FORGET_CHANNEL, args![domain, channel]).await?;
    for client in &due {
        channels::settle(tx, client).await?;
    }
    Ok(())
}

async fn connections(
    tx: &mut Tx<'_>,
    domain: &str,
    client: &str,
    connected: &[ChannelId],
) -> Result<(), StoreError> {
    if tx.execute(&HOLD, args![client, domain]).await? == 0 {
        return Ok(());
    }
    let facts = tx.rows(&FACTS, args![client], |row| Ok((row.text(0)?, row.int(1)?))).await?;
    for (channel, before) in &facts {
        let now = match (connected.iter().any(|id| id.as_str() == channel), before) {
            (true, _) => 1,
            // The connect that is under way may come later than this look at the platform.
            (false, 2) => 2,
            (false, _) => 0,
        };
        if now != *before {
            tx.execute(&SET_FACT, args![client, channel, now]).await?;
        }
    }
    channels::settle(tx, client).await.map(|_| ())
}
