//! Channels: the rules.

pub(crate) mod routes;
mod show;

use crate::{Embedded, Failure, fields};
use onramp_api::platform::{CreateChannel, UpdateChannel};
use onramp_core::model::{
    Caller, ChannelChange, ChannelId, DomainId, ObjectQuery, Page, PlatformChannel, Status, Timestamp,
};

const MAX_ROUTE: usize = 36;

impl Embedded {
    /// Creates all of them or none; they come back in the same order.
    pub(crate) async fn create_channels(
        &self,
        domain: &DomainId,
        requests: Vec<CreateChannel>,
    ) -> Result<Vec<PlatformChannel>, Failure> {
        fields::bulk_size(requests.len())?;
        let now = self.clock.now();
        let new = requests
            .into_iter()
            .zip(0..)
            // One microsecond apart, so that lists keep the order of the request.
            .map(|(request, index)| self.new_channel(domain, request, Timestamp(now.0.saturating_add(index))))
            .collect::<Result<Vec<_>, _>>()?;
        self.directory.create_channels(new.clone()).await?;
        Ok(new)
    }

    fn new_channel(
        &self,
        domain: &DomainId,
        request: CreateChannel,
        created_at: Timestamp,
    ) -> Result<PlatformChannel, Failure> {
        let id = fields::chosen_id(request.id, &*self.random)?;
        Ok(PlatformChannel {
            id: ChannelId::parse(id).map_err(|_| Failure::invalid("invalid id format provided"))?,
            domain: domain.clone(),
            name: fields::name(request.name)?,
            tags: fields::tags(request.tags)?,
            route: route(request.route)?,
            metadata: fields::object("metadata", request.metadata)?,
            status: fields::status(request.status.as_deref())?,
            created_at,
            updated: None,
            connected: None,
        })
    }

    pub(crate) async fn channels(
        &self,
        domain: &DomainId,
        query: ObjectQuery,
    ) -> Result<Page<PlatformChannel>, Failure> {
        Ok(self.directory.channels(domain, query).await?)
    }

    pub(crate) async fn channel(
        &self,
        domain: &DomainId,
        id: &ChannelId,
    ) -> Result<PlatformChannel, Failure> {
        self.directory.channel(domain, id).await?.ok_or(Failure::NotFound)
    }

    /// Changes what the request names; what is empty stays.
    pub(crate) async fn update_channel(
        &self,
        caller: &Caller,
        domain: &DomainId,
        id: &ChannelId,
        request: UpdateChannel,
    ) -> Result<PlatformChannel, Failure> {
        let change = ChannelChange {
            name: Some(fields::name(request.name)?).filter(|name| !name.is_empty()),
            tags: None,
            metadata: fields::object("metadata", request.metadata)?,
        };
        Ok(self.directory.change_channel(domain, id, change, &caller.user, self.clock.now()).await?)
    }

    pub(crate) async fn set_channel_tags(
        &self,
        caller: &Caller,
        domain: &DomainId,
        id: &ChannelId,
        tags: Option<Vec<String>>,
    ) -> Result<PlatformChannel, Failure> {
        let change = ChannelChange { tags: Some(fields::tags(tags)?), ..ChannelChange::default() };
        Ok(self.directory.change_channel(domain, id, change, &caller.user, self.clock.now()).await?)
    }

    pub(crate) async fn set_channel_status(
        &self,
        caller: &Caller,
        domain: &DomainId,
        id: &ChannelId,
        status: Status,
    ) -> Result<PlatformChannel, Failure> {
        let now = self.clock.now();
        let switched = self.directory.set_channel_status(domain, id, status, &caller.user, now).await?;
        switched.ok_or(Failure::SameStatus)
    }

    pub(crate) async fn remove_channel(&self, domain: &DomainId, id: &ChannelId) -> Result<(), Failure> {
        Ok(self.directory.remove_channel(domain, id).await?)
    }
}

/// A letter, then letters, digits, `-` and `_`, neither of these twice in a row; no UUID, which would look
/// like an id.
fn route(route: Option<String>) -> Result<Option<String>, Failure> {
    let Some(route) = route.filter(|route| !route.is_empty()) else { return Ok(None) };
    let fits = route.len() <= MAX_ROUTE
        && route.starts_with(|first: char| first.is_ascii_alphabetic())
        && route.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        && !route.contains("--")
        && !route.contains("__")
        && uuid::Uuid::try_parse(&route).is_err();
    if fits { Ok(Some(route)) } else { Err(Failure::invalid("invalid route format")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes() {
        for fine in ["ctl", "a", "A-b_c-1", "x12345678901234567890123456789012345"] {
            assert_eq!(route(Some(fine.into())).unwrap().as_deref(), Some(fine));
        }
        assert_eq!(route(None).unwrap(), None);
        assert_eq!(route(Some(String::new())).unwrap(), None);
        for bad in [
            "1a",
            "-a",
            "_a",
            "a--b",
            "a__b",
            "a b",
            "a/b",
            "ä",
            "aé",
            "a\0",
            "x123456789012345678901234567890123456",
            "afa85f64-5717-4562-b3fc-2c963f66afa6",
        ] {
            assert!(route(Some(bad.into())).is_err(), "{bad}");
        }
    }
}
