//! The secure exchange: AES in CFB mode with 128-bit feedback, the IV in front, no padding and no
//! authentication (`contract/http-api.md` section 10.2). Kept byte for byte for the devices in the field.

use aes::cipher::KeyIvInit;
use alloc::vec::Vec;
use zeroize::Zeroizing;

/// Length of the initialisation vector in front of every ciphertext, in bytes.
pub const IV_LEN: usize = 16;

/// The fleet's shared key: the bytes of the configured *text*, not hexadecimal digits.
pub struct ExchangeKey(Zeroizing<Vec<u8>>);

/// The key is not 16, 24 or 32 bytes long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidKeyLength(
    /// Length of the refused key, in bytes.
    pub usize,
);

/// The ciphertext is shorter than its initialisation vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooShort;

/// Why an encrypted credential could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialError {
    /// Not hexadecimal, or an odd number of digits.
    NotHex,
    /// Shorter than one block, or nothing behind the initialisation vector.
    TooShort,
}

impl core::fmt::Display for InvalidKeyLength {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "the secure-exchange key must be 16, 24 or 32 bytes long, not {}", self.0)
    }
}

impl core::error::Error for InvalidKeyLength {}

impl core::fmt::Debug for ExchangeKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("ExchangeKey(..)")
    }
}

/// Runs one CFB operation with the AES variant that fits the key. Both types check their key and IV lengths at
/// construction; the lengths are ours, so the constructor cannot fail.
macro_rules! with_cipher {
    ($mode:ident, $key:expr, $iv:expr, |$cipher:ident| $body:expr) => {
        match $key.len() {
            16 => cfb_mode::$mode::<aes::Aes128>::new_from_slices($key, $iv).map(|$cipher| $body),
            24 => cfb_mode::$mode::<aes::Aes192>::new_from_slices($key, $iv).map(|$cipher| $body),
            _ => cfb_mode::$mode::<aes::Aes256>::new_from_slices($key, $iv).map(|$cipher| $body),
        }
        .expect("key and IV lengths were checked at construction")
    };
}

impl ExchangeKey {
    /// Takes the bytes of the configured text.
    ///
    /// # Errors
    /// [`InvalidKeyLength`] unless there are 16, 24 or 32 of them.
    pub fn new(text: &[u8]) -> Result<Self, InvalidKeyLength> {
        match text.len() {
            16 | 24 | 32 => Ok(ExchangeKey(Zeroizing::new(text.to_vec()))),
            other => Err(InvalidKeyLength(other)),
        }
    }

    /// The key's bytes, for the check value that a database holds.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Encrypts under a fresh random `iv`, which ends up in front of the result.
    #[must_use]
    pub fn seal(&self, iv: [u8; IV_LEN], plaintext: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(IV_LEN + plaintext.len());
        out.extend_from_slice(&iv);
        out.extend_from_slice(plaintext);
        with_cipher!(Encryptor, &self.0, &iv, |cipher| cipher.encrypt(&mut out[IV_LEN..]));
        out
    }

    /// Decrypts what [`seal`](Self::seal), or any AES-CFB-128 implementation, made. A wrong key gives noise,
    /// not an error: the mode authenticates nothing.
    ///
    /// # Errors
    /// [`TooShort`] when there is not even an initialisation vector.
    pub fn open(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, TooShort> {
        let (iv, ciphertext) = sealed.split_at_checked(IV_LEN).ok_or(TooShort)?;
        let mut out = Zeroizing::new(ciphertext.to_vec());
        with_cipher!(Decryptor, &self.0, iv, |cipher| cipher.decrypt(&mut out));
        Ok(out)
    }

    /// Opens the credential of a secure request: hexadecimal, upper or lower case, of IV and ciphertext.
    ///
    /// # Errors
    /// [`CredentialError`]; an empty key counts as too short, no config has one.
    pub fn open_credential(&self, credential: &[u8]) -> Result<Zeroizing<Vec<u8>>, CredentialError> {
        let sealed = hex::decode(credential).map_err(|_| CredentialError::NotHex)?;
        let key = self.open(&sealed).map_err(|_| CredentialError::TooShort)?;
        if key.is_empty() { Err(CredentialError::TooShort) } else { Ok(key) }
    }

    /// Makes the credential of a secure request, lower-case hexadecimal.
    #[must_use]
    pub fn seal_credential(&self, iv: [u8; IV_LEN], external_key: &[u8]) -> alloc::string::String {
        hex::encode(self.seal(iv, external_key))
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn vectors() -> Value {
        let text = include_str!("../../testkit/data/test-vectors.json");
        serde_json::from_str::<Value>(text).unwrap()["secure_bootstrap_aes_cfb128"].clone()
    }

    fn bytes(value: &Value) -> Vec<u8> {
        hex::decode(value.as_str().unwrap()).unwrap()
    }

    #[test]
    fn published_vectors() {
        let vectors = vectors();
        let list = vectors["vectors"].as_array().unwrap();
        assert!(list.len() >= 10);
        for vector in list {
            let key = ExchangeKey::new(&bytes(&vector["key_hex"])).unwrap();
            let (plain, sealed) = (bytes(&vector["plaintext_hex"]), bytes(&vector["ciphertext_hex"]));
            let iv: [u8; IV_LEN] = bytes(&vector["iv_hex"]).try_into().unwrap();
            assert_eq!(key.seal(iv, &plain), sealed, "{}", vector["name"]);
            assert_eq!(*key.open(&sealed).unwrap(), plain, "{}", vector["name"]);
        }
    }

    #[test]
    fn published_exchanges() {
        for exchange in vectors()["exchanges"].as_array().unwrap() {
            let key = ExchangeKey::new(exchange["key_ascii"].as_str().unwrap().as_bytes()).unwrap();
            let header = exchange["request"]["authorization"].as_str().unwrap();
            let opened = key.open_credential(header.strip_prefix("Client ").unwrap().as_bytes()).unwrap();
            assert_eq!(*opened, exchange["external_key"].as_str().unwrap().as_bytes());
            let body = key.open(&bytes(&exchange["response"]["body_hex"])).unwrap();
            assert_eq!(*body, exchange["response"]["decrypted_json"].as_str().unwrap().as_bytes());
        }
    }

    #[test]
    fn only_aes_key_lengths_are_taken() {
        for len in 0..70 {
            assert_eq!(ExchangeKey::new(&std::vec![7; len]).is_ok(), [16, 24, 32].contains(&len), "{len}");
        }
    }

    #[test]
    fn bad_credentials_are_told_apart() {
        let key = ExchangeKey::new(b"0123456789abcdef").unwrap();
        assert_eq!(key.open_credential(b"zz").unwrap_err(), CredentialError::NotHex);
        assert_eq!(key.open_credential(b"abc").unwrap_err(), CredentialError::NotHex);
        assert_eq!(key.open_credential(b"aabb").unwrap_err(), CredentialError::TooShort);
        assert_eq!(key.open_credential(&[b'0'; 32]).unwrap_err(), CredentialError::TooShort);
    }

    proptest! {
        #[test]
        fn whatever_is_sealed_opens(size in prop::sample::select(std::vec![16usize, 24, 32]),
                                    iv: [u8; IV_LEN], plain in prop::collection::vec(any::<u8>(), 0..300)) {
            let key = ExchangeKey::new(&std::vec![9; size]).unwrap();
            prop_assert_eq!(&*key.open(&key.seal(iv, &plain)).unwrap(), &plain);
        }

        #[test]
        fn no_credential_panics(credential in prop::collection::vec(any::<u8>(), 0..200)) {
            let key = ExchangeKey::new(b"0123456789abcdef").unwrap();
            let _ = key.open_credential(&credential);
        }
    }
}
