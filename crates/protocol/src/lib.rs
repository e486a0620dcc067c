//! Wire format and cryptography of the device exchanges.
//!
//! Pure functions over bytes: nothing here reads a clock, a socket or a random source, so the server, the
//! command line and an agent on a device run the very same code. The published vectors are its tests.
#![no_std]

extern crate alloc;

mod answer;
mod credential;
mod secure;

pub use answer::{Answer, AnswerChannel};
pub use credential::{Credential, MissingCredential, Scheme};
pub use secure::{CredentialError, ExchangeKey, IV_LEN, InvalidKeyLength, TooShort};

/// Compares two byte strings in time that depends on their lengths only.
#[must_use]
pub fn equal_in_constant_time(a: &[u8], b: &[u8]) -> bool {
    subtle::ConstantTimeEq::ct_eq(a, b).into()
}
