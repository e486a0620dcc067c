//! How answers show domains, roles and members.

use super::actions;
use crate::fields::shown_object;
use onramp_api::{
    Time,
    platform::{DomainMember, DomainMemberPage, DomainPage, DomainView, MemberRole, RoleView},
};
use onramp_core::model::{Domain, ListedDomain, Member, Page, PageRequest, Role};

pub(super) fn domain(domain: &Domain) -> DomainView {
    let empty = |value: &serde_json::Value| value.as_object().is_some_and(serde_json::Map::is_empty);
    DomainView {
        id: domain.id.to_string(),
        name: domain.name.clone(),
        metadata: shown_object(domain.metadata.as_deref()).filter(|value| !empty(value)),
        tags: domain.tags.clone(),
        route: domain.route.clone(),
        status: domain.status.as_str().to_owned(),
        role_id: None,
        role_name: None,
        actions: Vec::new(),
        created_by: domain.created_by.to_string(),
        created_at: Time(domain.created_at.0),
        updated_by: domain.updated_by.as_ref().map(ToString::to_string),
        updated_at: domain.updated_at.map(|at| Time(at.0)),
        roles: None,
    }
}

fn listed(listed: &ListedDomain) -> DomainView {
    let shown = domain(&listed.domain);
    match &listed.role {
        None => shown,
        Some(role) => DomainView {
            role_id: Some(role.id.to_string()),
            role_name: Some(role.level.role_name().to_owned()),
            actions: actions::of(role.level),
            ..shown
        },
    }
}

pub(super) fn page(page: &Page<ListedDomain>, request: PageRequest) -> DomainPage {
    DomainPage {
        total: page.total,
        offset: request.offset,
        limit: request.limit,
        domains: page.items.iter().map(listed).collect(),
    }
}

pub(super) fn role(role: &Role) -> RoleView {
    RoleView {
        id: role.id.to_string(),
        name: role.level.role_name().to_owned(),
        entity_id: role.domain.to_string(),
        created_by: role.created_by.to_string(),
        created_at: Time(role.created_at.0),
    }
}

pub(super) fn member_role(role: &Role) -> MemberRole {
    MemberRole {
        role_id: role.id.to_string(),
        role_name: role.level.role_name().to_owned(),
        actions: actions::of(role.level),
    }
}

pub(super) fn members(page: &Page<Member>, request: PageRequest) -> DomainMemberPage {
    let show = |member: &Member| DomainMember {
        member_id: member.user.to_string(),
        roles: member.roles.iter().map(member_role).collect(),
    };
    DomainMemberPage {
        total: page.total,
        offset: request.offset,
        limit: request.limit,
        members: page.items.iter().map(show).collect(),
    }
}
