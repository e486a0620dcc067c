//! The real clock and the real source of chance.

use onramp_core::{
    model::Timestamp,
    port::{Clock, Random},
};
use ring::rand::{SecureRandom, SystemRandom};
use std::time::{SystemTime, UNIX_EPOCH};

/// The operating system's clock.
pub struct OsClock;

impl Clock for OsClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place where time comes in")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// The operating system's random source.
pub struct OsRandom(SystemRandom);

impl Default for OsRandom {
    fn default() -> Self {
        OsRandom(SystemRandom::new())
    }
}

impl OsRandom {
    /// Makes sure that the source works; after that it does not fail any more.
    #[must_use]
    pub fn works(&self) -> bool {
        self.0.fill(&mut [0; 1]).is_ok()
    }
}

impl Random for OsRandom {
    fn fill(&self, buffer: &mut [u8]) {
        self.0.fill(buffer).expect("the start checked that the random source works");
    }

    fn uuid(&self) -> String {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }
}
