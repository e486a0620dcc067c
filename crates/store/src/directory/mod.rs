//! What the embedded platform stores.

pub(crate) mod events;
mod identity;
mod things;
