//! What the embedded platform owns: users, tokens, domains, roles, clients, channels, connections. Not there
//! at all when Onramp is attached to a running Magistrala.

pub mod identity;
pub mod things;

pub use identity::{DomainDirectory, TokenDirectory, UserDirectory};
pub use things::{ChannelDirectory, ClientDirectory, ConnectionDirectory, PlatformEvents};

/// Everything the embedded platform stores.
pub trait Directory:
    UserDirectory
    + TokenDirectory
    + DomainDirectory
    + ClientDirectory
    + ChannelDirectory
    + ConnectionDirectory
    + PlatformEvents
{
}

impl<T> Directory for T where
    T: UserDirectory
        + TokenDirectory
        + DomainDirectory
        + ClientDirectory
        + ChannelDirectory
        + ConnectionDirectory
        + PlatformEvents
{
}
