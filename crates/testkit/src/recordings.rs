//! What the reference answered, request by request (`data/recordings/`).

use serde::Deserialize;
use std::collections::BTreeMap;

/// One request and its answer.
#[derive(Debug, Clone, Deserialize)]
pub struct Exchange {
    /// What the request tries; unique within its file.
    pub note: String,
    /// What was sent.
    pub request: Request,
    /// What came back.
    pub response: Response,
    /// Plaintext of a secure answer.
    pub decrypted: Option<String>,
}

/// What was sent.
#[derive(Debug, Clone, Deserialize)]
pub struct Request {
    /// Method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Headers.
    pub headers: BTreeMap<String, String>,
    /// Text of the body.
    pub body: Option<String>,
}

/// What came back.
#[derive(Debug, Clone, Deserialize)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Headers, in order.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Body,
}

impl Response {
    /// The first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// A body: text, or bytes that are none.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Body {
    /// Text.
    Text(String),
    /// Bytes, in hexadecimal.
    Bytes {
        /// The digits.
        hex: String,
    },
}

impl Body {
    /// The text; empty for bytes.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Body::Text(text) => text,
            Body::Bytes { .. } => "",
        }
    }
}

/// The files, in the order in which they were recorded: later ones use what earlier ones created.
pub const FILES: [(&str, &str); 6] = [
    ("users", include_str!("../data/recordings/users.json")),
    ("auth", include_str!("../data/recordings/auth.json")),
    ("domains", include_str!("../data/recordings/domains.json")),
    ("channels", include_str!("../data/recordings/channels.json")),
    ("clients", include_str!("../data/recordings/clients.json")),
    ("bootstrap", include_str!("../data/recordings/bootstrap.json")),
];

/// All exchanges with the name of their file.
///
/// # Panics
/// When a recording is not what this file describes.
#[must_use]
pub fn all() -> Vec<(&'static str, Exchange)> {
    let mut exchanges = Vec::new();
    for (file, text) in FILES {
        let parsed: Vec<Exchange> = serde_json::from_str(text).expect("recordings have this form");
        exchanges.extend(parsed.into_iter().map(|exchange| (file, exchange)));
    }
    exchanges
}
