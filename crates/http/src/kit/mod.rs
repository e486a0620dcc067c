//! What every route is made of: who calls, what the body and the query say, and what goes wrong. Also used by
//! the routes of the embedded platform.

pub mod body;
pub mod caller;
pub mod path;
pub mod problem;
pub mod query;

pub use body::Json;
pub use caller::BearerToken;
pub use path::Path;
pub use problem::Problem;
pub use query::Query;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// An answer with a JSON body: one value and a line break, as the reference writes it.
pub fn json_response<T: Serialize>(status: StatusCode, value: &T) -> Response {
    let mut body = match serde_json::to_vec(value) {
        Ok(body) => body,
        Err(error) => return Problem::internal(&format!("answer cannot be written as JSON: {error}")).into(),
    };
    body.push(b'\n');
    bytes_response(status, JSON, body)
}

/// An answer without a body; success is `application/json` all the same, as the reference has it.
#[must_use]
pub fn empty_response(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    response
}

/// An answer that nobody may keep: all of ours concern one caller.
pub(crate) fn bytes_response(
    status: StatusCode,
    content_type: HeaderValue,
    body: impl Into<Body>,
) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response.headers_mut().insert(header::CACHE_CONTROL, NO_STORE);
    response
}

/// Decodes one path segment, once. Sequences that are no percent-encoding stay as they are.
pub(crate) fn decode_segment(raw: &str) -> std::borrow::Cow<'_, [u8]> {
    percent_encoding::percent_decode_str(raw).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_decoded_exactly_once() {
        let cases: [(&str, &[u8]); 7] = [
            ("09:6:0:sb:sa", b"09:6:0:sb:sa"),
            ("a%3Ab", b"a:b"),
            ("a%2fb", b"a/b"),
            ("a%252Fb", b"a%2Fb"),
            ("a%20b+c", b"a b+c"),
            ("%FF%zz%4", b"\xff%zz%4"),
            ("", b""),
        ];
        for (raw, want) in cases {
            assert_eq!(&*decode_segment(raw), want, "{raw}");
        }
    }
}
