//! How the operator gets in: `admin.json`, written before the database knows of it.

use super::{
    StartError,
    data_dir::{AdminFile, DataDir},
};
use onramp_core::model::{DomainId, Secret};
use onramp_embedded::{
    Embedded, Failure,
    first_start::{ADMIN, FirstStart},
};

/// Makes the way in at a first start, keeps it up to date at later ones; `true` for a first start.
pub async fn prepare(
    embedded: &Embedded,
    data: &DataDir,
    url: String,
) -> Result<(AdminFile, bool), StartError> {
    if embedded.is_empty().await.map_err(failed)? {
        let first = embedded.prepare_first_start().await.map_err(failed)?;
        let admin = admin_file(&first, url);
        // The file first: the commit is what makes it true, and a start that dies in between begins anew.
        data.write_admin_file(&admin)?;
        embedded.commit_first_start(first).await.map_err(failed)?;
        return Ok((admin, true));
    }
    let Some(stored) = data.read_admin_file()? else {
        return Err(data.without_way_in("is missing"));
    };
    let admin = refresh(embedded, data, &stored, url).await?;
    if admin != stored {
        data.write_admin_file(&admin)?;
    }
    Ok((admin, false))
}

fn admin_file(first: &FirstStart, url: String) -> AdminFile {
    AdminFile {
        url,
        domain_id: first.domain.to_string(),
        username: ADMIN.into(),
        password: first.password.expose().to_owned(),
        token: first.token.expose().to_owned(),
    }
}

/// The same way in at this start's address, with a token that lives.
async fn refresh(
    embedded: &Embedded,
    data: &DataDir,
    stored: &AdminFile,
    url: String,
) -> Result<AdminFile, StartError> {
    let mut admin = AdminFile { url, ..stored.clone() };
    let domain = DomainId::parse(stored.domain_id.as_str())
        .map_err(|error| data.without_way_in(&format!("names no domain: domain_id: {error}")))?;
    match embedded.renew_operator_token(&Secret::new(stored.token.as_str()), &domain).await {
        Ok(Some(token)) => token.expose().clone_into(&mut admin.token),
        Ok(None) => {}
        Err(Failure::NotFound) => tracing::warn!("the user {ADMIN} is gone; its token was not renewed"),
        Err(error) => return Err(failed(error)),
    }
    Ok(admin)
}

/// What the platform's rules could not do at start.
pub fn failed(error: Failure) -> StartError {
    StartError::Failed(error.to_string())
}
