//! A config, as operators see it.

use onramp_api::{ChannelView, ConfigView, Seen, Time};
use onramp_core::configs::Visible;
use onramp_core::model::{self, Channel, ConnectionStatus, Secret, Timestamp};

/// What the caller may see of a config. The TLS private key is in no view.
pub(super) fn show(visible: Visible) -> ConfigView {
    let Visible { config, secrets } = visible;
    let secret = |value: &Secret| secrets.then(|| value.expose().to_owned());
    let (connection_status, connection_error) = match config.connection {
        ConnectionStatus::Connected => ("connected", None),
        ConnectionStatus::Disconnected => ("disconnected", None),
        ConnectionStatus::Pending => ("pending", None),
        ConnectionStatus::Failed(why) => ("failed", Some(why)),
    };
    ConfigView {
        client_id: config.client.to_string(),
        client_secret: secret(&config.client_secret),
        channels: config.channels.into_iter().map(channel).collect(),
        external_id: config.external_id.to_string(),
        external_key: secret(&config.external_key),
        content: secret(&config.content),
        name: config.name,
        state: config.state.as_number(),
        status: config.status.as_str().to_owned(),
        connection_status: connection_status.to_owned(),
        connection_error,
        client_cert: config.certificates.client_cert,
        ca_cert: config.certificates.ca_cert,
        created_at: Some(time(config.created_at)),
        updated_at: Some(time(config.updated_at)),
        bootstrap: Some(seen(config.seen)),
    }
}

fn channel(channel: Channel) -> ChannelView {
    ChannelView {
        id: channel.id.to_string(),
        name: channel.name,
        metadata: channel.metadata.and_then(|text| serde_json::from_str(&text).ok()),
    }
}

fn seen(seen: model::Seen) -> Seen {
    Seen {
        last: seen.last.map(time),
        count: seen.count,
        last_refused: seen.last_refused.map(time),
        refused: seen.refused,
        refused_reason: seen.refused_reason,
    }
}

fn time(timestamp: Timestamp) -> Time {
    Time(timestamp.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use onramp_core::model::{Certificates, Config, ExternalId, State, Status};

    fn visible(secrets: bool) -> Visible {
        let config = Config {
            domain: "d".parse().unwrap(),
            client: "c".parse().unwrap(),
            external_id: ExternalId::parse("e").unwrap(),
            external_key: Secret::new("planted-key"),
            client_secret: Secret::new("planted-secret"),
            name: String::new(),
            content: Secret::new("planted-content"),
            certificates: Certificates {
                client_cert: Some("cert".into()),
                client_key: Some(Secret::new("planted-private-key")),
                ca_cert: None,
            },
            channels: vec![Channel {
                id: "ch".parse().unwrap(),
                name: "n".into(),
                metadata: Some("{\"k\":1}".into()),
            }],
            state: State::Active,
            status: Status::Disabled,
            connection: ConnectionStatus::Failed("later".into()),
            created_at: Timestamp(0),
            updated_at: Timestamp(1_500_000),
            seen: model::Seen::default(),
        };
        Visible { config, secrets }
    }

    #[test]
    fn an_updater_sees_everything_but_the_private_key() {
        let json = serde_json::to_string(&show(visible(true))).unwrap();
        assert_eq!(
            json,
            "{\"client_id\":\"c\",\"client_secret\":\"planted-secret\",\
             \"channels\":[{\"id\":\"ch\",\"name\":\"n\",\"metadata\":{\"k\":1}}],\"external_id\":\"e\",\
             \"external_key\":\"planted-key\",\"content\":\"planted-content\",\"state\":1,\
             \"status\":\"disabled\",\"connection_status\":\"failed\",\"connection_error\":\"later\",\
             \"client_cert\":\"cert\",\"created_at\":\"1970-01-01T00:00:00Z\",\
             \"updated_at\":\"1970-01-01T00:00:01.5Z\",\"bootstrap\":{\"count\":0,\"refused\":0}}"
        );
    }

    #[test]
    fn a_reader_sees_no_secret() {
        let json = serde_json::to_string(&show(visible(false))).unwrap();
        assert!(!json.contains("planted"), "{json}");
        assert!(json.contains("\"client_cert\":\"cert\""));
    }
}
