//! The traits through which the rules reach the world. Each method is one whole unit of work: a transaction
//! never crosses this border. The binary chooses the implementations at start.

pub mod clock;
pub mod directory;
pub mod platform;
pub mod store;

pub use clock::{Clock, Random};
pub use directory::Directory;
pub use platform::{Platform, PlatformError};
pub use store::{Store, StoreError};
