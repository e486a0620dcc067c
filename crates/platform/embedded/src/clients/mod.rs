//! Clients: the rules.

pub(crate) mod routes;
mod show;

use crate::{Action, Embedded, Entity, Failure, Level, fields};
use onramp_api::platform::{CreateClient, UpdateClient};
use onramp_core::model::{
    Caller, Client, ClientChange, ClientId, DomainId, NewClient, ObjectQuery, Page, Secret, Status, Timestamp,
};

const MAX_SECRET: usize = 4096;

impl Embedded {
    /// Creates all of them or none; they come back in the same order, with their secrets.
    pub(crate) async fn create_clients(
        &self,
        domain: &DomainId,
        requests: Vec<CreateClient>,
    ) -> Result<Vec<Client>, Failure> {
        fields::bulk_size(requests.len())?;
        let now = self.clock.now();
        let new = requests
            .into_iter()
            .zip(0..)
            // One microsecond apart, so that lists keep the order of the request.
            .map(|(request, index)| self.new_client(domain, request, Timestamp(now.0.saturating_add(index))))
            .collect::<Result<Vec<_>, _>>()?;
        self.directory.create_clients(new.clone()).await?;
        Ok(new.into_iter().map(as_created).collect())
    }

    fn new_client(
        &self,
        domain: &DomainId,
        request: CreateClient,
        created_at: Timestamp,
    ) -> Result<NewClient, Failure> {
        let credentials = request.credentials.unwrap_or_default();
        let identity = credentials.identity.unwrap_or_default();
        if identity.len() > fields::MAX_NAME {
            return Err(Failure::invalid("credentials.identity must be at most 1024 bytes long"));
        }
        fields::no_control("credentials.identity", &identity)?;
        let secret = match credentials.secret.filter(|secret| !secret.is_empty()) {
            Some(chosen) => secret("credentials.secret", chosen)?,
            None => Secret::new(self.random.uuid()),
        };
        let id = fields::chosen_id(request.id, &*self.random)?;
        Ok(NewClient {
            id: ClientId::parse(id).map_err(|_| Failure::invalid("invalid id format provided"))?,
            domain: domain.clone(),
            name: fields::name(request.name)?,
            tags: fields::tags(request.tags)?,
            identity,
            secret,
            metadata: fields::object("metadata", request.metadata)?,
            private_metadata: fields::object("private_metadata", request.private_metadata)?,
            status: fields::status(request.status.as_deref())?,
            created_at,
            for_config: false,
        })
    }

    pub(crate) async fn clients(
        &self,
        domain: &DomainId,
        query: ObjectQuery,
    ) -> Result<Page<Client>, Failure> {
        Ok(self.directory.clients(domain, query).await?)
    }

    pub(crate) async fn client(&self, domain: &DomainId, id: &ClientId) -> Result<Client, Failure> {
        self.directory.client(domain, id).await?.ok_or(Failure::NotFound)
    }

    /// Changes what the request names; what is empty stays.
    pub(crate) async fn update_client(
        &self,
        caller: &Caller,
        domain: &DomainId,
        id: &ClientId,
        request: UpdateClient,
    ) -> Result<Client, Failure> {
        let change = ClientChange {
            name: Some(fields::name(request.name)?).filter(|name| !name.is_empty()),
            metadata: fields::object("metadata", request.metadata)?,
            private_metadata: fields::object("private_metadata", request.private_metadata)?,
            ..ClientChange::default()
        };
        self.change_client(caller, domain, id, change).await
    }

    pub(crate) async fn set_client_tags(
        &self,
        caller: &Caller,
        domain: &DomainId,
        id: &ClientId,
        tags: Option<Vec<String>>,
    ) -> Result<Client, Failure> {
        let change = ClientChange { tags: Some(fields::tags(tags)?), ..ClientChange::default() };
        self.change_client(caller, domain, id, change).await
    }

    pub(crate) async fn set_client_secret(
        &self,
        caller: &Caller,
        domain: &DomainId,
        id: &ClientId,
        chosen: Option<String>,
    ) -> Result<Client, Failure> {
        let chosen = chosen.filter(|secret| !secret.is_empty());
        let chosen = chosen.ok_or_else(|| Failure::invalid("missing secret"))?;
        let change = ClientChange { secret: Some(secret("secret", chosen)?), ..ClientChange::default() };
        self.change_client(caller, domain, id, change).await
    }

    async fn change_client(
        &self,
        caller: &Caller,
        domain: &DomainId,
        id: &ClientId,
        change: ClientChange,
    ) -> Result<Client, Failure> {
        Ok(self.directory.change_client(domain, id, change, &caller.user, self.clock.now()).await?)
    }

    pub(crate) async fn set_client_status(
        &self,
        caller: &Caller,
        domain: &DomainId,
        id: &ClientId,
        status: Status,
    ) -> Result<Client, Failure> {
        let now = self.clock.now();
        let switched = self.directory.set_client_status(domain, id, status, &caller.user, now).await?;
        switched.ok_or(Failure::SameStatus)
    }

    pub(crate) async fn remove_client(&self, domain: &DomainId, id: &ClientId) -> Result<(), Failure> {
        Ok(self.directory.remove_client(domain, id).await?)
    }

    /// Who may see clients' secrets: those who may change them.
    pub(crate) async fn sees_client_secrets(
        &self,
        caller: &Caller,
        domain: &DomainId,
        id: Option<&ClientId>,
    ) -> Result<bool, Failure> {
        let entity_id = id.map(ClientId::as_str);
        let action =
            Action { entity: Entity::Clients, entity_id, operation: "update", level: Level::Operate };
        Ok(self.permits(caller, domain, action).await?)
    }
}

/// A secret that a caller chose, byte for byte.
fn secret(field: &str, text: String) -> Result<Secret, Failure> {
    if text.len() > MAX_SECRET {
        return Err(Failure::invalid(format!("{field} must be at most 4096 bytes long")));
    }
    if text.contains('\0') {
        return Err(Failure::invalid(format!("{field} must not contain NUL")));
    }
    Ok(Secret::new(text))
}

fn as_created(new: NewClient) -> Client {
    Client {
        id: new.id,
        domain: new.domain,
        name: new.name,
        tags: new.tags,
        identity: new.identity,
        secret: new.secret,
        metadata: new.metadata,
        private_metadata: new.private_metadata,
        status: new.status,
        created_at: new.created_at,
        updated: None,
        connected: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_enough_for_anything_and_never_nul() {
        assert_eq!(secret("s", "é \n".repeat(1024)).unwrap().expose().len(), 4096);
        assert!(secret("s", "x".repeat(4097)).is_err());
        let told = secret("s", "hunter2\0".into()).unwrap_err().to_string();
        assert_eq!(told, "s must not contain NUL");
    }
}
