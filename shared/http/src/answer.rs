//! An answer that needs no backend: status, headers and body, complete.

use crate::{Headers, IllegalHeader};

/// A whole response, ready to be sent.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The status code, 200 to 599.
    pub status: u16,
    /// The headers, without pseudo headers and without `content-length`, which the sender writes.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer with a status and nothing else.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// With a header.
    ///
    /// # Errors
    /// [`IllegalHeader`] if the value would break out of its line.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Result<Self, IllegalHeader> {
        self.headers.set(name, value)?;
        Ok(self)
    }

    /// With a body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }
}
