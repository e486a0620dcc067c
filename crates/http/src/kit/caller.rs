//! Who calls, and what they may do. A handler of the operator API takes a [`Granted`], which only exists
//! after authentication, membership and authorization, in this order and before the body is read.

use super::decode_segment;
use super::problem::{Problem, text};
use crate::app::App;
use axum::extract::{FromRequestParts, MatchedPath};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use onramp_core::access::{Deed, Grant};
use onramp_core::model::{ClientId, DomainId, Secret};
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

/// The token of `Authorization: Bearer <token>`.
#[derive(Debug, Clone)]
pub struct BearerToken(pub Secret);

impl BearerToken {
    /// Reads the header. The scheme is case-sensitive with exactly one space, as in the reference.
    ///
    /// # Errors
    /// 401 when there is no such token.
    pub fn from_headers(headers: &HeaderMap) -> Result<Self, Problem> {
        headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "))
            .and_then(|token| std::str::from_utf8(token).ok())
            .filter(|token| !token.is_empty())
            .map(|token| BearerToken(Secret::new(token)))
            .ok_or_else(|| Problem::new(StatusCode::UNAUTHORIZED, text::NO_TOKEN))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for BearerToken {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        BearerToken::from_headers(&parts.headers)
    }
}

/// What a handler does, as a type.
pub trait Doing: Send + Sync + 'static {
    /// The deed that has to be permitted.
    const DEED: Deed;
}

macro_rules! doings {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;
        impl Doing for $name {
            const DEED: Deed = Deed::$name;
        }
    )*};
}

doings! {
    /// Creates a config.
    Create;
    /// Lists configs.
    List;
    /// Reads one.
    View;
    /// Changes one.
    Update;
    /// Removes one.
    Remove;
}

/// Permission to do one thing, in the domain and to the config that the path names.
#[derive(Debug, Clone)]
pub struct Granted<D> {
    grant: Grant,
    doing: PhantomData<D>,
}

impl<D> Deref for Granted<D> {
    type Target = Grant;

    fn deref(&self) -> &Grant {
        &self.grant
    }
}

impl<D: Doing> FromRequestParts<Arc<App>> for Granted<D> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let BearerToken(token) = BearerToken::from_headers(&parts.headers)?;
        let template = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
        let (domain, config) = ids(template, parts.uri.path());
        let grant = app.service.grant(&token, &domain, D::DEED, config.as_ref()).await?;
        Ok(Granted { grant, doing: PhantomData })
    }
}

/// An id that no platform gives out. What cannot be an id behaves like one that does not exist, so that the
/// order of checks stays the same.
const NOBODY: &str = "\u{fffd}";

/// Finds domain and config in the path, by their places in the route's template.
fn ids(template: &str, path: &str) -> (DomainId, Option<ClientId>) {
    let segment = |name: &str| {
        let place = template.split('/').position(|part| part == name)?;
        let raw = path.split('/').nth(place)?;
        Some(String::from_utf8(decode_segment(raw).into_owned()).unwrap_or_else(|_| NOBODY.to_owned()))
    };
    let nobody = || NOBODY.parse().expect("the replacement character is a usable id");
    let domain = segment("{domain}").and_then(|text| DomainId::parse(text).ok()).unwrap_or_else(nobody);
    let config = segment("{client}").map(|text| {
        ClientId::parse(text)
            .unwrap_or_else(|_| NOBODY.parse().expect("the replacement character is a usable id"))
    });
    (domain, config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_by_the_template() {
        let cases = [
            ("/{domain}/clients/configs", "/d1/clients/configs", "d1", None),
            ("/{domain}/clients/configs/{client}", "/d1/clients/configs/c1", "d1", Some("c1")),
            (
                "/{domain}/clients/configs/certs/{client}",
                "/d%31/clients/configs/certs/c%2F1",
                "d1",
                Some("c/1"),
            ),
            ("/{domain}/clients/configs/{client}/enable", "/d/clients/configs/c/enable", "d", Some("c")),
            ("/{domain}/clients/state/{client}", "/%FF/clients/state/%00", NOBODY, Some(NOBODY)),
            ("", "/d1/clients/configs", NOBODY, None),
        ];
        for (template, path, domain, config) in cases {
            let (got_domain, got_config) = ids(template, path);
            assert_eq!(got_domain.as_str(), domain, "{path}");
            assert_eq!(got_config.as_ref().map(ClientId::as_str), config, "{path}");
        }
    }

    #[test]
    fn only_bearer_counts() {
        let token = |value: &[u8]| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, http::HeaderValue::from_bytes(value).unwrap());
            BearerToken::from_headers(&headers).ok().map(|token| token.0.expose().to_owned())
        };
        assert_eq!(token(b"Bearer abc"), Some("abc".into()));
        assert_eq!(token(b"Bearer  abc"), Some(" abc".into()));
        for bad in [&b"bearer abc"[..], b"Bearer ", b"Bearer", b"abc", b"Client abc", b"Bearer \xff"] {
            assert_eq!(token(bad), None, "{bad:?}");
        }
        let problem = BearerToken::from_headers(&HeaderMap::new()).unwrap_err();
        assert_eq!((problem.status, &*problem.message), (StatusCode::UNAUTHORIZED, text::NO_TOKEN));
    }
}
