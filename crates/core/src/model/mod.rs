//! The words of the field, as types.

pub mod config;
pub mod event;
pub mod id;
pub mod identity;
pub mod page;
pub mod platform;
pub mod secret;
pub mod things;
pub mod time;

pub use config::*;
pub use event::PlatformEvent;
pub use id::*;
pub use identity::*;
pub use page::{Page, PageRequest};
pub use platform::*;
pub use secret::{Bytes, Secret};
pub use things::*;
pub use time::Timestamp;
