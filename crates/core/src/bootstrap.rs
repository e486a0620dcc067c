//! A device asks for its configuration.

use crate::attempts::Recorder;
use crate::port::{Clock, Random, Store};
use onramp_protocol::{Answer, Credential, ExchangeKey, MissingCredential};
use std::sync::Arc;

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
    /// Refused; without detailed errors all reasons look alike.
    Rejected(Reason),
    /// Not now. The text is for the log.
    Unavailable(String),
    /// Something is wrong inside. The text is for the log.
    Internal(String),
}

/// Why a device was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Nobody enrolled this external id.
    UnknownId,
    /// The id is enrolled, the key is another one.
    WrongKey,
    /// The encrypted key is not hexadecimal.
    NotHex,
    /// The encrypted key is shorter than its initialisation vector.
    TooShort,
    /// A switch is off.
    Disabled(Switch),
    /// No external id can look like this.
    MalformedId,
    /// Unknown id or wrong key: not told apart on the device's path.
    Unrecognised,
}

/// Which of the three switches is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Switch {
    /// The config's own.
    Config,
    /// The client's.
    Client,
    /// The domain's.
    Domain,
}

impl Devices {
    /// The plain exchange.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn plain(&self, request: DeviceRequest<'_>) -> Result<Answer, Refused> {
        let _ = request;
        todo!()
    }

    /// The secure exchange: initialisation vector and ciphertext of the JSON.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn secure(&self, request: DeviceRequest<'_>) -> Result<Vec<u8>, Refused> {
        let _ = request;
        todo!()
    }
}
