//! What the embedded platform owns: users, tokens, domains, roles, clients, channels, connections. Not there
//! at all when Onramp is attached to a running Magistrala.

/// Everything the embedded platform stores. Its parts come with the platform's own files.
pub trait Directory: Send + Sync {}
