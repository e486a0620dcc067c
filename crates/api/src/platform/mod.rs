//! The embedded platform's routes (`contract/platform-http.md`).

pub mod channels;
pub mod clients;
pub mod connections;
pub mod domains;
pub mod pats;
pub mod tokens;
pub mod users;

pub use channels::*;
pub use clients::*;
pub use connections::*;
pub use domains::*;
pub use pats::*;
pub use tokens::*;
pub use users::*;
