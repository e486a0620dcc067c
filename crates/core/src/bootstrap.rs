//! A device asks for its configuration. Read it from top to bottom: recognise → admit → compose → seal →
//! record. The platform is never called: what the device needs was stored when the operator enrolled it.

use crate::attempts::Recorder;
use crate::model::{Channel, ClientId, Enrolment, ExternalId, Secret, Status};
use crate::port::{Clock, Random, Store, StoreError};
pub use crate::refusal::{Reason, Switch};
use onramp_protocol::{
    Answer, AnswerChannel, Credential, CredentialError, ExchangeKey, IV_LEN, MissingCredential,
};
use serde_json::value::RawValue;
use std::sync::Arc;
use zeroize::Zeroizing;

/// All that devices can reach: what handlers of their routes call.
pub struct Devices {
    /// Configs.
    pub store: Arc<dyn Store>,
    /// The fleet's key for the secure exchange.
    pub exchange_key: ExchangeKey,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// Where attempts are counted.
    pub recorder: Arc<Recorder>,
    /// Send the client's secret as `client_key` too, when neither certificate nor private key is stored?
    pub secret_alias: bool,
    /// Tell devices exactly why they are refused?
    pub detailed_errors: bool,
}

/// What a device sent.
#[derive(Debug, Clone, Copy)]
pub struct DeviceRequest<'a> {
    /// External id, percent-decoded once; may be empty, or no UTF-8.
    pub external_id: &'a [u8],
    /// What the header held.
    pub credential: Result<Credential<'a>, MissingCredential>,
}

/// Why a device gets nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// No credential in the header.
    MissingCredential,
    /// No external id in the path.
    MissingId,
    /// Refused; without detailed errors devices are told the same for all reasons.
    Rejected(Reason),
    /// Not now. The text is for the log.
    Unavailable(String),
    /// Something is wrong inside. The text is for the log.
    Internal(String),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(context) => Refused::Unavailable(context),
            other => Refused::Internal(other.to_string()),
        }
    }
}

impl Devices {
    /// The plain exchange.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn plain(&self, request: DeviceRequest<'_>) -> Result<Answer, Refused> {
        let (id, credential) = read(request)?;
        let enrolment = self.recognise(&id, credential.as_bytes()).await?;
        self.admit(&id, &enrolment)?;
        let (client, answer) = compose(enrolment, self.secret_alias)?;
        self.record(&client);
        Ok(answer)
    }

    /// The secure exchange: initialisation vector and ciphertext of the JSON.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn secure(&self, request: DeviceRequest<'_>) -> Result<Vec<u8>, Refused> {
        self.secure_as(request, serde_json::to_vec).await
    }

    /// The secure exchange with JSON of another shape: older devices know other names.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn secure_as(
        &self,
        request: DeviceRequest<'_>,
        encode: impl FnOnce(&Answer) -> serde_json::Result<Vec<u8>>,
    ) -> Result<Vec<u8>, Refused> {
        let (id, credential) = read(request)?;
        let key = self.open(&id, credential).await?;
        let enrolment = self.recognise(&id, &key).await?;
        self.admit(&id, &enrolment)?;
        let (client, answer) = compose(enrolment, self.secret_alias)?;
        let sealed = self.seal(encode(&answer))?;
        self.record(&client);
        Ok(sealed)
    }

    /// Decrypts the key of a secure request.
    async fn open(&self, id: &ExternalId, credential: Credential<'_>) -> Result<Zeroizing<Vec<u8>>, Refused> {
        match self.exchange_key.open_credential(credential.as_bytes()) {
            Ok(key) => Ok(key),
            Err(CredentialError::NotHex) => Err(self.reject(id, Reason::NotHex).await),
            Err(CredentialError::TooShort) => Err(self.reject(id, Reason::TooShort).await),
        }
    }

    /// Finds the config that the device proves to own.
    async fn recognise(&self, id: &ExternalId, key: &[u8]) -> Result<Enrolment, Refused> {
        match self.store.recognise(id, key).await? {
            Some(enrolment) => Ok(enrolment),
            None => Err(self.reject(id, Reason::Unrecognised).await),
        }
    }

    /// All three switches have to be on. The state plays no part.
    fn admit(&self, id: &ExternalId, enrolment: &Enrolment) -> Result<(), Refused> {
        let Some(switch) = switched_off(enrolment) else { return Ok(()) };
        self.recorder.switched_off(id, &enrolment.domain, &enrolment.client, switch, self.clock.now());
        Err(Refused::Rejected(Reason::Disabled(switch)))
    }

    /// Encrypts the answer under a fresh initialisation vector.
    fn seal(&self, json: serde_json::Result<Vec<u8>>) -> Result<Vec<u8>, Refused> {
        let json = Zeroizing::new(json.map_err(|e| Refused::Internal(e.to_string()))?);
        let mut iv = [0; IV_LEN];
        self.random.fill(&mut iv);
        Ok(self.exchange_key.seal(iv, &json))
    }

    /// The device never waits for it.
    fn record(&self, client: &ClientId) {
        self.recorder.served(client, self.clock.now());
    }

    async fn reject(&self, id: &ExternalId, reason: Reason) -> Refused {
        let reason = match self.explain(id, reason).await {
            Ok(reason) => reason,
            Err(error) => return error.into(),
        };
        self.recorder.refused(id, reason, self.clock.now());
        Refused::Rejected(reason)
    }

    /// Only where devices are told: an unknown id counts before whatever is wrong with the key.
    async fn explain(&self, id: &ExternalId, reason: Reason) -> Result<Reason, StoreError> {
        if !self.detailed_errors {
            return Ok(reason);
        }
        match (self.store.holders(id).await?.is_empty(), reason) {
            (true, _) => Ok(Reason::UnknownId),
            (false, Reason::Unrecognised) => Ok(Reason::WrongKey),
            (false, other) => Ok(other),
        }
    }
}

/// A missing credential counts before a missing id.
fn read(request: DeviceRequest<'_>) -> Result<(ExternalId, Credential<'_>), Refused> {
    let credential = request.credential.map_err(|MissingCredential| Refused::MissingCredential)?;
    if request.external_id.is_empty() {
        return Err(Refused::MissingId);
    }
    let id = std::str::from_utf8(request.external_id).ok().and_then(|text| ExternalId::parse(text).ok());
    Ok((id.ok_or(Refused::Rejected(Reason::MalformedId))?, credential))
}

fn switched_off(enrolment: &Enrolment) -> Option<Switch> {
    if enrolment.status == Status::Disabled {
        Some(Switch::Config)
    } else if !enrolment.client_enabled {
        Some(Switch::Client)
    } else if !enrolment.domain_enabled {
        Some(Switch::Domain)
    } else {
        None
    }
}

/// Makes the answer out of what is stored.
fn compose(enrolment: Enrolment, secret_alias: bool) -> Result<(ClientId, Answer), Refused> {
    let Enrolment { client, client_secret, content, certificates, channels, .. } = enrolment;
    let alias = secret_alias && certificates.client_cert.is_none() && certificates.client_key.is_none();
    let client_key = if alias { Some(client_secret.clone()) } else { certificates.client_key };
    let answer = Answer {
        client_id: client.as_str().to_owned(),
        client_secret: client_secret.into_exposed(),
        channels: channels.into_iter().map(answer_channel).collect::<Result<_, _>>()?,
        content: content.into_exposed(),
        client_cert: certificates.client_cert,
        client_key: client_key.map(Secret::into_exposed),
        ca_cert: certificates.ca_cert,
    };
    Ok((client, answer))
}

fn answer_channel(channel: Channel) -> Result<AnswerChannel, Refused> {
    let metadata = channel.metadata.map(RawValue::from_string).transpose();
    Ok(AnswerChannel {
        id: channel.id.as_str().to_owned(),
        name: Some(channel.name).filter(|name| !name.is_empty()),
        metadata: metadata.map_err(|_| Refused::Internal("a channel's metadata is not JSON".into()))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Certificates, ChannelId, DomainId};

    fn enrolment() -> Enrolment {
        Enrolment {
            domain: DomainId::parse("d1").unwrap(),
            client: ClientId::parse("c1").unwrap(),
            client_secret: Secret::new("secret"),
            content: Secret::new(""),
            certificates: Certificates::default(),
            channels: vec![],
            status: Status::Enabled,
            client_enabled: true,
            domain_enabled: true,
        }
    }

    #[test]
    fn each_switch_refuses_and_the_operator_s_own_is_named_first() {
        assert_eq!(switched_off(&enrolment()), None);
        assert_eq!(switched_off(&Enrolment { domain_enabled: false, ..enrolment() }), Some(Switch::Domain));
        assert_eq!(switched_off(&Enrolment { client_enabled: false, ..enrolment() }), Some(Switch::Client));
        assert_eq!(
            switched_off(&Enrolment { status: Status::Disabled, ..enrolment() }),
            Some(Switch::Config)
        );
        let all = Enrolment {
            status: Status::Disabled,
            client_enabled: false,
            domain_enabled: false,
            ..enrolment()
        };
        assert_eq!(switched_off(&all), Some(Switch::Config));
    }

    #[test]
    fn a_missing_credential_is_told_before_a_missing_id() {
        let header =
            |value: &'static [u8]| Credential::from_header(Some(value), &[onramp_protocol::Scheme::Client]);
        let reading = |external_id: &'static [u8], value: &'static [u8]| {
            read(DeviceRequest { external_id, credential: header(value) }).map(|(id, _)| id.to_string())
        };
        assert_eq!(reading(b"", b"Bearer x"), Err(Refused::MissingCredential));
        assert_eq!(reading(b"", b"Client x"), Err(Refused::MissingId));
        assert_eq!(reading(b"a\xff", b"Client x"), Err(Refused::Rejected(Reason::MalformedId)));
        assert_eq!(reading(b"a\nb", b"Client x"), Err(Refused::Rejected(Reason::MalformedId)));
        assert_eq!(reading(&[b'x'; 1025], b"Client x"), Err(Refused::Rejected(Reason::MalformedId)));
        assert_eq!(reading(b"09:6/0 sb", b"Client \xff"), Ok("09:6/0 sb".into()));
    }

    #[test]
    fn an_answer_holds_what_is_stored_and_nothing_else() {
        let composed = |certificates, alias| {
            let (client, answer) = compose(Enrolment { certificates, ..enrolment() }, alias).unwrap();
            assert_eq!(client.as_str(), "c1");
            serde_json::to_string(&answer).unwrap()
        };
        let bare = r#"{"client_id":"c1","client_secret":"secret","channels":[],"content":"""#;
        assert_eq!(composed(Certificates::default(), false), format!("{bare}}}"));
        assert_eq!(composed(Certificates::default(), true), format!(r#"{bare},"client_key":"secret"}}"#));
        // The secret is never mistaken for the private key of a certificate.
        let cert = Certificates { client_cert: Some("CERT".into()), ..Certificates::default() };
        assert_eq!(composed(cert, true), format!(r#"{bare},"client_cert":"CERT"}}"#));
        let key = Certificates { client_key: Some(Secret::new("KEY")), ..Certificates::default() };
        assert_eq!(composed(key, true), format!(r#"{bare},"client_key":"KEY"}}"#));
        let ca = Certificates { ca_cert: Some("CA".into()), ..Certificates::default() };
        assert_eq!(composed(ca, true), format!(r#"{bare},"client_key":"secret","ca_cert":"CA"}}"#));
    }

    #[test]
    fn channels_leave_out_what_they_lack() {
        let channel = |name: &str, metadata: Option<&str>| Channel {
            id: ChannelId::parse("ch1").unwrap(),
            name: name.into(),
            metadata: metadata.map(Into::into),
        };
        let json = |channel| serde_json::to_string(&answer_channel(channel).unwrap()).unwrap();
        assert_eq!(json(channel("", None)), r#"{"id":"ch1"}"#);
        let full = json(channel("name", Some(r#"{"b":1.50, "a":null}"#)));
        assert_eq!(full, r#"{"id":"ch1","name":"name","metadata":{"b":1.50, "a":null}}"#);
        assert!(matches!(answer_channel(channel("", Some("{"))), Err(Refused::Internal(_))));
    }
}
