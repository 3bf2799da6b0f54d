//! A creation whose reply is lost is found in a list, and made once only.

use cloudbackup_core::Timestamp;
use cloudbackup_kitchen_sink_client::model::{Inspection, InspectionKind, NewInspection};
use cloudbackup_kitchen_sink_client::{Client, Outcome, StartInspection, finding::Made};

use crate::local::{BEGIN, Local};

fn inspection(client: &Client, name: &str) -> StartInspection<cloudbackup_core::builder::Set> {
    let inspection = NewInspection::builder().name(name).build();
    client
        .start_inspection("s")
        .kind(InspectionKind::Water)
        .inspection(inspection)
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix(i64::try_from(seconds).unwrap(), 0)
}

fn posts(local: &Local) -> usize {
    let lines = local.lines();
    lines
        .iter()
        .filter(|line| line.starts_with("POST "))
        .count()
}

#[tokio::test]
async fn reply_that_comes_is_all() {
    let local = Local::new();
    let made = inspection(&local.client(), "weekly")
        .send_or_find()
        .await
        .unwrap();
    let Made::Sent(reply) = made else {
        panic!("{made:?}");
    };
    assert_eq!(reply.inspection.unwrap().id.as_deref(), Some("i-0"));
    assert_eq!(local.lines().len(), 1);
}

/// An inspection of the same name from the day before, and a newer one of another kind.
fn namesakes(local: &Local) {
    let earlier = Inspection::builder()
        .kind(InspectionKind::Water)
        .made_at(at(BEGIN - 86_400));
    let other = Inspection::builder()
        .kind(InspectionKind::Metal)
        .made_at(at(BEGIN + 1));
    let made = [("old", earlier), ("other", other)].map(|(id, inspection)| {
        let inspection = inspection.id(id).name("weekly").purpose("on request");
        inspection.build().unwrap()
    });
    local.sinks(|sinks| {
        sinks.works.inspections.extend(made);
        sinks.works.now = Some(at(BEGIN + 1));
    });
}

#[tokio::test]
async fn lost_reply_is_made_up_for_by_the_list() {
    let local = Local::new();
    namesakes(&local);
    local.lose_replies_of("POST");
    let made = inspection(&local.client(), "weekly")
        .send_or_find()
        .await
        .unwrap();
    let Made::Found(inspection) = made else {
        panic!("{made:?}");
    };
    assert_eq!(inspection.id.as_deref(), Some("i-2"));
    assert_eq!(posts(&local), 1);
    let asked = "GET /v1/sinks/s/inspections?kind=water&purpose=on%20request";
    assert_eq!(local.lines()[1], asked);
}

#[tokio::test]
async fn nothing_to_recognise_it_by_leaves_the_error() {
    let local = Local::new();
    local.lose_replies_of("POST");
    let call = local
        .client()
        .start_inspection("s")
        .kind(InspectionKind::Water);
    let error = call.send_or_find().await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(local.lines().len(), 1);
}

#[test]
fn program_without_a_runtime_finds_it_too() {
    let local = Local::new();
    namesakes(&local);
    local.lose_replies_of("POST");
    let call = inspection(&local.client(), "weekly");
    let made = call.send_or_find_blocking().unwrap();
    assert!(made.is_found(), "{made:?}");
    assert_eq!(posts(&local), 1);
}
