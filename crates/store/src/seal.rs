//! The only place where a secret becomes bytes at rest, or bytes become a secret.
//!
//! Everything comes from one master key: HKDF-SHA-256 with a label each gives the sealing key, the tag key
//! and the token key. A sealed value is `version ‖ key id ‖ nonce ‖ AES-256-GCM ciphertext and tag`, bound to
//! the place where it is stored, so that a value moved to another row or column does not open.

use onramp_core::{model::Secret, port::Random, port::StoreError};
use ring::{aead, hkdf, hmac};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Length of the master key, in bytes.
pub const MASTER_KEY_LEN: usize = 32;

const VERSION: u8 = 1;
const KEY_ID_LEN: usize = 4;
const HEADER_LEN: usize = 1 + KEY_ID_LEN + aead::NONCE_LEN;

/// Where a sealed value lives; part of what the seal authenticates.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub table: &'a str,
    pub column: &'a str,
    pub domain: &'a str,
    pub id: &'a str,
    /// The external id, for the external key; empty elsewhere.
    pub extra: &'a str,
}

impl Place<'_> {
    /// Each part with its length in front, so that no two places have the same bytes.
    fn to_aad(self) -> Vec<u8> {
        let parts = [self.table, self.column, self.domain, self.id, self.extra];
        let mut aad = Vec::with_capacity(parts.iter().map(|part| part.len() + 4).sum());
        for part in parts {
            push_with_length(&mut aad, part.as_bytes());
        }
        aad
    }
}

fn push_with_length(out: &mut Vec<u8>, part: &[u8]) {
    out.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(part);
}

/// The keys derived from the master key.
pub(crate) struct Vault {
    key_id: [u8; KEY_ID_LEN],
    sealing: aead::LessSafeKey,
    tagging: hmac::Key,
    tokens: hmac::Key,
    random: Arc<dyn Random>,
}

impl Vault {
    pub(crate) fn new(master: &[u8; MASTER_KEY_LEN], random: Arc<dyn Random>) -> Self {
        let master = hkdf::Salt::new(hkdf::HKDF_SHA256, b"onramp").extract(master);
        let derive = |label: &str| {
            let mut key = Zeroizing::new([0; 32]);
            master
                .expand(&[label.as_bytes()], hkdf::HKDF_SHA256)
                .and_then(|okm| okm.fill(&mut key[..]))
                .expect("32 bytes are within what HKDF-SHA-256 can give");
            key
        };
        let id = derive("key id v1");
        let sealing = aead::UnboundKey::new(&aead::AES_256_GCM, &derive("seal v1")[..])
            .expect("AES-256 takes 32 bytes");
        Vault {
            key_id: [id[0], id[1], id[2], id[3]],
            sealing: aead::LessSafeKey::new(sealing),
            tagging: hmac::Key::new(hmac::HMAC_SHA256, &derive("tag v1")[..]),
            tokens: hmac::Key::new(hmac::HMAC_SHA256, &derive("token v1")[..]),
            random,
        }
    }

    /// Seals bytes for a place. Two seals of the same bytes differ.
    pub(crate) fn seal(&self, place: Place<'_>, plaintext: &[u8]) -> Vec<u8> {
        let mut nonce = [0; aead::NONCE_LEN];
        self.random.fill(&mut nonce);
        let mut out = Vec::with_capacity(HEADER_LEN + plaintext.len() + self.sealing.algorithm().tag_len());
        out.push(VERSION);
        out.extend_from_slice(&self.key_id);
        out.extend_from_slice(&nonce);
        let mut body = plaintext.to_vec();
        self.sealing
            .seal_in_place_append_tag(
                aead::Nonce::assume_unique_for_key(nonce),
                aead::Aad::from(place.to_aad()),
                &mut body,
            )
            .expect("nothing that the limits let in is too long for AES-GCM");
        out.append(&mut body);
        out
    }

    /// Opens what [`seal`](Self::seal) made for the same place.
    pub(crate) fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let damaged = || StoreError::Corrupt(format!("{}.{} does not open", place.table, place.column));
        let (header, body) = sealed.split_at_checked(HEADER_LEN).ok_or_else(damaged)?;
        if header[0] != VERSION || header[1..=KEY_ID_LEN] != self.key_id {
            return Err(damaged());
        }
        let nonce =
            aead::Nonce::try_assume_unique_for_key(&header[1 + KEY_ID_LEN..]).map_err(|_| damaged())?;
        let mut body = Zeroizing::new(body.to_vec());
        let length = self
            .sealing
            .open_in_place(nonce, aead::Aad::from(place.to_aad()), &mut body)
            .map_err(|_| damaged())?
            .len();
        body.truncate(length);
        Ok(body)
    }

    /// Seals a text.
    pub(crate) fn seal_text(&self, place: Place<'_>, text: &Secret) -> Vec<u8> {
        self.seal(place, text.expose().as_bytes())
    }

    /// Opens a text.
    pub(crate) fn open_text(&self, place: Place<'_>, sealed: &[u8]) -> Result<Secret, StoreError> {
        let mut bytes = self.open(place, sealed)?;
        let text = String::from_utf8(std::mem::take(&mut *bytes));
        text.map(Secret::new)
            .map_err(|_| StoreError::Corrupt(format!("{}.{} is not text", place.table, place.column)))
    }

    /// The credential tag: what a device that knows both id and key is found by. 63 bits are enough to find:
    /// what is found proves itself by its sealed key, and among ten million configs the odds that any two meet
    /// are one in 200,000.
    pub(crate) fn credential_tag(&self, external_id: &str, external_key: &[u8]) -> i64 {
        let tag = self.tag(&self.tagging, &[b"credential", external_id.as_bytes(), external_key]);
        number(&tag) & i64::MAX
    }

    /// A tag that no device is found by.
    pub(crate) fn no_tag(&self) -> i64 {
        let mut bytes = [0; 32];
        self.random.fill(&mut bytes);
        number(&bytes) | i64::MIN
    }

    /// A keyed hash of some secret that must be unique, or recognised, without being readable.
    pub(crate) fn blind_index(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut all: Vec<&[u8]> = vec![b"index", purpose.as_bytes()];
        all.extend_from_slice(parts);
        self.tag(&self.tagging, &all)
    }

    /// What is stored of a token.
    pub(crate) fn token_hash(&self, token: &Secret) -> [u8; 32] {
        self.tag(&self.tokens, &[token.expose().as_bytes()])
    }

    /// What a database keeps to recognise the master key, or another key, without knowing it.
    pub(crate) fn check_value(&self, which: &str, key: &[u8]) -> [u8; 32] {
        self.tag(&self.tagging, &[b"check", which.as_bytes(), key])
    }

    fn tag(&self, key: &hmac::Key, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(key);
        for part in parts {
            context.update(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
            context.update(part);
        }
        let mut out = [0; 32];
        out.copy_from_slice(context.sign().as_ref());
        out
    }
}

fn number(bytes: &[u8; 32]) -> i64 {
    i64::from_be_bytes(std::array::from_fn(|place| bytes[place]))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A random source that counts, for tests that look at bytes.
    pub(crate) struct Counting(std::sync::atomic::AtomicU64);

    impl Counting {
        pub(crate) fn shared() -> Arc<dyn Random> {
            Arc::new(Counting(std::sync::atomic::AtomicU64::new(1)))
        }
    }

    impl Random for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            let next = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_be_bytes();
            for (slot, byte) in buffer.iter_mut().zip(next.iter().cycle()) {
                *slot = *byte;
            }
        }

        fn uuid(&self) -> String {
            let next = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            format!("00000000-0000-4000-8000-{next:012x}")
        }
    }

    fn place<'a>(domain: &'a str, id: &'a str) -> Place<'a> {
        Place { table: "t", column: "c", domain, id, extra: "" }
    }

    #[test]
    fn a_sealed_value_opens_only_at_its_place_under_its_key() {
        let vault = Vault::new(&[7; 32], Counting::shared());
        let sealed = vault.seal(place("d", "i"), b"hunter2");
        assert_eq!(*vault.open(place("d", "i"), &sealed).unwrap(), b"hunter2");
        assert!(vault.open(place("di", ""), &sealed).is_err(), "parts must not run together");
        assert!(vault.open(place("d", "j"), &sealed).is_err());
        assert!(Vault::new(&[8; 32], Counting::shared()).open(place("d", "i"), &sealed).is_err());
        assert_ne!(sealed, vault.seal(place("d", "i"), b"hunter2"));
    }

    #[test]
    fn tags_keep_id_and_key_apart() {
        let vault = Vault::new(&[7; 32], Counting::shared());
        assert_ne!(vault.credential_tag("ab", b"c"), vault.credential_tag("a", b"bc"));
        assert_eq!(vault.credential_tag("a", b"b"), vault.credential_tag("a", b"b"));
    }

    proptest! {
        #[test]
        fn no_change_goes_unnoticed(plain in prop::collection::vec(any::<u8>(), 0..80), at: prop::sample::Index, bit in 0..8u8) {
            let vault = Vault::new(&[7; 32], Counting::shared());
            let mut sealed = vault.seal(place("d", "i"), &plain);
            prop_assert_eq!(&*vault.open(place("d", "i"), &sealed).unwrap(), &plain);
            let index = at.index(sealed.len());
            sealed[index] ^= 1 << bit;
            prop_assert!(vault.open(place("d", "i"), &sealed).is_err());
        }
    }
}
