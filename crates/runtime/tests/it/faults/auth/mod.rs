//! Rows A01 to A15 and S12 to S16: credentials that have to be got, come to their end, or are
//! refused; with an IAM in memory and the clock of the test.

mod login;
mod origin;
mod project;
mod refused;
mod renewal;
mod reply;
mod signed;
mod source;

use std::time::Duration;

use cloudbackup_core::operation::Operation;
use cloudbackup_runtime::{Client, Error, ErrorKind, Outcome};
use tokio::task::JoinHandle;

use super::refusal::{hides_the_token, settle};
use crate::support::{MARKER, ShowThing, Thing};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// How long before its end a token of a day is renewed.
const MARGIN: Duration = Duration::from_secs(40 * 60);

const CROWD: usize = 1000;

type Crowd = Vec<JoinHandle<Result<Thing, Error>>>;

async fn show(client: &Client) -> Result<Thing, Error> {
    client.call().send(ShowThing::new("t1")).await
}

/// That many calls at once.
fn crowd(client: &Client, count: usize) -> Crowd {
    let calls = (0..count).map(|_| client.call().send(ShowThing::new("t1")));
    calls.map(tokio::spawn).collect()
}

async fn results(crowd: Crowd) -> Vec<Result<Thing, Error>> {
    let mut results = Vec::new();
    for call in crowd {
        results.push(call.await.unwrap());
    }
    results
}

/// Fails with the first error.
async fn succeeds(crowd: Crowd) {
    for result in results(crowd).await {
        result.unwrap();
    }
}

fn finished(crowd: &Crowd) -> usize {
    crowd.iter().filter(|call| call.is_finished()).count()
}

/// Lets other tasks go on until it is so.
async fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..100_000 {
        if is_so() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("never: {what}");
}

/// The error of a call that finds no credentials: nothing was sent, and no secret is in it.
#[track_caller]
fn lacking<T>(result: Result<T, Error>) -> Error {
    let Err(error) = result else {
        panic!("a success");
    };
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Auth, Outcome::NotSent),
        "{error}"
    );
    assert!(error.is_auth() && !error.is_timeout());
    hides_secrets(&error);
    error
}

#[track_caller]
fn hides_secrets(error: &Error) {
    hides_the_token(error);
    let printed = format!("{error}\n{error:?}\n{error:#?}\n{:?}", error.message());
    assert!(!printed.contains(MARKER), "{printed}");
}

/// The error of a call that the service refuses.
async fn refusal<O: Operation>(client: &Client, input: O) -> Error {
    let Err(error) = client.call().send(input).await else {
        panic!("a success");
    };
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Service, Outcome::Rejected),
        "{error}"
    );
    hides_secrets(&error);
    error
}
