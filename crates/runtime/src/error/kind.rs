//! The two questions a caller asks of an error: what kind is it, and may the call have had an effect.

/// What went wrong, in the words a program can branch on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client or the call is set up in a way that cannot work.
    Config,
    /// The request breaks rules of the API; see [`Error::violations`](crate::Error::violations).
    Validation,
    /// There are no credentials to send: none were found, or whoever issues them refuses or cannot
    /// be reached. A service that refuses credentials is `Service` with
    /// [`Error::is_auth`](crate::Error::is_auth).
    Auth,
    /// No connection was made; see [`Error::connect_problem`](crate::Error::connect_problem).
    Connect,
    /// A time limit ran out; see [`Error::timeout_phase`](crate::Error::timeout_phase).
    Timeout,
    /// The connection failed after it was made.
    Transport,
    /// The server sent the request elsewhere; redirects are never followed.
    Redirect,
    /// The service answered with an error.
    Service,
    /// The service answered, and the answer cannot be used; see
    /// [`Error::reply_problem`](crate::Error::reply_problem).
    Response,
    /// Every reply is fine, and yet the walk over the pages of a list cannot go on; see
    /// [`Error::paging_problem`](crate::Error::paging_problem).
    Paging,
}

/// Whether the operation may have taken effect on the server.
///
/// Ordered by how much may have happened: of several attempts the greatest counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The request never reached the service.
    NotSent,
    /// The service refused the request; nothing was changed.
    Rejected,
    /// The request went out and no usable answer says what became of it. A write may have been
    /// applied: look before sending it again.
    Unknown,
    /// The service reported success; only its reply is lost or cannot be read.
    Applied,
}

/// Why a reply of an otherwise successful call cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReplyProblem {
    /// The body is larger than the client's cap.
    TooLarge,
    /// The body ended before its announced end.
    Truncated,
    /// The body is a web page, not JSON.
    ContentType,
    /// A body was expected and none came.
    Empty,
    /// The body is packed in a way this client cannot unpack, or the packing is damaged.
    Encoding,
    /// The body is no JSON, or not the JSON that the operation promises.
    Decode,
    /// The status is neither success, redirect nor error.
    Status,
}

/// Where making a connection failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectProblem {
    /// The name of the host has no address.
    Dns,
    /// The host cannot be reached, or refuses.
    Tcp,
    /// TLS was not agreed on, mostly because of the certificate.
    Tls,
    /// The proxy of the environment refuses, or cannot reach the host.
    Proxy,
}

/// Which time limit ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeoutPhase {
    /// Making a connection.
    Connect,
    /// A single attempt.
    Attempt,
    /// The whole call, with all its attempts and the waits between them.
    Operation,
}

/// Why a walk over the pages of a list cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PagingProblem {
    /// The server leads in a circle: a marker came back, or the same page comes at every place.
    Loop,
    /// The limit of pages or items is reached, and there is more.
    Limit,
    /// The link to the next page cannot be read.
    Link,
    /// Pages do not join: what lies between them is never shown.
    Gap,
}
