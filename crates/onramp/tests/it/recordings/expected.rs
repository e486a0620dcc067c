//! Where we answer otherwise than the reference, on purpose. The reasons stand in `docs/compatibility.md`
//! under the rows' ids.

/// What differs in one exchange.
pub struct Entry {
    pub file: &'static str,
    pub note: &'static str,
    pub rows: &'static [&'static str],
    pub differences: &'static [&'static str],
}

/// What may differ everywhere.
pub struct Rule {
    pub row: &'static str,
    pub covers: fn(&str) -> bool,
}

pub fn rules() -> Vec<Rule> {
    vec![
        Rule { row: "C-001", covers: |d| d.starts_with("missing ") && d.ends_with(": zero time") },
        Rule { row: "C-002", covers: detail_appended },
    ]
}

/// The reference's words, then which field and why.
fn detail_appended(difference: &str) -> bool {
    let Some((theirs, ours)) =
        difference.strip_prefix("message: ").and_then(|texts| texts.split_once(" -> "))
    else {
        return false;
    };
    ours.strip_prefix(theirs).is_some_and(|rest| rest.starts_with(": "))
}

pub const EXPECTED: &[Entry] = &[];
