//! Personal access tokens and their scopes.

use super::{id, page};
use crate::db::{Row, Tx, args, statements};
use onramp_core::{
    model::{Bearer, Page, PageRequest, Pat, PatChange, PatFilter, Scope, Timestamp, TokenId, UserId},
    port::StoreError,
};

macro_rules! columns {
    () => {
        "id, user_id, name, description, issued_at, expires_at, updated_at, last_used_at, revoked_at"
    };
}

statements! {
    BEARER = "SELECT u.id, u.admin, p.id, p.last_used_at,
            s.id, s.domain_id, s.entity_type, s.entity_id, s.operation
        FROM onramp_pats p
        JOIN onramp_users u ON u.id = p.user_id
        LEFT JOIN onramp_pat_scopes s ON s.pat_id = p.id
        WHERE p.hash = $1 AND p.expires_at > $2 AND p.revoked_at IS NULL AND u.enabled = 1";
    INSERT = concat!("INSERT INTO onramp_pats (", columns!(), ", hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");
    ONE = concat!("SELECT ", columns!(), " FROM onramp_pats WHERE id = $1 AND user_id = $2");
    LIST = concat!("SELECT ", columns!(), " FROM onramp_pats WHERE user_id = $1 ORDER BY issued_at, id");
    CHANGE = "UPDATE onramp_pats SET name = $3, description = $4, updated_at = $5
        WHERE id = $1 AND user_id = $2";
    RESET = "UPDATE onramp_pats SET hash = $3, issued_at = $5, expires_at = $4, updated_at = $5,
        revoked_at = NULL WHERE id = $1 AND user_id = $2";
    REVOKE = "UPDATE onramp_pats SET revoked_at = $3, updated_at = $3 WHERE id = $1 AND user_id = $2";
    REMOVE = "DELETE FROM onramp_pats WHERE id = $1 AND user_id = $2";
    REMOVE_ALL = "DELETE FROM onramp_pats WHERE user_id = $1";
    TOUCH = "UPDATE onramp_pats SET last_used_at = $2 WHERE id = $1";
    MARK_UPDATED = "UPDATE onramp_pats SET updated_at = $2 WHERE id = $1";
    INSERT_SCOPE = "INSERT INTO onramp_pat_scopes (id, pat_id, domain_id, entity_type, entity_id, operation)
        VALUES ($1, $2, $3, $4, $5, $6)";
    SCOPES = "SELECT id, domain_id, entity_type, entity_id, operation FROM onramp_pat_scopes
        WHERE pat_id = $1 ORDER BY domain_id, entity_type, entity_id, operation";
    REMOVE_SCOPE = "DELETE FROM onramp_pat_scopes WHERE id = $1 AND pat_id = $2";
    REMOVE_SCOPES = "DELETE FROM onramp_pat_scopes WHERE pat_id = $1";
}

const TABLE: &str = "onramp_pats";

pub(super) fn bearer_statement() -> &'static crate::db::Sql {
    &BEARER
}

/// Adds one row, a token with one of its scopes, to what earlier rows told.
pub(super) fn add_to_bearer(found: &mut Option<Bearer>, row: &Row<'_>) -> Result<(), StoreError> {
    if found.is_none() {
        *found = Some(Bearer {
            user: id(row.text(0)?, TABLE)?,
            admin: row.flag(1)?,
            token: id(row.text(2)?, TABLE)?,
            scopes: Some(Vec::new()),
            last_used_at: row.opt_int(3)?.map(Timestamp),
        });
    }
    if row.opt_text(4)?.is_some()
        && let Some(scopes) = found.as_mut().and_then(|bearer| bearer.scopes.as_mut())
    {
        scopes.push(scope(row, 4)?);
    }
    Ok(())
}

fn scope(row: &Row<'_>, first: usize) -> Result<Scope, StoreError> {
    Ok(Scope {
        id: row.text(first)?,
        domain_id: row.text(first + 1)?,
        entity_type: row.text(first + 2)?,
        entity_id: row.text(first + 3)?,
        operation: row.text(first + 4)?,
    })
}

fn pat(row: &Row<'_>) -> Result<Pat, StoreError> {
    Ok(Pat {
        id: id(row.text(0)?, TABLE)?,
        user: id(row.text(1)?, TABLE)?,
        name: row.text(2)?,
        description: row.text(3)?,
        issued_at: Timestamp(row.int(4)?),
        expires_at: Timestamp(row.int(5)?),
        updated_at: row.opt_int(6)?.map(Timestamp),
        last_used_at: row.opt_int(7)?.map(Timestamp),
        revoked_at: row.opt_int(8)?.map(Timestamp),
    })
}

pub(super) async fn insert(
    tx: &mut Tx<'_>,
    pat: &Pat,
    hash: &[u8; 32],
    scopes: &[Scope],
) -> Result<(), StoreError> {
    let moment = |at: Option<Timestamp>| at.map(|at| at.0);
    let values = args![
        pat.id.as_str(),
        pat.user.as_str(),
        &pat.name,
        &pat.description,
        pat.issued_at.0,
        pat.expires_at.0,
        moment(pat.updated_at),
        moment(pat.last_used_at),
        moment(pat.revoked_at),
        hash,
    ];
    tx.execute(&INSERT, values).await?;
    insert_scopes(tx, &pat.id, scopes).await
}

async fn insert_scopes(tx: &mut Tx<'_>, pat: &TokenId, scopes: &[Scope]) -> Result<(), StoreError> {
    for scope in scopes {
        let values = args![
            &scope.id,
            pat.as_str(),
            &scope.domain_id,
            &scope.entity_type,
            &scope.entity_id,
            &scope.operation,
        ];
        tx.execute(&INSERT_SCOPE, values).await?;
    }
    Ok(())
}

pub(super) async fn read(tx: &mut Tx<'_>, user: &UserId, id: &TokenId) -> Result<Pat, StoreError> {
    tx.row(&ONE, args![id.as_str(), user.as_str()], pat).await?.ok_or(StoreError::NotFound)
}

pub(super) async fn list(
    tx: &mut Tx<'_>,
    user: &UserId,
    filter: &PatFilter,
    request: PageRequest,
    now: Timestamp,
) -> Result<Page<Pat>, StoreError> {
    let mut pats = tx.rows(&LIST, args![user.as_str()], pat).await?;
    pats.retain(|pat| filter.accepts(pat, now));
    Ok(page(pats, request))
}

pub(super) async fn change(
    tx: &mut Tx<'_>,
    user: &UserId,
    id: &TokenId,
    change: &PatChange,
    at: Timestamp,
) -> Result<Pat, StoreError> {
    let mut pat = read(tx, user, id).await?;
    pat.name = change.name.clone().unwrap_or(pat.name);
    pat.description = change.description.clone().unwrap_or(pat.description);
    pat.updated_at = Some(at);
    tx.execute(&CHANGE, args![id.as_str(), user.as_str(), &pat.name, &pat.description, at.0]).await?;
    Ok(pat)
}

pub(super) async fn reset(
    tx: &mut Tx<'_>,
    user: &UserId,
    id: &TokenId,
    hash: &[u8; 32],
    expires_at: Timestamp,
    at: Timestamp,
) -> Result<Pat, StoreError> {
    tx.execute(&RESET, args![id.as_str(), user.as_str(), hash, expires_at.0, at.0]).await?;
    read(tx, user, id).await
}

pub(super) async fn revoke(
    tx: &mut Tx<'_>,
    user: &UserId,
    id: &TokenId,
    at: Timestamp,
) -> Result<(), StoreError> {
    found(tx.execute(&REVOKE, args![id.as_str(), user.as_str(), at.0]).await?)
}

pub(super) async fn remove(tx: &mut Tx<'_>, user: &UserId, id: Option<&TokenId>) -> Result<(), StoreError> {
    match id {
        Some(id) => found(tx.execute(&REMOVE, args![id.as_str(), user.as_str()]).await?),
        None => tx.execute(&REMOVE_ALL, args![user.as_str()]).await.map(|_| ()),
    }
}

pub(super) async fn touch(tx: &mut Tx<'_>, id: &TokenId, at: Timestamp) -> Result<(), StoreError> {
    tx.execute(&TOUCH, args![id.as_str(), at.0]).await?;
    Ok(())
}

pub(super) async fn scopes(
    tx: &mut Tx<'_>,
    user: &UserId,
    id: &TokenId,
    request: PageRequest,
) -> Result<Page<Scope>, StoreError> {
    read(tx, user, id).await?;
    let scopes = tx.rows(&SCOPES, args![id.as_str()], |row| scope(row, 0)).await?;
    Ok(page(scopes, request))
}

pub(super) async fn add_scopes(
    tx: &mut Tx<'_>,
    user: &UserId,
    id: &TokenId,
    scopes: &[Scope],
    at: Timestamp,
) -> Result<(), StoreError> {
    read(tx, user, id).await?;
    insert_scopes(tx, id, scopes).await?;
    tx.execute(&MARK_UPDATED, args![id.as_str(), at.0]).await?;
    Ok(())
}

pub(super) async fn remove_scopes(
    tx: &mut Tx<'_>,
    user: &UserId,
    id: &TokenId,
    scopes: Option<&[String]>,
    at: Timestamp,
) -> Result<(), StoreError> {
    read(tx, user, id).await?;
    match scopes {
        None => {
            tx.execute(&REMOVE_SCOPES, args![id.as_str()]).await?;
        }
        Some(scopes) => {
            for scope in scopes {
                tx.execute(&REMOVE_SCOPE, args![scope, id.as_str()]).await?;
            }
        }
    }
    tx.execute(&MARK_UPDATED, args![id.as_str(), at.0]).await?;
    Ok(())
}

fn found(changed: u64) -> Result<(), StoreError> {
    if changed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}
