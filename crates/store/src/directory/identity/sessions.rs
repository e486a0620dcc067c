//! Sessions: a login, and the pairs of tokens that come from it.

use super::id;
use crate::db::{Row, Tx, args, statements};
use onramp_core::{
    model::{Bearer, Rotation, Secret, Session, Timestamp, TokenId, UserId},
    port::StoreError,
};

/// The hashes of a pair, and when its halves end.
#[derive(Clone)]
pub(super) struct Pair {
    pub access: [u8; 32],
    pub refresh: [u8; 32],
    pub access_expires: Timestamp,
    pub refresh_expires: Timestamp,
}

const ACCESS: i64 = 0;
const REFRESH: i64 = 1;
const SPENT: i64 = 2;

statements! {
    BEARER = "SELECT u.id, u.admin, s.id FROM onramp_session_tokens t
        JOIN onramp_sessions s ON s.id = t.session_id
        JOIN onramp_users u ON u.id = s.user_id
        WHERE t.hash = $1 AND t.kind = 0 AND t.expires_at > $2 AND u.enabled = 1";
    INSERT = "INSERT INTO onramp_sessions (id, user_id, description, created_at, expires_at)
        SELECT $1, u.id, $3, $4, $5 FROM onramp_users u
            WHERE u.id = $2 AND u.enabled = 1 AND u.password = $6";
    INSERT_TOKEN = "INSERT INTO onramp_session_tokens (hash, session_id, kind, expires_at)
        VALUES ($1, $2, $3, $4)";
    REFRESHES = "SELECT s.id, t.kind, u.id, u.enabled FROM onramp_session_tokens t
        JOIN onramp_sessions s ON s.id = t.session_id
        JOIN onramp_users u ON u.id = s.user_id
        WHERE t.hash = $1 AND t.kind IN (1, 2) AND t.expires_at > $2";
    SPEND = "UPDATE onramp_session_tokens SET kind = 2 WHERE hash = $1";
    EXTEND = "UPDATE onramp_sessions SET expires_at = $2 WHERE id = $1";
    LIST = "SELECT id, description FROM onramp_sessions WHERE user_id = $1 AND expires_at > $2
        ORDER BY created_at, id";
    END = "DELETE FROM onramp_sessions WHERE id = $1 AND user_id = $2";
    END_OTHERS = "DELETE FROM onramp_sessions WHERE user_id = $1 AND id <> $2";
    FORGET_SESSIONS = "DELETE FROM onramp_sessions WHERE expires_at <= $1";
    FORGET_TOKENS = "DELETE FROM onramp_session_tokens WHERE expires_at <= $1";
}

const TABLE: &str = "onramp_sessions";

pub(super) fn bearer_statement() -> &'static crate::db::Sql {
    &BEARER
}

pub(super) fn bearer(row: &Row<'_>) -> Result<Bearer, StoreError> {
    Ok(Bearer {
        user: id(row.text(0)?, TABLE)?,
        admin: row.flag(1)?,
        token: id(row.text(2)?, TABLE)?,
        scopes: None,
        last_used_at: None,
    })
}

pub(super) async fn begin(
    tx: &mut Tx<'_>,
    session: &Session,
    user: &UserId,
    password: &Secret,
    pair: &Pair,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let end = pair.refresh_expires.0;
    let values =
        args![session.id.as_str(), user.as_str(), &session.description, at.0, end, password.expose()];
    if tx.execute(&INSERT, values).await? == 0 {
        return Ok(false);
    }
    insert_pair(tx, session.id.as_str(), pair).await?;
    Ok(true)
}

async fn insert_pair(tx: &mut Tx<'_>, session: &str, pair: &Pair) -> Result<(), StoreError> {
    tx.execute(&INSERT_TOKEN, args![&pair.access, session, ACCESS, pair.access_expires.0]).await?;
    tx.execute(&INSERT_TOKEN, args![&pair.refresh, session, REFRESH, pair.refresh_expires.0]).await?;
    Ok(())
}

pub(super) async fn rotate(
    tx: &mut Tx<'_>,
    refresh: &[u8; 32],
    pair: &Pair,
    now: Timestamp,
) -> Result<Rotation, StoreError> {
    let map = |row: &Row<'_>| Ok((row.text(0)?, row.int(1)?, row.text(2)?, row.flag(3)?));
    let found = tx.row(&REFRESHES, args![refresh, now.0], map).await?;
    let Some((session, kind, user, enabled)) = found else { return Ok(Rotation::Refused) };
    let owner: UserId = id(user, TABLE)?;
    if kind == SPENT {
        tx.execute(&END, args![&session, owner.as_str()]).await?;
        return Ok(Rotation::Reused(owner));
    }
    if !enabled {
        return Ok(Rotation::Disabled);
    }
    tx.execute(&SPEND, args![refresh]).await?;
    tx.execute(&EXTEND, args![&session, pair.refresh_expires.0]).await?;
    insert_pair(tx, &session, pair).await?;
    Ok(Rotation::Rotated(owner))
}

pub(super) async fn list(tx: &mut Tx<'_>, user: &UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
    let map = |row: &Row<'_>| Ok(Session { id: id(row.text(0)?, TABLE)?, description: row.text(1)? });
    tx.rows(&LIST, args![user.as_str(), now.0], map).await
}

pub(super) async fn end(tx: &mut Tx<'_>, user: &UserId, session: &TokenId) -> Result<bool, StoreError> {
    Ok(tx.execute(&END, args![session.as_str(), user.as_str()]).await? > 0)
}

/// Ends all of a user's sessions but one. No session's id is empty.
pub(super) async fn end_all(
    tx: &mut Tx<'_>,
    user: &UserId,
    keep: Option<&TokenId>,
) -> Result<(), StoreError> {
    tx.execute(&END_OTHERS, args![user.as_str(), keep.map_or("", TokenId::as_str)]).await?;
    Ok(())
}

pub(super) async fn forget_expired(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64, StoreError> {
    let tokens = tx.execute(&FORGET_TOKENS, args![before.0]).await?;
    Ok(tokens + tx.execute(&FORGET_SESSIONS, args![before.0]).await?)
}
