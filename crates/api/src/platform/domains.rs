//! Domains, their roles and members.

use super::clients::is_zero;
use crate::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Body of `POST /domains`.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct CreateDomain {
    /// A UUID of one's own choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its name. At most 1024 bytes.
    pub name: Option<String>,
    /// Its short name, unique: a letter, then letters, digits, `-` and `_`, at most 36 in all; or a UUID.
    pub route: Option<String>,
    /// Labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Whatever belongs to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
}

/// Body of `PATCH /domains/{domain}`; absence leaves things as they are.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct UpdateDomain {
    /// Its name.
    pub name: Option<String>,
    /// Labels.
    pub tags: Option<Vec<String>>,
    /// Whatever belongs to it.
    pub metadata: Option<Map<String, Value>>,
}

/// A domain.
#[derive(Serialize, Deserialize, Clone, ToSchema)]
pub struct DomainView {
    /// Its id.
    pub id: String,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Whatever belongs to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    /// Labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Its short name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub route: String,
    /// `enabled`, `disabled` or `freezed`.
    pub status: String,
    /// In lists: the caller's role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_id: Option<String>,
    /// In lists: the name of the caller's role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_name: Option<String>,
    /// In lists: what the caller's role allows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<String>,
    /// Who created it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub created_by: String,
    /// When it was created.
    pub created_at: Time,
    /// Who changed it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_by: Option<String>,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Time>,
    /// With `?roles=true`: the caller's roles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<MemberRole>>,
}

/// A page of domains.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
pub struct DomainPage {
    /// Domains that match the filter.
    pub total: u64,
    /// Rows skipped.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub offset: u64,
    /// Largest number of rows asked for.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub limit: u64,
    /// The rows.
    #[serde(default)]
    pub domains: Vec<DomainView>,
}

/// A role that somebody has.
#[derive(Serialize, Deserialize, Clone, ToSchema)]
pub struct MemberRole {
    /// The role's id.
    pub role_id: String,
    /// `administrator`, `operator` or `viewer`.
    pub role_name: String,
    /// What it allows.
    #[serde(default)]
    pub actions: Vec<String>,
}

/// A role of a domain.
#[derive(Serialize, Deserialize, Clone, ToSchema)]
pub struct RoleView {
    /// Its id.
    pub id: String,
    /// `administrator`, `operator` or `viewer`.
    pub name: String,
    /// The domain's id.
    pub entity_id: String,
    /// Who created the domain.
    pub created_by: String,
    /// When the domain was created.
    pub created_at: Time,
}

/// A page of roles.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
pub struct RolePage {
    /// Roles in all.
    pub total: u64,
    /// Rows skipped.
    pub offset: u64,
    /// Largest number of rows asked for.
    pub limit: u64,
    /// The rows.
    #[serde(default)]
    pub roles: Vec<RoleView>,
}

/// What a role allows.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
pub struct RoleActions {
    /// Names of actions.
    pub actions: Vec<String>,
}

/// What roles of domains can allow.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
pub struct AvailableActions {
    /// Names of actions.
    pub available_actions: Vec<String>,
}

/// Ids of users, to give them a role or take it from them.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct RoleMembers {
    /// Ids of users.
    pub members: Option<Vec<String>>,
}

/// A page of the ids of those who have a role.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
pub struct RoleMemberPage {
    /// Members in all.
    pub total: u64,
    /// Rows skipped.
    pub offset: u64,
    /// Largest number of rows asked for.
    pub limit: u64,
    /// The rows.
    #[serde(default)]
    pub members: Vec<String>,
}

/// A member of a domain.
#[derive(Serialize, Deserialize, Clone, ToSchema)]
pub struct DomainMember {
    /// Id of the user.
    pub member_id: String,
    /// Its roles, the mightiest first.
    #[serde(default)]
    pub roles: Vec<MemberRole>,
}

/// A page of members.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
pub struct DomainMemberPage {
    /// Members in all.
    pub total: u64,
    /// Rows skipped.
    pub offset: u64,
    /// Largest number of rows asked for.
    pub limit: u64,
    /// The rows.
    #[serde(default)]
    pub members: Vec<DomainMember>,
}
