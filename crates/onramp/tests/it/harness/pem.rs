//! Certificates that parse, with keys that fit.

use std::sync::OnceLock;

/// A certificate, its private key, and an authority; PEM.
pub struct Pem {
    pub cert: String,
    pub key: String,
    pub ca: String,
}

pub fn pem() -> &'static Pem {
    static PEM: OnceLock<Pem> = OnceLock::new();
    PEM.get_or_init(|| {
        let device = rcgen::generate_simple_self_signed(["device".to_owned()]).unwrap();
        let ca = rcgen::generate_simple_self_signed(["authority".to_owned()]).unwrap();
        Pem { cert: device.cert.pem(), key: device.signing_key.serialize_pem(), ca: ca.cert.pem() }
    })
}
