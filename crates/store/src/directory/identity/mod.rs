//! Users, their tokens, domains, roles and members.

mod domains;
mod founding;
mod members;
mod pats;
mod sessions;
mod tokens;
mod users;

use onramp_core::{
    model::{Page, PageRequest},
    port::StoreError,
};

/// An id that was checked when it was written.
fn id<T: std::str::FromStr>(text: String, table: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::Corrupt(format!("an unusable id in {table}")))
}

fn tags_to_text(tags: &[String]) -> String {
    serde_json::to_string(tags).expect("a list of texts is always valid JSON")
}

fn tags_from_text(text: &str, table: &str) -> Result<Vec<String>, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt(format!("unusable tags in {table}")))
}

/// Cuts a page out of all rows that match.
fn page<T>(rows: Vec<T>, page: PageRequest) -> Page<T> {
    let number = |wanted: u64| usize::try_from(wanted).unwrap_or(usize::MAX);
    Page {
        total: rows.len() as u64,
        items: rows.into_iter().skip(number(page.offset)).take(number(page.limit)).collect(),
    }
}

#[cfg(test)]
mod tests;
