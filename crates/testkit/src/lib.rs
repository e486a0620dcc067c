//! Contract suites, fixtures and faulty decorators; for tests only.

pub mod dying;
pub mod recordings;
pub mod store_contract;

pub use dying::{Death, DyingPlatform, DyingStore};
