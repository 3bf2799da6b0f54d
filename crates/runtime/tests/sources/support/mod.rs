//! What the tests share: planted secrets and the search for them.

pub(crate) mod child;
pub(crate) mod stand_in;

use std::fmt::Debug;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use cloudbackup_runtime::auth::{
    AccessKeys, Credential, CredentialSource, Issued, SourceError, SourceErrorKind, Wish,
};

/// What every secret of the tests contains, in any case.
const MARK: &str = "planted";

pub(crate) const AK: &str = "PLANTEDAK0123456789";
pub(crate) const SK: &str = "planted-sk-0123456789";
pub(crate) const TOKEN: &str = "planted-security-token==";

/// Fails where a text holds a secret.
#[track_caller]
pub(crate) fn assert_sealed(text: &str) {
    let leaks = text.to_ascii_lowercase().contains(MARK);
    assert!(!leaks, "a secret is in: {text}");
}

/// Searches what a value prints of itself.
#[track_caller]
pub(crate) fn assert_prints_sealed(value: &dyn Debug) {
    assert_sealed(&format!("{value:?} {value:#?}"));
}

/// A wish that nothing keeps from being fulfilled.
pub(crate) fn wish() -> Wish<'static> {
    Wish::within(Duration::from_secs(600))
}

/// Asks a source and searches what it prints and answers.
pub(crate) async fn ask(source: &impl CredentialSource) -> Result<Issued, SourceError> {
    searched(source, source.issue(&wish()).await)
}

/// Searches what a source prints and has answered.
pub(crate) fn searched(
    source: &impl CredentialSource,
    answer: Result<Issued, SourceError>,
) -> Result<Issued, SourceError> {
    assert_prints_sealed(source);
    assert_prints_sealed(&answer);
    if let Err(error) = &answer {
        assert_sealed(&error.to_string());
        let cause = std::error::Error::source(error);
        assert!(cause.is_none(), "search the cause too: {cause:?}");
    }
    answer
}

/// The keys that a source gives.
pub(crate) async fn keys(source: &impl CredentialSource) -> AccessKeys {
    keys_of(&ask(source).await.unwrap())
}

/// The keys that were issued.
pub(crate) fn keys_of(issued: &Issued) -> AccessKeys {
    match issued.credential() {
        Credential::Keys(keys) => keys.clone(),
        other => panic!("no keys: {other:?}"),
    }
}

/// The parts of a key, to compare with.
pub(crate) fn parts(keys: &AccessKeys) -> (&str, &str, Option<&str>) {
    let token = keys.security_token().map(|token| token.expose());
    (
        keys.access_key().expose(),
        keys.secret_key().expose(),
        token,
    )
}

/// The text of the error that a source gives, which must be of this kind.
pub(crate) async fn failure(source: &impl CredentialSource, kind: SourceErrorKind) -> String {
    let error = ask(source).await.expect_err("an error");
    assert_eq!(error.kind(), kind, "{error}");
    error.to_string()
}

/// Fails where a text lacks one of these parts.
#[track_caller]
pub(crate) fn assert_holds(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
}

/// Polls once, without a tokio runtime.
pub(crate) fn at_once<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("not done at once"),
    }
}

mod tests {
    use super::*;

    #[test]
    fn search_finds_a_planted_leak() {
        for secret in [AK, SK, TOKEN] {
            let leaky = SourceError::invalid(format!("not {secret}!"));
            let found = std::panic::catch_unwind(|| assert_sealed(&leaky.to_string()));
            assert!(found.is_err(), "{secret}");
            let found = std::panic::catch_unwind(|| assert_prints_sealed(&leaky));
            assert!(found.is_err(), "{secret}");
        }
        assert_prints_sealed(&AccessKeys::new(AK, SK).with_security_token(TOKEN));
    }
}
