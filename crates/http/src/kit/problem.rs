//! What goes wrong, and what is said about it. Nothing else in the house decides what an operator or a device
//! sees. Every match is exhaustive: a new error does not compile until somebody decided here.

use super::{JSON, NO_STORE};
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use onramp_core::bootstrap::{Reason, Refused};
use onramp_core::error::Error;
use onramp_core::port::store::Conflict;
use onramp_core::port::{PlatformError, StoreError};
use std::borrow::Cow;

/// The reference's words, kept because clients and people know them.
pub mod text {
    /// No `Bearer` token.
    pub const NO_TOKEN: &str = "missing or invalid bearer user token";
    /// The token was not accepted.
    pub const UNAUTHENTICATED: &str = "failed to perform authentication over the entity";
    /// Not permitted.
    pub const FORBIDDEN: &str = "failed to perform authorization over the entity";
    /// No such object.
    pub const NOT_FOUND: &str = "entity not found";
    /// Something of the kind exists already.
    pub const CONFLICT: &str = "entity already exists";
    /// The domain's segment in the path is empty.
    pub const NO_DOMAIN: &str = "missing domainID";
    /// No external id, or no id at all.
    pub const NO_ID: &str = "missing entity id";
    /// No external key, in a body or in a header.
    pub const NO_KEY: &str = "missing or invalid bearer entity key";
    /// The state is neither 0 nor 1.
    pub const BAD_STATE: &str = "invalid bootstrap state";
    /// Something in the request names what cannot be used.
    pub const MALFORMED: &str = "malformed entity specification";
    /// The body is no JSON, or not the JSON that was expected.
    pub const BAD_JSON: &str = "request body is not a valid JSON, expecting a valid JSON";
    /// Not `application/json`.
    pub const BAD_CONTENT_TYPE: &str = "unsupported content type";
    /// The body is larger than 1 MiB.
    pub const TOO_LARGE: &str = "request body is too large, at most 1 MiB is accepted";
    /// The body did not come within its time.
    pub const TOO_SLOW: &str = "request body was not received in time";
    /// Something is wrong with the query string.
    pub const BAD_QUERY: &str = "invalid query parameters";
    /// `limit` is too large.
    pub const BAD_LIMIT: &str = "invalid limit size";
    /// A device is not recognised.
    pub const REJECTED: &str = "failed to get bootstrap configuration for given external key";
    /// A device's encrypted key is no hexadecimal text; told only with detailed errors.
    pub const REJECTED_ENCRYPTED: &str =
        "failed to get bootstrap configuration for given encrypted external key";
    /// Later.
    pub const UNAVAILABLE: &str = "the service is temporarily unavailable, try again later";
    /// Our fault.
    pub const INTERNAL: &str = "internal error";
}

/// Seconds after which it makes sense to ask again.
const RETRY_AFTER: u32 = 2;

/// Longest piece of a request that an error message repeats, in characters.
const MAX_ECHO: usize = 100;

/// An answer that says no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Status code.
    pub status: StatusCode,
    /// What the caller reads.
    pub message: Cow<'static, str>,
    /// When to ask again, in seconds.
    pub retry_after: Option<u32>,
}

impl Problem {
    /// A problem with this status and message.
    #[must_use]
    pub fn new(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Problem { status, message: message.into(), retry_after: None }
    }

    /// 400 with this message.
    #[must_use]
    pub fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Problem::new(StatusCode::BAD_REQUEST, message)
    }

    /// 400: the body is not what was expected; `detail` names field and expectation.
    #[must_use]
    pub fn bad_json(detail: &str) -> Self {
        Problem::bad_request(format!("{}: {detail}", text::BAD_JSON))
    }

    /// 400: a query parameter is not what was expected.
    #[must_use]
    pub fn bad_query(name: &str, expectation: &str) -> Self {
        Problem::bad_request(format!("{}: {}: {expectation}", text::BAD_QUERY, echo(name)))
    }

    /// 503; the context is for the log only.
    #[must_use]
    pub fn unavailable(context: &str) -> Self {
        tracing::warn!(context, "unavailable");
        Problem {
            retry_after: Some(RETRY_AFTER),
            ..Problem::new(StatusCode::SERVICE_UNAVAILABLE, text::UNAVAILABLE)
        }
    }

    /// 500; the context is for the log only.
    #[must_use]
    pub fn internal(context: &str) -> Self {
        tracing::error!(context, "internal error");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, text::INTERNAL)
    }
}

/// Shortens what a caller sent before it is repeated to them.
fn echo(text: &str) -> String {
    text.chars().take(MAX_ECHO).collect()
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Unauthenticated => Problem::new(StatusCode::UNAUTHORIZED, text::UNAUTHENTICATED),
            Error::Forbidden => Problem::new(StatusCode::FORBIDDEN, text::FORBIDDEN),
            Error::NotFound => Problem::new(StatusCode::NOT_FOUND, text::NOT_FOUND),
            Error::Conflict(conflict) => conflict.into(),
            Error::Invalid { field, message } => Problem::bad_request(format!("{field} {message}")),
            Error::MissingExternalId => Problem::bad_request(text::NO_ID),
            Error::MissingExternalKey => Problem::bad_request(text::NO_KEY),
            Error::InvalidState => Problem::bad_request(text::BAD_STATE),
            Error::UnknownChannel(id) => {
                Problem::bad_request(format!("{}: unknown channel {}", text::MALFORMED, echo(&id)))
            }
            Error::UnknownClient(id) => Problem::new(
                StatusCode::NOT_FOUND,
                format!("{}: unknown client {}", text::NOT_FOUND, echo(&id)),
            ),
            Error::Rejected(message) => Problem::bad_request(message),
            Error::Unavailable(context) => Problem::unavailable(&context),
            Error::Internal(context) => Problem::internal(&context),
        }
    }
}

impl From<Conflict> for Problem {
    fn from(conflict: Conflict) -> Self {
        match conflict {
            Conflict::ExternalId | Conflict::Name | Conflict::Client | Conflict::Id => {
                Problem::new(StatusCode::CONFLICT, text::CONFLICT)
            }
            Conflict::IdempotencyKey => {
                Problem::new(StatusCode::CONFLICT, "Idempotency-Key was used with a different request")
            }
            // The platform's own conflicts are 400 with these words in the reference.
            Conflict::Username => Problem::bad_request("username not available"),
            Conflict::Email => Problem::bad_request("email id already registered"),
            Conflict::Route => Problem::bad_request("route not available"),
            Conflict::ClientSecret => Problem::bad_request("client key is not available"),
        }
    }
}

impl From<PlatformError> for Problem {
    fn from(error: PlatformError) -> Self {
        Error::from(error).into()
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Error::from(error).into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = Vec::with_capacity(self.message.len() + 16);
        body.extend_from_slice(b"{\"message\":");
        serde_json::to_writer(&mut body, &self.message).expect("a text is always valid JSON");
        body.extend_from_slice(b"}\n");

        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, JSON);
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<Problem> for Response {
    fn from(problem: Problem) -> Self {
        problem.into_response()
    }
}

/// What a device is told. Unless detailed errors are switched on, all reasons look alike.
#[must_use]
pub fn refusal(refused: Refused, detailed: bool) -> Response {
    let problem = match refused {
        Refused::MissingCredential => {
            let mut response = Problem::new(StatusCode::UNAUTHORIZED, text::NO_KEY).into_response();
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Client"));
            return response;
        }
        Refused::MissingId => Problem::bad_request(text::NO_ID),
        Refused::Rejected(reason) if detailed => detailed_rejection(reason),
        Refused::Rejected(_) => return uniform_rejection(),
        Refused::Unavailable(context) => Problem::unavailable(&context),
        Refused::Internal(context) => Problem::internal(&context),
    };
    problem.into_response()
}

/// Always the same bytes, so nothing is composed.
fn uniform_rejection() -> Response {
    const BODY: &str = "{\"message\":\"failed to get bootstrap configuration for given external key\"}\n";
    let mut response = Response::new(Body::from(BODY));
    *response.status_mut() = StatusCode::FORBIDDEN;
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    response.headers_mut().insert(header::CACHE_CONTROL, NO_STORE);
    response
}

/// The reference's codes. It knows no switches: what is switched off is refused like a wrong key.
fn detailed_rejection(reason: Reason) -> Problem {
    match reason {
        Reason::UnknownId | Reason::MalformedId => Problem::new(StatusCode::NOT_FOUND, text::NOT_FOUND),
        Reason::NotHex => Problem::new(StatusCode::FORBIDDEN, text::REJECTED_ENCRYPTED),
        Reason::WrongKey | Reason::TooShort | Reason::Unrecognised | Reason::Disabled(_) => {
            Problem::new(StatusCode::FORBIDDEN, text::REJECTED)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use onramp_core::bootstrap::Switch;

    const REASONS: [Reason; 9] = [
        Reason::UnknownId,
        Reason::WrongKey,
        Reason::NotHex,
        Reason::TooShort,
        Reason::Disabled(Switch::Config),
        Reason::Disabled(Switch::Client),
        Reason::Disabled(Switch::Domain),
        Reason::MalformedId,
        Reason::Unrecognised,
    ];

    async fn parts(response: Response) -> (StatusCode, http::HeaderMap, String) {
        let (head, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 10_000).await.unwrap();
        (head.status, head.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn every_rejection_looks_the_same() {
        let first = parts(refusal(Refused::Rejected(Reason::UnknownId), false)).await;
        assert_eq!(first.0, StatusCode::FORBIDDEN);
        assert_eq!(first.2, format!("{{\"message\":\"{}\"}}\n", text::REJECTED));
        for reason in REASONS {
            assert_eq!(parts(refusal(Refused::Rejected(reason), false)).await, first, "{reason:?}");
        }
    }

    #[test]
    fn detailed_rejections_are_the_reference_s() {
        for reason in REASONS {
            let want = match reason {
                Reason::UnknownId | Reason::MalformedId => (404, text::NOT_FOUND),
                Reason::NotHex => (403, text::REJECTED_ENCRYPTED),
                _ => (403, text::REJECTED),
            };
            let problem = detailed_rejection(reason);
            assert_eq!((problem.status.as_u16(), &*problem.message), want, "{reason:?}");
        }
    }

    #[test]
    fn operators_read_the_reference_s_words() {
        let cases = [
            (Error::Unauthenticated, 401, text::UNAUTHENTICATED),
            (Error::Forbidden, 403, text::FORBIDDEN),
            (Error::NotFound, 404, text::NOT_FOUND),
            (Error::Conflict(Conflict::ExternalId), 409, text::CONFLICT),
            (Error::Conflict(Conflict::Name), 409, text::CONFLICT),
            (Error::MissingExternalId, 400, text::NO_ID),
            (Error::MissingExternalKey, 400, text::NO_KEY),
            (Error::InvalidState, 400, text::BAD_STATE),
            (Error::UnknownChannel("c1".into()), 400, "malformed entity specification: unknown channel c1"),
            (Error::UnknownClient("c2".into()), 404, "entity not found: unknown client c2"),
            (
                Error::Invalid { field: "client_cert", message: "must be PEM".into() },
                400,
                "client_cert must be PEM",
            ),
            (Error::Unavailable("SQLITE_FULL".into()), 503, text::UNAVAILABLE),
            (Error::Internal("row 7 of onramp_configs".into()), 500, text::INTERNAL),
        ];
        for (error, status, message) in cases {
            let problem = Problem::from(error);
            assert_eq!((problem.status.as_u16(), &*problem.message), (status, message));
            assert_eq!(problem.retry_after.is_some(), status == 503);
        }
    }

    #[tokio::test]
    async fn problems_are_json_and_later_says_when() {
        let (status, headers, body) = parts(Problem::unavailable("x").into()).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(headers[header::RETRY_AFTER], "2");
        assert_eq!(headers[header::CONTENT_TYPE], "application/json");
        assert_eq!(body, format!("{{\"message\":\"{}\"}}\n", text::UNAVAILABLE));
        let (_, _, body) = parts(Problem::bad_query("a\"b\n", "x").into()).await;
        assert_eq!(body, "{\"message\":\"invalid query parameters: a\\\"b\\n: x\"}\n");
    }

    #[test]
    fn long_values_are_not_repeated_in_full() {
        let problem = Problem::from(Error::UnknownChannel("x".repeat(100_000)));
        assert!(problem.message.len() < 200);
    }
}
