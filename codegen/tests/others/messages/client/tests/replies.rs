//! Replies of other kinds than one JSON object under one status.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use cloudbackup_core::Blob;
use cloudbackup_others_messages_client::Client;
use cloudbackup_runtime::http::header::{CONTENT_TYPE, HeaderValue};
use cloudbackup_runtime::testing::{Answer, ReplayTransport};
use cloudbackup_runtime::{Error, ReplyProblem};

fn client(answer: Answer) -> Client {
    let builder = Client::builder().endpoint("http://127.0.0.1:9").token("t");
    let transport = ReplayTransport::new([answer]);
    builder.transport(transport).build().unwrap()
}

fn answer(status: u16, media_type: &'static str, body: &'static [u8]) -> Answer {
    let media_type = HeaderValue::from_static(media_type);
    Answer::status(status)
        .header(CONTENT_TYPE, media_type)
        .body(body)
}

#[tokio::test]
async fn bytes_come_as_they_are() {
    let bytes = b"\xef\xbb\xbf\x00<html>\xff";
    let client = client(answer(200, "application/x-tar", bytes));
    let output = client.download("a").send().await.unwrap();
    assert_eq!(output.content, Blob::from(bytes));
}

#[tokio::test]
async fn text_comes_as_it_is() {
    let client = client(answer(200, "text/plain", b"{\"a\": 1}\n"));
    let output = client.show_log("a").send().await.unwrap();
    assert_eq!(output.text.as_deref(), Some("{\"a\": 1}\n"));
}

#[tokio::test]
async fn no_text_is_none_where_a_status_has_none() {
    let client = client(Answer::status(204));
    let response = client.show_log("a").send_with_response().await.unwrap();
    assert_eq!(response.status().as_u16(), 204);
    assert_eq!(response.into_inner().text, None);
}

#[tokio::test]
async fn text_that_is_no_utf8_is_an_error() {
    let client = client(answer(200, "text/plain", b"\xff"));
    let error = client.show_log("a").send().await.unwrap_err();
    assert_eq!(error.reply_problem(), Some(ReplyProblem::Decode));
    assert!(
        error.to_string().contains("no UTF-8 after byte 0"),
        "{error}"
    );
}

#[tokio::test]
async fn page_is_an_error_unless_it_was_asked_for() {
    let page = || answer(200, "text/html", b"<html>Log in</html>");
    let error: Error = client(page()).show_log("a").send().await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("a web page came instead of text"),
        "{error}"
    );
    let call = client(page()).put_script("a").text("x");
    assert_eq!(call.send().await.unwrap().text, "<html>Log in</html>");
    let xml = answer(200, "application/xml", b"<a/>");
    assert_eq!(client(xml).put_xml("a").send().await.unwrap().text, "<a/>");
}

#[tokio::test]
async fn what_is_not_described_is_passed_over() {
    let ok = answer(200, "text/plain", b"OK");
    client(ok).ask_methods().send().await.unwrap();
    client(Answer::status(200)).probe().send().await.unwrap();
}

#[tokio::test]
async fn errors_are_read_as_json_whatever_a_success_would_be() {
    let body = r#"{"error_code":"E.1","error_msg":"no such archive"}"#;
    let client = client(Answer::json(404, body));
    let error = client.download("a").send().await.unwrap_err();
    assert_eq!(error.code(), Some("E.1"));
}

#[tokio::test]
async fn output_has_the_members_of_every_status() {
    let now = Answer::json(200, r#"{"id":"1","name":"n"}"#);
    let output = client(now).make_soon().send().await.unwrap();
    assert_eq!(
        (output.id.as_str(), output.name.as_deref(), output.job),
        ("1", Some("n"), None)
    );
    let later = Answer::json(202, r#"{"id":"1","job":"j"}"#);
    let output = client(later).make_soon().send().await.unwrap();
    assert_eq!((output.job.as_deref(), output.name), (Some("j"), None));
}

#[tokio::test]
async fn status_without_a_body_makes_members_optional() {
    let output = client(Answer::status(204)).peek().send().await.unwrap();
    assert_eq!(output.name, None);
    let output = client(Answer::status(204)).peek_list().send().await;
    assert_eq!(output.unwrap().items, None);
    let list = Answer::json(206, r#"["a"]"#);
    let output = client(list).peek_list().send().await.unwrap();
    assert_eq!(output.items, Some(vec!["a".to_owned()]));
}

#[tokio::test]
async fn default_is_the_success_where_no_other_is_listed() {
    let thing = Answer::json(200, r#"{"name":"n"}"#);
    let output = client(thing).show_default().send().await.unwrap();
    assert_eq!(output.name.as_deref(), Some("n"));
    let output = client(Answer::json(200, "[1]")).put_any().send().await;
    assert_eq!(output.unwrap().value, serde_json::json!([1]));
}
