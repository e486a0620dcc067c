//! Passwords: argon2id, one at a time, behind a short queue, off the threads that serve devices.

use crate::Failure;
use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use onramp_core::{
    model::{Bytes, Secret},
    port::Random,
};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::Mutex;

/// Passwords that may wait while one is worked on.
const WAITING: usize = 8;
const MEMORY_KIB: u32 = 7 * 1024;
const PASSES: u32 = 5;
const LANES: u32 = 1;
const SALT_LEN: usize = 16;
const HASH_LEN: usize = 32;

/// The one place where passwords are hashed and compared.
pub struct Passwords {
    random: Arc<dyn Random>,
    turn: Arc<Mutex<()>>,
    present: AtomicUsize,
}

impl Passwords {
    /// A queue of its own.
    #[must_use]
    pub fn new(random: Arc<dyn Random>) -> Self {
        Passwords { random, turn: Arc::default(), present: AtomicUsize::new(0) }
    }

    /// What is stored of a password.
    ///
    /// # Errors
    /// `Busy` when too many wait already; `Internal`.
    pub async fn hash(&self, password: &Secret) -> Result<Secret, Failure> {
        let mut salt = [0; SALT_LEN];
        self.random.fill(&mut salt);
        let hash = self.derive(password, salt.to_vec(), Cost::CURRENT).await?;
        let encode = |bytes: &[u8]| STANDARD_NO_PAD.encode(bytes);
        let Cost { memory, passes, lanes } = Cost::CURRENT;
        Ok(Secret::new(format!(
            "$argon2id$v=19$m={memory},t={passes},p={lanes}${}${}",
            encode(&salt),
            encode(hash.expose())
        )))
    }

    /// Is this the password? Without a stored hash the answer is no, at the same cost.
    ///
    /// # Errors
    /// `Busy` when too many wait already; `Internal` when the stored hash makes no sense.
    pub async fn verify(&self, password: &Secret, stored: Option<&Secret>) -> Result<bool, Failure> {
        let Some(stored) = stored else {
            self.derive(password, vec![0; SALT_LEN], Cost::CURRENT).await?;
            return Ok(false);
        };
        let stored = Stored::parse(stored.expose())
            .ok_or_else(|| Failure::Internal("a stored password hash makes no sense".into()))?;
        let hash = self.derive(password, stored.salt, stored.cost).await?;
        Ok(hash == Bytes::new(stored.hash))
    }

    async fn derive(&self, password: &Secret, salt: Vec<u8>, cost: Cost) -> Result<Bytes, Failure> {
        let _place = Place::take(&self.present).ok_or(Failure::Busy)?;
        let turn = Arc::clone(&self.turn).lock_owned().await;
        let password = password.clone();
        let internal = |error: &dyn std::fmt::Display| Failure::Internal(format!("argon2: {error}"));
        let work = tokio::task::spawn_blocking(move || {
            // Held until the work is done, even when nobody waits for it any more.
            let _turn = turn;
            let params = Params::new(cost.memory, cost.passes, cost.lanes, Some(HASH_LEN))?;
            let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            let mut out = [0; HASH_LEN];
            argon.hash_password_into(password.expose().as_bytes(), &salt, &mut out)?;
            Ok::<_, argon2::Error>(Bytes::new(out))
        });
        work.await.map_err(|error| internal(&error))?.map_err(|error| internal(&error))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cost {
    memory: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    const CURRENT: Cost = Cost { memory: MEMORY_KIB, passes: PASSES, lanes: LANES };
}

/// A stored hash, taken apart: it says itself how it was made, so that the cost can be raised later.
struct Stored {
    cost: Cost,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Stored {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("$argon2id$v=19$")?.split('$');
        let (cost, salt, hash) = (parts.next()?, parts.next()?, parts.next()?);
        let mut numbers = cost.split(',').zip(["m=", "t=", "p="]);
        let mut number = || {
            let (text, name) = numbers.next()?;
            text.strip_prefix(name)?.parse().ok()
        };
        let cost = Cost { memory: number()?, passes: number()?, lanes: number()? };
        let decode = |text: &str| STANDARD_NO_PAD.decode(text).ok();
        Some(Stored { cost, salt: decode(salt)?, hash: decode(hash)? })
    }
}

/// A place in the queue, given back when dropped.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(present: &'a AtomicUsize) -> Option<Self> {
        let place = Place(present);
        // The one that is worked on has a place too. A refused one gives its place back at once.
        (present.fetch_add(1, Ordering::Relaxed) <= WAITING).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;

    impl Random for Fixed {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(7);
        }
        fn uuid(&self) -> String {
            "00000000-0000-4000-8000-000000000000".into()
        }
    }

    #[test]
    fn a_refused_place_is_given_back() {
        let present = AtomicUsize::new(0);
        let places: Vec<_> = (0..=WAITING).map(|_| Place::take(&present).unwrap()).collect();
        assert!(Place::take(&present).is_none());
        assert_eq!(present.load(Ordering::Relaxed), WAITING + 1);
        drop(places);
        assert!(Place::take(&present).is_some());
    }

    #[tokio::test]
    async fn only_the_password_fits_its_hash() {
        let passwords = Passwords::new(Arc::new(Fixed));
        let stored = passwords.hash(&Secret::new("correct horse")).await.unwrap();
        assert!(stored.expose().starts_with("$argon2id$v=19$m=7168,t=5,p=1$"));
        assert!(passwords.verify(&Secret::new("correct horse"), Some(&stored)).await.unwrap());
        assert!(!passwords.verify(&Secret::new("wrong horse"), Some(&stored)).await.unwrap());
        assert!(!passwords.verify(&Secret::new("correct horse"), None).await.unwrap());
        assert!(passwords.verify(&Secret::new("x"), Some(&Secret::new("damaged"))).await.is_err());
    }

    #[tokio::test]
    async fn a_crowd_is_told_to_come_back() {
        let passwords = Passwords::new(Arc::new(Fixed));
        let _turn = passwords.turn.lock().await;
        let waiting: Vec<_> = (0..=WAITING).map(|_| Place::take(&passwords.present).unwrap()).collect();
        let refused = passwords.verify(&Secret::new("x"), None).await;
        assert!(matches!(refused, Err(Failure::Busy)));
        drop(waiting);
    }
}
