//! The two keys: from outside, or from the data folder.

use super::{StartError, data_dir::DataDir, settings::Settings};
use onramp_core::port::Random;
use onramp_protocol::ExchangeKey;
use onramp_store::MASTER_KEY_LEN;
use zeroize::Zeroizing;

/// Keys that stand in the reference's source code and sample files: everybody knows them.
const PUBLISHED: &[&[u8]] = &[b"12345678910111213141516171819202", b"v7aT0HGxJxt2gULzr3RHwf4WIf6DusPp"];

/// The keys of this server.
pub struct Gathered {
    /// Everything at rest hangs on it.
    pub master: Zeroizing<[u8; MASTER_KEY_LEN]>,
    /// What the fleet shares for the secure exchange.
    pub exchange: Zeroizing<Vec<u8>>,
}

/// Takes the keys from the settings, else from the data folder.
pub fn gather(settings: &Settings, data: &DataDir, random: &dyn Random) -> Result<Gathered, StartError> {
    let master = settings.master_key.clone().map_or_else(|| data.master_key(random), Ok)?;
    let exchange = settings.exchange_key.clone().map_or_else(|| data.exchange_key(random), Ok)?;
    let gathered = Gathered { master, exchange };
    for warning in gathered.warnings() {
        tracing::warn!("{warning}");
    }
    Ok(gathered)
}

impl Gathered {
    /// The secure-exchange key, checked.
    pub fn exchange_key(&self) -> Result<ExchangeKey, StartError> {
        ExchangeKey::new(&self.exchange).map_err(|error| StartError::Usage(error.to_string()))
    }

    /// What an operator should know about these keys, in health and in the log.
    pub fn warnings(&self) -> Vec<String> {
        if PUBLISHED.contains(&&**self.exchange) {
            return vec![
                "the secure-exchange key is one that the reference publishes: anybody can read and forge \
                 secure exchanges; set MG_BOOTSTRAP_ENCRYPT_KEY to a key of your own"
                    .into(),
            ];
        }
        Vec::new()
    }
}
