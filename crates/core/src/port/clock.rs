//! Time and chance, injected so that tests decide them.

use crate::model::Timestamp;

/// The wall clock.
pub trait Clock: Send + Sync {
    /// Now, in microseconds since the epoch.
    fn now(&self) -> Timestamp;
}

/// The source of everything that must not be guessed.
pub trait Random: Send + Sync {
    /// Fills the buffer from the operating system's random source.
    fn fill(&self, buffer: &mut [u8]);

    /// A fresh random UUID (version 4), lower-case.
    fn uuid(&self) -> String;
}
