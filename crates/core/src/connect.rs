//! The wish and the fact: which channels a client shall be connected to, and the loop that gets it there.

use crate::access::{Deed, Grant};
use crate::error::Error;
use crate::limits;
use crate::model::{Caller, ChannelId, ClientId, DomainId, State};
use crate::port::store::{Link, LinkOutcome, Settlement};
use crate::port::{PlatformError, StoreError};
use crate::service::Service;
use std::collections::BTreeSet;

/// Each round follows a change of the wish by somebody else; nobody changes it that often for long.
const MAX_ROUNDS: usize = 8;

impl Service {
    /// Sets the wish, 0 or 1, and carries it out (deed: update). When that fails the wish stays, and is carried
    /// out in the background.
    ///
    /// # Errors
    /// `InvalidState`, `NotFound`, `UnknownChannel`, `Rejected`, `Unavailable`, `Internal`; `Forbidden`.
    pub async fn set_state(&self, grant: &Grant, state: i64) -> Result<(), Error> {
        let id = grant.target(Deed::Update)?;
        let state = State::from_number(state).ok_or(Error::InvalidState)?;
        self.store.set_state(grant.domain(), id, state, self.clock.now()).await?;
        self.converge(grant.caller(), grant.domain(), id).await
    }

    /// Replaces the list of channels, and connects and disconnects the difference (deed: update). The state
    /// stays; when it is 0, nothing is connected.
    ///
    /// # Errors
    /// `Invalid`, `UnknownChannel`, `NotFound`, `Rejected`, `Unavailable`, `Internal`; `Forbidden`.
    pub async fn set_channels(&self, grant: &Grant, channels: Vec<String>) -> Result<(), Error> {
        let id = grant.target(Deed::Update)?;
        let ids = limits::channel_ids(channels)?;
        if !self.store.exists(grant.domain(), id).await? {
            return Err(Error::NotFound);
        }
        let channels = self.find_channels(grant.caller(), grant.domain(), &ids).await?;
        self.store.set_channels(grant.domain(), id, &channels, self.clock.now()).await?;
        self.look_again(grant.domain(), &channels).await?;
        self.converge(grant.caller(), grant.domain(), id).await
    }

    /// Connects and disconnects until facts and wish agree.
    ///
    /// Several of these loops may run for one config at a time, and their calls reach the platform in any
    /// order. So a loop whose work came back as due does its own channels again, even where the recorded fact
    /// agrees with the wish: somebody else's record may be older than what the loop did.
    pub(crate) async fn converge(
        &self,
        caller: &Caller,
        domain: &DomainId,
        client: &ClientId,
    ) -> Result<(), Error> {
        let mut touched = BTreeSet::new();
        for _ in 0..MAX_ROUNDS {
            let Some(links) = self.store.links(domain, client).await? else {
                return self.leave_nothing_connected(caller, domain, client, &touched).await;
            };
            let due =
                links.channels.iter().filter(|l| l.wanted != l.connected || touched.contains(&l.channel));
            let (outcome, failure) = self.carry_out(caller, domain, client, due).await;
            touched.extend(outcome.connected.iter().chain(&outcome.disconnected).cloned());
            match (self.store.record_links(domain, client, &outcome).await, failure) {
                (Err(StoreError::NotFound), _) => {
                    return self.leave_nothing_connected(caller, domain, client, &touched).await;
                }
                (Err(error), _) => return Err(error.into()),
                (Ok(_), Some(failure)) => return Err(failure),
                (Ok(Settlement::Settled), None) => return Ok(()),
                (Ok(Settlement::Due), None) => {}
            }
        }
        Err(Error::Unavailable(format!("the wish for client {client} kept changing")))
    }

    /// One round. A channel that is refused does not keep the others waiting; a platform that can't be reached
    /// ends the round.
    async fn carry_out(
        &self,
        caller: &Caller,
        domain: &DomainId,
        client: &ClientId,
        due: impl Iterator<Item = &Link>,
    ) -> (LinkOutcome, Option<Error>) {
        let (mut outcome, mut first) = (LinkOutcome::default(), None);
        for Link { channel, wanted, .. } in due {
            let result = if *wanted {
                self.platform.connect(caller, domain, client, channel).await
            } else {
                self.platform.disconnect(caller, domain, client, channel).await
            };
            let error = match (result, wanted) {
                (Ok(()) | Err(PlatformError::Conflict), true) => {
                    outcome.connected.push(channel.clone());
                    continue;
                }
                (Ok(()) | Err(PlatformError::NotFound), false) => {
                    outcome.disconnected.push(channel.clone());
                    continue;
                }
                (Err(error), _) => error,
            };
            let last = matches!(error, PlatformError::Unavailable(_) | PlatformError::Unauthorized);
            if first.is_none() {
                outcome.error = Some(sentence(&error, channel, *wanted));
                first = Some(error_for(error, channel));
            }
            if last {
                break;
            }
        }
        (outcome, first)
    }

    /// The config disappeared while its channels were being connected: what was connected must not stay so.
    async fn leave_nothing_connected(
        &self,
        caller: &Caller,
        domain: &DomainId,
        client: &ClientId,
        touched: &BTreeSet<ChannelId>,
    ) -> Result<(), Error> {
        for channel in touched {
            match self.platform.disconnect(caller, domain, client, channel).await {
                Ok(()) | Err(PlatformError::NotFound) => {}
                Err(error) => {
                    tracing::error!(%domain, %client, %channel, %error, "a client without a config stays connected");
                }
            }
        }
        Err(Error::NotFound)
    }
}

/// What the operator reads as `connection_error`.
fn sentence(error: &PlatformError, channel: &ChannelId, connecting: bool) -> String {
    let what = if connecting { "connecting to" } else { "disconnecting from" };
    match error {
        PlatformError::Unavailable(_) => {
            format!("{what} channel {channel}: the platform could not be reached")
        }
        PlatformError::Unauthorized => format!("{what} channel {channel}: the token is no longer accepted"),
        PlatformError::Forbidden => format!("{what} channel {channel}: not permitted"),
        PlatformError::NotFound => format!("{what} channel {channel}: not found"),
        PlatformError::Conflict => format!("{what} channel {channel}: the platform reports a conflict"),
        PlatformError::Rejected(message) => format!("{what} channel {channel}: {message}"),
    }
}

fn error_for(error: PlatformError, channel: &ChannelId) -> Error {
    match error {
        // `NotFound` would say that the config is unknown.
        PlatformError::NotFound => Error::UnknownChannel(channel.to_string()),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_read_sentences_without_the_log_s_context() {
        let channel = ChannelId::parse("ch1").unwrap();
        let text = sentence(&PlatformError::Unavailable("10.0.0.7:9006 refused".into()), &channel, true);
        assert_eq!(text, "connecting to channel ch1: the platform could not be reached");
        let text = sentence(&PlatformError::Rejected("the client is disabled".into()), &channel, false);
        assert_eq!(text, "disconnecting from channel ch1: the client is disabled");
    }
}
