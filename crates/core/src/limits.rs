//! How long texts may be.
