//! The embedded platform's routes (`contract/platform-http.md`).

pub mod channels;
pub mod clients;
pub mod connections;

pub use channels::*;
pub use clients::*;
pub use connections::*;
