//! What the embedded platform owns: users, tokens, domains, roles, clients, channels, connections. Not there
//! at all when Onramp is attached to a running Magistrala.

pub mod things;

pub use things::PlatformEvents;

/// Everything the embedded platform stores.
pub trait Directory: PlatformEvents {}

impl<T: PlatformEvents> Directory for T {}
