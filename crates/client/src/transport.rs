//! HTTP: one request, one answer. Deadlines always, certificates verified unless told otherwise, redirects
//! only to the same origin.

use crate::{Error, Json};
use std::sync::Arc;
use std::time::Duration;
use ureq::http;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};

pub(crate) type Method = http::Method;

/// Redirects followed within one origin.
const MAX_REDIRECTS: usize = 5;
/// An answer larger than this is refused.
const MAX_ANSWER: u64 = 64 << 20;
/// Where systems keep the authorities that they trust.
const SYSTEM_AUTHORITIES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// How servers are recognised.
#[derive(Clone, Debug, Default)]
pub struct TlsSettings {
    /// Accept any certificate.
    pub insecure: bool,
    /// PEM text of the authorities to trust instead of the system's.
    pub authorities: Option<String>,
}

/// A request as it goes out, for those who want to show it.
pub struct Sent<'a> {
    /// `GET`, `PUT`, …
    pub method: &'a str,
    /// The whole address.
    pub url: &'a str,
    /// The `Authorization` header: a secret.
    pub authorization: Option<&'a [u8]>,
    /// The JSON body: may hold secrets.
    pub body: Option<&'a [u8]>,
}

type Observer = Box<dyn Fn(&Sent<'_>)>;

/// Sends requests.
pub struct Transport {
    agent: ureq::Agent,
    observer: Option<Observer>,
}

pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) authorization: Option<Vec<u8>>,
    pub(crate) body: Option<Vec<u8>>,
}

pub(crate) struct Reply {
    pub(crate) location: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// The answer as JSON.
    pub(crate) fn json(&self) -> Result<Json, Error> {
        Json::parse(&self.body).map_err(Error::NotJson)
    }
}

impl Transport {
    /// Sets up TLS and deadlines; nothing is sent yet. `timeout` is the limit of a whole exchange.
    ///
    /// # Errors
    /// [`Error::Authorities`] when the given authorities can't be read.
    pub fn new(tls: &TlsSettings, timeout: Duration) -> Result<Self, Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls_config = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(provider)
            .disable_verification(tls.insecure)
            .root_certs(RootCerts::from(authorities(tls)?))
            .build();
        let agent = ureq::Agent::config_builder()
            .tls_config(tls_config)
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(timeout.min(Duration::from_secs(10))))
            .timeout_global(Some(timeout))
            .user_agent(concat!("onramp/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        Ok(Transport { agent, observer: None })
    }

    /// Shows each request before it is sent.
    #[must_use]
    pub fn observed(mut self, observer: impl Fn(&Sent<'_>) + 'static) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Sends and reads the whole answer; any status but a success is an error.
    pub(crate) fn send(&self, request: &Request) -> Result<Reply, Error> {
        let mut url = request.url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let mut response = self.once(request, &url)?;
            let status = response.status();
            let location = text_header(&response, http::header::LOCATION);
            if let (true, Some(target)) = (status.is_redirection(), &location) {
                url = follow(&request.method, status.as_u16(), &url, target)?;
                continue;
            }
            let body = response
                .body_mut()
                .with_config()
                .limit(MAX_ANSWER)
                .read_to_vec()
                .map_err(|error| network(&url, &error))?;
            return if status.is_success() {
                Ok(Reply { location, body })
            } else {
                Err(refused(status, &body))
            };
        }
        Err(Error::Unreachable { url: origin(&url), reason: "too many redirects".into() })
    }

    fn once(&self, request: &Request, url: &str) -> Result<http::Response<ureq::Body>, Error> {
        if let Some(observer) = &self.observer {
            observer(&Sent {
                method: request.method.as_str(),
                url,
                authorization: request.authorization.as_deref(),
                body: request.body.as_deref(),
            });
        }
        let mut builder = http::Request::builder()
            .method(request.method.clone())
            .uri(url)
            .header(http::header::CONTENT_TYPE, "application/json")
            .header(http::header::ACCEPT, "application/json, */*");
        if let Some(value) = &request.authorization {
            let device = value.starts_with(b"Client ");
            let mut value = http::HeaderValue::from_bytes(value)
                .map_err(|_| Error::Header(if device { "external key" } else { "token" }))?;
            value.set_sensitive(true);
            builder = builder.header(http::header::AUTHORIZATION, value);
        }
        let unusable = |_| Error::Url("it cannot be parsed");
        // A body-less POST must say `Content-Length: 0`, a GET must say nothing.
        let answer = match &request.body {
            Some(body) => self.agent.run(builder.body(body.as_slice()).map_err(unusable)?),
            None if request.method == Method::POST => {
                self.agent.run(builder.body(&[][..]).map_err(unusable)?)
            }
            None => self.agent.run(builder.body(()).map_err(unusable)?),
        };
        answer.map_err(|error| network(url, &error))
    }
}

fn authorities(tls: &TlsSettings) -> Result<Vec<Certificate<'static>>, Error> {
    if tls.insecure {
        return Ok(Vec::new());
    }
    let certificates = |pem: &[u8]| {
        parse_pem(pem)
            .filter_map(|item| match item {
                Ok(PemItem::Certificate(certificate)) => Some(certificate),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    if let Some(pem) = &tls.authorities {
        let own = certificates(pem.as_bytes());
        return if own.is_empty() {
            Err(Error::Authorities("the file of certificate authorities holds no PEM certificate".into()))
        } else {
            Ok(own)
        };
    }
    // A system without authorities is no error: plain HTTP needs none, and HTTPS says what it misses.
    Ok(SYSTEM_AUTHORITIES
        .iter()
        .find_map(|file| std::fs::read(file).ok())
        .map_or_else(Vec::new, |pem| certificates(&pem)))
}

fn text_header(response: &http::Response<ureq::Body>, name: http::HeaderName) -> Option<String> {
    response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// Where a redirect leads, if it may be followed: the method must survive and the origin must stay, because
/// the request carries a token or a key.
fn follow(method: &Method, status: u16, from: &str, target: &str) -> Result<String, Error> {
    let here = origin(from);
    let absolute = if target.contains("://") {
        target.to_owned()
    } else if let Some(rest) = target.strip_prefix("//") {
        format!("{}://{rest}", from.split("://").next().unwrap_or("http"))
    } else if target.starts_with('/') {
        format!("{here}{target}")
    } else {
        let folder = from.split(['?', '#']).next().and_then(|path| path.rsplit_once('/'));
        format!("{}/{target}", folder.map_or(here.as_str(), |(folder, _)| folder))
    };
    let there = origin(&absolute);
    let keeps_method = *method == Method::GET || matches!(status, 307 | 308);
    if there == here && keeps_method {
        Ok(absolute)
    } else {
        Err(Error::Redirected { from: here, to: there })
    }
}

/// Scheme, host and port, the port always written out where it is not the scheme's own.
fn origin(url: &str) -> String {
    let Ok(uri) = url.parse::<http::Uri>() else { return "an unreadable address".into() };
    let scheme = uri.scheme_str().unwrap_or("").to_ascii_lowercase();
    let host = uri.host().unwrap_or("").to_ascii_lowercase();
    match (uri.port_u16(), scheme.as_str()) {
        (None, _) | (Some(80), "http") | (Some(443), "https") => format!("{scheme}://{host}"),
        (Some(port), _) => format!("{scheme}://{host}:{port}"),
    }
}

fn refused(status: http::StatusCode, body: &[u8]) -> Error {
    let json = Json::parse(body).ok();
    let member = |name: &str| {
        json.as_ref()
            .and_then(|json| json.get(name))
            .and_then(Json::as_text)
            .filter(|text| !text.is_empty())
            .map(printable)
    };
    let message = member("message").unwrap_or_else(|| {
        match (body.is_empty(), &json) {
            (true, _) => "the answer has no body",
            (_, None) => "the answer is not JSON; is this address an Onramp or Magistrala service?",
            _ => "the answer carries no message",
        }
        .into()
    });
    Error::Status { code: status.as_u16(), message, detail: member("error") }
}

/// A server's words end up on a terminal: nothing in them may steer it.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn network(url: &str, error: &ureq::Error) -> Error {
    let url = origin(url);
    match error {
        ureq::Error::Rustls(error) => Error::Tls { url, reason: error.to_string() },
        ureq::Error::Tls(reason) => Error::Tls { url, reason: (*reason).to_owned() },
        ureq::Error::Io(error) if error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) => {
            Error::Tls { url, reason: error.to_string() }
        }
        ureq::Error::Io(error) => {
            let reason = match error.kind() {
                std::io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
                std::io::ErrorKind::ConnectionReset => "the connection was reset".to_owned(),
                std::io::ErrorKind::UnexpectedEof => "the connection was closed before the answer".to_owned(),
                _ => error.to_string(),
            };
            Error::Unreachable { url, reason }
        }
        ureq::Error::HostNotFound => Error::Unreachable { url, reason: "no such host".into() },
        ureq::Error::Timeout(_) => Error::Unreachable { url, reason: "no answer in time".into() },
        ureq::Error::BodyExceedsLimit(_) => {
            Error::Unreachable { url, reason: "the answer is too large".into() }
        }
        ureq::Error::ConnectionFailed => Error::Unreachable { url, reason: "the connection failed".into() },
        other => Error::Unreachable { url, reason: other.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_stay_within_the_origin() {
        let from = "http://h:9013/a/b?q=1";
        let ok = |target: &str| follow(&Method::GET, 302, from, target);
        assert_eq!(ok("/x").unwrap(), "http://h:9013/x");
        assert_eq!(ok("c").unwrap(), "http://h:9013/a/c");
        assert_eq!(ok("http://H:9013/x").unwrap(), "http://H:9013/x");
        for elsewhere in
            ["http://h/x", "https://h:9013/x", "//evil/x", "http://evil:9013/x", "http://h:9014/"]
        {
            assert!(matches!(ok(elsewhere), Err(Error::Redirected { .. })), "{elsewhere}");
        }
        assert!(follow(&Method::POST, 302, from, "/x").is_err());
        assert!(follow(&Method::PUT, 308, from, "/x").is_ok());
    }

    #[test]
    fn a_refusal_is_readable_whatever_the_body() {
        let text = |body: &[u8]| refused(http::StatusCode::NOT_FOUND, body).to_string();
        assert_eq!(text(br#"{"message":"entity not found"}"#), "Status: Not Found: entity not found");
        assert_eq!(text(br#"{"message":"m","error":"e"}"#), "Status: Not Found: m : e");
        assert_eq!(text(b""), "Status: Not Found: the answer has no body");
        assert!(text(b"<html>").contains("not JSON"));
        assert_eq!(text(b"{\"message\":\"a\\u001b[31mb\"}"), "Status: Not Found: a [31mb");
    }
}
