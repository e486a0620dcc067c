//! Clients, channels and connections. What their lists have in common stands here.

mod channels;
mod clients;
mod connections;

use crate::db::{Arg, Row, Sql, Tx};
use onramp_core::{
    model::{
        ConnectionTypes, ObjectFilter, ObjectQuery, Page, Status, TagFilter, Timestamp, UserId, contains_json,
    },
    port::StoreError,
};

/// The statements of a list: how many, and a page in each of the orders. `o` is the object, `k` its
/// connection to the object that the filter names.
macro_rules! list_statements {
    (
        columns: $columns:literal,
        table: $table:literal,
        connections: $connections:literal,
        tags: $tags:literal,
    ) => {
        pub(super) mod list {
            use crate::db::{Sql, statements};
            use onramp_core::model::{Direction, ObjectOrder};

            macro_rules! list {
                ($what:literal, $end:literal) => {
                    concat!(
                        "SELECT ",
                        $what,
                        " FROM ",
                        $table,
                        " o LEFT JOIN onramp_connections k ON ",
                        $connections,
                        " WHERE o.domain_id = $1
                            AND ($2 IS NULL OR o.id = $2)
                            AND ($3 IS NULL OR o.name_folded LIKE $3 ESCAPE '\\')
                            AND ($4 IS NULL OR o.enabled = $4)
                            AND ($5 IS NULL OR o.created_at >= $5)
                            AND ($6 IS NULL OR o.created_at <= $6)
                            AND ($7 IS NULL OR (k.types & $8) = $8)
                            AND ($9 = 0 OR $9 <= (SELECT count(*) FROM ",
                        $tags,
                        " AND t.tag IN ($10, $11, $12, $13, $14, $15, $16, $17)))",
                        $end
                    )
                };
            }

            statements! {
                COUNT = list!("count(*)", "");
                BY_NAME = list!($columns, " ORDER BY o.name_folded, o.id LIMIT $18 OFFSET $19");
                BY_NAME_DOWN = list!($columns, " ORDER BY o.name_folded DESC, o.id DESC LIMIT $18 OFFSET $19");
                BY_CREATION = list!($columns, " ORDER BY o.created_at, o.id LIMIT $18 OFFSET $19");
                BY_CREATION_DOWN = list!($columns, " ORDER BY o.created_at DESC, o.id DESC LIMIT $18 OFFSET $19");
                BY_CHANGE = list!($columns, " ORDER BY o.changed_at, o.id LIMIT $18 OFFSET $19");
                BY_CHANGE_DOWN = list!($columns, " ORDER BY o.changed_at DESC, o.id DESC LIMIT $18 OFFSET $19");
            }

            #[cfg(test)]
            pub(in crate::directory::things) fn statements() -> &'static [(&'static str, &'static Sql)] {
                STATEMENTS
            }

            pub(super) fn count() -> &'static Sql {
                &COUNT
            }

            pub(super) fn page(order: ObjectOrder, direction: Direction) -> &'static Sql {
                match (order, direction) {
                    (ObjectOrder::Name, Direction::Ascending) => &BY_NAME,
                    (ObjectOrder::Name, Direction::Descending) => &BY_NAME_DOWN,
                    (ObjectOrder::CreatedAt, Direction::Ascending) => &BY_CREATION,
                    (ObjectOrder::CreatedAt, Direction::Descending) => &BY_CREATION_DOWN,
                    (ObjectOrder::UpdatedAt, Direction::Ascending) => &BY_CHANGE,
                    (ObjectOrder::UpdatedAt, Direction::Descending) => &BY_CHANGE_DOWN,
                }
            }
        }
    };
}
use list_statements;

/// A list's arguments, owned, because the unit of work outlives the call.
struct ListArgs {
    domain: String,
    filter: ObjectFilter,
    pattern: Option<String>,
    tags: Vec<String>,
    tags_needed: i64,
    limit: i64,
    offset: i64,
}

impl ListArgs {
    fn new(domain: &str, query: ObjectQuery) -> Self {
        let ObjectQuery { mut filter, page, .. } = query;
        let (mut tags, all) = match filter.tags.take() {
            Some(TagFilter::All(tags)) => (tags, true),
            Some(TagFilter::Any(tags)) => (tags, false),
            None => (Vec::new(), false),
        };
        tags.sort_unstable();
        tags.dedup();
        let tags_needed = if all { to_i64(tags.len() as u64) } else { i64::from(!tags.is_empty()) };
        ListArgs {
            domain: domain.to_owned(),
            pattern: filter.name.as_deref().map(|part| format!("%{}%", escape_like(&fold(part)))),
            filter,
            tags,
            tags_needed,
            limit: to_i64(page.limit),
            offset: to_i64(page.offset),
        }
    }

    /// `$1` to `$17`, and for a page `$18` and `$19`.
    fn of_page(&self) -> [Arg<'_>; 19] {
        let filter = &self.filter;
        let tag = |index: usize| Arg::from(self.tags.get(index));
        let micros = |time: Option<Timestamp>| Arg::from(time.map(|time| time.0));
        [
            Arg::from(&self.domain),
            Arg::from(filter.id.as_ref()),
            Arg::from(self.pattern.as_ref()),
            Arg::from(filter.status.map(is_enabled)),
            micros(filter.created_from),
            micros(filter.created_to),
            Arg::from(filter.connected_to.as_ref()),
            Arg::from(filter.connection.map_or(0, ConnectionTypes::bits)),
            Arg::from(self.tags_needed),
            tag(0),
            tag(1),
            tag(2),
            tag(3),
            tag(4),
            tag(5),
            tag(6),
            tag(7),
            Arg::from(self.limit),
            Arg::from(self.offset),
        ]
    }
}

impl ListArgs {
    /// One page of a list with its total; the statements are the counting one and the page's.
    async fn page<T: Send>(
        &self,
        tx: &mut Tx<'_>,
        (count, page): (&Sql, &Sql),
        metadata: usize,
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError> + Send,
    ) -> Result<Page<T>, StoreError> {
        let mut args = self.of_page();
        let Some(wanted) = &self.filter.metadata else {
            let total = tx.number(count, &args[..17]).await?;
            let items = if self.limit == 0 { Vec::new() } else { tx.rows(page, &args, read).await? };
            return Ok(Page { total: u64::try_from(total).unwrap_or_default(), items });
        };
        // JSON is opaque to SQL: every row is looked at, only those of the page are kept.
        (args[17], args[18]) = (Arg::from(i64::MAX), Arg::from(0_i64));
        let (mut total, mut items) = (0_i64, Vec::new());
        let each = |row: &Row<'_>| {
            if contains_json(row.text_ref(metadata)?, Some(wanted)) {
                if (self.offset..self.offset.saturating_add(self.limit)).contains(&total) {
                    items.push(read(row)?);
                }
                total += 1;
            }
            Ok(())
        };
        tx.each(page, &args, each).await?;
        Ok(Page { total: total.unsigned_abs(), items })
    }
}

fn to_i64(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn is_enabled(status: Status) -> bool {
    status == Status::Enabled
}

fn status(enabled: bool) -> Status {
    if enabled { Status::Enabled } else { Status::Disabled }
}

/// Case is removed by us, at write time: engines disagree about it.
fn fold(text: &str) -> String {
    text.to_lowercase()
}

fn escape_like(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '\\' | '%' | '_') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

fn tags_to_json(tags: &[String]) -> String {
    serde_json::Value::from(tags).to_string()
}

fn tags_from_json(json: &str) -> Result<Vec<String>, StoreError> {
    serde_json::from_str(json)
        .map_err(|_| StoreError::Corrupt("stored tags are no JSON array of texts".into()))
}

/// When and by whom something was changed; the time counts only when somebody did.
fn updated(at: i64, by: Option<String>) -> Result<Option<(Timestamp, UserId)>, StoreError> {
    let by = by.map(UserId::parse).transpose().map_err(|_| bad_id())?;
    Ok(by.map(|by| (Timestamp(at), by)))
}

fn connection_types(bits: Option<i64>) -> Result<Option<ConnectionTypes>, StoreError> {
    let Some(bits) = bits else { return Ok(None) };
    let types = ConnectionTypes::from_bits(bits);
    types.map(Some).ok_or_else(|| StoreError::Corrupt("a connection without a type".into()))
}

fn bad_id() -> StoreError {
    StoreError::Corrupt("a stored id is not usable".into())
}

#[cfg(test)]
mod tests;
