//! The `Authorization` header of a device: `Client <external key>` (older devices: `Thing <…>`).

/// How a device names itself in the `Authorization` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `Client `, the specification's word.
    Client,
    /// `Thing `, what devices in the field sent before the platform was renamed.
    Thing,
}

impl Scheme {
    const fn prefix(self) -> &'static [u8] {
        match self {
            Scheme::Client => b"Client ",
            Scheme::Thing => b"Thing ",
        }
    }
}

/// What follows the scheme, unchanged: bytes, not text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Credential<'a>(&'a [u8]);

/// The header is absent, has another scheme, or nothing after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissingCredential;

impl<'a> Credential<'a> {
    /// Reads a header value. The scheme is case-sensitive and followed by exactly one space, as in the
    /// reference; everything after it is the credential.
    ///
    /// # Errors
    /// [`MissingCredential`] when there is no such scheme or nothing after it.
    pub fn from_header(value: Option<&'a [u8]>, accepted: &[Scheme]) -> Result<Self, MissingCredential> {
        let value = value.ok_or(MissingCredential)?;
        accepted
            .iter()
            .find_map(|scheme| value.strip_prefix(scheme.prefix()))
            .filter(|rest| !rest.is_empty())
            .map(Credential)
            .ok_or(MissingCredential)
    }

    /// The credential's bytes.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }
}

impl core::fmt::Debug for Credential<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Credential(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scheme_is_exact_and_the_rest_is_the_key() {
        let cases: [(&[u8], Option<&[u8]>); 8] = [
            (b"Client key", Some(b"key")),
            (b"Client  key", Some(b" key")),
            (b"Client k\xff\x00", Some(b"k\xff\x00")),
            (b"client key", None),
            (b"Bearer key", None),
            (b"Client ", None),
            (b"key", None),
            (b"Thing key", None),
        ];
        for (header, want) in cases {
            let got = Credential::from_header(Some(header), &[Scheme::Client]).ok();
            assert_eq!(got.map(Credential::as_bytes), want, "{header:?}");
        }
        assert_eq!(Credential::from_header(None, &[Scheme::Client]), Err(MissingCredential));
        let old = Credential::from_header(Some(b"Thing key"), &[Scheme::Client, Scheme::Thing]);
        assert_eq!(old.map(Credential::as_bytes), Ok(&b"key"[..]));
    }
}
