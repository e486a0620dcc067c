//! What the embedded platform owns: users, tokens, domains, roles, clients, channels, connections. Not there
//! at all when Onramp is attached to a running Magistrala.

pub mod things;

pub use things::{ChannelDirectory, ClientDirectory, ConnectionDirectory, PlatformEvents};

/// Everything the embedded platform stores.
pub trait Directory: ClientDirectory + ChannelDirectory + ConnectionDirectory + PlatformEvents {}

impl<T: ClientDirectory + ChannelDirectory + ConnectionDirectory + PlatformEvents> Directory for T {}
