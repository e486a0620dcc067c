//! The embedded platform's routes (`contract/platform-http.md`).

pub mod domains;
pub mod pats;
pub mod tokens;
pub mod users;

pub use domains::*;
pub use pats::*;
pub use tokens::*;
pub use users::*;
