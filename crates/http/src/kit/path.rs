//! What stands in the path.

use super::problem::{Problem, text};
use axum::extract::FromRequestParts;
use http::StatusCode;
use http::request::Parts;
use serde::de::DeserializeOwned;

/// The places of the route's template, percent-decoded once. What is no UTF-8 is nobody's id.
#[derive(Debug, Clone)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(found)) => Ok(Path(found)),
            Err(_) => Err(Problem::new(StatusCode::NOT_FOUND, text::NOT_FOUND)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Router, body::Body, routing::get};
    use http::Request;
    use tower::ServiceExt;

    #[tokio::test]
    async fn what_is_no_text_is_not_found() {
        let router = Router::new().route("/{id}", get(async |Path(id): Path<String>| id));
        for (path, status, said) in [
            ("/a%2Fb", 200, "a/b"),
            ("/%25ff", 200, "%ff"),
            ("/%ff", 404, "{\"message\":\"entity not found\"}\n"),
        ] {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status().as_u16(), status);
            let body = axum::body::to_bytes(response.into_body(), 100).await.unwrap();
            assert_eq!(body, said);
        }
    }
}
