//! Domains, their three fixed roles, and who has them.

use super::{Direction, TagFilter, contains_json, holds};
use crate::model::{DomainId, RoleId, Timestamp, UserId};

/// A domain: the tenant that clients, channels and configs belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// Its id.
    pub id: DomainId,
    /// Its name.
    pub name: String,
    /// Its short name in paths; unique, never changes.
    pub route: String,
    /// Labels.
    pub tags: Vec<String>,
    /// JSON object as text.
    pub metadata: Option<String>,
    /// Who gets in.
    pub status: DomainStatus,
    /// Who created it.
    pub created_by: UserId,
    /// When it was created.
    pub created_at: Timestamp,
    /// Who changed it last.
    pub updated_by: Option<UserId>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
}

/// Who gets into a domain; its devices are served only while it is enabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainStatus {
    /// All its members.
    Enabled,
    /// Its administrators.
    Disabled,
    /// Nobody but platform administrators.
    Frozen,
}

impl DomainStatus {
    /// The word on the wire, in the platform's own spelling.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            DomainStatus::Enabled => "enabled",
            DomainStatus::Disabled => "disabled",
            DomainStatus::Frozen => "freezed",
        }
    }
}

/// What a role of a domain allows; each level includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Role `viewer`: read everything but secrets and content.
    View,
    /// Role `operator`: read, create, change and remove clients, channels, connections and configs.
    Operate,
    /// Role `administrator`: also change the domain and its members.
    Administer,
}

impl Level {
    /// All of them, the mightiest first.
    pub const ALL: [Level; 3] = [Level::Administer, Level::Operate, Level::View];

    /// The role's name.
    #[must_use]
    pub fn role_name(self) -> &'static str {
        match self {
            Level::View => "viewer",
            Level::Operate => "operator",
            Level::Administer => "administrator",
        }
    }
}

/// One of a domain's roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its id, `domain_` and a short text.
    pub id: RoleId,
    /// The domain.
    pub domain: DomainId,
    /// What it allows.
    pub level: Level,
    /// Who created the domain.
    pub created_by: UserId,
    /// When the domain was created.
    pub created_at: Timestamp,
}

/// How somebody stands to a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// The domain's status.
    pub status: DomainStatus,
    /// The mightiest of the user's roles; `None` for strangers.
    pub level: Option<Level>,
}

/// A member of a domain, with the roles it has there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The user.
    pub user: UserId,
    /// Its roles, the mightiest first.
    pub roles: Vec<Role>,
}

/// New values for a domain; `None` leaves things as they are.
#[derive(Debug, Clone, Default)]
pub struct DomainChange {
    /// Name.
    pub name: Option<String>,
    /// Labels.
    pub tags: Option<Vec<String>>,
    /// JSON object as text.
    pub metadata: Option<String>,
}

/// By what a list of domains is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DomainOrder {
    /// Name.
    Name,
    /// Creation.
    Created,
    /// Last change, or creation.
    #[default]
    Updated,
}

/// Conditions on a list of domains; all of them must hold.
#[derive(Debug, Clone, Default)]
pub struct DomainFilter {
    /// Only these ids, for tokens that are limited to some domains.
    pub among: Option<Vec<String>>,
    /// Exact id.
    pub id: Option<String>,
    /// Part of the name.
    pub name: Option<String>,
    /// Exact route.
    pub route: Option<String>,
    /// Exact status; `None` for any.
    pub status: Option<DomainStatus>,
    /// Labels.
    pub tags: Option<TagFilter>,
    /// What the metadata must contain.
    pub metadata: Option<serde_json::Value>,
    /// Created then or later.
    pub created_from: Option<Timestamp>,
    /// Created then or earlier.
    pub created_to: Option<Timestamp>,
    /// Only domains where the member has this role.
    pub role_id: Option<String>,
    /// Only domains where the member has a role with this name.
    pub role_name: Option<String>,
    /// Sorted by.
    pub order: DomainOrder,
    /// In which direction.
    pub direction: Direction,
}

impl DomainFilter {
    /// Does the domain fit, seen by somebody with this role there?
    #[must_use]
    pub fn accepts(&self, listed: &ListedDomain) -> bool {
        let domain = &listed.domain;
        let role = listed.role.as_ref();
        let among = |ids: &Vec<String>| ids.iter().any(|id| id == domain.id.as_str());
        self.among.as_ref().is_none_or(among)
            && self.id.as_deref().is_none_or(|id| id == domain.id.as_str())
            && self.route.as_deref().is_none_or(|route| route == domain.route)
            && self.status.is_none_or(|status| status == domain.status)
            && self.created_from.is_none_or(|from| domain.created_at >= from)
            && self.created_to.is_none_or(|to| domain.created_at <= to)
            && self.role_id.as_deref().is_none_or(|id| role.is_some_and(|role| role.id.as_str() == id))
            && self
                .role_name
                .as_deref()
                .is_none_or(|name| role.is_some_and(|role| role.level.role_name() == name))
            && holds(&domain.name, self.name.as_deref())
            && self.tags.as_ref().is_none_or(|tags| tags.accepts(&domain.tags))
            && contains_json(domain.metadata.as_deref(), self.metadata.as_ref())
    }

    /// Sorts domains as the filter says.
    pub fn sort(&self, domains: &mut [ListedDomain]) {
        let id = |listed: &ListedDomain| listed.domain.id.clone();
        match self.order {
            DomainOrder::Name => self.direction.sort(domains, |listed| listed.domain.name.clone(), id),
            DomainOrder::Created => self.direction.sort(domains, |listed| listed.domain.created_at, id),
            DomainOrder::Updated => self.direction.sort(
                domains,
                |listed| listed.domain.updated_at.unwrap_or(listed.domain.created_at),
                id,
            ),
        }
    }
}

/// A domain in a list, with the mightiest role of whoever asked; none in a platform administrator's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedDomain {
    /// The domain.
    pub domain: Domain,
    /// The role.
    pub role: Option<Role>,
}
