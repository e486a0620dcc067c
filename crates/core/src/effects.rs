//! What happens on the platform reaches the configs. Events carry ids only: what changed is read again, so an
//! event that comes late, twice or out of order does no harm.

use crate::error::Error;
use crate::model::{Caller, Channel, ChannelId, ClientId, DomainId, PlatformEvent};
use crate::port::PlatformError;
use crate::port::store::{Effect, EventNumber};
use crate::service::Service;

/// A channel that somebody keeps changing is left to the events of those changes.
const MAX_LOOKS: usize = 8;

impl Service {
    /// Channels that were read, and then written down for a config, may have changed in between, when no event
    /// could reach the config yet. So they are read again until nothing is new.
    pub(crate) async fn look_again(&self, domain: &DomainId, channels: &[Channel]) -> Result<(), Error> {
        let Some(caller) = self.platform.service_caller() else { return Ok(()) };
        for channel in channels {
            let mut written = channel.clone();
            for _ in 0..MAX_LOOKS {
                let effect = self.channel_now(&caller, domain, &written.id).await?;
                let gone = match &effect {
                    Effect::Channel { channel, .. } if *channel == written => break,
                    Effect::Channel { channel, .. } => {
                        written = channel.clone();
                        false
                    }
                    _ => true,
                };
                self.store.apply(&effect, None).await?;
                if gone {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Reads again what an event says has changed, and applies it. Safe to repeat. Without an identity of its
    /// own the service can't read, and does nothing.
    ///
    /// # Errors
    /// `Unavailable` and whatever the platform refuses: the event has to be handled again later.
    pub async fn handle_event(
        &self,
        event: &PlatformEvent,
        number: Option<EventNumber>,
    ) -> Result<(), Error> {
        let Some(caller) = self.platform.service_caller() else { return Ok(()) };
        let effect = self.effect_of(&caller, event).await?;
        Ok(self.store.apply(&effect, number).await?)
    }

    async fn effect_of(&self, caller: &Caller, event: &PlatformEvent) -> Result<Effect, Error> {
        match event {
            PlatformEvent::ClientChanged { domain, client } => self.client_now(caller, domain, client).await,
            PlatformEvent::ClientRemoved { domain, client } => {
                Ok(Effect::ClientGone { domain: domain.clone(), client: client.clone() })
            }
            PlatformEvent::ChannelChanged { domain, channel } => {
                self.channel_now(caller, domain, channel).await
            }
            PlatformEvent::ChannelRemoved { domain, channel } => {
                Ok(Effect::ChannelGone { domain: domain.clone(), channel: channel.clone() })
            }
            PlatformEvent::DomainChanged { domain } => {
                let enabled = self.platform.domain_enabled(caller, domain).await?;
                Ok(Effect::Domain { domain: domain.clone(), enabled })
            }
            PlatformEvent::ConnectionsChanged { domain, client } => {
                self.connections_now(caller, domain, client).await
            }
        }
    }

    async fn client_now(
        &self,
        caller: &Caller,
        domain: &DomainId,
        client: &ClientId,
    ) -> Result<Effect, Error> {
        let (domain, client) = (domain.clone(), client.clone());
        match self.platform.client(caller, &domain, &client).await {
            Ok(now) if now.domain_id == domain => {
                Ok(Effect::Client { domain, client, secret: now.secret, enabled: now.enabled })
            }
            Ok(_) | Err(PlatformError::NotFound) => Ok(Effect::ClientGone { domain, client }),
            Err(other) => Err(other.into()),
        }
    }

    async fn channel_now(&self, caller: &Caller, domain: &DomainId, id: &ChannelId) -> Result<Effect, Error> {
        let domain = domain.clone();
        match self.platform.channel(caller, &domain, id).await {
            Ok(channel) => Ok(Effect::Channel { domain, channel }),
            Err(PlatformError::NotFound) => Ok(Effect::ChannelGone { domain, channel: id.clone() }),
            Err(other) => Err(other.into()),
        }
    }

    async fn connections_now(
        &self,
        caller: &Caller,
        domain: &DomainId,
        client: &ClientId,
    ) -> Result<Effect, Error> {
        let (domain, client) = (domain.clone(), client.clone());
        match self.platform.connections(caller, &domain, &client).await {
            Ok(channels) => Ok(Effect::Connections { domain, client, channels }),
            Err(PlatformError::NotFound) => Ok(Effect::ClientGone { domain, client }),
            Err(other) => Err(other.into()),
        }
    }
}
