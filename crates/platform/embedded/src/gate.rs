//! Nobody reaches the rules of clients and channels but through these extractors: authentication, membership
//! of the domain, the right itself, in this order and before the body is read.

use crate::{Action, Entity, Failure, Level, PlatformApp};
use axum::{
    extract::{FromRequestParts, RawPathParams},
    response::Response,
};
use http::{StatusCode, request::Parts};
use onramp_core::model::{Caller, DomainId};
use onramp_http::kit::{BearerToken, Problem, problem::text};
use std::{marker::PhantomData, sync::Arc};

/// What a handler does, as a type.
pub(crate) trait Operation: Send + Sync + 'static {
    /// To what.
    const ENTITY: Entity;
    /// The operation's name in the scopes of personal access tokens.
    const NAME: &'static str;
    /// The role that it takes.
    const LEVEL: Level;
}

/// Declares operations: `ViewClient = Clients "view" View;`.
macro_rules! operations {
    ($($name:ident = $entity:ident $operation:literal $level:ident;)*) => {$(
        pub(super) struct $name;
        impl $crate::gate::Operation for $name {
            const ENTITY: $crate::Entity = $crate::Entity::$entity;
            const NAME: &'static str = $operation;
            const LEVEL: $crate::Level = $crate::Level::$level;
        }
    )*};
}
pub(crate) use operations;

/// A caller in the domain that the path names.
pub(crate) struct Insider {
    /// Who.
    pub caller: Caller,
    /// Where.
    pub domain: DomainId,
    object: Option<String>,
}

impl Insider {
    /// The id of the object that the path names. What cannot be an id is one that does not exist.
    pub(crate) fn object<T: std::str::FromStr>(&self) -> Result<T, Failure> {
        self.object.as_deref().unwrap_or_default().parse().map_err(|_| Failure::NotFound)
    }
}

impl FromRequestParts<Arc<PlatformApp>> for Insider {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<PlatformApp>) -> Result<Self, Problem> {
        let BearerToken(token) = BearerToken::from_headers(&parts.headers)?;
        let caller = app.embedded.identify(&token).await?;
        let params = RawPathParams::from_request_parts(parts, app).await.ok();
        let param = |wanted: &[&str]| {
            let mut params = params.iter().flatten();
            params.find(|(name, _)| wanted.contains(name)).map(|(_, value)| value.to_owned())
        };
        let domain = param(&["domain"]).and_then(|text| DomainId::parse(text).ok());
        // What cannot be an id is a domain that does not exist, which is forbidden like a stranger's.
        let domain = domain.ok_or_else(|| Problem::new(StatusCode::FORBIDDEN, text::FORBIDDEN))?;
        app.embedded.member(&caller, &domain).await?;
        Ok(Insider { caller, domain, object: param(&["client", "channel"]) })
    }
}

/// A caller who may do one thing, in the domain and to the object that the path names.
pub(crate) struct Permitted<O> {
    insider: Insider,
    operation: PhantomData<O>,
}

impl<O> std::ops::Deref for Permitted<O> {
    type Target = Insider;

    fn deref(&self) -> &Insider {
        &self.insider
    }
}

impl<O: Operation> FromRequestParts<Arc<PlatformApp>> for Permitted<O> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<PlatformApp>) -> Result<Self, Problem> {
        let insider = Insider::from_request_parts(parts, app).await?;
        let action = Action {
            entity: O::ENTITY,
            entity_id: insider.object.as_deref(),
            operation: O::NAME,
            level: O::LEVEL,
        };
        if !app.embedded.permits(&insider.caller, &insider.domain, action).await? {
            return Err(Problem::new(StatusCode::FORBIDDEN, text::FORBIDDEN));
        }
        Ok(Permitted { insider, operation: PhantomData })
    }
}

/// An answer whose body has a `Location`.
pub(crate) fn created<T: serde::Serialize>(location: &str, body: &T) -> Response {
    let mut response = onramp_http::kit::json_response(StatusCode::CREATED, body);
    // Ids are UUIDs here, so this is a header always.
    if let Ok(value) = location.parse() {
        response.headers_mut().insert(http::header::LOCATION, value);
    }
    response
}
