//! The platform as the flows see it: core's `Platform` over the embedded directory.
//!
//! A flow that connects or disconnects writes the facts down itself, so nothing here leaves an event.

use crate::{Action, Embedded, Entity, Level, authority::covered};
use async_trait::async_trait;
use onramp_core::{
    model::{
        Caller, Channel, ChannelId, Client, ClientId, ConnectionTypes, DomainId, DomainStatus, NewClient,
        PlatformClient, Right, Secret, Status, TokenId, UserId,
    },
    port::{
        Platform, PlatformError, StoreError,
        directory::things::{Connected, Pairs},
        store::Conflict,
    },
};

/// The name under which the service itself acts.
const SERVICE: &str = "onramp";

fn platform_error(error: StoreError) -> PlatformError {
    match error {
        StoreError::NotFound => PlatformError::NotFound,
        StoreError::Conflict(Conflict::ClientSecret) => {
            PlatformError::Rejected("client key is not available".into())
        }
        StoreError::Conflict(_) => PlatformError::Conflict,
        StoreError::Unavailable(context) | StoreError::Corrupt(context) => {
            PlatformError::Unavailable(context)
        }
    }
}

fn platform_client(client: Client) -> PlatformClient {
    PlatformClient {
        id: client.id,
        domain_id: client.domain,
        secret: client.secret,
        enabled: client.status == Status::Enabled,
    }
}

/// What a right on configs takes: role and, for a personal access token, operation.
fn action(right: Right<'_>) -> Action<'_> {
    let (entity_id, operation, level) = match right {
        Right::Create => (None, "create", Level::Operate),
        Right::List => (None, "list", Level::View),
        Right::View(id) => (Some(id.as_str()), "view", Level::View),
        Right::Update(id) => (Some(id.as_str()), "update", Level::Operate),
        Right::Remove(id) => (Some(id.as_str()), "remove", Level::Operate),
    };
    Action { entity: Entity::Bootstrap, entity_id, operation, level }
}

/// A personal access token that may create configs may not thereby use every client and channel. Roles were
/// looked at before: whoever may create or update configs may read clients and channels too.
fn may_use(
    caller: &Caller,
    domain: &DomainId,
    entity: Entity,
    id: &str,
    operation: &'static str,
) -> Result<(), PlatformError> {
    let action = Action { entity, entity_id: Some(id), operation, level: Level::View };
    if covered(caller, domain, action) { Ok(()) } else { Err(PlatformError::Forbidden) }
}

fn pair(domain: &DomainId, client: &ClientId, channel: &ChannelId) -> Pairs {
    Pairs {
        domain: domain.clone(),
        clients: vec![client.clone()],
        channels: vec![channel.clone()],
        types: ConnectionTypes::BOTH,
        announce: false,
    }
}

#[async_trait]
impl Platform for Embedded {
    async fn identify(&self, token: &Secret) -> Result<Caller, PlatformError> {
        Embedded::identify(self, token).await
    }

    async fn member(&self, caller: &Caller, domain: &DomainId) -> Result<(), PlatformError> {
        Embedded::member(self, caller, domain).await
    }

    async fn permits(
        &self,
        caller: &Caller,
        domain: &DomainId,
        right: Right<'_>,
    ) -> Result<bool, PlatformError> {
        Embedded::permits(self, caller, domain, action(right)).await
    }

    async fn client(
        &self,
        caller: &Caller,
        domain: &DomainId,
        id: &ClientId,
    ) -> Result<PlatformClient, PlatformError> {
        // A config hands the client's secret out: to its device, and to whoever may update the config.
        may_use(caller, domain, Entity::Clients, id.as_str(), "update")?;
        let client = self.directory.client(domain, id).await.map_err(platform_error)?;
        client.map(platform_client).ok_or(PlatformError::NotFound)
    }

    async fn ensure_client(
        &self,
        _: &Caller,
        domain: &DomainId,
        id: &ClientId,
        name: &str,
    ) -> Result<PlatformClient, PlatformError> {
        let new = NewClient {
            id: id.clone(),
            domain: domain.clone(),
            name: name.to_owned(),
            tags: Vec::new(),
            identity: String::new(),
            secret: Secret::new(self.random.uuid()),
            metadata: None,
            private_metadata: None,
            status: Status::Enabled,
            created_at: self.clock.now(),
            for_config: true,
        };
        self.directory.ensure_client(new).await.map(platform_client).map_err(platform_error)
    }

    async fn discard_client(
        &self,
        _: &Caller,
        domain: &DomainId,
        id: &ClientId,
    ) -> Result<(), PlatformError> {
        self.directory.discard_client(domain, id).await.map_err(platform_error)
    }

    async fn channel(
        &self,
        caller: &Caller,
        domain: &DomainId,
        id: &ChannelId,
    ) -> Result<Channel, PlatformError> {
        may_use(caller, domain, Entity::Channels, id.as_str(), "view")?;
        let channel = self.directory.channel(domain, id).await.map_err(platform_error)?;
        let channel = channel.ok_or(PlatformError::NotFound)?;
        Ok(Channel { id: channel.id, name: channel.name, metadata: channel.metadata })
    }

    async fn connect(
        &self,
        _: &Caller,
        domain: &DomainId,
        client: &ClientId,
        channel: &ChannelId,
    ) -> Result<(), PlatformError> {
        match self.directory.connect(pair(domain, client, channel)).await.map_err(platform_error)? {
            Connected::Added | Connected::Already => Ok(()),
            Connected::Disabled => {
                Err(PlatformError::Rejected("the client or the channel is disabled".into()))
            }
        }
    }

    async fn disconnect(
        &self,
        _: &Caller,
        domain: &DomainId,
        client: &ClientId,
        channel: &ChannelId,
    ) -> Result<(), PlatformError> {
        match self.directory.disconnect(pair(domain, client, channel)).await {
            Ok(()) | Err(StoreError::NotFound) => Ok(()),
            Err(error) => Err(platform_error(error)),
        }
    }

    async fn connections(
        &self,
        caller: &Caller,
        domain: &DomainId,
        client: &ClientId,
    ) -> Result<Vec<ChannelId>, PlatformError> {
        let channels = self.directory.connections(domain, client).await.map_err(platform_error)?;
        if channels.is_empty() {
            // No connections, or no client: whoever asks wants to know which.
            Platform::client(self, caller, domain, client).await?;
        }
        Ok(channels)
    }

    async fn domain_enabled(&self, _: &Caller, domain: &DomainId) -> Result<bool, PlatformError> {
        let domain = self.directory.domain(domain).await.map_err(platform_error)?;
        Ok(domain.is_some_and(|domain| domain.status == DomainStatus::Enabled))
    }

    fn service_caller(&self) -> Option<Caller> {
        Some(Caller {
            user: UserId::parse(SERVICE).expect("a plain word is a usable id"),
            platform_admin: true,
            token_id: TokenId::parse(SERVICE).expect("a plain word is a usable id"),
            scopes: None,
            token: Secret::default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_take_roles_and_operations() {
        let id = ClientId::parse("c").unwrap();
        for (right, entity_id, operation, level) in [
            (Right::Create, None, "create", Level::Operate),
            (Right::List, None, "list", Level::View),
            (Right::View(&id), Some("c"), "view", Level::View),
            (Right::Update(&id), Some("c"), "update", Level::Operate),
            (Right::Remove(&id), Some("c"), "remove", Level::Operate),
        ] {
            let action = action(right);
            assert_eq!(action.entity, Entity::Bootstrap);
            assert_eq!((action.entity_id, action.operation, action.level), (entity_id, operation, level));
        }
    }
}
