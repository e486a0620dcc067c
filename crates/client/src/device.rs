//! What a device asks: `contract/http-api.md` section 10.

use crate::{Api, Error, Json, Method, Path, Request};
use onramp_protocol::{ExchangeKey, IV_LEN};
use ring::rand::{SecureRandom, SystemRandom};

impl Api {
    /// The plain exchange.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn bootstrap(&self, external_id: &str, external_key: &str) -> Result<Json, Error> {
        let path = Path::fixed("clients/bootstrap").segment(external_id);
        self.ask(&path, external_key.as_bytes())?.json()
    }

    /// The encrypted exchange: the key goes out sealed, the answer comes back sealed.
    ///
    /// # Errors
    /// [`Error`], as every call; a wrong crypto key shows as [`Error::Undecipherable`].
    pub fn bootstrap_secure(
        &self,
        external_id: &str,
        external_key: &str,
        crypto_key: &str,
    ) -> Result<Json, Error> {
        let key = ExchangeKey::new(crypto_key.as_bytes())?;
        let mut iv = [0; IV_LEN];
        SystemRandom::new().fill(&mut iv).map_err(|_| Error::Random)?;
        let path = Path::fixed("clients/bootstrap/secure").segment(external_id);
        let reply = self.ask(&path, key.seal_credential(iv, external_key.as_bytes()).as_bytes())?;
        let opened = key.open(&reply.body).map_err(|_| Error::AnswerTooShort)?;
        Json::parse(&opened).map_err(|_| Error::Undecipherable)
    }

    fn ask(&self, path: &Path, credential: &[u8]) -> Result<crate::Reply, Error> {
        let authorization = Some([b"Client ", credential].concat());
        self.send(Request {
            method: Method::GET,
            url: path.on(&self.urls.bootstrap)?,
            authorization,
            body: None,
        })
    }
}
