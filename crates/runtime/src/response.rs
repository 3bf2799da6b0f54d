//! A decoded reply together with what its head said.

use http::{HeaderMap, StatusCode};

/// The reply of a call: the decoded output, and status, headers and request id beside it.
#[derive(Clone, Debug)]
pub struct Response<T> {
    pub(crate) status: StatusCode,
    /// Headers that carry credentials are marked sensitive, so that `Debug` hides their values.
    pub(crate) headers: HeaderMap,
    pub(crate) request_id: Option<String>,
    pub(crate) attempts: u32,
    pub(crate) output: T,
}

impl<T> Response<T> {
    /// The status, such as 200 or 202.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers of the reply.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// What to give the vendor's support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// How many attempts the call took, this successful one included.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The decoded output.
    #[must_use]
    pub fn get_ref(&self) -> &T {
        &self.output
    }

    /// The decoded output, without the rest.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.output
    }
}
