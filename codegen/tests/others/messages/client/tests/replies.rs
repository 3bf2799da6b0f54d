//! Replies of other kinds than one JSON object under one status.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use cloudbackup_core::Blob;
use cloudbackup_others_messages_client::Client;
use cloudbackup_runtime::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use cloudbackup_runtime::testing::{Answer, ReplayTransport};
use cloudbackup_runtime::{Error, ReplyProblem};

fn client(answer: Answer) -> Client {
    let builder = Client::builder().endpoint("http://127.0.0.1:9");
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

fn with_heads(mut answer: Answer, heads: &[(&'static str, &'static str)]) -> Answer {
    for (name, value) in heads {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        answer = answer.header(name, HeaderValue::from_static(value));
    }
    answer
}

#[tokio::test]
async fn headers_are_members_of_the_output() {
    let heads = [
        ("x-rate-limit", " 7 "),
        ("ETag", "\"a\""),
        ("Name", "true"),
        ("X-Expires", "2026-01-02T03:04:05Z"),
        ("X-Sort", "a,b"),
        ("X-Ratio", "0.5"),
        ("Set-Cookie", "id=s3cret"),
    ];
    let answer = Answer::json(200, r#"{"name":"n","e_tag":"of the body","name2":1}"#);
    let client = client(with_heads(answer, &heads));
    let output = client.list_with_heads().send().await.unwrap();
    assert_eq!(output.name.as_deref(), Some("n"));
    assert_eq!(output.name2, Some(true));
    assert_eq!(output.x_rate_limit, Some(7));
    assert_eq!(output.e_tag.as_deref(), Some("\"a\""));
    assert_eq!(
        output.x_expires.as_ref().map(|time| time.as_str()),
        Some("2026-01-02T03:04:05Z")
    );
    assert_eq!(output.x_sort.as_deref(), Some("a,b"));
    assert_eq!(output.x_ratio, Some(0.5));
    let cookie = output.set_cookie.as_ref().map(|secret| secret.expose());
    assert_eq!(cookie, Some("id=s3cret"));
    assert!(!format!("{output:?}").contains("s3cret"));
}

#[tokio::test]
async fn header_that_cannot_be_read_is_none_and_told() {
    let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let kept = std::sync::Arc::clone(&told);
    let answer = with_heads(Answer::json(200, "{}"), &[("X-Rate-Limit", "many")]);
    let client = Client::builder()
        .endpoint("http://127.0.0.1:9")
        .transport(ReplayTransport::new([answer]))
        .on_drift(move |drift| kept.lock().unwrap().push(drift.to_string()))
        .build()
        .unwrap();
    let output = client.list_with_heads().send().await.unwrap();
    assert_eq!((output.x_rate_limit, output.e_tag), (None, None));
    assert_eq!(
        *told.lock().unwrap(),
        ["others-messages list_with_heads: unreadable header at `X-Rate-Limit`"]
    );
}

#[tokio::test]
async fn headers_stand_beside_any_kind_of_body() {
    let answer = with_heads(Answer::status(201), &[("Location", "/things/1")]);
    let output = client(answer).make_elsewhere().send().await.unwrap();
    assert_eq!(output.location.as_deref(), Some("/things/1"));
    let answer = with_heads(Answer::json(200, r#"["a"]"#), &[("X-Total", "9")]);
    let output = client(answer).list_whole().send().await.unwrap();
    assert_eq!((output.items.len(), output.x_total), (1, Some(9)));
    let name = ("Content-Disposition", "attachment");
    let answer = with_heads(answer_of(b"png"), &[name]);
    let output = client(answer).download_named().send().await.unwrap();
    assert_eq!(output.content.bytes(), b"png");
    assert_eq!(output.content_disposition.as_deref(), Some("attachment"));
}

fn answer_of(body: &'static [u8]) -> Answer {
    answer(200, "image/png", body)
}
