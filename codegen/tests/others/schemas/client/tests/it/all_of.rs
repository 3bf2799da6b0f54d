//! Objects made of several schemas: one struct with the members and the limits of all.

use crate::support::{answered, body, client, wrong};
use cloudbackup_others_schemas_client::model::{CreateDogBodyHome, DogTraitsKind};

#[test]
fn a_body_holds_the_members_of_all_parts() {
    let home = CreateDogBodyHome::builder().town("Ulm").size(3).build();
    let call = client().create_dog().name("Rex").age(4).nick("R");
    let request = call.kind(DogTraitsKind::Dog).home(home).build().unwrap();
    assert_eq!(
        body(&request),
        r#"{"name":"Rex","age":4,"kind":"dog","home":{"town":"Ulm","size":3},"nick":"R"}"#
    );
}

#[test]
fn limits_of_all_parts_hold() {
    let home = CreateDogBodyHome::builder().size(10).build();
    let call = client().create_dog().name("").age(31).nick("Rexxie");
    assert_eq!(
        wrong(call.home(home).build()),
        [
            "/body/name: must be at least 1 character long, is 0",
            "/body/age: must be between 0 and 30, is 31",
            "/body/home/size: must be between 0 and 9, is 10",
            "/body/nick: must be at most 5 characters long, is 6",
        ]
    );
}

#[tokio::test]
async fn a_reply_holds_the_members_of_all_parts() {
    let reply = r#"{"id":"d-1","name":"Rex","kind":"wolf","home":{"town":"Ulm","size":3},
        "parent":{"name":"Bella","parent":{"name":"Ada"}}}"#;
    let client = answered(reply);
    let dog = client.create_dog().name("Rex").age(4).send().await.unwrap();
    assert_eq!((dog.id.as_str(), dog.name.as_str()), ("d-1", "Rex"));
    assert_eq!(dog.kind, Some(DogTraitsKind::Wolf));
    assert_eq!(dog.home.unwrap().town.as_deref(), Some("Ulm"));
    let grandparent = dog.parent.unwrap().parent.unwrap();
    assert_eq!(grandparent.name, "Ada");
}

#[tokio::test]
async fn what_one_part_promises_is_promised() {
    let client = answered(r#"{"id":"d-1"}"#);
    let error = client.create_dog().name("Rex").age(4).send().await;
    assert!(error.unwrap_err().to_string().contains("name"));
}
