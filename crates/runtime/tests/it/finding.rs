//! Finding what was made where the reply is lost. Whatever happens, the request is sent once.

use std::time::{Duration, SystemTime};

use cloudbackup_runtime::finding::Made;
use cloudbackup_runtime::testing::ManualClock;
use cloudbackup_runtime::{Error, ErrorKind, Outcome};

use crate::support::makes::{Listed, MakeThing, things};
use crate::support::waits::{SECOND, Setup};
use crate::support::{Step, Thing, json_reply, reply};

/// What the server's clock shows when the list is read. The request was sent two seconds before.
const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
/// The same in Unix seconds.
const NOW: u32 = 784_111_777;
/// A moment after the sending.
const NEW: &str = "1994-11-06T08:49:36Z";
const OLD: &str = "1994-11-05T08:49:36Z";
const LIST: &str = "GET /v3/p1/things?name=n1";

/// A service that takes the request and does not answer.
fn lost() -> Step {
    Step::Reset(Vec::new())
}

fn nothing() -> Step {
    things(DATE, &[], None)
}

async fn make(setup: &Setup) -> Result<Made<Thing, Listed>, Error> {
    let call = setup.client.0.call();
    let made = call.send_or_find(MakeThing::new("n1")).await;
    let lines = setup.lines();
    let (first, rest) = lines.split_first().unwrap();
    assert_eq!(first, "POST /v3/p1/things");
    assert!(rest.iter().all(|line| line.starts_with(LIST)), "{lines:?}");
    made
}

/// What is found where the lists are these.
async fn found(lists: &[Step]) -> String {
    found_at(&ManualClock::skipping(), lists).await
}

async fn found_at(clock: &ManualClock, lists: &[Step]) -> String {
    let setup = Setup::on(clock.clone(), [&[lost()], lists].concat());
    let made = make(&setup).await.unwrap();
    assert!(made.is_found());
    let Made::Found(item) = made else {
        panic!("{made:?}");
    };
    assert_eq!(setup.count(), 1 + lists.len());
    item.id
}

/// The error where nothing is found in lists of which the last one repeats.
async fn unfound(lists: &[Step]) -> (Setup, Error) {
    let setup = Setup::new([&[lost()], lists].concat());
    let error = make(&setup).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome(), error.attempts().len()),
        (ErrorKind::Transport, Outcome::Unknown, 1)
    );
    assert_eq!(error.operation(), Some("make_thing"));
    (setup, error)
}

/// What the error says of looking.
fn note(error: &Error) -> String {
    let text = error.to_string();
    let (_, note) = text
        .split_once("(may have been applied); ")
        .unwrap_or_else(|| panic!("{text}"));
    note.to_owned()
}

#[tokio::test]
async fn request_that_is_answered_is_not_looked_for() {
    let setup = Setup::new([json_reply(202, r#"{"id":"t1"}"#)]);
    let made = make(&setup).await.unwrap();
    assert!(!made.is_found());
    assert!(matches!(made, Made::Sent(thing) if thing.id == "t1"));
    assert_eq!((setup.count(), setup.clock.slept().len()), (1, 0));
}

#[tokio::test]
async fn only_new_entry_of_the_name_is_what_was_made() {
    let other = NEW.replace("36Z", "35Z");
    let list = things(DATE, &[("t1", NEW), ("t0", OLD), ("t9", "")], None);
    assert_eq!(found(&[list]).await, "t1");
    let named = json_reply(
        200,
        &format!(
            r#"{{"things":[{{"id":"t1","name":"n1","created_at":"{NEW}"}},
               {{"id":"t2","name":"n2","created_at":"{other}"}}]}}"#
        ),
    );
    let clock = ManualClock::skipping();
    clock.set_wall(SystemTime::UNIX_EPOCH + NOW * SECOND);
    assert_eq!(found_at(&clock, &[named]).await, "t1");
}

#[tokio::test]
async fn lost_is_what_may_have_been_applied_and_what_was() {
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"id\":".to_vec();
    for (step, outcome) in [
        (json_reply(500, "{}"), Outcome::Unknown),
        (json_reply(503, "{}"), Outcome::Unknown),
        (json_reply(200, "<html>"), Outcome::Unknown),
        (Step::SendAndClose(cut), Outcome::Applied),
        (json_reply(202, r#"{"id":[]}"#), Outcome::Applied),
        (json_reply(202, ""), Outcome::Applied),
    ] {
        let list = things(DATE, &[("t1", NEW)], None);
        let setup = Setup::new([step.clone(), list]);
        let made = make(&setup).await.unwrap();
        assert!(matches!(made, Made::Found(item) if item.id == "t1"));
        assert_eq!(setup.count(), 2, "{step:?}");

        let setup = Setup::new([step, nothing()]);
        let error = make(&setup).await.unwrap_err();
        assert_eq!(error.outcome(), outcome);
    }
}

#[tokio::test]
async fn refusal_and_what_was_never_sent_are_not_looked_for() {
    for status in [400, 403, 404, 409, 413] {
        let setup = Setup::new([json_reply(status, "{}")]);
        let error = make(&setup).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Rejected);
        assert!(!error.to_string().contains("looked"), "{error}");
        assert_eq!((setup.count(), setup.clock.slept().len()), (1, 0));
    }
    let setup = Setup::new([nothing()]);
    let input = MakeThing::new(&"n".repeat(65));
    let error = setup.client.0.call().send_or_find(input).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert_eq!(setup.count(), 0);
}

#[tokio::test]
async fn request_without_a_name_is_not_looked_for() {
    let setup = Setup::new([lost()]);
    let input = MakeThing { name: None };
    let error = setup.client.0.call().send_or_find(input).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(
        note(&error),
        "not looked for, since nothing in the request tells what it makes from others"
    );
    assert_eq!((setup.count(), setup.clock.slept().len()), (1, 0));
}

#[tokio::test]
async fn list_is_read_again_for_two_minutes() {
    let (setup, error) = unfound(&[nothing()]).await;
    assert_eq!(note(&error), "looked for 6 times, found nothing like it");
    let seconds: Vec<_> = setup.clock.slept().iter().map(Duration::as_secs).collect();
    assert_eq!(seconds, [2, 4, 8, 16, 32, 58]);
    assert_eq!(setup.count(), 7);
}

#[tokio::test]
async fn entry_that_shows_late_is_found() {
    let clock = ManualClock::skipping();
    let list = things(DATE, &[("t1", NEW)], None);
    let old = things(DATE, &[("t0", OLD)], None);
    assert_eq!(found_at(&clock, &[nothing(), old, list]).await, "t1");
    let seconds: Vec<_> = clock.slept().iter().map(Duration::as_secs).collect();
    assert_eq!(seconds, [2, 4, 8]);
}

#[tokio::test]
async fn several_new_entries_are_one_too_many() {
    let list = things(DATE, &[("t1", NEW), ("t2", NEW)], None);
    let (setup, error) = unfound(&[nothing(), list]).await;
    assert_eq!(
        note(&error),
        "looked for 2 times, found 2 like it, of which any may be it"
    );
    // More looks would not tell them apart.
    assert_eq!(setup.count(), 3);
    // On different pages as well.
    let first = things(DATE, &[("t1", NEW)], Some("m2"));
    let second = things(DATE, &[("t2", NEW)], None);
    let (setup, error) = unfound(&[first, second]).await;
    assert!(note(&error).starts_with("looked for once, found 2 like it"));
    assert_eq!(setup.lines()[2], format!("{LIST}&marker=m2"));
}

#[tokio::test]
async fn older_namesakes_are_not_what_was_made() {
    let list = things(DATE, &[("t1", OLD), ("t2", OLD)], None);
    let (setup, error) = unfound(&[list]).await;
    assert_eq!(
        note(&error),
        "looked for 6 times, found 2 like it that are older"
    );
    assert_eq!(setup.count(), 7);
}

#[tokio::test]
async fn entries_without_a_time_that_tells_are_not_what_was_made() {
    // None, no time at all, and one that was written in another zone without saying so.
    for time in ["", "yesterday", "1994-11-06T16:49:36"] {
        let list = things(DATE, &[("t1", time)], None);
        let (_, error) = unfound(&[list]).await;
        assert_eq!(
            note(&error),
            "looked for 6 times, found 1 like it without a time that tells"
        );
    }
    // A time without a zone is taken as that of UTC.
    let list = things(DATE, &[("t1", "1994-11-06T08:49:36")], None);
    assert_eq!(found(&[list]).await, "t1");
}

#[tokio::test]
async fn sending_and_its_margin_decide_what_is_new() {
    // Sent at 08:49:35 by the clock of the server, and looked for after that many seconds.
    let lists = |time: &str| {
        let looks = [2, 6, 14, 30, 62, 120].map(|after| {
            let date = SystemTime::UNIX_EPOCH + (NOW - 2 + after) * SECOND;
            things(&httpdate::fmt_http_date(date), &[("t1", time)], None)
        });
        looks.to_vec()
    };
    assert_eq!(found(&lists("1994-11-06T08:49:05Z")[..1]).await, "t1");
    let (setup, error) = unfound(&lists("1994-11-06T08:49:04Z")).await;
    assert!(note(&error).ends_with("found 1 like it that are older"));
    assert_eq!(setup.count(), 7);
}

#[tokio::test]
async fn clocks_that_differ_by_hours_do_not_matter() {
    for hours in [-30_i64, -3, 3, 30] {
        let clock = ManualClock::skipping();
        let own = u64::try_from(i64::from(NOW) + hours * 3600).unwrap();
        clock.set_wall(SystemTime::UNIX_EPOCH + Duration::from_secs(own));
        let list = things(DATE, &[("t1", NEW), ("t0", OLD)], None);
        assert_eq!(found_at(&clock, &[list]).await, "t1", "{hours}");
    }
}

#[tokio::test]
async fn without_a_date_of_the_server_our_clock_counts() {
    let list = things("", &[("t1", NEW), ("t0", OLD)], None);
    let clock = ManualClock::skipping();
    clock.set_wall(SystemTime::UNIX_EPOCH + NOW * SECOND);
    assert_eq!(found_at(&clock, &[list]).await, "t1");
}

#[tokio::test]
async fn all_pages_are_looked_through() {
    let first = things(DATE, &[("t8", OLD)], Some("m2"));
    let second = things(DATE, &[("t9", OLD)], Some("m3"));
    let third = things(DATE, &[("t1", NEW)], None);
    assert_eq!(found(&[first, second, third]).await, "t1");
}

#[tokio::test]
async fn list_that_fails_for_now_is_read_again() {
    let list = things(DATE, &[("t1", NEW)], None);
    let page = things(DATE, &[("t1", NEW)], Some("m2"));
    let unreadable = json_reply(200, "<html>");
    // One that breaks off is no list in which there is only one.
    assert_eq!(
        found(&[unreadable.clone(), page, unreadable, list]).await,
        "t1"
    );
}

#[tokio::test]
async fn list_that_fails_does_not_hide_the_error() {
    let refused = json_reply(403, r#"{"error_msg":"no lists for you"}"#);
    let (setup, error) = unfound(std::slice::from_ref(&refused)).await;
    let why = "test list_things: the service answered 403 Forbidden: no lists for you";
    assert_eq!(note(&error), format!("looked for once in vain: {why}"));
    assert_eq!(setup.count(), 2);

    let (setup, error) = unfound(&[nothing(), refused]).await;
    assert_eq!(
        note(&error),
        format!("looked for 2 times, found nothing like it; once in vain: {why}")
    );
    assert_eq!(setup.count(), 3);

    let (_, error) = unfound(&[json_reply(200, "[]")]).await;
    let note = note(&error);
    assert!(
        note.starts_with("looked for 6 times in vain: test list_things: cannot read the reply"),
        "{note}"
    );
}

#[tokio::test]
async fn list_is_repeated_as_any_read() {
    let list = things(DATE, &[("t1", NEW)], None);
    let setup = Setup::new([lost(), json_reply(503, "{}"), list]);
    let made = make(&setup).await.unwrap();
    assert!(made.is_found());
    // By the call itself, within one look.
    let slept = setup.clock.slept();
    assert_eq!(slept.len(), 2);
    assert!(slept[0] == 2 * SECOND && slept[1] < SECOND, "{slept:?}");
}

#[tokio::test]
async fn look_that_is_dropped_looks_no_more() {
    let clock = ManualClock::new();
    let setup = Setup::on(clock.clone(), [lost(), nothing()]);
    let call = setup.client.0.call().send_or_find(MakeThing::new("n1"));
    let making = tokio::spawn(call);
    while clock.sleeping() == 0 {
        assert!(!making.is_finished());
        tokio::task::yield_now().await;
    }
    making.abort();
    assert!(making.await.unwrap_err().is_cancelled());
    clock.advance(600 * SECOND);
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!((clock.sleeping(), clock.limits(), setup.count()), (0, 0, 1));
}

#[tokio::test]
async fn call_names_the_project_of_the_looks() {
    let list = things(DATE, &[("t1", NEW)], None);
    let setup = Setup::new([lost(), list]);
    let call = setup.client.0.call().with_project_id("p9");
    let made = call.send_or_find(MakeThing::new("n1")).await.unwrap();
    assert!(made.is_found());
    assert_eq!(
        setup.lines(),
        ["POST /v3/p9/things", "GET /v3/p9/things?name=n1"]
    );
}

#[tokio::test]
async fn error_of_a_lost_reply_is_all_there() {
    let headers = [("X-Request-Id", "r-5")];
    let setup = Setup::new([
        Step::Send(reply(500, &headers, r#"{"error_msg":"oops"}"#)),
        nothing(),
    ]);
    let error = make(&setup).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "test make_thing: the service answered 500 Internal Server Error: oops \
         [request id r-5] (may have been applied); looked for 6 times, found nothing like it"
    );
    assert!(format!("{error:?}").contains("note: \"looked for 6 times"));
}

#[cfg(feature = "blocking")]
#[test]
fn threads_find_as_well() {
    let list = things(DATE, &[("t1", NEW)], None);
    let setup = Setup::new([lost(), list]);
    let call = setup.client.0.call();
    let made = call.send_or_find_blocking(MakeThing::new("n1")).unwrap();
    assert!(matches!(made, Made::Found(item) if item.id == "t1"));
    assert_eq!(setup.lines()[1..], [LIST]);

    let setup = Setup::new([json_reply(202, r#"{"id":"t1"}"#)]);
    let call = setup.client.0.call();
    let made = call.send_or_find_blocking(MakeThing::new("n1")).unwrap();
    assert!(matches!(made, Made::Sent(thing) if thing.id == "t1"));
}

#[cfg(feature = "blocking")]
#[tokio::test]
async fn thread_of_a_runtime_is_refused() {
    let setup = Setup::new([lost()]);
    let call = setup.client.0.call();
    let error = call
        .send_or_find_blocking(MakeThing::new("n1"))
        .unwrap_err();
    assert_eq!((error.kind(), setup.count()), (ErrorKind::Config, 0));
}

#[tokio::test]
async fn future_can_go_to_another_thread() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let setup = Setup::new([json_reply(202, r#"{"id":"t1"}"#)]);
    let call = setup.client.0.call().send_or_find(MakeThing::new("n1"));
    tokio::spawn(is_send(call)).await.unwrap().unwrap();
}
