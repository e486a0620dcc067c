//! Clients. Their secrets are sealed; a keyed hash of each makes it unique within its domain.

use super::{
    ListArgs, bad_id, connection_types, fold, is_enabled, list_statements, status, tags_from_json,
    tags_to_json, updated,
};
use crate::{
    SqlStore,
    db::{Row, Sql, Tx, args, statements},
    directory::events::emit,
    seal::{Place, Vault},
};
use async_trait::async_trait;
use onramp_core::{
    model::{
        Client, ClientChange, ClientId, DomainId, NewClient, ObjectQuery, Page, PlatformEvent, Secret,
        Status, Timestamp, UserId,
    },
    port::{StoreError, directory::things::ClientDirectory, store::Conflict},
};
use std::sync::Arc;

statements! {
    INSERT = "INSERT INTO onramp_clients (id, domain_id, name, name_folded, tags, identity, secret, secret_tag,
                  metadata, private_metadata, enabled, for_config, created_at, changed_at)
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)";
    ENSURE = "INSERT INTO onramp_clients (id, domain_id, name, name_folded, tags, identity, secret, secret_tag,
                  metadata, private_metadata, enabled, for_config, created_at, changed_at)
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)
              ON CONFLICT (id) DO NOTHING";
    TAG = "INSERT INTO onramp_client_tags (client_id, tag) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    UNTAG = "DELETE FROM onramp_client_tags WHERE client_id = $1";
    CHANGE = "UPDATE onramp_clients SET name = coalesce($3, name), name_folded = coalesce($4, name_folded),
                  tags = coalesce($5, tags), metadata = coalesce($6, metadata),
                  private_metadata = coalesce($7, private_metadata), secret = coalesce($8, secret),
                  secret_tag = coalesce($9, secret_tag), changed_at = $10, updated_by = $11
              WHERE domain_id = $1 AND id = $2";
    SWITCH = "UPDATE onramp_clients SET enabled = $3, changed_at = $4, updated_by = $5
              WHERE domain_id = $1 AND id = $2 AND enabled <> $3";
    REMOVE = "DELETE FROM onramp_clients WHERE domain_id = $1 AND id = $2";
    DISCARD = "DELETE FROM onramp_clients WHERE domain_id = $1 AND id = $2 AND for_config = 1";
    READ = "SELECT id, domain_id, name, tags, identity, secret, metadata, private_metadata, enabled,
                created_at, changed_at, updated_by, NULL
            FROM onramp_clients WHERE domain_id = $1 AND id = $2";
    READ_OWN = "SELECT id, domain_id, name, tags, identity, secret, metadata, private_metadata, enabled,
                    created_at, changed_at, updated_by, NULL
                FROM onramp_clients WHERE domain_id = $1 AND id = $2 AND for_config = 1";
}

/// Place of the metadata among the columns of a list.
const METADATA: usize = 6;

list_statements! {
    columns: "o.id, o.domain_id, o.name, o.tags, o.identity, o.secret, o.metadata, o.private_metadata, o.enabled,
              o.created_at, o.changed_at, o.updated_by, k.types",
    table: "onramp_clients",
    connections: "k.client_id = o.id AND k.channel_id = $7",
    tags: "onramp_client_tags t WHERE t.client_id = o.id",
}

fn secret_place<'a>(domain: &'a str, id: &'a str) -> Place<'a> {
    Place { table: "onramp_clients", column: "secret", domain, id, extra: "" }
}

fn secret_tag(vault: &Vault, domain: &DomainId, secret: &Secret) -> [u8; 32] {
    vault.blind_index("client secret", &[domain.as_str().as_bytes(), secret.expose().as_bytes()])
}

/// A client as its row will be, its secret sealed.
#[derive(Clone)]
struct Sealed {
    client: NewClient,
    secret: Vec<u8>,
    tag: [u8; 32],
}

impl Sealed {
    fn new(vault: &Vault, client: NewClient) -> Self {
        let place = secret_place(client.domain.as_str(), client.id.as_str());
        Sealed {
            secret: vault.seal_text(place, &client.secret),
            tag: secret_tag(vault, &client.domain, &client.secret),
            client,
        }
    }

    async fn insert(&self, tx: &mut Tx<'_>, sql: &'static Sql) -> Result<(), StoreError> {
        let client = &self.client;
        let (folded, tags) = (fold(&client.name), tags_to_json(&client.tags));
        let args = args![
            client.id.as_str(),
            client.domain.as_str(),
            &client.name,
            &folded,
            &tags,
            &client.identity,
            &self.secret,
            &self.tag,
            client.metadata.as_ref(),
            client.private_metadata.as_ref(),
            is_enabled(client.status),
            client.for_config,
            client.created_at.0,
        ];
        if tx.execute(sql, args).await? == 1 {
            insert_tags(tx, &client.id, &client.tags).await?;
        }
        Ok(())
    }
}

async fn insert_tags(tx: &mut Tx<'_>, id: &ClientId, tags: &[String]) -> Result<(), StoreError> {
    for tag in tags {
        tx.execute(&TAG, args![id.as_str(), tag]).await?;
    }
    Ok(())
}

fn client(vault: &Vault, row: &Row<'_>) -> Result<Client, StoreError> {
    let (id, domain) = (row.text(0)?, row.text(1)?);
    let sealed = row.bytes_ref(5)?.unwrap_or_default();
    Ok(Client {
        secret: vault.open_text(secret_place(&domain, &id), sealed)?,
        id: ClientId::parse(id).map_err(|_| bad_id())?,
        domain: DomainId::parse(domain).map_err(|_| bad_id())?,
        name: row.text(2)?,
        tags: tags_from_json(&row.text(3)?)?,
        identity: row.text(4)?,
        metadata: row.opt_text(6)?,
        private_metadata: row.opt_text(7)?,
        status: status(row.flag(8)?),
        created_at: Timestamp(row.int(9)?),
        updated: updated(row.int(10)?, row.opt_text(11)?)?,
        connected: connection_types(row.opt_int(12)?)?,
    })
}

async fn read(
    tx: &mut Tx<'_>,
    vault: &Vault,
    sql: &'static Sql,
    domain: &DomainId,
    id: &ClientId,
) -> Result<Option<Client>, StoreError> {
    tx.row(sql, args![domain.as_str(), id.as_str()], |row| client(vault, row)).await
}

#[async_trait]
impl ClientDirectory for SqlStore {
    async fn create_clients(&self, clients: Vec<NewClient>) -> Result<(), StoreError> {
        let sealed: Vec<_> = clients.into_iter().map(|client| Sealed::new(&self.vault, client)).collect();
        self.db
            .write("create_clients", move |tx| {
                Box::pin(async move {
                    for client in &sealed {
                        client.insert(tx, &INSERT).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    async fn ensure_client(&self, client: NewClient) -> Result<Client, StoreError> {
        let vault = Arc::clone(&self.vault);
        let sealed = Sealed::new(&vault, client);
        self.db
            .write("ensure_client", move |tx| {
                Box::pin(async move {
                    sealed.insert(tx, &ENSURE).await?;
                    let NewClient { domain, id, .. } = &sealed.client;
                    let own = read(tx, &vault, &READ_OWN, domain, id).await?;
                    own.ok_or(StoreError::Conflict(Conflict::Id))
                })
            })
            .await
    }

    async fn discard_client(&self, domain: &DomainId, id: &ClientId) -> Result<(), StoreError> {
        let (domain, id) = (domain.clone(), id.clone());
        self.db
            .write("discard_client", move |tx| {
                Box::pin(async move {
                    tx.execute(&DISCARD, args![domain.as_str(), id.as_str()]).await?;
                    Ok(())
                })
            })
            .await
    }

    async fn client(&self, domain: &DomainId, id: &ClientId) -> Result<Option<Client>, StoreError> {
        let mut found = None;
        self.db
            .point("client", &READ, args![domain.as_str(), id.as_str()], |row| {
                found = Some(client(&self.vault, row)?);
                Ok(())
            })
            .await?;
        Ok(found)
    }

    async fn clients(&self, domain: &DomainId, query: ObjectQuery) -> Result<Page<Client>, StoreError> {
        let vault = Arc::clone(&self.vault);
        let sql = list::page(query.order, query.direction);
        let query = ListArgs::new(domain.as_str(), query);
        self.db
            .read("clients", move |tx| {
                Box::pin(async move {
                    query.page(tx, (list::count(), sql), METADATA, |row| client(&vault, row)).await
                })
            })
            .await
    }

    async fn change_client(
        &self,
        domain: &DomainId,
        id: &ClientId,
        change: ClientChange,
        by: &UserId,
        at: Timestamp,
    ) -> Result<Client, StoreError> {
        let (vault, domain, id, by) = (Arc::clone(&self.vault), domain.clone(), id.clone(), by.clone());
        let secret = change.secret.as_ref().map(|secret| {
            let place = secret_place(domain.as_str(), id.as_str());
            (vault.seal_text(place, secret), secret_tag(&vault, &domain, secret))
        });
        self.db
            .write("change_client", move |tx| {
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
                        change.private_metadata.as_ref(),
                        secret.as_ref().map(|(sealed, _)| sealed),
                        secret.as_ref().map(|(_, tag)| tag),
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
                    if secret.is_some() {
                        let (domain, client) = (domain.clone(), id.clone());
                        emit(tx, &PlatformEvent::ClientChanged { domain, client }).await?;
                    }
                    read(tx, &vault, &READ, &domain, &id).await?.ok_or(StoreError::NotFound)
                })
            })
            .await
    }

    async fn set_client_status(
        &self,
        domain: &DomainId,
        id: &ClientId,
        status: Status,
        by: &UserId,
        at: Timestamp,
    ) -> Result<Option<Client>, StoreError> {
        let (vault, domain, id, by) = (Arc::clone(&self.vault), domain.clone(), id.clone(), by.clone());
        self.db
            .write("set_client_status", move |tx| {
                Box::pin(async move {
                    let args = args![domain.as_str(), id.as_str(), is_enabled(status), at.0, by.as_str()];
                    let switched = tx.execute(&SWITCH, args).await? == 1;
                    let now = read(tx, &vault, &READ, &domain, &id).await?.ok_or(StoreError::NotFound)?;
                    if !switched {
                        return Ok(None);
                    }
                    emit(tx, &PlatformEvent::ClientChanged { domain, client: id }).await?;
                    Ok(Some(now))
                })
            })
            .await
    }

    async fn remove_client(&self, domain: &DomainId, id: &ClientId) -> Result<(), StoreError> {
        let (domain, id) = (domain.clone(), id.clone());
        self.db
            .write("remove_client", move |tx| {
                Box::pin(async move {
                    if tx.execute(&REMOVE, args![domain.as_str(), id.as_str()]).await? == 0 {
                        return Err(StoreError::NotFound);
                    }
                    emit(tx, &PlatformEvent::ClientRemoved { domain, client: id }).await
                })
            })
            .await
    }
}
