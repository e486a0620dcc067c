//! Certificates and private keys, as operators hand them in: PEM (chains too) or base64 DER. They are checked
//! and kept byte for byte.

use crate::error::Error;
use crate::limits::{invalid, no_nul};
use crate::model::{Certificates, Secret};
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use rustls::crypto::ring::sign::any_supported_type;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::{PemObject, SectionKind};
use x509_cert::Certificate;
use x509_cert::der::asn1::{AnyRef, ObjectIdentifier};
use x509_cert::der::{Decode, Encode, Reader, SliceReader, Tag, Tagged};
use x509_cert::spki::{SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef};
use zeroize::Zeroizing;

const NOT_A_CERTIFICATE: &str = "must be an X.509 certificate, PEM or base64 DER";
const NOT_A_KEY: &str = "must be a private key (PKCS#8, PKCS#1 or SEC1), PEM or base64 DER";

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Checks that all three parse and that the private key belongs to the (first) certificate. Empty means none.
pub(crate) fn check(
    client_cert: Option<String>,
    client_key: Option<String>,
    ca_cert: Option<String>,
) -> Result<Certificates, Error> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let (client_cert, client_key, ca_cert) = (given(client_cert), given(client_key), given(ca_cert));
    let leaf = client_cert.as_deref().map(|text| first_certificate("client_cert", text)).transpose()?;
    let key = client_key.as_deref().map(private_key).transpose()?;
    if let Some(text) = &ca_cert {
        first_certificate("ca_cert", text)?;
    }
    if let (Some(leaf), Some(key)) = (leaf, key)
        && !key.belongs_to(leaf.tbs_certificate().subject_public_key_info())
    {
        return Err(invalid("client_key", "does not belong to the certificate in client_cert"));
    }
    Ok(Certificates { client_cert, client_key: client_key.map(Secret::new), ca_cert })
}

/// Parses all certificates of a field; the first one is the device's own.
fn first_certificate(field: &'static str, text: &str) -> Result<Certificate, Error> {
    no_nul(field, text)?;
    // Certificates are shown to everybody who may see the config.
    if text.contains("PRIVATE KEY-----") {
        return Err(invalid(field, "must hold certificates only, but holds a private key"));
    }
    let not_one = || invalid(field, NOT_A_CERTIFICATE);
    if !is_pem(text) {
        return Certificate::from_der(&base64_der(text).ok_or_else(not_one)?).map_err(|_| not_one());
    }
    let mut first = None;
    for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(text.as_bytes()) {
        let (kind, der) = section.map_err(|_| invalid(field, "must be complete, well-formed PEM"))?;
        if kind != SectionKind::Certificate {
            return Err(invalid(field, "must hold certificates only"));
        }
        let certificate = Certificate::from_der(&der).map_err(|_| not_one())?;
        first.get_or_insert(certificate);
    }
    first.ok_or_else(not_one)
}

fn private_key(text: &str) -> Result<Key, Error> {
    const FIELD: &str = "client_key";
    no_nul(FIELD, text)?;
    let not_one = || invalid(FIELD, NOT_A_KEY);
    if !is_pem(text) {
        let der = base64_der(text).ok_or_else(not_one)?;
        return Key::parse(&der).ok_or_else(not_one);
    }
    if text.contains("ENCRYPTED") {
        return Err(invalid(FIELD, "must not be encrypted: the device could not open it"));
    }
    let mut key = None;
    for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(text.as_bytes()) {
        let (kind, der) = section.map_err(|_| invalid(FIELD, "must be complete, well-formed PEM"))?;
        let der = Zeroizing::new(der);
        let private =
            matches!(kind, SectionKind::PrivateKey | SectionKind::RsaPrivateKey | SectionKind::EcPrivateKey);
        if !private || key.is_some() {
            return Err(invalid(FIELD, "must hold one private key and nothing else"));
        }
        key = Some(Key::parse(&der).ok_or_else(not_one)?);
    }
    key.ok_or_else(not_one)
}

fn is_pem(text: &str) -> bool {
    text.contains("-----BEGIN ")
}

/// Base64 in one line or several.
fn base64_der(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut packed = Zeroizing::new(String::with_capacity(text.len()));
    packed.extend(text.chars().filter(|c| !c.is_ascii_whitespace()));
    BASE64.decode(packed.as_bytes()).ok().map(Zeroizing::new)
}

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// What is public about a private key.
struct Key {
    algorithm: ObjectIdentifier,
    /// The bits of its public half, as certificates hold them; `None` when the key doesn't tell.
    public: Option<Vec<u8>>,
}

impl Key {
    /// ring knows the usual keys, and checks them thoroughly. Others (short RSA, P-521, Ed448, …) have to have
    /// the structure of a private key.
    fn parse(der: &[u8]) -> Option<Key> {
        let encoded = PrivateKeyDer::try_from(der).ok()?;
        let (mut key, known) = match encoded {
            PrivateKeyDer::Pkcs8(_) => pkcs8(der)?,
            PrivateKeyDer::Pkcs1(_) => pkcs1(der)?,
            PrivateKeyDer::Sec1(_) => sec1(der, None)?,
            _ => return None,
        };
        match any_supported_type(&encoded) {
            Ok(checked) => {
                if let Some(spki) = checked.public_key() {
                    let spki = SubjectPublicKeyInfoRef::try_from(spki.as_ref()).ok()?;
                    key.public = Some(spki.subject_public_key.raw_bytes().to_vec());
                }
                Some(key)
            }
            Err(_) if known => None,
            Err(_) => Some(key),
        }
    }

    fn belongs_to(&self, spki: &SubjectPublicKeyInfoOwned) -> bool {
        match &self.public {
            Some(public) => public == spki.subject_public_key.raw_bytes(),
            None => self.algorithm == spki.algorithm.oid,
        }
    }
}

/// `SEQUENCE { version, SEQUENCE { algorithm, … }, OCTET STRING, … }`. With the key comes whether ring has to
/// know it.
fn pkcs8(der: &[u8]) -> Option<(Key, bool)> {
    let parts = sequence(der)?;
    let [version, algorithm, inner, ..] = parts.as_slice() else { return None };
    if version.tag() != Tag::Integer || inner.tag() != Tag::OctetString {
        return None;
    }
    let algorithm = elements(*algorithm)?;
    let oid = algorithm.first()?.decode_as::<ObjectIdentifier>().ok()?;
    match oid {
        RSA => pkcs1(inner.value()),
        EC => sec1(inner.value(), algorithm.get(1).copied()),
        other => Some((Key { algorithm: other, public: None }, other == ED25519)),
    }
}

/// `SEQUENCE { version, n, e, d, p, q, d mod p-1, d mod q-1, 1/q mod p, … }`.
fn pkcs1(der: &[u8]) -> Option<(Key, bool)> {
    let parts = sequence(der)?;
    if parts.len() < 9 || parts[..9].iter().any(|part| part.tag() != Tag::Integer) {
        return None;
    }
    let numbers = [parts[1].to_der().ok()?, parts[2].to_der().ok()?].concat();
    let public = AnyRef::new(Tag::Sequence, &numbers).ok()?.to_der().ok()?;
    Some((Key { algorithm: RSA, public: Some(public) }, false))
}

/// `SEQUENCE { version, OCTET STRING, [0] curve OPTIONAL, [1] BIT STRING OPTIONAL }`.
fn sec1<'a>(der: &'a [u8], mut curve: Option<AnyRef<'a>>) -> Option<(Key, bool)> {
    let parts = sequence(der)?;
    let [version, secret, rest @ ..] = parts.as_slice() else { return None };
    if version.tag() != Tag::Integer || secret.tag() != Tag::OctetString {
        return None;
    }
    let mut public = None;
    for part in rest {
        let inner = AnyRef::from_der(part.value()).ok()?;
        match inner.tag() {
            // The first octet counts unused bits: none.
            Tag::BitString => public = Some(inner.value().strip_prefix(&[0])?.to_vec()),
            _ => curve = Some(inner),
        }
    }
    let curve = curve.and_then(|curve| curve.decode_as::<ObjectIdentifier>().ok());
    let known = public.is_some() && matches!(curve, Some(P256 | P384));
    Some((Key { algorithm: EC, public }, known))
}

fn sequence(der: &[u8]) -> Option<Vec<AnyRef<'_>>> {
    elements(AnyRef::from_der(der).ok()?)
}

fn elements(any: AnyRef<'_>) -> Option<Vec<AnyRef<'_>>> {
    if any.tag() != Tag::Sequence {
        return None;
    }
    let mut reader = SliceReader::new(any.value()).ok()?;
    let mut parts = Vec::new();
    while !reader.is_finished() {
        parts.push(AnyRef::decode(&mut reader).ok()?);
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519};

    macro_rules! made_by_openssl {
        ($name:literal) => {
            include_str!(concat!("../../testkit/data/certificates/", $name, ".pem"))
        };
    }

    /// Certificate and key, both as PEM and as DER.
    fn made(algorithm: &'static rcgen::SignatureAlgorithm) -> [(String, String); 2] {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let cert = CertificateParams::new(["device".to_owned()]).unwrap().self_signed(&key).unwrap();
        let der = |bytes: &[u8]| base64::prelude::BASE64_STANDARD.encode(bytes);
        [(cert.pem(), key.serialize_pem()), (der(cert.der()), der(key.serialized_der()))]
    }

    fn check_pair(cert: &str, key: &str) -> Result<Certificates, Error> {
        check(Some(cert.into()), Some(key.into()), None)
    }

    fn refused(result: Result<Certificates, Error>) -> (&'static str, String) {
        match result {
            Err(Error::Invalid { field, message }) => (field, message),
            other => panic!("expected a refusal, got {other:?}"),
        }
    }

    #[test]
    fn whatever_fits_is_kept_as_it_was_given() {
        for algorithm in [&PKCS_ECDSA_P256_SHA256, &PKCS_ECDSA_P384_SHA384, &PKCS_ED25519] {
            for (cert, key) in made(algorithm) {
                let (cert, key) = (format!("{cert}\r\n"), format!("\n{key}"));
                let kept = check(Some(cert.clone()), Some(key.clone()), Some(cert.clone())).unwrap();
                assert_eq!(kept.client_cert, Some(cert.clone()));
                assert_eq!(kept.client_key, Some(Secret::new(key)));
                assert_eq!(kept.ca_cert, Some(cert));
            }
        }
    }

    #[test]
    fn empty_means_none() {
        let none = check(Some(String::new()), Some(String::new()), Some(String::new())).unwrap();
        assert_eq!(none, Certificates::default());
        assert_eq!(check(None, None, None).unwrap(), Certificates::default());
    }

    #[test]
    fn a_key_may_come_alone() {
        let [(_, key), _] = made(&PKCS_ED25519);
        assert!(check(None, Some(key), None).is_ok());
    }

    #[test]
    fn openssl_s_old_formats_are_taken() {
        let pairs = [
            (made_by_openssl!("p256-v1.cert"), made_by_openssl!("p256-sec1.key")),
            (made_by_openssl!("rsa2048.cert"), made_by_openssl!("rsa2048-pkcs1.key")),
        ];
        for (cert, key) in pairs {
            check_pair(cert, key).unwrap();
        }
        assert_eq!(refused(check_pair(pairs[0].0, pairs[1].1)).0, "client_key");
        assert_eq!(refused(check_pair(pairs[1].0, pairs[0].1)).0, "client_key");
    }

    #[test]
    fn keys_that_ring_does_not_know_are_taken_and_compared_as_far_as_they_tell() {
        let pairs = [
            (made_by_openssl!("rsa1024.cert"), made_by_openssl!("rsa1024-pkcs1.key")),
            (made_by_openssl!("p521.cert"), made_by_openssl!("p521-sec1.key")),
            (made_by_openssl!("ed448.cert"), made_by_openssl!("ed448.key")),
        ];
        for (i, (cert, _)) in pairs.iter().enumerate() {
            for (j, (_, key)) in pairs.iter().enumerate() {
                assert_eq!(check_pair(cert, key).is_ok(), i == j, "certificate {i}, key {j}");
            }
        }
        let other = made_by_openssl!("rsa2048.cert");
        assert_eq!(refused(check_pair(other, pairs[0].1)).0, "client_key");
    }

    #[test]
    fn the_first_certificate_of_a_chain_is_the_device_s() {
        let [(leaf, key), _] = made(&PKCS_ECDSA_P256_SHA256);
        let [(issuer, _), _] = made(&PKCS_ECDSA_P256_SHA256);
        let chain = format!("subject=device\n{leaf}issuer=authority\n{issuer}");
        check(Some(chain), Some(key.clone()), Some(format!("{issuer}{leaf}"))).unwrap();
        let (field, message) = refused(check_pair(&format!("{issuer}{leaf}"), &key));
        assert_eq!(field, "client_key");
        assert!(message.contains("does not belong"), "{message}");
    }

    #[test]
    fn a_broken_link_breaks_the_chain() {
        let [(leaf, _), _] = made(&PKCS_ECDSA_P256_SHA256);
        let broken = format!("{leaf}-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
        assert_eq!(refused(check(Some(broken), None, None)).0, "client_cert");
    }

    #[test]
    fn a_stranger_s_key_is_refused() {
        for algorithm in [&PKCS_ECDSA_P256_SHA256, &PKCS_ED25519] {
            for ((cert, _), (_, key)) in made(&PKCS_ECDSA_P256_SHA256).iter().zip(&made(algorithm)) {
                assert_eq!(refused(check_pair(cert, key)).0, "client_key");
            }
        }
    }

    #[test]
    fn fields_that_were_swapped_say_so() {
        for (cert, key) in made(&PKCS_ECDSA_P256_SHA256) {
            assert_eq!(refused(check(Some(key.clone()), None, None)).0, "client_cert");
            assert_eq!(refused(check(None, Some(cert), None)).0, "client_key");
            assert_eq!(refused(check(None, None, Some(key))).0, "ca_cert");
        }
    }

    #[test]
    fn a_private_key_never_hides_among_certificates() {
        let [(cert, key), _] = made(&PKCS_ECDSA_P256_SHA256);
        for hidden in [key.as_str(), made_by_openssl!("encrypted.key")] {
            let (field, message) = refused(check(Some(format!("{cert}{hidden}")), None, None));
            assert_eq!(field, "client_cert");
            assert!(message.contains("private key"), "{message}");
        }
        assert_eq!(refused(check(None, Some(format!("{key}{cert}")), None)).0, "client_key");
        assert_eq!(refused(check(None, Some(format!("{key}{key}")), None)).0, "client_key");
    }

    #[test]
    fn encrypted_keys_are_no_use_to_a_device() {
        let (field, message) = refused(check(None, Some(made_by_openssl!("encrypted.key").into()), None));
        assert_eq!(field, "client_key");
        assert!(message.contains("encrypted"), "{message}");
    }

    #[test]
    fn what_is_cut_short_is_refused() {
        for (cert, key) in made(&PKCS_ECDSA_P256_SHA256) {
            for (text, is_cert) in [(cert, true), (key, false)] {
                let text = text.trim_end().trim_end_matches('=');
                for keep in [1, 20, text.len() / 2, text.len() - 30] {
                    let cut = Some(text[..keep].to_owned());
                    let result = if is_cert { check(cut, None, None) } else { check(None, cut, None) };
                    assert_eq!(
                        refused(result).0,
                        if is_cert { "client_cert" } else { "client_key" },
                        "{keep}"
                    );
                }
            }
        }
    }

    #[test]
    fn rubbish_is_refused_without_repeating_it() {
        for rubbish in
            ["string", "CERT", "AAAA", "MAA=", "-----BEGIN CERTIFICATE-----", "c2VjcmV0", "a\0b", " "]
        {
            for (field, result) in [
                ("client_cert", check(Some(rubbish.into()), None, None)),
                ("client_key", check(None, Some(rubbish.into()), None)),
                ("ca_cert", check(None, None, Some(rubbish.into()))),
            ] {
                let (named, message) = refused(result);
                assert_eq!(named, field);
                assert!(rubbish == " " || !message.contains(rubbish), "{message}");
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in ".{0,200}", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let encoded = base64::prelude::BASE64_STANDARD.encode(&bytes);
            for text in [text, format!("-----BEGIN PRIVATE KEY-----\n{encoded}\n-----END PRIVATE KEY-----"), encoded] {
                let _ = check(Some(text.clone()), None, None);
                let _ = check(None, Some(text), None);
            }
        }

        #[test]
        fn a_damaged_key_never_panics(at in 0usize..138, with: u8) {
            let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
            let mut der = key.serialized_der().to_vec();
            let at = at % der.len();
            der[at] = with;
            let _ = check(None, Some(base64::prelude::BASE64_STANDARD.encode(&der)), None);
        }
    }
}
