//! The limits of reading a response.

/// The limits of reading a response or a collection.
///
/// ```
/// # use msgraph_core::Limits;
/// let limits = Limits::default().body_bytes(1024 * 1024);
/// assert_eq!(limits.pages, 100_000);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The size of a response body, in bytes. Default: 8 MiB. A success of so many small JSON values that they would take
    /// more than six times of it in memory is too large as well: reading a response takes at most eight times.
    pub body_bytes: usize,
    /// The number of pages of a collection. Default: 100,000.
    pub pages: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body_bytes: 8 * 1024 * 1024, pages: 100_000 }
    }
}

impl Limits {
    /// Sets [`body_bytes`](Self::body_bytes).
    #[must_use]
    pub fn body_bytes(self, bytes: usize) -> Self {
        Self { body_bytes: bytes, ..self }
    }

    /// Sets [`pages`](Self::pages).
    #[must_use]
    pub fn pages(self, pages: u32) -> Self {
        Self { pages, ..self }
    }
}
