//! Configs, their channels, and what is still to be done for them.
//!
//! A config goes through phases: reserved (0), complete (1), removed (2). Of its channels the list is the
//! wish, `connected` the fact; whether the two differ is decided in one statement, in `channels`. A unit of
//! work that looks at wish and facts touches the config's own row first, so that it waits for others that do.

mod change;
mod channels;
mod device;
mod effects;
mod links;
mod read;
mod reserve;
mod rows;
#[cfg(test)]
mod tests;

use crate::SqlStore;
use async_trait::async_trait;
use onramp_core::{
    model::{Channel, ClientId, Config, DomainId, NewConfig, Page, PageRequest, Secret, State, Timestamp},
    port::{
        StoreError,
        store::{ConfigChange, ConfigFilter, ConfigStore, Reservation},
    },
};

#[async_trait]
impl ConfigStore for SqlStore {
    async fn reserve(&self, new: &NewConfig) -> Result<Reservation, StoreError> {
        self.reserve_config(new).await
    }

    async fn complete(
        &self,
        domain: &DomainId,
        client: &ClientId,
        secret: &Secret,
        client_enabled: bool,
    ) -> Result<(), StoreError> {
        self.complete_config(domain, client, secret, client_enabled).await
    }

    async fn release(&self, domain: &DomainId, client: &ClientId) -> Result<(), StoreError> {
        self.release_config(domain, client).await
    }

    async fn config(&self, domain: &DomainId, client: &ClientId) -> Result<Option<Config>, StoreError> {
        self.read_config(domain, client).await
    }

    async fn exists(&self, domain: &DomainId, client: &ClientId) -> Result<bool, StoreError> {
        self.config_exists(domain, client).await
    }

    async fn configs(
        &self,
        domain: &DomainId,
        filter: &ConfigFilter,
        page: PageRequest,
    ) -> Result<Page<Config>, StoreError> {
        self.list_configs(domain, filter, page).await
    }

    async fn change(
        &self,
        domain: &DomainId,
        client: &ClientId,
        change: &ConfigChange,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.change_config(domain, client, change, at).await
    }

    async fn set_channels(
        &self,
        domain: &DomainId,
        client: &ClientId,
        channels: &[Channel],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.change_channels(domain, client, channels, at).await
    }

    async fn set_state(
        &self,
        domain: &DomainId,
        client: &ClientId,
        state: State,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.change_state(domain, client, state, at).await
    }

    async fn remove(&self, domain: &DomainId, client: &ClientId) -> Result<bool, StoreError> {
        self.remove_config(domain, client).await
    }
}
