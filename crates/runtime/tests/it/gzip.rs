//! Packed replies. What is wrong with them stands among the faults.

use crate::support::{Server, ShowThing, Step, client_of, reply};

const PACKED: [(&str, &str); 1] = [("Content-Encoding", "gzip")];

#[tokio::test]
async fn packed_reply_is_asked_for_and_unpacked() {
    let body = include_bytes!("../data/thing.json.gz");
    let server = Server::always(Step::Send(reply(200, &PACKED, body)));
    assert_eq!(
        client_of(&server)
            .call()
            .send(ShowThing::new("t1"))
            .await
            .unwrap()
            .id,
        "t1"
    );
    assert!(server.request().contains("\r\naccept-encoding: gzip\r\n"));
}
