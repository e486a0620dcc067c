//! Clients as answers show them.

use crate::fields::shown_object;
use onramp_api::{
    Time,
    platform::{ClientCredentials, ClientView},
};
use onramp_core::model::Client;

/// To somebody who reads it: secret and private metadata only for those who may change it.
pub(super) fn show_to_reader(client: Client, may_change: bool) -> ClientView {
    let private_metadata = client.private_metadata.clone().filter(|_| may_change);
    show(Client { private_metadata, ..client }, may_change)
}

/// To somebody who has just changed it; with its secret only when that is wanted.
pub(super) fn show(client: Client, secrets: bool) -> ClientView {
    let (updated_at, updated_by) =
        client.updated.map(|(at, by)| (Time(at.0), by.as_str().to_owned())).unzip();
    ClientView {
        id: client.id.as_str().to_owned(),
        name: client.name,
        tags: client.tags,
        domain_id: client.domain.as_str().to_owned(),
        credentials: ClientCredentials {
            identity: Some(client.identity).filter(|identity| !identity.is_empty()),
            secret: secrets.then(|| client.secret.expose().to_owned()),
        },
        metadata: shown_object(client.metadata.as_deref()),
        private_metadata: shown_object(client.private_metadata.as_deref()),
        created_at: Some(Time(client.created_at.0)),
        updated_at,
        updated_by,
        connection_types: client
            .connected
            .map(|types| types.names().iter().map(ToString::to_string).collect())
            .unwrap_or_default(),
        status: client.status.as_str().to_owned(),
    }
}
