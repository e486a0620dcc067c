//! Who calls: the extractor of every route of users, tokens and domains. It runs before the body is read;
//! the handlers check the right itself and read the body last.

use crate::{Failure, PlatformApp};
use axum::extract::{FromRequest, FromRequestParts, Request};
use http::request::Parts;
use onramp_core::model::Caller;
use onramp_http::kit::{BearerToken, Json, Problem};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// A caller whose token was accepted.
pub(crate) struct Authenticated(pub Caller);

impl FromRequestParts<Arc<PlatformApp>> for Authenticated {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<PlatformApp>) -> Result<Self, Problem> {
        let BearerToken(token) = BearerToken::from_headers(&parts.headers)?;
        Ok(Authenticated(app.embedded.identify(&token).await?))
    }
}

/// Ids in the path. What is not even text names nothing that exists.
pub(crate) struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<PlatformApp>> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<PlatformApp>) -> Result<Self, Problem> {
        let path = axum::extract::Path::from_request_parts(parts, app).await;
        path.map(|axum::extract::Path(ids)| Path(ids)).map_err(|_| Failure::NotFound.into())
    }
}

/// An id in the path. What cannot be an id is one that does not exist.
pub(crate) fn path_id<T: std::str::FromStr>(text: &str) -> Result<T, Failure> {
    text.parse().map_err(|_| Failure::NotFound)
}

/// Reads the body, once the caller is known to be allowed to send one.
pub(crate) async fn body<T: DeserializeOwned>(request: Request) -> Result<T, Problem> {
    Json::<T>::from_request(request, &()).await.map(|Json(body)| body)
}
