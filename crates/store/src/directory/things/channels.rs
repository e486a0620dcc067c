//! Channels, as the embedded platform keeps them.

use super::{
    ListArgs, bad_id, connection_types, fold, is_enabled, list_statements, status, tags_from_json,
    tags_to_json, updated,
};
use crate::{
    SqlStore,
    db::{Row, Tx, args, statements},
    directory::events::emit,
};
use async_trait::async_trait;
use onramp_core::{
    model::{
        ChannelChange, ChannelId, DomainId, ObjectQuery, Page, PlatformChannel, PlatformEvent, Status,
        Timestamp, UserId,
    },
    port::{StoreError, directory::things::ChannelDirectory},
};

statements! {
    INSERT = "INSERT INTO onramp_platform_channels (id, domain_id, name, name_folded, tags, route, metadata,
                  enabled, created_at, changed_at)
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)";
    TAG = "INSERT INTO onramp_channel_tags (channel_id, tag) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    UNTAG = "DELETE FROM onramp_channel_tags WHERE channel_id = $1";
    CHANGE = "UPDATE onramp_platform_channels SET name = coalesce($3, name),
                  name_folded = coalesce($4, name_folded), tags = coalesce($5, tags),
                  metadata = coalesce($6, metadata), changed_at = $7, updated_by = $8
              WHERE domain_id = $1 AND id = $2";
    SWITCH = "UPDATE onramp_platform_channels SET enabled = $3, changed_at = $4, updated_by = $5
              WHERE domain_id = $1 AND id = $2 AND enabled <> $3";
    REMOVE = "DELETE FROM onramp_platform_channels WHERE domain_id = $1 AND id = $2";
    READ = "SELECT id, domain_id, name, tags, route, metadata, enabled, created_at, changed_at, updated_by, NULL
            FROM onramp_platform_channels WHERE domain_id = $1 AND id = $2";
}

/// Place of the metadata among the columns of a list.
const METADATA: usize = 5;

list_statements! {
    columns: "o.id, o.domain_id, o.name, o.tags, o.route, o.metadata, o.enabled, o.created_at, o.changed_at,
              o.updated_by, k.types",
    table: "onramp_platform_channels",
    connections: "k.channel_id = o.id AND k.client_id = $7",
    tags: "onramp_channel_tags t WHERE t.channel_id = o.id",
}

async fn insert_tags(tx: &mut Tx<'_>, id: &ChannelId, tags: &[String]) -> Result<(), StoreError> {
    for tag in tags {
        tx.execute(&TAG, args![id.as_str(), tag]).await?;
    }
    Ok(())
}

fn channel(row: &Row<'_>) -> Result<PlatformChannel, StoreError> {
    Ok(PlatformChannel {
        id: ChannelId::parse(row.text(0)?).map_err(|_| bad_id())?,
        domain: DomainId::parse(row.text(1)?).map_err(|_| bad_id())?,
        name: row.text(2)?,
        tags: tags_from_json(&row.text(3)?)?,
        route: row.opt_text(4)?,
        metadata: row.opt_text(5)?,
        status: status(row.flag(6)?),
        created_at: Timestamp(row.int(7)?),
        updated: updated(row.int(8)?, row.opt_text(9)?)?,
        connected: connection_types(row.opt_int(10)?)?,
    })
}

async fn read(
    tx: &mut Tx<'_>,
    domain: &DomainId,
    id: &ChannelId,
) -> Result<Option<PlatformChannel>, StoreError> {
    tx.row(&READ, args![domain.as_str(), id.as_str()], channel).await
}

#[async_trait]
impl ChannelDirectory for SqlStore {
    async fn create_channels(&self, channels: Vec<PlatformChannel>) -> Result<(), StoreError> {
        self.db
            .write("create_channels", move |tx| {
                Box::pin(async move {
                    for new in &channels {
                        let (folded, tags) = (fold(&new.name), tags_to_json(&new.tags));
                        let args = args![
                            new.id.as_str(),
                            new.domain.as_str(),
                            &new.name,
                            &folded,
                            &tags,
                            new.route.as_ref(),
                            new.metadata.as_ref(),
                            is_enabled(new.status),
                            new.created_at.0,
                        ];
                        tx.execute(&INSERT, args).await?;
                        insert_tags(tx, &new.id, &new.tags).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    async fn channel(
        &self,
        domain: &DomainId,
        id: &ChannelId,
    ) -> Result<Option<PlatformChannel>, StoreError> {
        let mut found = None;
        self.db
            .point("channel", &READ, args![domain.as_str(), id.as_str()], |row| {
                found = Some(channel(row)?);
                Ok(())
            })
            .await?;
        Ok(found)
    }

    async fn channels(
        &self,
        domain: &DomainId,
        query: ObjectQuery,
    ) -> Result<Page<PlatformChannel>, StoreError> {
        let sql = list::page(query.order, query.direction);
        let query = ListArgs::new(domain.as_str(), query);
        self.db
            .read("channels", move |tx| {
                Box::pin(async move { query.page(tx, (list::count(), sql), METADATA, channel).await })
            })
            .await
    }

    async fn change_channel(
        &self,
        domain: &DomainId,
        id: &ChannelId,
        change: ChannelChange,
        by: &UserId,
        at: Timestamp,
    ) -> Result<PlatformChannel, StoreError> {
        let (domain, id, by) = (domain.clone(), id.clone(), by.clone());
        self.db
            .write("change_channel", move |tx| {
                Box::pin(async move {
                    let folded = change.name.as_deref().map(fold);
                    let tags = change.tags.as_deref().map(tags_to_json);
                    let args = args![
                        domain.as_str(),
                        id.as_str(),
                        change.name.as_ref(),
                        folded.as_ref(),
                        tags.as_ref(),
                        change.metadata.as_ref(),
                        at.0,
                        by.as_str(),
                    ];
                    if tx.execute(&CHANGE, args).await? == 0 {
                        return Err(StoreError::NotFound);
                    }
                    if let Some(tags) = &change.tags {
                        tx.execute(&UNTAG, args![id.as_str()]).await?;
                        insert_tags(tx, &id, tags).await?;
                    }
                    if change.name.is_some() || change.metadata.is_some() {
                        let (domain, channel) = (domain.clone(), id.clone());
                        emit(tx, &PlatformEvent::ChannelChanged { domain, channel }).await?;
                    }
                    read(tx, &domain, &id).await?.ok_or(StoreError::NotFound)
                })
            })
            .await
    }

    async fn set_channel_status(
        &self,
        domain: &DomainId,
        id: &ChannelId,
        status: Status,
        by: &UserId,
        at: Timestamp,
    ) -> Result<Option<PlatformChannel>, StoreError> {
        let (domain, id, by) = (domain.clone(), id.clone(), by.clone());
        self.db
            .write("set_channel_status", move |tx| {
                Box::pin(async move {
                    let args = args![domain.as_str(), id.as_str(), is_enabled(status), at.0, by.as_str()];
                    let switched = tx.execute(&SWITCH, args).await? == 1;
                    let now = read(tx, &domain, &id).await?.ok_or(StoreError::NotFound)?;
                    Ok(switched.then_some(now))
                })
            })
            .await
    }

    async fn remove_channel(&self, domain: &DomainId, id: &ChannelId) -> Result<(), StoreError> {
        let (domain, id) = (domain.clone(), id.clone());
        self.db
            .write("remove_channel", move |tx| {
                Box::pin(async move {
                    if tx.execute(&REMOVE, args![domain.as_str(), id.as_str()]).await? == 0 {
                        return Err(StoreError::NotFound);
                    }
                    emit(tx, &PlatformEvent::ChannelRemoved { domain, channel: id }).await
                })
            })
            .await
    }
}
