//! Rows A13 and A15: sources of one's own.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use cloudbackup_runtime::auth::{
    Credential, CredentialSource, Credentials, Issued, SourceError, Wish,
};
use cloudbackup_runtime::{BoxFuture, Client};

use super::{CROWD, HOUR, MINUTE, SECOND, crowd, lacking, results, show, succeeds};
use crate::support::cloud::{Cloud, Desk, Reply, keys};
use crate::support::{ShowThing, TOKEN};

/// Issues one key after the other.
#[derive(Debug, Default)]
struct Rolling(AtomicUsize);

impl CredentialSource for Rolling {
    fn issue<'a>(&'a self, _: &'a Wish<'a>) -> BoxFuture<'a, Result<Issued, SourceError>> {
        Box::pin(async {
            let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
            tokio::task::yield_now().await;
            let issued = Issued::new(Credential::Keys(keys(number)));
            Ok(issued.with_lifetime(MINUTE).with_project_id("p1"))
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a13_key_secret_and_security_token_are_always_of_one_issue() {
    let cloud = Cloud::new();
    (1..=100).for_each(|number| cloud.know(keys(number)));
    // A thread that is held up sees the clock of the others run.
    let builder = cloud.builder(Credentials::source(Rolling::default()));
    let builder = builder.timeout(HOUR).attempt_timeout(HOUR);
    let client = builder.build().unwrap().0;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (client, clock) = (client.clone(), cloud.clock.clone());
            tokio::spawn(async move {
                for _ in 0..100 {
                    clock.advance(SECOND);
                    show(&client).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    // None was refused, and so none was sent again.
    let calls = cloud.seen(Desk::Service);
    assert_eq!(cloud.counts(), (0, 800));
    let mut numbers: Vec<usize> = calls
        .iter()
        .map(|call| {
            let number = |name, start: &str| {
                let text = call.header(name).unwrap();
                let digits = &text[text.find(start).unwrap() + start.len()..];
                digits[..8].parse::<usize>().unwrap()
            };
            let access_key = number("authorization", "Access=AK");
            assert_eq!(number("x-security-token", "-9f8e7d-"), access_key);
            assert_eq!(call.header("x-project-id"), Some("p1"));
            access_key
        })
        .collect();
    numbers.dedup();
    assert!(numbers.len() > 10, "{numbers:?}");
}

/// Does one thing after the other, and from then on issues a token that lasts ten hours.
#[derive(Clone, Debug, Default)]
struct Scripted(Arc<Mutex<Script>>);

#[derive(Debug, Default)]
struct Script {
    acts: VecDeque<Act>,
    asked: usize,
}

#[derive(Clone, Debug)]
enum Act {
    PanicAtOnce,
    PanicLater,
    Fail(SourceError),
    Issue(&'static str),
}

impl Scripted {
    fn new(acts: impl IntoIterator<Item = Act>) -> Self {
        let source = Self::default();
        source.then(acts);
        source
    }

    fn then(&self, acts: impl IntoIterator<Item = Act>) {
        self.0.lock().unwrap().acts.extend(acts);
    }

    fn asked(&self) -> usize {
        self.0.lock().unwrap().asked
    }

    fn client(&self, cloud: &Cloud) -> Client {
        cloud.always(Desk::Service, Reply::json(200, r#"{"id":"t1"}"#));
        let builder = cloud.builder(Credentials::source(self.clone()));
        builder.project_id("p1").build().unwrap().0
    }
}

impl CredentialSource for Scripted {
    fn issue<'a>(&'a self, _: &'a Wish<'a>) -> BoxFuture<'a, Result<Issued, SourceError>> {
        let mut script = self.0.lock().unwrap();
        script.asked += 1;
        let act = script.acts.pop_front();
        drop(script);
        assert!(
            !matches!(act, Some(Act::PanicAtOnce)),
            "a panic of the source"
        );
        Box::pin(async move {
            tokio::task::yield_now().await;
            let token = match act {
                Some(Act::Fail(error)) => return Err(error),
                Some(Act::Issue(token)) => token,
                Some(Act::PanicLater) => panic!("a panic of the source, on its way"),
                _ => TOKEN,
            };
            let issued = Issued::new(Credential::Token(token.into()));
            Ok(issued.with_lifetime(10 * HOUR))
        })
    }
}

#[tokio::test]
async fn a15_source_that_panics_takes_its_caller_along_and_nobody_else() {
    for how in [Act::PanicAtOnce, Act::PanicLater] {
        let cloud = Cloud::new();
        let source = Scripted::new([how.clone(), how.clone()]);
        let mut panics = 0;
        for call in crowd(&source.client(&cloud), CROWD) {
            match call.await {
                Ok(result) => drop(result.unwrap()),
                Err(error) => {
                    assert!(error.is_panic());
                    panics += 1;
                }
            }
        }
        assert_eq!((panics, source.asked()), (2, 3), "{how:?}");
        assert_eq!((cloud.counts(), cloud.clock.limits()), ((0, CROWD - 2), 0));
    }
}

#[tokio::test]
async fn a15_source_that_panics_at_a_renewal_leaves_the_old_credential() {
    for how in [Act::PanicAtOnce, Act::PanicLater] {
        let cloud = Cloud::new();
        let source = Scripted::new([]);
        let client = source.client(&cloud);
        show(&client).await.unwrap();
        cloud.clock.advance(10 * HOUR - MINUTE);
        source.then([how, Act::Fail(SourceError::unavailable("not now"))]);
        let call = client.call().send(ShowThing::new("t1"));
        assert!(tokio::spawn(call).await.unwrap_err().is_panic());
        succeeds(crowd(&client, CROWD)).await;
        assert_eq!((source.asked(), cloud.counts().1), (3, 1 + CROWD));
        // As after any other failure, it is asked again later.
        cloud.clock.advance(SECOND);
        show(&client).await.unwrap();
        assert_eq!(source.asked(), 4);
    }
}

#[tokio::test]
async fn a05_pause_after_a_failure_is_as_long_as_its_kind_asks() {
    let later = SourceError::unavailable("x").with_retry_after(9 * SECOND);
    for (error, pause) in [
        (SourceError::missing("x"), SECOND),
        (SourceError::invalid("x"), SECOND),
        (SourceError::unavailable("x"), SECOND),
        (later, 9 * SECOND),
        (SourceError::refused("x"), MINUTE),
    ] {
        let cloud = Cloud::new();
        let source = Scripted::new([Act::Fail(error.clone())]);
        let client = source.client(&cloud);
        for result in results(crowd(&client, CROWD)).await {
            assert_eq!(lacking(result).to_string(), "test show_thing: x");
        }
        cloud.clock.advance(pause - SECOND / 1000);
        lacking(show(&client).await);
        assert_eq!(source.asked(), 1, "{error:?}");
        cloud.clock.advance(SECOND / 1000);
        show(&client).await.unwrap();
        assert_eq!((source.asked(), cloud.counts().1), (2, 1), "{error:?}");
    }
}

#[tokio::test]
async fn a09_token_of_a_source_that_cannot_be_sent() {
    for token in [
        "",
        "MIIE-planted-token-9f8e7d\r\nX-Other: 1",
        "MIIE-planted-token-9f8e7d\n",
        " MIIE-planted-token-9f8e7d",
        "MIIE-planted-token-9f8e7d-é",
    ] {
        let cloud = Cloud::new();
        let source = Scripted::new([Act::Issue(token)]);
        let client = source.client(&cloud);
        let error = lacking(show(&client).await);
        assert!(error.to_string().contains("the token "), "{error}");
        assert_eq!(cloud.counts().1, 0);
        cloud.clock.advance(SECOND);
        show(&client).await.unwrap();
    }
}

#[tokio::test]
async fn s12_token_of_a_source_is_got_anew_where_it_is_refused() {
    let cloud = Cloud::new();
    let source = Scripted::new([]);
    let client = source.client(&cloud);
    cloud.next(Desk::Service, [Reply::status(401)]);
    show(&client).await.unwrap();
    assert_eq!((source.asked(), cloud.counts()), (2, (0, 2)));
}
