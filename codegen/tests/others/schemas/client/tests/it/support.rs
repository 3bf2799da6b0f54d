//! What the tests of this crate share.

use cloudbackup_others_schemas_client::Client;
use cloudbackup_runtime::testing::{Answer, ReplayTransport};
use cloudbackup_runtime::{Error, PreparedRequest};

/// A client that sends nothing.
pub(crate) fn client() -> Client {
    answered("{}")
}

/// A client whose one call gets this reply.
pub(crate) fn answered(reply: &'static str) -> Client {
    let transport = ReplayTransport::new([Answer::json(200, reply)]);
    let builder = Client::builder().transport(transport);
    builder.endpoint("http://127.0.0.1:9").build().unwrap()
}

/// The bytes of a body.
pub(crate) fn body<O>(request: &PreparedRequest<O>) -> &str {
    request
        .body()
        .map_or("", |bytes| std::str::from_utf8(bytes).unwrap())
}

/// Pointer and message of everything that is wrong; empty if nothing is.
pub(crate) fn wrong<O>(result: Result<PreparedRequest<O>, Error>) -> Vec<String> {
    let Err(error) = result else {
        return Vec::new();
    };
    let violations = error.violations().iter();
    violations.map(ToString::to_string).collect()
}
