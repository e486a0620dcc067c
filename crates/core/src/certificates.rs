//! Certificates and private keys.
