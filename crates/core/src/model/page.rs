//! Offset and limit.

/// Which rows of a list are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    /// Rows to skip.
    pub offset: u64,
    /// Rows to return, 0 to 100; 0 gives an empty page with the real total.
    pub limit: u64,
}

impl PageRequest {
    /// Page size when the caller names none.
    pub const DEFAULT_LIMIT: u64 = 10;
    /// Largest page size.
    pub const MAX_LIMIT: u64 = 100;
}

/// Some rows of a list, and how many there are in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// Rows that match the filter, counted in the same snapshot.
    pub total: u64,
    /// The wanted rows, in a stable order.
    pub items: Vec<T>,
}
