//! An operator creates a config. Read it from top to bottom: validate → channels → client → reserve → ensure
//! → look again → complete.
//!
//! Before the reservation nothing is written anywhere. After it, whatever step fails or dies, the reservation
//! says what may exist: an identical request takes it over, or `reconcile` undoes it. So there is never a
//! client without a config that nobody knows of, nor half a config that a device can see.

use crate::access::{Deed, Grant};
use crate::certificates;
use crate::error::Error;
use crate::limits;
use crate::model::{
    Bytes, Caller, Certificates, Channel, ChannelId, ClientId, DomainId, ExternalId, NewConfig,
    PlatformClient, Secret,
};
use crate::port::store::{Conflict, Reservation};
use crate::port::{PlatformError, StoreError};
use crate::service::Service;

/// What the operator asks for, as it came.
pub struct Enroll {
    /// What the device calls itself.
    pub external_id: String,
    /// What the device proves itself with.
    pub external_key: String,
    /// An existing client; `None` or empty: one is created.
    pub client_id: Option<String>,
    /// Ids of channels, in the order in which the device shall get them.
    pub channels: Vec<String>,
    /// Label, possibly empty.
    pub name: String,
    /// The operator's own configuration, possibly empty.
    pub content: String,
    /// Client certificate.
    pub client_cert: Option<String>,
    /// Its private key.
    pub client_key: Option<String>,
    /// Certificate of the trusted authority.
    pub ca_cert: Option<String>,
    /// `Idempotency-Key` of the request.
    pub idempotency_key: Option<String>,
}

impl Service {
    /// Creates a config, and its client when none is named (deed: create). The id of both.
    ///
    /// # Errors
    /// Everything that [`Error`] knows but `NotFound` and `InvalidState`. After `Unavailable` the outcome is
    /// open: the same request again finds out.
    pub async fn create(&self, grant: &Grant, request: Enroll) -> Result<ClientId, Error> {
        grant.demand(Deed::Create)?;
        let (caller, domain) = (grant.caller(), grant.domain());

        let valid = Valid::check(request)?;
        let channels = self.find_channels(caller, domain, &valid.channels).await?;
        let client = self.find_client(caller, domain, valid.client.as_ref()).await?;
        let mut new = self.new_config(grant, valid, channels, client.as_ref())?;
        let reserved = self.store.reserve(&new).await;
        if let Err(StoreError::Conflict(Conflict::ExternalId)) = reserved {
            self.tell_of_clash(domain, &new.external_id).await;
        }
        match reserved? {
            Reservation::Fresh => {}
            Reservation::TakenOver(earlier) => new.client = earlier,
            Reservation::Answered(first) => return Ok(first),
        }
        let client = self.ensure_client(caller, &new, client).await?;
        self.look_again(domain, &new.channels).await?;
        self.complete(caller, &new, &client).await?;
        Ok(new.client)
    }

    /// Reads the channels; all of them have to be there for the caller.
    pub(crate) async fn find_channels(
        &self,
        caller: &Caller,
        domain: &DomainId,
        ids: &[ChannelId],
    ) -> Result<Vec<Channel>, Error> {
        let mut channels = Vec::with_capacity(ids.len());
        for id in ids {
            match self.platform.channel(caller, domain, id).await {
                Ok(channel) => channels.push(channel),
                Err(PlatformError::NotFound | PlatformError::Forbidden) => {
                    return Err(Error::UnknownChannel(id.to_string()));
                }
                Err(other) => return Err(other.into()),
            }
        }
        Ok(channels)
    }

    /// Reads the client that the operator named, if any. It has to belong to the domain of the path.
    async fn find_client(
        &self,
        caller: &Caller,
        domain: &DomainId,
        id: Option<&ClientId>,
    ) -> Result<Option<PlatformClient>, Error> {
        let Some(id) = id else { return Ok(None) };
        match self.platform.client(caller, domain, id).await {
            Ok(client) if client.domain_id == *domain => Ok(Some(client)),
            Ok(_) | Err(PlatformError::NotFound | PlatformError::Forbidden) => {
                Err(Error::UnknownClient(id.to_string()))
            }
            Err(other) => Err(other.into()),
        }
    }

    fn new_config(
        &self,
        grant: &Grant,
        valid: Valid,
        channels: Vec<Channel>,
        client: Option<&PlatformClient>,
    ) -> Result<NewConfig, Error> {
        let id = match client {
            Some(client) => client.id.clone(),
            None => ClientId::parse(self.random.uuid()).map_err(|e| Error::Internal(e.to_string()))?,
        };
        Ok(NewConfig {
            domain: grant.domain().clone(),
            client: id,
            creates_client: client.is_none(),
            created_by: grant.caller().user.clone(),
            external_id: valid.external_id,
            external_key: valid.external_key,
            name: valid.name,
            content: valid.content,
            certificates: valid.certificates,
            channels,
            idempotency_key: valid.idempotency_key,
            fingerprint: valid.fingerprint,
            created_at: self.clock.now(),
        })
    }

    /// The client of a reserved config: the one that was named, or the one that is made for it.
    async fn ensure_client(
        &self,
        caller: &Caller,
        new: &NewConfig,
        named: Option<PlatformClient>,
    ) -> Result<PlatformClient, Error> {
        if let Some(client) = named {
            return self.named_client_now(caller, new, client).await;
        }
        let name = format!("Bootstrapped Client {}", new.client);
        match self.platform.ensure_client(caller, &new.domain, &new.client, &name).await {
            Ok(client) => Ok(client),
            // Nobody knows what was done: the same request again, or reconcile, finds out.
            Err(PlatformError::Unavailable(context)) => Err(Error::Unavailable(context)),
            Err(refusal) => {
                // A client that conflicts is somebody else's.
                let ours = refusal != PlatformError::Conflict;
                self.undo_quietly(caller, new, ours).await;
                Err(refusal.into())
            }
        }
    }

    /// What happened to the client before the reservation, no event brings to the config any more: so it is
    /// looked at again. What happens from now on, events tell, and `complete` lets them win.
    async fn named_client_now(
        &self,
        caller: &Caller,
        new: &NewConfig,
        known: PlatformClient,
    ) -> Result<PlatformClient, Error> {
        let Some(service) = self.platform.service_caller() else { return Ok(known) };
        match self.platform.client(&service, &new.domain, &new.client).await {
            Ok(now) => Ok(now),
            Err(PlatformError::NotFound) => {
                self.undo_quietly(caller, new, false).await;
                Err(Error::UnknownClient(new.client.to_string()))
            }
            Err(other) => Err(other.into()),
        }
    }

    /// From here on the config exists for everybody.
    async fn complete(&self, caller: &Caller, new: &NewConfig, client: &PlatformClient) -> Result<(), Error> {
        match self.store.complete(&new.domain, &new.client, &client.secret, client.enabled).await {
            Ok(()) => Ok(()),
            Err(StoreError::Unavailable(context)) => Err(Error::Unavailable(context)),
            Err(StoreError::NotFound) => {
                // Either an identical request was faster, or the reservation was undone under our feet.
                if self.store.exists(&new.domain, &new.client).await? {
                    return Ok(());
                }
                self.undo_quietly(caller, new, true).await;
                Err(Error::Unavailable("the reservation was undone while its client was made".into()))
            }
            Err(refusal) => {
                self.undo_quietly(caller, new, true).await;
                Err(refusal.into())
            }
        }
    }

    /// Undoes a create. What can't be undone now stays reserved, and `reconcile` undoes it later.
    async fn undo_quietly(&self, caller: &Caller, new: &NewConfig, client_is_ours: bool) {
        let discard = new.creates_client && client_is_ours;
        if let Err(error) = self.undo_reservation(caller, &new.domain, &new.client, discard).await {
            tracing::warn!(domain = %new.domain, client = %new.client, %error, "a failed create waits to be undone");
        }
    }

    /// Removes the client that was made for a reserved config, then the reservation. In this order: the
    /// reservation is what remembers the client.
    pub(crate) async fn undo_reservation(
        &self,
        caller: &Caller,
        domain: &DomainId,
        client: &ClientId,
        discard: bool,
    ) -> Result<(), Error> {
        // An identical request may have completed it meanwhile; then the client is in use.
        if discard && !self.store.exists(domain, client).await? {
            match self.platform.discard_client(caller, domain, client).await {
                Ok(()) | Err(PlatformError::NotFound) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Ok(self.store.release(domain, client).await?)
    }
}

/// A request in which everything was checked that can be checked without asking anybody.
struct Valid {
    external_id: ExternalId,
    external_key: Secret,
    client: Option<ClientId>,
    channels: Vec<ChannelId>,
    name: String,
    content: Secret,
    certificates: Certificates,
    idempotency_key: Option<String>,
    fingerprint: Bytes,
}

impl Valid {
    fn check(request: Enroll) -> Result<Valid, Error> {
        let mut valid = Valid {
            external_id: limits::external_id(request.external_id)?,
            external_key: limits::external_key(request.external_key)?,
            client: limits::client_id(request.client_id)?,
            channels: limits::channel_ids(request.channels)?,
            name: limits::name(request.name)?,
            content: limits::content(request.content)?,
            certificates: certificates::check(request.client_cert, request.client_key, request.ca_cert)?,
            idempotency_key: limits::idempotency_key(request.idempotency_key)?,
            fingerprint: Bytes::new([]),
        };
        valid.fingerprint = valid.fingerprint();
        Ok(valid)
    }

    /// The same bytes for the same request, other bytes for any other: each field with its length in front.
    fn fingerprint(&self) -> Bytes {
        let certificates = &self.certificates;
        let fixed = [
            Some(self.external_id.as_str()),
            Some(self.external_key.expose()),
            self.client.as_ref().map(ClientId::as_str),
            Some(&self.name),
            Some(self.content.expose()),
            certificates.client_cert.as_deref(),
            certificates.client_key.as_ref().map(Secret::expose),
            certificates.ca_cert.as_deref(),
        ];
        let fields = || fixed.into_iter().chain(self.channels.iter().map(|id| Some(id.as_str())));
        // Exactly as large as needed: growing would leave copies of secrets behind.
        let mut bytes = Vec::with_capacity(fields().map(|field| 9 + field.map_or(0, str::len)).sum());
        for field in fields() {
            bytes.push(u8::from(field.is_some()));
            let field = field.unwrap_or_default();
            bytes.extend_from_slice(&(field.len() as u64).to_be_bytes());
            bytes.extend_from_slice(field.as_bytes());
        }
        Bytes::new(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Enroll {
        Enroll {
            external_id: "09:6:0:sb:sa".into(),
            external_key: "key".into(),
            client_id: None,
            channels: vec!["ch1".into(), "ch2".into()],
            name: "device".into(),
            content: "{}".into(),
            client_cert: None,
            client_key: None,
            ca_cert: None,
            idempotency_key: None,
        }
    }

    fn fingerprint(change: impl FnOnce(&mut Enroll)) -> Vec<u8> {
        let mut request = request();
        change(&mut request);
        Valid::check(request).unwrap_or_else(|e| panic!("{e}")).fingerprint.expose().to_vec()
    }

    #[test]
    fn the_same_request_has_the_same_fingerprint() {
        let first = fingerprint(|_| {});
        assert_eq!(first, fingerprint(|_| {}));
        assert_eq!(first, fingerprint(|r| r.client_id = Some(String::new())));
        assert_eq!(first, fingerprint(|r| r.channels.push("ch1".into())));
        assert_eq!(first, fingerprint(|r| r.ca_cert = Some(String::new())));
        assert_eq!(first, fingerprint(|r| r.idempotency_key = Some("again".into())));
    }

    #[test]
    fn any_other_request_has_another_fingerprint() {
        const CERT: &str = include_str!("../../testkit/data/certificates/p256-v1.cert.pem");
        let changes: [fn(&mut Enroll); 12] = [
            |_| {},
            |r| r.external_id = "other".into(),
            |r| r.external_key = "other".into(),
            |r| r.client_id = Some("c1".into()),
            |r| r.channels.swap(0, 1),
            |r| r.channels = vec!["ch1ch2".into()],
            |r| r.channels.truncate(1),
            |r| r.name = String::new(),
            |r| r.content = "{} ".into(),
            |r| r.client_cert = Some(CERT.into()),
            |r| r.ca_cert = Some(CERT.into()),
            // The same characters, distributed over two fields in another way.
            |r| (r.name, r.content) = ("device{".into(), "}".into()),
        ];
        let all: std::collections::HashSet<_> = changes.iter().map(|change| fingerprint(change)).collect();
        assert_eq!(all.len(), changes.len());
    }

    #[test]
    fn what_is_missing_is_told_first() {
        let mut empty = request();
        empty.external_id = String::new();
        empty.external_key = String::new();
        assert!(matches!(Valid::check(empty), Err(Error::MissingExternalId)));
        let mut keyless = request();
        keyless.external_key = String::new();
        assert!(matches!(Valid::check(keyless), Err(Error::MissingExternalKey)));
    }

    #[test]
    fn a_bad_certificate_names_its_field() {
        let mut bad = request();
        bad.ca_cert = Some("not a certificate".into());
        assert!(matches!(Valid::check(bad), Err(Error::Invalid { field: "ca_cert", .. })));
    }
}
