//! Statements: one text, numbered placeholders `$1`, `$2`, … as PostgreSQL writes them.

use std::sync::OnceLock;

/// A statement. The text is translated for an engine once, not per call.
pub(crate) struct Sql {
    text: &'static str,
    sqlite: OnceLock<String>,
}

impl Sql {
    pub(crate) const fn new(text: &'static str) -> Self {
        Sql { text, sqlite: OnceLock::new() }
    }

    /// SQLite takes `$1` for a *name*, numbered by its first appearance; `?1` is what PostgreSQL means.
    pub(crate) fn postgres(&self) -> &str {
        self.text
    }

    pub(crate) fn sqlite(&self) -> &str {
        self.sqlite.get_or_init(|| self.text.replace('$', "?"))
    }
}

/// Declares the statements of an aggregate, and the list `STATEMENTS` of all of them, which a test prepares
/// on every engine.
macro_rules! statements {
    ($($name:ident = $text:expr;)*) => {
        $(static $name: $crate::db::Sql = $crate::db::Sql::new($text);)*
        #[cfg(test)]
        pub(crate) static STATEMENTS: &[(&str, &$crate::db::Sql)] = &[$((stringify!($name), &$name)),*];
    };
}
pub(crate) use statements;
