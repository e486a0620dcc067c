//! Requests and answers.

use super::EXCHANGE_KEY;
use axum::body::Body;
use onramp_protocol::ExchangeKey;
use serde_json::Value;
use tower::ServiceExt;

/// A request.
#[derive(Debug, Clone)]
pub struct Ask {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

pub fn ask(method: &str, path: &str) -> Ask {
    Ask { method: method.into(), path: path.into(), headers: Vec::new(), body: Vec::new() }
}

pub fn get(path: &str) -> Ask {
    ask("GET", path)
}

pub fn post(path: &str) -> Ask {
    ask("POST", path)
}

pub fn put(path: &str) -> Ask {
    ask("PUT", path)
}

pub fn patch(path: &str) -> Ask {
    ask("PATCH", path)
}

pub fn delete(path: &str) -> Ask {
    ask("DELETE", path)
}

/// A device's plain request; the id stands in the path as it is.
pub fn device(external_id: &str, key: &str) -> Ask {
    get(&format!("/clients/bootstrap/{external_id}")).header("Authorization", &format!("Client {key}"))
}

/// A device's secure request.
pub fn secure_device(external_id: &str, key: &str) -> Ask {
    let credential = exchange_key().seal_credential([7; 16], key.as_bytes());
    get(&format!("/clients/bootstrap/secure/{external_id}"))
        .header("Authorization", &format!("Client {credential}"))
}

pub fn exchange_key() -> ExchangeKey {
    ExchangeKey::new(EXCHANGE_KEY.as_bytes()).unwrap()
}

impl Ask {
    pub fn header(self, name: &str, value: &str) -> Self {
        self.raw_header(name, value.as_bytes())
    }

    pub fn raw_header(mut self, name: &str, value: &[u8]) -> Self {
        self.headers.push((name.to_owned(), value.to_vec()));
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub fn json(self, body: &Value) -> Self {
        self.text(&body.to_string())
    }

    /// Any text, announced as JSON.
    pub fn text(self, body: &str) -> Self {
        self.header("Content-Type", "application/json").bytes(body.as_bytes())
    }

    pub fn bytes(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    pub async fn send(self, router: axum::Router) -> Answer {
        let request = format!("{} {}", self.method, self.path);
        let mut builder = axum::http::Request::builder().method(self.method.as_str()).uri(&self.path);
        for (name, value) in &self.headers {
            builder = builder.header(name, value.as_slice());
        }
        let response = router.oneshot(builder.body(Body::from(self.body)).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 16 << 20).await.unwrap().to_vec();
        let headers = head
            .headers
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        Answer { request, status: head.status.as_u16(), headers, body }
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub request: String,
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// Stops the test unless this is the status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.request, self.text());
        self
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!("{}: {} {error}: {:?}", self.request, self.status, self.text());
        })
    }

    /// A text in the JSON object.
    #[track_caller]
    pub fn text_at(&self, key: &str) -> String {
        let json = self.json();
        json[key].as_str().unwrap_or_else(|| panic!("{}: no {key} in {json}", self.request)).to_owned()
    }

    /// The error's message.
    #[track_caller]
    pub fn message(&self) -> String {
        self.text_at("message")
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The id at the end of `Location`.
    #[track_caller]
    pub fn located(&self) -> String {
        let location = self.header("Location").unwrap_or_else(|| panic!("{}: no Location", self.request));
        location.rsplit('/').next().unwrap().to_owned()
    }

    /// The plaintext of a secure answer.
    #[track_caller]
    pub fn opened(&self) -> Value {
        assert_eq!(self.header("Content-Type"), Some("application/octet-stream"), "{}", self.text());
        serde_json::from_slice(&exchange_key().open(&self.body).unwrap()).unwrap()
    }
}
