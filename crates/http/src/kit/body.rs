//! JSON bodies. A body that is not right is answered with the field and what was expected of it; what was
//! sent is not repeated, it may be a secret.

use super::problem::{Problem, text};
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde::de::{DeserializeOwned, Deserializer, Visitor};
use serde_json::error::Category;

/// Largest body, in bytes.
pub const MAX_BODY: usize = 1024 * 1024;

/// Why a request came without the body that it had: the layer in front notes it here.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Unread {
    /// It is larger than [`MAX_BODY`].
    TooLarge,
    /// It broke off.
    Broken,
}

/// A parsed JSON body.
#[derive(Debug, Clone)]
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, text::BAD_CONTENT_TYPE));
        }
        match request.extensions().get() {
            Some(Unread::TooLarge) => return Err(too_large()),
            Some(Unread::Broken) => return Err(broken()),
            None => {}
        }
        DefaultBodyLimit::max(MAX_BODY).apply(&mut request);
        let body = Bytes::from_request(request, state).await.map_err(|rejection| match rejection {
            BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => too_large(),
            _ => broken(),
        })?;
        parse(&body).map(Json)
    }
}

fn too_large() -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, text::TOO_LARGE)
}

fn broken() -> Problem {
    Problem::bad_json("body: could not be read to its end")
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.is_some_and(|value| value.contains("application/json"))
}

/// Parses one JSON value with nothing behind it.
///
/// # Errors
/// 400 naming the field and what was expected of it.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Problem::bad_json("body: expected a JSON value, it is empty"));
    }
    // Where a value is skipped, the parser would not look at its bytes.
    let text = std::str::from_utf8(body).map_err(|_| Problem::bad_json("body: expected UTF-8"))?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(Strict(&mut reader)).map_err(|error| {
        let path = error.path().to_string();
        explain(&path, error.inner())
    })?;
    reader.end().map_err(|_| Problem::bad_json("body: expected nothing after the JSON value"))?;
    Ok(value)
}

fn explain(path: &str, error: &serde_json::Error) -> Problem {
    let whole = error.to_string();
    let said = whole.rsplit_once(" at line ").map_or(whole.as_str(), |(said, _)| said);
    match error.classify() {
        // Its messages speak of the grammar only, never of values.
        Category::Syntax | Category::Eof | Category::Io => {
            Problem::bad_json(&format!("line {}, column {}: {said}", error.line(), error.column()))
        }
        Category::Data => {
            if let Some(field) = said.strip_prefix("duplicate field ") {
                return Problem::bad_json(&format!("{}: given more than once", field.trim_matches('`')));
            }
            if let Some(field) = said.strip_prefix("missing field ") {
                return Problem::bad_json(&format!("{}: expected, but missing", field.trim_matches('`')));
            }
            let field = if path == "." { "body" } else { path };
            match said.rsplit_once(", expected ") {
                Some((_, expected)) => Problem::bad_json(&format!("{field}: expected {}", plain(expected))),
                None => Problem::bad_json(&format!("{field}: not a usable value")),
            }
        }
    }
}

/// Says in words what the parser says in names of types.
fn plain(expected: &str) -> &str {
    match expected {
        "a sequence" => "an array",
        "a map" => "an object",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        other if other.starts_with("struct ") => "an object",
        other => other,
    }
}

/// Objects must be objects: left alone, the parser would take an array for one, field by field.
struct Strict<D>(D);

macro_rules! forward {
    ($($method:ident($($argument:ident: $type:ty),*);)*) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            self.0.$method($($argument,)* visitor)
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Strict<D> {
    type Error = D::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(visitor)
    }

    forward! {
        deserialize_any(); deserialize_bool();
        deserialize_i8(); deserialize_i16(); deserialize_i32(); deserialize_i64();
        deserialize_u8(); deserialize_u16(); deserialize_u32(); deserialize_u64();
        deserialize_f32(); deserialize_f64();
        deserialize_char(); deserialize_str(); deserialize_string();
        deserialize_bytes(); deserialize_byte_buf();
        deserialize_option(); deserialize_unit(); deserialize_seq(); deserialize_map();
        deserialize_identifier(); deserialize_ignored_any();
        deserialize_unit_struct(name: &'static str);
        deserialize_newtype_struct(name: &'static str);
        deserialize_tuple(len: usize);
        deserialize_tuple_struct(name: &'static str, len: usize);
        deserialize_enum(name: &'static str, variants: &'static [&'static str]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use onramp_api::{ChangeState, CreateConfig};

    fn create(body: &str) -> String {
        match parse::<CreateConfig>(body.as_bytes()) {
            Ok(_) => "fine".into(),
            Err(problem) => {
                assert_eq!(problem.status, StatusCode::BAD_REQUEST);
                let message =
                    problem.message.strip_prefix(text::BAD_JSON).expect("the reference's words first");
                message.strip_prefix(": ").expect("then the detail").to_owned()
            }
        }
    }

    #[test]
    fn what_is_fine() {
        for body in [
            "{}",
            " {\"external_id\":\"a\",\"unknown\":{\"x\":[1]},\"External_Key\":7}\n ",
            r#"{"client_id":null,"channels":null}"#,
            r#"{"channels":["a",{"id":"b","name":"n"}],"external_key":"k"}"#,
        ] {
            assert_eq!(create(body), "fine", "{body}");
        }
    }

    #[test]
    fn messages_name_field_and_expectation() {
        for (body, want) in [
            (r#"{"external_id":5}"#, "external_id: expected a string"),
            (r#"{"external_id":null}"#, "external_id: expected a string"),
            (r#"{"name":["x"]}"#, "name: expected a string"),
            (r#"{"channels":"x"}"#, "channels: expected an array"),
            (r#"{"channels":["a",7]}"#, "channels[1]: expected a channel id, or an object with an `id`"),
            (r#"{"channels":[["a"]]}"#, "channels[0]: expected a channel id, or an object with an `id`"),
            (r#"{"channels":[{"id":1}]}"#, "channels[0].id: expected a string"),
            (r#"{"channels":[{}]}"#, "id: expected, but missing"),
            (r#"{"name":"a","name":"b"}"#, "name: given more than once"),
            ("[]", "body: expected an object"),
            (r#"["id","key"]"#, "body: expected an object"),
            ("7", "body: expected an object"),
            ("", "body: expected a JSON value, it is empty"),
            (" \n", "body: expected a JSON value, it is empty"),
            ("{} x", "body: expected nothing after the JSON value"),
            ("{}{}", "body: expected nothing after the JSON value"),
            ("{\"name\":", "line 1, column 8: EOF while parsing a value"),
            ("{name:1}", "line 1, column 2: key must be a string"),
        ] {
            assert_eq!(create(body), want, "{body}");
        }
        let state = parse::<ChangeState>(br#"{"state":"1"}"#).map(|_| ()).unwrap_err();
        assert!(state.message.ends_with(": state: expected a whole number"), "{}", state.message);
        assert!(parse::<ChangeState>(b"{\"state\":99999999999999999999}").is_err());
        assert!(parse::<ChangeState>(b"{\"state\":1.0}").is_err());
    }

    #[test]
    fn values_are_not_repeated() {
        for body in [
            r#"{"channels":"hunter2"}"#,
            r#"{"external_key":["hunter2"]}"#,
            r#"{"x":hunter2}"#,
            "\"hunter2\"",
        ] {
            assert!(!create(body).contains("hunter2"), "{}", create(body));
        }
        let hostile = r#"{"channels":"a, expected hunter2 at line 1"}"#;
        assert_eq!(create(hostile), "channels: expected an array");
    }

    #[test]
    fn hostile_bodies_do_not_panic() {
        assert!(parse::<CreateConfig>("[".repeat(100_000).as_bytes()).is_err());
        assert!(parse::<CreateConfig>(b"{\"name\":\"\xff\"}").is_err());
        assert!(parse::<CreateConfig>(b"{\"unknown\":\"\xff\"}").is_err());
        assert!(parse::<CreateConfig>(b"\xef\xbb\xbf{}").is_err());
    }

    #[tokio::test]
    async fn content_type_and_size() {
        async fn ask(content_type: Option<&str>, body: Vec<u8>) -> Result<(), u16> {
            let mut request = Request::builder();
            if let Some(value) = content_type {
                request = request.header(header::CONTENT_TYPE, value);
            }
            let request = request.body(axum::body::Body::from(body)).unwrap();
            Json::<CreateConfig>::from_request(request, &())
                .await
                .map(|_| ())
                .map_err(|problem| problem.status.as_u16())
        }
        let padded = |length: usize| [b"{}".to_vec(), vec![b' '; length - 2]].concat();
        assert_eq!(ask(Some("application/json; charset=utf-8"), b"{}".to_vec()).await, Ok(()));
        assert_eq!(ask(Some("text/plain"), b"{}".to_vec()).await, Err(415));
        assert_eq!(ask(None, b"{}".to_vec()).await, Err(415));
        assert_eq!(ask(Some("application/json"), padded(MAX_BODY)).await, Ok(()));
        assert_eq!(ask(Some("application/json"), padded(MAX_BODY + 1)).await, Err(413));
    }
}
