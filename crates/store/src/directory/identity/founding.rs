//! The first start: everything at once, or nothing.

use super::{domains, pats, users};
use crate::db::Tx;
use onramp_core::{model::Founding, port::StoreError};

/// `false` when somebody is there already.
pub(super) async fn found(tx: &mut Tx<'_>, founding: &Founding, hash: &[u8; 32]) -> Result<bool, StoreError> {
    if users::anybody(tx).await? {
        return Ok(false);
    }
    users::insert(tx, &founding.admin, &founding.password).await?;
    domains::insert(tx, &founding.domain, &founding.roles).await?;
    pats::insert(tx, &founding.pat, hash, &founding.scopes).await?;
    Ok(true)
}
