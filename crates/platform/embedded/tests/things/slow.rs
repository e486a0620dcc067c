//! A platform that answers, but takes its time about it.

use async_trait::async_trait;
use onramp_core::{
    model::*,
    port::{Platform, PlatformError},
};
use onramp_embedded::Embedded;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Reads clients at once and hands them over only when it is let.
pub struct Slow {
    pub inner: Arc<Embedded>,
    /// One permit for each client that was read.
    pub read: Semaphore,
    /// Takes a permit for each client that is handed over.
    pub hand_over: Semaphore,
}

#[async_trait]
impl Platform for Slow {
    async fn client(
        &self,
        caller: &Caller,
        domain: &DomainId,
        id: &ClientId,
    ) -> Result<PlatformClient, PlatformError> {
        let client = Platform::client(&*self.inner, caller, domain, id).await;
        self.read.add_permits(1);
        self.hand_over.acquire().await.unwrap().forget();
        client
    }

    async fn identify(&self, token: &Secret) -> Result<Caller, PlatformError> {
        Platform::identify(&*self.inner, token).await
    }

    async fn member(&self, caller: &Caller, domain: &DomainId) -> Result<(), PlatformError> {
        Platform::member(&*self.inner, caller, domain).await
    }

    async fn permits(
        &self,
        caller: &Caller,
        domain: &DomainId,
        right: Right<'_>,
    ) -> Result<bool, PlatformError> {
        Platform::permits(&*self.inner, caller, domain, right).await
    }

    async fn ensure_client(
        &self,
        caller: &Caller,
        domain: &DomainId,
        id: &ClientId,
        name: &str,
    ) -> Result<PlatformClient, PlatformError> {
        self.inner.ensure_client(caller, domain, id, name).await
    }

    async fn discard_client(
        &self,
        caller: &Caller,
        domain: &DomainId,
        id: &ClientId,
    ) -> Result<(), PlatformError> {
        self.inner.discard_client(caller, domain, id).await
    }

    async fn channel(
        &self,
        caller: &Caller,
        domain: &DomainId,
        id: &ChannelId,
    ) -> Result<Channel, PlatformError> {
        Platform::channel(&*self.inner, caller, domain, id).await
    }

    async fn connect(
        &self,
        caller: &Caller,
        domain: &DomainId,
        client: &ClientId,
        channel: &ChannelId,
    ) -> Result<(), PlatformError> {
        Platform::connect(&*self.inner, caller, domain, client, channel).await
    }

    async fn disconnect(
        &self,
        caller: &Caller,
        domain: &DomainId,
        client: &ClientId,
        channel: &ChannelId,
    ) -> Result<(), PlatformError> {
        Platform::disconnect(&*self.inner, caller, domain, client, channel).await
    }

    async fn connections(
        &self,
        caller: &Caller,
        domain: &DomainId,
        client: &ClientId,
    ) -> Result<Vec<ChannelId>, PlatformError> {
        self.inner.connections(caller, domain, client).await
    }

    async fn domain_enabled(&self, caller: &Caller, domain: &DomainId) -> Result<bool, PlatformError> {
        self.inner.domain_enabled(caller, domain).await
    }

    fn service_caller(&self) -> Option<Caller> {
        self.inner.service_caller()
    }
}
