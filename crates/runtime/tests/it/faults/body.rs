//! Rows B01 to B06, B17, B18 and B21: bodies that are wrong as text, whatever the operation.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cloudbackup_runtime::{ErrorKind, Outcome, ReplyProblem};

use super::both::{REQUEST_ID, accepted, ok, once, undecodable, unusable};
use super::refusal::hides_the_token;
use crate::support::records::{ImportRecords, ListRecords};
use crate::support::{
    CopyThing, DeleteThing, Server, ShowThing, Step, TOKEN, builder_of, json_reply, reply,
    retrying_client_of,
};

/// A reply that can be decoded.
const ONE: &str = r#"{"records":[{"id":"r1"}],"total_count":1}"#;

#[tokio::test]
async fn b01_web_page_under_a_success_status() {
    let page = format!(
        "\r\n<html>\n<title>Sign in\u{202e}</title>{TOKEN}{}</html>",
        "\u{202e}日".repeat(3000)
    );
    // By its type, and by its looks where the type is wrong or missing.
    for headers in [
        &[("Content-Type", "text/html; charset=utf-8")][..],
        &[("Content-Type", "application/json")],
        &[],
    ] {
        let step = Step::Send(reply(200, headers, &page));
        let error = unusable(step, ReplyProblem::ContentType).await;
        assert_eq!(error.raw_body(), Some(page.as_bytes()));
        let text = error.to_string();
        let (_, excerpt) = text.split_once("instead of JSON: ").unwrap();
        assert!(
            excerpt.starts_with("<html> <title>Sign in\\u{202e}</title>[redacted]\\u{202e}日"),
            "{excerpt}"
        );
        assert!(excerpt.len() <= 1024, "{} bytes", excerpt.len());
        assert!(!excerpt.contains(['\u{202e}', '\n', '\r']), "{excerpt}");
    }
    // A page without any markup, which only its type tells from JSON.
    let headers = [("content-type", "TEXT/HTML")];
    unusable(
        Step::Send(reply(200, &headers, "Sign in, please.")),
        ReplyProblem::ContentType,
    )
    .await;
}

#[tokio::test]
async fn b02_json_under_a_wrong_type_or_none() {
    for headers in [
        &[][..],
        &[("Content-Type", "")],
        &[("Content-Type", "text/plain;charset=ISO-8859-1")],
        &[("Content-Type", "text/html")],
        &[("Content-Type", "application/octet-stream")],
        &[("Content-Type", "no type at all")],
    ] {
        let records = accepted(Step::Send(reply(200, headers, ONE))).await;
        assert_eq!(records.records[0].id, "r1", "{headers:?}");
    }
}

#[tokio::test]
async fn b03_byte_order_mark() {
    let marked = format!("\u{feff}{ONE}");
    assert_eq!(accepted(ok(&marked)).await.total_count, Some(1));
    // One is an editor's habit; two are no JSON. In other encodings it is none either.
    undecodable_but_for_the_mark(format!("\u{feff}{marked}").as_bytes()).await;
    undecodable(b"\xff\xfe{\0}\0").await;
    // It hides neither a page nor the lack of a body.
    let page = ok("\u{feff}<html></html>");
    unusable(page, ReplyProblem::ContentType).await;
    unusable(ok("\u{feff}"), ReplyProblem::Empty).await;
    once(DeleteThing, ok("\u{feff}")).await.unwrap();
}

async fn undecodable_but_for_the_mark(body: &[u8]) {
    let error = unusable(ok(body), ReplyProblem::Decode).await;
    assert_eq!(error.raw_body(), Some(&body[3..]));
}

#[tokio::test]
async fn b04_invalid_utf8() {
    for body in [
        &b"{\"records\":[{\"id\":\"\xff\"}]}"[..],
        // Cut inside a character, and written with surrogates as some Java programs do.
        b"{\"records\":[{\"id\":\"\xe6\x97\"}]}",
        b"{\"records\":[{\"id\":\"\xed\xa0\x80\"}]}",
        // Nobody asks for this member, yet the text as a whole is none.
        b"{\"records\":[],\"x\":\"\xff\"}",
    ] {
        let error = undecodable(body).await;
        assert!(
            error.to_string().contains("no UTF-8 after byte "),
            "{error}"
        );
    }
}

#[tokio::test]
async fn b05_invalid_json() {
    let masked = format!(r#"{{"records":[],"password":"hunter2","x":{TOKEN}}}"#);
    for body in [
        "{",
        "Service OK",
        "{'records':[]}",
        r#"{"records":[],}"#,
        r#"{"records":[],"total_count":NaN}"#,
        r#"{"records":[],"total_count":01}"#,
        "{\"records\":[{\"id\":\"a\nb\"}]}",
        "// nothing\n{\"records\":[]}",
        &masked,
    ] {
        let error = undecodable(body).await;
        assert!(
            error.to_string().contains("cannot read the reply"),
            "{error}"
        );
        let shown = format!("{error} {error:?}");
        assert!(
            !shown.contains("hunter2") && !shown.contains('\n'),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn b05_invalid_json_after_a_failed_attempt_keeps_the_history() {
    let server = Server::start([json_reply(503, "{}"), ok("{]")]);
    let call = retrying_client_of(&server).call();
    let error = call.send(ListRecords).await.unwrap_err();
    assert_eq!(server.requests().len(), 2);
    assert_eq!(error.reply_problem(), Some(ReplyProblem::Decode));
    let outcomes: Vec<_> = error.attempts().iter().map(|a| a.outcome()).collect();
    assert_eq!(outcomes, [Outcome::Unknown, Outcome::Applied]);
    assert!(error.attempts()[1].delay() > error.attempts()[0].delay());
    let trail = format!("[request id {REQUEST_ID}, 2 attempts]");
    assert!(error.to_string().contains(&trail), "{error}");
}

#[tokio::test]
async fn b06_text_after_the_json() {
    for rest in ["x", "{}", ONE, ",", "\0", "\u{feff}"] {
        let body = format!("{ONE}{rest}");
        let error = undecodable(&body).await;
        assert!(error.to_string().contains("trailing characters"), "{error}");
        // The same where only the end of the connection ends the body.
        let bytes = format!("HTTP/1.1 200 OK\r\n\r\n{body}").into_bytes();
        unusable(Step::SendAndClose(bytes), ReplyProblem::Decode).await;
    }
    let space = format!(" \t{ONE}\r\n\n ");
    assert_eq!(accepted(ok(space)).await.total_count, Some(1));
}

#[tokio::test]
async fn b17_deep_nesting() {
    let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    for depth in [200, 200_000] {
        let deep = nested(depth);
        let free = format!(r#"{{"records":[{{"id":"r1","anything":{deep}}}]}}"#);
        let error = undecodable_in_part(&free).await;
        assert!(error.contains("recursion limit"), "{error}");
        undecodable_in_part(&format!(r#"{{"records":{deep}}}"#)).await;
        undecodable_in_part(&deep).await;
        // Where no type asks for it, it is passed over without being built.
        for name in ["unknown", "error"] {
            let unknown = format!(r#"{{"records":[],"{name}":{deep}}}"#);
            assert_eq!(accepted(ok(unknown)).await.records, []);
        }
    }
    // Nor is it where somebody wants to know of it.
    let server = Server::always(ok(format!(r#"{{"records":[],"x":{}}}"#, nested(200_000))));
    let told = Arc::new(AtomicUsize::new(0));
    let hook = Arc::clone(&told);
    let builder = builder_of(&server).on_drift(move |_| {
        hook.fetch_add(1, Ordering::SeqCst);
    });
    let client = builder.build().unwrap().0;
    client.call().send(ListRecords).await.unwrap();
    assert_eq!(told.load(Ordering::SeqCst), 1);
    let shallow = format!(
        r#"{{"records":[{{"id":"r1","anything":{}}}]}}"#,
        nested(100)
    );
    assert!(accepted(ok(shallow)).await.records[0].anything.is_some());
}

/// The text of the error; its body is kept up to the cap.
async fn undecodable_in_part(body: &str) -> String {
    let error = unusable(ok(body), ReplyProblem::Decode).await;
    let kept = body.len().min(64 * 1024);
    assert_eq!(error.raw_body(), Some(&body.as_bytes()[..kept]));
    error.to_string()
}

#[tokio::test]
async fn b18_lone_surrogate() {
    for text in [r"\ud800", r"a\udc00b", r"\ud800A", r"\ud800\ud800"] {
        let error = undecodable(format!(r#"{{"records":[{{"id":"{text}"}}]}}"#)).await;
        assert!(error.to_string().contains("at `records[0].id`"), "{error}");
    }
    let pair = accepted(ok(r#"{"records":[{"id":"\ud83d\udcbe"}]}"#)).await;
    assert_eq!(pair.records[0].id, "\u{1f4be}");
}

#[tokio::test]
async fn b21_error_body_under_a_success_status() {
    for (body, id) in [
        (r#"{"error":{"code":"VBS.1","message":"m"}}"#, None),
        (
            r#"{"error_code":"VBS.1","error_msg":"m","request_id":"in-body"}"#,
            Some("in-body"),
        ),
        (r#"{"message":"m","code":"VBS.1"}"#, None),
        // Even where the rest could be read as a reply.
        (
            r#"{"records":[],"error_code":"VBS.1","error_msg":"m"}"#,
            None,
        ),
    ] {
        for status in [200, 202] {
            let read = once(ListRecords, json_reply(status, body))
                .await
                .unwrap_err();
            let written = once(ImportRecords, json_reply(status, body))
                .await
                .unwrap_err();
            for error in [&read, &written] {
                assert_eq!(
                    (error.kind(), error.outcome(), error.attempts().len()),
                    (ErrorKind::Service, Outcome::Rejected, 1),
                    "{body}"
                );
                assert_eq!(error.status().unwrap().as_u16(), status);
                assert_eq!((error.code(), error.message()), (Some("VBS.1"), Some("m")));
                assert_eq!(error.request_id(), id);
                assert_eq!(error.raw_body(), Some(body.as_bytes()));
            }
            assert!(
                written
                    .to_string()
                    .ends_with("(rejected, nothing was changed)")
            );
        }
    }
    let echo = format!(r#"{{"error_code":"APIG.0301","error_msg":"bad {TOKEN}"}}"#);
    let error = once(ImportRecords, ok(echo)).await.unwrap_err();
    assert_eq!(error.message(), Some("bad [redacted]"));
    hides_the_token(&error);
}

#[tokio::test]
async fn b21_members_that_only_look_like_an_error() {
    for members in [
        r#""error_code":null,"error_msg":null"#,
        r#""error_code":"","error_msg":"""#,
        r#""error_code":0,"error_msg":"success""#,
        r#""error_code":"SUCCESS","error_msg":"done""#,
        r#""code":200,"message":"OK""#,
        r#""code":"202","message":"accepted""#,
        r#""error":"none""#,
        r#""error":{"code":"VBS.1"}"#,
        r#""last":{"error":{"code":"VBS.1","message":"m"}}"#,
    ] {
        let body = format!(r#"{{"records":[],{members}}}"#);
        assert_eq!(accepted(ok(body)).await.records, [], "{members}");
    }
    // An operation whose own reply has such members says so.
    let body = r#"{"error_code":"E","error_msg":"m","id":"t1"}"#;
    assert_eq!(once(ShowThing::new("t1"), ok(body)).await.unwrap().id, "t1");
    let copied = once(CopyThing::new("t1", "n"), ok(body)).await;
    assert_eq!(copied.unwrap_err().kind(), ErrorKind::Service);
}

#[tokio::test]
async fn body_that_cannot_be_used_costs_no_connection() {
    let server = Server::start([ok("{]"), ok("<html>"), ok(ONE)]);
    let client = builder_of(&server).build().unwrap().0;
    for problem in [ReplyProblem::Decode, ReplyProblem::ContentType] {
        let error = client.call().send(ImportRecords).await.unwrap_err();
        assert_eq!(error.reply_problem(), Some(problem));
    }
    client.call().send(ListRecords).await.unwrap();
    assert_eq!((server.requests().len(), server.connections()), (3, 1));
}
