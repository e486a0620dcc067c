//! What the embedded platform owns: users, tokens, domains, roles, clients, channels, connections. Not there
//! at all when Onramp is attached to a running Magistrala.

pub mod identity;

pub use identity::{DomainDirectory, TokenDirectory, UserDirectory};

/// Everything the embedded platform stores.
pub trait Directory: UserDirectory + TokenDirectory + DomainDirectory {}

impl<T: UserDirectory + TokenDirectory + DomainDirectory> Directory for T {}
