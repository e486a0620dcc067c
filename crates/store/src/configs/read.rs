//! Operators read configs.

use super::rows::{ConfigReader, config_columns, fold};
use crate::{
    SqlStore,
    db::{Tx, args, statements},
};
use onramp_core::{
    model::{ClientId, Config, DomainId, Page, PageRequest, Status},
    port::{StoreError, store::ConfigFilter},
};

/// What every list looks at; all of it stands in the index that pages are read from.
macro_rules! listed {
    () => {
        " FROM onramp_configs WHERE domain_id = $1 AND phase = 1
            AND ($2 IS NULL OR state = $2)
            AND ($3 IS NULL OR enabled = $3)
            AND ($4 IS NULL OR name_folded LIKE $4 ESCAPE '\\')"
    };
}

statements! {
    // The domain hides in an expression so that SQLite takes the primary key, which it knows to give one row:
    // over the index of pages it would sort the rows, each with a copy of the content.
    CONFIG = concat!("SELECT ", config_columns!(), "
        FROM onramp_configs c
        LEFT JOIN onramp_seen s ON s.client_id = c.client_id
        LEFT JOIN onramp_config_channels k ON k.client_id = c.client_id AND k.position IS NOT NULL
        LEFT JOIN onramp_channels n ON n.domain_id = c.domain_id AND n.channel_id = k.channel_id
        WHERE c.client_id = $1 AND CASE WHEN c.domain_id = $2 THEN c.phase ELSE 0 END = 1
        ORDER BY k.position");
    EXISTS = "SELECT 1 FROM onramp_configs WHERE client_id = $1 AND domain_id = $2 AND phase = 1";
    COUNT = concat!("SELECT count(*)", listed!());
    PAGE = concat!("SELECT client_id", listed!(), " ORDER BY client_id LIMIT $5 OFFSET $6");
    WITH_CLIENT = concat!("SELECT client_id", listed!(), " AND client_id = $5");
    WITH_EXTERNAL_ID = concat!("SELECT client_id", listed!(), " AND external_id = $5");
}

/// Longer than any name can be; an engine may refuse to look for more than some length.
const MAX_PATTERN: usize = 16 * 1024;

impl SqlStore {
    pub(super) async fn read_config(
        &self,
        domain: &DomainId,
        client: &ClientId,
    ) -> Result<Option<Config>, StoreError> {
        let mut config = ConfigReader::default();
        self.db
            .point("config", &CONFIG, args![client.as_str(), domain.as_str()], |row| {
                config.add(&self.vault, domain, row)
            })
            .await?;
        Ok(config.finish())
    }

    pub(super) async fn config_exists(
        &self,
        domain: &DomainId,
        client: &ClientId,
    ) -> Result<bool, StoreError> {
        let mut found = false;
        self.db
            .point("exists", &EXISTS, args![client.as_str(), domain.as_str()], |_| {
                found = true;
                Ok(())
            })
            .await?;
        Ok(found)
    }

    pub(super) async fn list_configs(
        &self,
        domain: &DomainId,
        filter: &ConfigFilter,
        page: PageRequest,
    ) -> Result<Page<Config>, StoreError> {
        let (domain, filter, vault) = (domain.clone(), filter.clone(), self.vault.clone());
        self.db
            .read("configs", move |tx| {
                Box::pin(async move {
                    let (total, clients) = page_of(tx, &domain, &filter, page).await?;
                    let mut items = Vec::with_capacity(clients.len());
                    for client in &clients {
                        let mut config = ConfigReader::default();
                        tx.rows(&CONFIG, args![client, domain.as_str()], |row| {
                            config.add(&vault, &domain, row)
                        })
                        .await?;
                        items.extend(config.finish());
                    }
                    Ok(Page { total, items })
                })
            })
            .await
    }
}

/// How many configs match, and the ids of those on the page.
async fn page_of(
    tx: &mut Tx<'_>,
    domain: &DomainId,
    filter: &ConfigFilter,
    page: PageRequest,
) -> Result<(u64, Vec<String>), StoreError> {
    let domain = domain.as_str();
    let state = filter.state.map(|state| state.as_number());
    let enabled = filter.status.map(|status| status == Status::Enabled);
    let name = filter.name.as_deref().filter(|part| !part.is_empty()).map(containing);
    if name.as_ref().is_some_and(|pattern| pattern.len() > MAX_PATTERN) {
        return Ok((0, Vec::new()));
    }
    let (limit, offset) = (number(page.limit), number(page.offset));

    // An id names one config at most, so the whole list is read instead of counted.
    let only = match (&filter.external_id, &filter.client) {
        (Some(id), _) => Some((&WITH_EXTERNAL_ID, id)),
        (None, Some(id)) => Some((&WITH_CLIENT, id)),
        (None, None) => None,
    };
    if let Some((statement, id)) = only {
        let mut found =
            tx.rows(statement, args![domain, state, enabled, name.as_ref(), id], |row| row.text(0)).await?;
        found.retain(|client| filter.client.as_ref().is_none_or(|wanted| wanted == client));
        let total = found.len() as u64;
        let rest = found.into_iter().skip(usize::try_from(offset).unwrap_or(usize::MAX));
        return Ok((total, rest.take(usize::try_from(limit).unwrap_or(usize::MAX)).collect()));
    }
    let total = tx.number(&COUNT, args![domain, state, enabled, name.as_ref()]).await?;
    let clients = tx
        .rows(&PAGE, args![domain, state, enabled, name.as_ref(), limit, offset], |row| row.text(0))
        .await?;
    Ok((total.unsigned_abs(), clients))
}

fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The pattern for names that contain a text, whatever its case; `%`, `_` and `\` mean themselves.
fn containing(part: &str) -> String {
    let mut pattern = String::with_capacity(part.len() + 2);
    pattern.push('%');
    for letter in fold(part).chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_of_patterns_mean_themselves() {
        assert_eq!(containing("50%_\\Ä"), "%50\\%\\_\\\\ä%");
    }
}
