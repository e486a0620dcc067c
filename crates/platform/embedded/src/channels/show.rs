//! Channels as answers show them.

use crate::fields::shown_object;
use onramp_api::{Time, platform::PlatformChannelView};
use onramp_core::model::PlatformChannel;

pub(super) fn show(channel: PlatformChannel) -> PlatformChannelView {
    let (updated_at, updated_by) =
        channel.updated.map(|(at, by)| (Time(at.0), by.as_str().to_owned())).unzip();
    PlatformChannelView {
        id: channel.id.as_str().to_owned(),
        name: channel.name,
        tags: channel.tags,
        domain_id: channel.domain.as_str().to_owned(),
        route: channel.route,
        metadata: shown_object(channel.metadata.as_deref()),
        created_at: Some(Time(channel.created_at.0)),
        updated_at,
        updated_by,
        connection_types: channel
            .connected
            .map(|types| types.names().iter().map(ToString::to_string).collect())
            .unwrap_or_default(),
        status: channel.status.as_str().to_owned(),
    }
}
