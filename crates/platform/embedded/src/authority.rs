//! Who may do what on the embedded platform: the only file that decides it.
//!
//! A session has its user's rights: those of its roles in the domain, or all of them for a platform
//! administrator. A personal access token has of these only what its scopes name.

use crate::Embedded;
use onramp_core::{
    model::{Caller, DomainId, DomainStatus, Scope, Secret, Timestamp},
    port::{PlatformError, StoreError},
};

pub use onramp_core::model::Level;

/// A personal access token's last use is written down at most this often.
const TOUCH_EVERY_SECONDS: i64 = 60;

/// What an action is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entity {
    /// Users.
    Users,
    /// Domains, their roles and members.
    Domains,
    /// Clients.
    Clients,
    /// Channels and connections.
    Channels,
    /// Configs.
    Bootstrap,
}

impl Entity {
    /// The word in a scope of a personal access token.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Entity::Users => "users",
            Entity::Domains => "domains",
            Entity::Clients => "clients",
            Entity::Channels => "channels",
            Entity::Bootstrap => "bootstrap",
        }
    }
}

/// One thing that somebody wants to do.
#[derive(Debug, Clone, Copy)]
pub struct Action<'a> {
    /// To what kind of object.
    pub entity: Entity,
    /// To which one; `None` for creating and listing, which only a scope for all objects covers.
    pub entity_id: Option<&'a str>,
    /// The operation's name in scopes, such as `update_secret`.
    pub operation: &'static str,
    /// The role that it takes.
    pub level: Level,
}

impl Embedded {
    /// Who is behind an access token or a personal access token?
    ///
    /// # Errors
    /// `Unauthorized`, `Unavailable`.
    pub async fn identify(&self, token: &Secret) -> Result<Caller, PlatformError> {
        let now = self.clock.now();
        let bearer = self.directory.bearer(token, now).await.map_err(unavailable)?;
        let bearer = bearer.ok_or(PlatformError::Unauthorized)?;
        if bearer.scopes.is_some() && is_stale(bearer.last_used_at, now) {
            // Nice to know, and no reason to refuse.
            if let Err(error) = self.directory.touch_pat(&bearer.token, now).await {
                tracing::debug!(%error, "the use of a personal access token was not written down");
            }
        }
        Ok(Caller {
            user: bearer.user,
            platform_admin: bearer.admin,
            token_id: bearer.token,
            scopes: bearer.scopes,
            token: token.clone(),
        })
    }

    /// May the caller act in the domain at all? A disabled one lets its administrators in, a frozen one
    /// platform administrators only.
    ///
    /// # Errors
    /// `Forbidden`, for strangers and unknown domains alike; `NotFound`, to platform administrators only;
    /// `Unavailable`.
    pub async fn member(&self, caller: &Caller, domain: &DomainId) -> Result<(), PlatformError> {
        let membership = self.directory.membership(&caller.user, domain).await.map_err(unavailable)?;
        let Some(membership) = membership else {
            return Err(if caller.platform_admin {
                PlatformError::NotFound
            } else {
                PlatformError::Forbidden
            });
        };
        let enters = caller.platform_admin
            || match membership.status {
                DomainStatus::Enabled => membership.level.is_some(),
                DomainStatus::Disabled => membership.level == Some(Level::Administer),
                DomainStatus::Frozen => false,
            };
        if enters { Ok(()) } else { Err(PlatformError::Forbidden) }
    }

    /// May the caller, who may act in the domain, do this there?
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn permits(
        &self,
        caller: &Caller,
        domain: &DomainId,
        action: Action<'_>,
    ) -> Result<bool, PlatformError> {
        if !within_scopes(caller.scopes.as_deref(), domain.as_str(), action) {
            return Ok(false);
        }
        if caller.platform_admin {
            return Ok(true);
        }
        let membership = self.directory.membership(&caller.user, domain).await.map_err(unavailable)?;
        Ok(membership.and_then(|membership| membership.level).is_some_and(|level| level >= action.level))
    }

    /// [`member`](Self::member) and [`permits`](Self::permits) in one.
    ///
    /// # Errors
    /// As `member`; `Forbidden` when the caller may not do this.
    pub async fn require(
        &self,
        caller: &Caller,
        domain: &DomainId,
        action: Action<'_>,
    ) -> Result<(), PlatformError> {
        self.member(caller, domain).await?;
        if self.permits(caller, domain, action).await? { Ok(()) } else { Err(PlatformError::Forbidden) }
    }
}

/// Do the scopes of a caller whose role was looked at before cover this too?
pub(crate) fn covered(caller: &Caller, domain: &DomainId, action: Action<'_>) -> bool {
    within_scopes(caller.scopes.as_deref(), domain.as_str(), action)
}

/// Something that concerns no single domain, such as users, or a new domain: only a scope for all domains
/// covers it.
///
/// # Errors
/// `Forbidden`.
pub fn require_anywhere(
    caller: &Caller,
    entity: Entity,
    entity_id: Option<&str>,
    operation: &'static str,
) -> Result<(), PlatformError> {
    let action = Action { entity, entity_id, operation, level: Level::View };
    if within_scopes(caller.scopes.as_deref(), ANY, action) { Ok(()) } else { Err(PlatformError::Forbidden) }
}

const ANY: &str = "*";

/// Does some scope cover the action? A session has no scopes and no such limits.
fn within_scopes(scopes: Option<&[Scope]>, domain: &str, action: Action<'_>) -> bool {
    let covers = |scope: &Scope| {
        let fits = |part: &str, wanted: &str| part == ANY || part == wanted;
        fits(&scope.domain_id, domain)
            && fits(&scope.entity_type, action.entity.as_str())
            && fits(&scope.entity_id, action.entity_id.unwrap_or(ANY))
            && fits(&scope.operation, action.operation)
    };
    scopes.is_none_or(|scopes| scopes.iter().any(covers))
}

fn is_stale(last: Option<Timestamp>, now: Timestamp) -> bool {
    last.is_none_or(|last| last.plus_seconds(TOUCH_EVERY_SECONDS) <= now)
}

fn unavailable(error: StoreError) -> PlatformError {
    PlatformError::Unavailable(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(domain: &str, entity: &str, id: &str, operation: &str) -> Scope {
        Scope {
            id: "s".into(),
            domain_id: domain.into(),
            entity_type: entity.into(),
            entity_id: id.into(),
            operation: operation.into(),
        }
    }

    fn view<'a>(id: Option<&'a str>) -> Action<'a> {
        Action { entity: Entity::Clients, entity_id: id, operation: "view", level: Level::View }
    }

    #[test]
    fn a_scope_covers_only_what_it_names() {
        for (given, covered) in [
            (scope("d", "clients", "c", "view"), true),
            (scope("*", "*", "*", "*"), true),
            (scope("d", "clients", "*", "view"), true),
            (scope("e", "clients", "c", "view"), false),
            (scope("d", "channels", "c", "view"), false),
            (scope("d", "clients", "b", "view"), false),
            (scope("d", "clients", "c", "update"), false),
        ] {
            assert_eq!(
                within_scopes(Some(std::slice::from_ref(&given)), "d", view(Some("c"))),
                covered,
                "{given:?}"
            );
        }
        assert!(within_scopes(None, "d", view(Some("c"))));
        assert!(!within_scopes(Some(&[]), "d", view(Some("c"))));
    }

    #[test]
    fn creating_and_listing_takes_a_scope_for_all_objects() {
        assert!(!within_scopes(Some(&[scope("d", "clients", "c", "*")]), "d", view(None)));
        assert!(within_scopes(Some(&[scope("d", "clients", "*", "*")]), "d", view(None)));
    }

    #[test]
    fn what_concerns_no_domain_takes_a_scope_for_all_domains() {
        let caller = |scopes| Caller {
            user: "u".parse().unwrap(),
            platform_admin: true,
            token_id: "t".parse().unwrap(),
            scopes,
            token: Secret::new("t"),
        };
        let ask = |caller: &Caller| require_anywhere(caller, Entity::Users, None, "list");
        assert!(ask(&caller(None)).is_ok());
        assert!(ask(&caller(Some(vec![scope("*", "*", "*", "*")]))).is_ok());
        assert!(ask(&caller(Some(vec![scope("d", "*", "*", "*")]))).is_err());
    }
}
