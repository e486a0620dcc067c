//! Roles of domains, and who has them.

use super::{id, users};
use crate::db::{Row, Tx, args, statements};
use onramp_core::{
    model::{DomainId, Guarded, Level, Member, Role, RoleId, Timestamp, UserId},
    port::StoreError,
};

statements! {
    INSERT_ROLE = "INSERT INTO onramp_roles (id, domain_id, level, created_by, created_at)
        VALUES ($1, $2, $3, $4, $5)";
    INSERT_MEMBER = "INSERT INTO onramp_role_members (user_id, domain_id, level, role_id)
        VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    ROLES = "SELECT id, domain_id, level, created_by, created_at FROM onramp_roles
        WHERE domain_id = $1 ORDER BY level DESC";
    ROLE = "SELECT id, domain_id, level, created_by, created_at FROM onramp_roles
        WHERE id = $1 AND domain_id = $2";
    OF_ROLE = "SELECT user_id FROM onramp_role_members WHERE role_id = $1 ORDER BY user_id";
    OF_DOMAIN = "SELECT r.id, r.domain_id, r.level, r.created_by, r.created_at, m.user_id
        FROM onramp_role_members m JOIN onramp_roles r ON r.id = m.role_id
        WHERE m.domain_id = $1 ORDER BY m.user_id, m.level DESC";
    OF_USER = "SELECT r.id, r.domain_id, r.level, r.created_by, r.created_at
        FROM onramp_role_members m JOIN onramp_roles r ON r.id = m.role_id
        WHERE m.user_id = $1 AND m.domain_id = $2 ORDER BY m.level DESC";
    REMOVE = "DELETE FROM onramp_role_members WHERE role_id = $1 AND user_id = $2";
}

const TABLE: &str = "onramp_roles";

pub(super) fn level(number: i64) -> Result<Level, StoreError> {
    match number {
        1 => Ok(Level::View),
        2 => Ok(Level::Operate),
        3 => Ok(Level::Administer),
        _ => Err(StoreError::Corrupt(format!("an unknown level in {TABLE}"))),
    }
}

fn level_to_int(level: Level) -> i64 {
    match level {
        Level::View => 1,
        Level::Operate => 2,
        Level::Administer => 3,
    }
}

pub(super) fn role(row: &Row<'_>, first: usize) -> Result<Role, StoreError> {
    Ok(Role {
        id: id(row.text(first)?, TABLE)?,
        domain: id(row.text(first + 1)?, TABLE)?,
        level: level(row.int(first + 2)?)?,
        created_by: id(row.text(first + 3)?, TABLE)?,
        created_at: Timestamp(row.int(first + 4)?),
    })
}

/// Writes a new domain's roles; its creator gets the mightiest.
pub(super) async fn seed(tx: &mut Tx<'_>, roles: &[Role], creator: &UserId) -> Result<(), StoreError> {
    for role in roles {
        let values = args![
            role.id.as_str(),
            role.domain.as_str(),
            level_to_int(role.level),
            role.created_by.as_str(),
            role.created_at.0,
        ];
        tx.execute(&INSERT_ROLE, values).await?;
    }
    match roles.iter().find(|role| role.level == Level::Administer) {
        Some(role) => insert(tx, role, creator).await,
        None => Ok(()),
    }
}

async fn insert(tx: &mut Tx<'_>, role: &Role, user: &UserId) -> Result<(), StoreError> {
    let values = args![user.as_str(), role.domain.as_str(), level_to_int(role.level), role.id.as_str()];
    tx.execute(&INSERT_MEMBER, values).await?;
    Ok(())
}

pub(super) async fn roles(tx: &mut Tx<'_>, domain: &DomainId) -> Result<Vec<Role>, StoreError> {
    tx.rows(&ROLES, args![domain.as_str()], |row| role(row, 0)).await
}

pub(super) async fn read_role(tx: &mut Tx<'_>, domain: &DomainId, id: &RoleId) -> Result<Role, StoreError> {
    let found = tx.row(&ROLE, args![id.as_str(), domain.as_str()], |row| role(row, 0)).await?;
    found.ok_or(StoreError::NotFound)
}

pub(super) async fn of_role(tx: &mut Tx<'_>, role: &RoleId) -> Result<Vec<UserId>, StoreError> {
    tx.rows(&OF_ROLE, args![role.as_str()], |row| id(row.text(0)?, TABLE)).await
}

pub(super) async fn add(
    tx: &mut Tx<'_>,
    domain: &DomainId,
    role: &RoleId,
    new: &[UserId],
) -> Result<(), StoreError> {
    let role = read_role(tx, domain, role).await?;
    for user in new {
        if !users::exists(tx, user).await? {
            return Err(StoreError::NotFound);
        }
        insert(tx, &role, user).await?;
    }
    Ok(())
}

pub(super) async fn remove(
    tx: &mut Tx<'_>,
    domain: &DomainId,
    role: &RoleId,
    leaving: Option<&[UserId]>,
) -> Result<Guarded<()>, StoreError> {
    let role = read_role(tx, domain, role).await?;
    let present = of_role(tx, &role.id).await?;
    let (out, staying): (Vec<_>, Vec<_>) =
        present.into_iter().partition(|user| leaving.is_none_or(|leaving| leaving.contains(user)));
    if role.level == Level::Administer && staying.is_empty() && !out.is_empty() {
        return Ok(Guarded::LastAdministrator);
    }
    for user in &out {
        tx.execute(&REMOVE, args![role.id.as_str(), user.as_str()]).await?;
    }
    Ok(Guarded::Done(()))
}

pub(super) async fn of_domain(tx: &mut Tx<'_>, domain: &DomainId) -> Result<Vec<Member>, StoreError> {
    let map = |row: &Row<'_>| Ok((id::<UserId>(row.text(5)?, TABLE)?, role(row, 0)?));
    let rows = tx.rows(&OF_DOMAIN, args![domain.as_str()], map).await?;
    let mut members: Vec<Member> = Vec::new();
    for (user, role) in rows {
        match members.last_mut() {
            Some(member) if member.user == user => member.roles.push(role),
            _ => members.push(Member { user, roles: vec![role] }),
        }
    }
    Ok(members)
}

pub(super) async fn roles_of(
    tx: &mut Tx<'_>,
    user: &UserId,
    domain: &DomainId,
) -> Result<Vec<Role>, StoreError> {
    tx.rows(&OF_USER, args![user.as_str(), domain.as_str()], |row| role(row, 0)).await
}
