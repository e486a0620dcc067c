//! What the embedded platform stores.

pub(crate) mod events;
pub(crate) mod identity;
