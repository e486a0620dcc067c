//! What can go wrong with a call, in words that an operator can act on. No variant carries a secret.

use onramp_protocol::InvalidKeyLength;

/// Why a call gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The server answered, but not with success. Prints as the reference's client does:
    /// `Status: Not Found: entity not found`.
    #[error("Status: {}: {message}{}", reason(*.code), detail.as_ref().map(|d| format!(" : {d}")).unwrap_or_default())]
    Status {
        /// The number.
        code: u16,
        /// The body's `message`.
        message: String,
        /// The body's `error`; older servers write one.
        detail: Option<String>,
    },
    /// There was no answer.
    #[error("cannot reach {url}: {reason}")]
    Unreachable {
        /// Scheme, host and port.
        url: String,
        /// Why.
        reason: String,
    },
    /// The server's certificate was not accepted, or TLS failed otherwise.
    #[error("cannot reach {url} over TLS: {reason}")]
    Tls {
        /// Scheme, host and port.
        url: String,
        /// Why.
        reason: String,
    },
    /// The server sends its callers somewhere else; tokens and keys don't go along.
    #[error("{from} redirects to {to}, which is not followed: use that address if you trust it")]
    Redirected {
        /// Where the request went.
        from: String,
        /// Where it was sent on to, without path.
        to: String,
    },
    /// The address can't be used.
    #[error("invalid url: {0}")]
    Url(&'static str),
    /// An id is empty.
    #[error("missing entity id")]
    MissingId,
    /// A token or key that no header can hold.
    #[error("the {0} holds a line break or another character that a header cannot carry")]
    Header(&'static str),
    /// The crypto key is no AES key.
    #[error(transparent)]
    CryptoKey(#[from] InvalidKeyLength),
    /// The encrypted answer has not even an initialisation vector.
    #[error("answer too short")]
    AnswerTooShort,
    /// The encrypted answer opened to noise.
    #[error(
        "the answer does not decrypt to JSON: the crypto key is not the server's, or the server did not encrypt"
    )]
    Undecipherable,
    /// An answer that should be JSON is not.
    #[error("the answer is not JSON: {0}")]
    NotJson(String),
    /// A body could not be written.
    #[error("the request cannot be written as JSON: {0}")]
    Body(String),
    /// A file of certificate authorities is no good.
    #[error("{0}")]
    Authorities(String),
    /// The operating system gave no random bytes.
    #[error("no random numbers from the operating system")]
    Random,
}

impl Error {
    /// The status, when the server answered.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Error::Status { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// Whether the request was refused here, before anything was sent.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Error::Url(_)
                | Error::MissingId
                | Error::Header(_)
                | Error::CryptoKey(_)
                | Error::Body(_)
                | Error::Authorities(_)
        )
    }
}

/// The phrases of the reference's language, which differ from today's in two places.
fn reason(code: u16) -> &'static str {
    match code {
        413 => "Request Entity Too Large",
        416 => "Requested Range Not Satisfiable",
        _ => {
            ureq::http::StatusCode::from_u16(code).ok().and_then(|code| code.canonical_reason()).unwrap_or("")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_print_as_the_reference_prints_them() {
        let error = |code, detail: Option<&str>| Error::Status {
            code,
            message: "entity not found".into(),
            detail: detail.map(str::to_owned),
        };
        assert_eq!(error(404, None).to_string(), "Status: Not Found: entity not found");
        assert_eq!(
            error(422, Some("why")).to_string(),
            "Status: Unprocessable Entity: entity not found : why"
        );
        assert_eq!(error(413, None).to_string(), "Status: Request Entity Too Large: entity not found");
        assert_eq!(error(599, None).to_string(), "Status: : entity not found");
    }
}
