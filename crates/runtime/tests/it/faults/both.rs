//! What the rows about replies share: the same reply for a read and for a write, on a client that
//! would send either of them again.

use cloudbackup_core::Operation;
use cloudbackup_runtime::{Error, ErrorKind, Outcome, ReplyProblem};

use super::refusal::hides_the_token;
use crate::support::records::{ImportRecords, ListRecords, Records};
use crate::support::{Server, Step, reply, retrying_client_of};

/// The id in the head of all replies made by [`ok`].
pub(super) const REQUEST_ID: &str = "r-77";

/// A 200 with this body, as JSON.
pub(super) fn ok(body: impl AsRef<[u8]>) -> Step {
    let headers = [
        ("Content-Type", "application/json"),
        ("X-Request-Id", REQUEST_ID),
    ];
    Step::Send(reply(200, &headers, body))
}

/// What a call comes to when the server answers like this; it is sent once.
pub(super) async fn once<O: Operation>(input: O, step: Step) -> Result<O::Output, Error> {
    let server = Server::always(step);
    let result = retrying_client_of(&server).call().send(input).await;
    assert_eq!(server.requests().len(), 1);
    result
}

/// What a read and a write make of a reply, which is the same.
pub(super) async fn accepted(step: Step) -> Records {
    let read = once(ListRecords, step.clone()).await.unwrap();
    let written = once(ImportRecords, step).await.unwrap();
    assert_eq!(read, written);
    read
}

/// The error of a write where the reply cannot be used, once what holds for all of them has been
/// checked for a read as well: nothing is sent again. The service has done what was asked, unless
/// the reply may come from something in front of it.
pub(super) async fn unusable(step: Step, problem: ReplyProblem) -> Error {
    let read = once(ListRecords, step.clone()).await.unwrap_err();
    let written = once(ImportRecords, step).await.unwrap_err();
    let (outcome, hint) = match problem {
        ReplyProblem::ContentType => (Outcome::Unknown, "(may have been applied)"),
        _ => (Outcome::Applied, "(was applied)"),
    };
    for error in [&read, &written] {
        assert_eq!(
            (error.kind(), error.outcome(), error.reply_problem()),
            (ErrorKind::Response, outcome, Some(problem)),
            "{error}"
        );
        assert_eq!(error.status().unwrap().as_u16(), 200);
        let [attempt] = error.attempts() else {
            panic!("{:?}", error.attempts());
        };
        assert_eq!(
            (attempt.kind(), attempt.outcome(), attempt.request_id()),
            (ErrorKind::Response, outcome, error.request_id())
        );
        assert!(!error.is_after_ambiguous_attempt());
        hides_the_token(error);
    }
    assert!(!read.to_string().contains("applied"), "{read}");
    assert!(written.to_string().ends_with(hint), "{written}");
    written
}

/// The same for a body that is not what the operation promises.
pub(super) async fn undecodable(body: impl AsRef<[u8]>) -> Error {
    let error = unusable(ok(&body), ReplyProblem::Decode).await;
    assert_eq!(error.request_id(), Some(REQUEST_ID));
    assert_eq!(error.raw_body(), Some(body.as_ref()));
    error
}
