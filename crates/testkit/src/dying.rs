//! A process that dies between two steps, without a process: after a number of calls to the ports, every
//! further one fails and does nothing. What a flow does after its death (cleaning up, say) reaches nobody.

use async_trait::async_trait;
use onramp_core::model::*;
use onramp_core::port::store::*;
use onramp_core::port::{Platform, PlatformError, Store, StoreError};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// When to die; shared by all ports of one process.
#[derive(Debug)]
pub struct Death {
    made: AtomicUsize,
    first: usize,
    last: usize,
}

impl Death {
    /// The first `calls` calls reach their ports, all others fail.
    #[must_use]
    pub fn after(calls: usize) -> Arc<Self> {
        Arc::new(Death { made: AtomicUsize::new(0), first: calls, last: usize::MAX })
    }

    /// Only the call after the first `calls` fails; the process lives on.
    #[must_use]
    pub fn hiccup_after(calls: usize) -> Arc<Self> {
        Arc::new(Death { made: AtomicUsize::new(0), first: calls, last: calls })
    }

    /// Did any call fail?
    #[must_use]
    pub fn came(&self) -> bool {
        self.made.load(Ordering::SeqCst) > self.first
    }

    fn fails(&self) -> bool {
        let number = self.made.fetch_add(1, Ordering::SeqCst);
        (self.first..=self.last).contains(&number)
    }
}

/// A store of a process that dies.
pub struct DyingStore {
    /// The real one.
    pub inner: Arc<dyn Store>,
    /// When.
    pub death: Arc<Death>,
}

/// A platform of a process that dies.
pub struct DyingPlatform {
    /// The real one.
    pub inner: Arc<dyn Platform>,
    /// When.
    pub death: Arc<Death>,
}

macro_rules! dying {
    ($type:ident: $trait:path, $error:ident { $(
        fn $method:ident(&self $(, $argument:ident: $of:ty)*) -> $answer:ty;
    )* }) => {
        #[async_trait]
        impl $trait for $type {
            $(async fn $method(&self $(, $argument: $of)*) -> Result<$answer, $error> {
                if self.death.fails() {
                    return Err($error::Unavailable("the process died before this call".into()));
                }
                self.inner.$method($($argument),*).await
            })*
        }
    };
}

dying! { DyingStore: DeviceStore, StoreError {
    fn recognise(&self, id: &ExternalId, key: &[u8]) -> Option<Enrolment>;
    fn holders(&self, id: &ExternalId) -> Vec<Holder>;
    fn record(&self, attempts: Vec<Attempts>) -> ();
}}

dying! { DyingStore: ConfigStore, StoreError {
    fn reserve(&self, new: &NewConfig) -> Reservation;
    fn complete(&self, domain: &DomainId, client: &ClientId, secret: &Secret, client_enabled: bool) -> ();
    fn release(&self, domain: &DomainId, client: &ClientId) -> ();
    fn config(&self, domain: &DomainId, client: &ClientId) -> Option<Config>;
    fn exists(&self, domain: &DomainId, client: &ClientId) -> bool;
    fn configs(&self, domain: &DomainId, filter: &ConfigFilter, page: PageRequest) -> Page<Config>;
    fn change(&self, domain: &DomainId, client: &ClientId, change: &ConfigChange, at: Timestamp) -> ();
    fn set_channels(&self, domain: &DomainId, client: &ClientId, channels: &[Channel], at: Timestamp) -> ();
    fn set_state(&self, domain: &DomainId, client: &ClientId, state: State, at: Timestamp) -> ();
    fn remove(&self, domain: &DomainId, client: &ClientId) -> bool;
}}

dying! { DyingStore: LinkStore, StoreError {
    fn links(&self, domain: &DomainId, client: &ClientId) -> Option<Links>;
    fn record_links(&self, domain: &DomainId, client: &ClientId, outcome: &LinkOutcome) -> Settlement;
    fn unfinished(&self, limit: u64) -> Vec<Unfinished>;
}}

dying! { DyingStore: EffectStore, StoreError {
    fn apply(&self, effect: &Effect, event: Option<EventNumber>) -> ();
}}

macro_rules! dying_platform {
    ($(fn $method:ident(&self $(, $argument:ident: $of:ty)*) -> $answer:ty;)*) => {
        #[async_trait]
        impl Platform for DyingPlatform {
            $(async fn $method(&self $(, $argument: $of)*) -> Result<$answer, PlatformError> {
                if self.death.fails() {
                    return Err(PlatformError::Unavailable("the process died before this call".into()));
                }
                self.inner.$method($($argument),*).await
            })*

            fn service_caller(&self) -> Option<Caller> {
                self.inner.service_caller()
            }
        }
    };
}

dying_platform! {
    fn identify(&self, token: &Secret) -> Caller;
    fn member(&self, caller: &Caller, domain: &DomainId) -> ();
    fn permits(&self, caller: &Caller, domain: &DomainId, right: Right<'_>) -> bool;
    fn client(&self, caller: &Caller, domain: &DomainId, id: &ClientId) -> PlatformClient;
    fn ensure_client(&self, caller: &Caller, domain: &DomainId, id: &ClientId, name: &str) -> PlatformClient;
    fn discard_client(&self, caller: &Caller, domain: &DomainId, id: &ClientId) -> ();
    fn channel(&self, caller: &Caller, domain: &DomainId, id: &ChannelId) -> Channel;
    fn connect(&self, caller: &Caller, domain: &DomainId, client: &ClientId, channel: &ChannelId) -> ();
    fn disconnect(&self, caller: &Caller, domain: &DomainId, client: &ClientId, channel: &ChannelId) -> ();
    fn connections(&self, caller: &Caller, domain: &DomainId, client: &ClientId) -> Vec<ChannelId>;
    fn domain_enabled(&self, caller: &Caller, domain: &DomainId) -> bool;
}
