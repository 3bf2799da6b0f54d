//! Keys of a cloud server, from a stand-in for the metadata service.

use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cloudbackup_runtime::auth::{
    CredentialSource, Issued, MetadataSource, SourceError, SourceErrorKind, Wish,
};
use cloudbackup_runtime::testing::ManualClock;

use crate::support::stand_in::{StandIn, Step, header, reply};
use crate::support::{
    AK, SK, TOKEN, ask, assert_holds, at_once, child, failure, keys_of, parts, searched, wish,
};

const TOKEN_LINE: &str = "PUT /meta-data/latest/api/token HTTP/1.1";
const KEY_LINE: &str = "GET /openstack/latest/securitykey HTTP/1.1";
/// The headers of a reply at a certain time, which is not ours.
const DATED: &[(&str, &str)] = &[("Date", "Wed, 13 Feb 2019 00:00:00 GMT")];
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

fn send(status: u16, body: impl AsRef<[u8]>) -> Step {
    Step::Send(reply(status, DATED, body))
}

/// A reply with a metadata token.
fn token() -> Step {
    send(200, "planted-metadata-token")
}

/// The body with a key that lasts until this.
fn key_body(expires_at: &str) -> String {
    format!(
        r#"{{"credential":{{"access":"{AK}","secret":"{SK}","securitytoken":"{TOKEN}",
        "expires_at":"{expires_at}"}}}}"#
    )
}

/// A reply with a key that lasts six hours from its `Date` on.
fn key() -> Step {
    send(200, key_body("2019-02-13T06:00:00.855000Z"))
}

fn source_of(server: &StandIn) -> MetadataSource {
    MetadataSource::on_loopback(server.port())
}

/// What a source says of these answers of the service.
async fn answer(steps: impl IntoIterator<Item = Step>) -> Result<Issued, SourceError> {
    let server = StandIn::start(steps);
    ask(&source_of(&server)).await
}

/// The text of the error about these answers of the service, which names the address.
async fn fault(steps: impl IntoIterator<Item = Step>, kind: SourceErrorKind) -> String {
    let server = StandIn::start(steps);
    let text = failure(&source_of(&server), kind).await;
    assert_holds(&text, &[&format!("http://127.0.0.1:{}", server.port())]);
    text
}

#[tokio::test]
async fn key_is_got_by_a_metadata_token() {
    let server = StandIn::start([token(), key()]);
    let issued = ask(&source_of(&server)).await.unwrap();
    assert_eq!(parts(&keys_of(&issued)), (AK, SK, Some(TOKEN)));
    assert_eq!((issued.project_id(), issued.domain_id()), (None, None));
    assert_eq!(server.lines(), [TOKEN_LINE, KEY_LINE]);
    let seen = server.seen();
    assert_eq!(
        header(&seen[0], "x-metadata-token-ttl-seconds"),
        Some("21600")
    );
    assert_eq!(header(&seen[0], "x-metadata-token"), None);
    assert_eq!(
        header(&seen[1], "x-metadata-token"),
        Some("planted-metadata-token")
    );
    assert_eq!(header(&seen[1], "x-metadata-token-ttl-seconds"), None);
    let host = format!("127.0.0.1:{}", server.port());
    assert!(seen.iter().all(|head| header(head, "host") == Some(&host)));
}

#[tokio::test]
async fn white_space_around_a_metadata_token_does_not_count() {
    let server = StandIn::start([send(200, " planted-metadata-token\r\n"), key()]);
    ask(&source_of(&server)).await.unwrap();
    let sent = server.seen().remove(1);
    assert_eq!(
        header(&sent, "x-metadata-token"),
        Some("planted-metadata-token")
    );
}

#[tokio::test]
async fn service_without_metadata_tokens_is_asked_without() {
    for status in [404, 405, 503] {
        let server = StandIn::start([send(status, "planted"), key()]);
        let issued = ask(&source_of(&server)).await.unwrap();
        assert_eq!(parts(&keys_of(&issued)), (AK, SK, Some(TOKEN)));
        assert_eq!(server.lines(), [TOKEN_LINE, KEY_LINE], "{status}");
        assert_eq!(header(&server.seen()[1], "x-metadata-token"), None);
    }
}

#[tokio::test]
async fn each_time_a_new_token_is_got() {
    let again = send(200, "planted-again");
    let server = StandIn::start([token(), key(), again, key()]);
    let source = source_of(&server);
    ask(&source).await.unwrap();
    ask(&source).await.unwrap();
    assert_eq!(
        header(&server.seen()[3], "x-metadata-token"),
        Some("planted-again")
    );
}

#[tokio::test]
async fn metadata_token_that_is_refused_is_renewed_once() {
    let again = send(200, "planted-again");
    let refusal = send(
        401,
        "planted: there is no such metadata token, or it is too old",
    );
    let server = StandIn::start([token(), refusal.clone(), again.clone(), key()]);
    let issued = ask(&source_of(&server)).await.unwrap();
    assert_eq!(parts(&keys_of(&issued)), (AK, SK, Some(TOKEN)));
    let lines = [TOKEN_LINE, KEY_LINE, TOKEN_LINE, KEY_LINE];
    assert_eq!(server.lines(), lines);
    assert_eq!(
        header(&server.seen()[3], "x-metadata-token"),
        Some("planted-again")
    );

    let server = StandIn::start([token(), refusal.clone(), again, refusal, key()]);
    let text = failure(&source_of(&server), SourceErrorKind::Refused).await;
    assert_holds(&text, &["401"]);
    assert_eq!(server.lines(), lines);
}

#[tokio::test]
async fn server_without_an_agency_has_no_key() {
    let text = fault([token(), send(404, "planted")], SourceErrorKind::Missing).await;
    assert_holds(&text, &["no agency is assigned to this server"]);
    // A 401 that no other token would change.
    let unset = r#"{"error":"Please configure Cloud Service Agency first"}"#;
    let server = StandIn::start([token(), send(401, unset)]);
    let text = failure(&source_of(&server), SourceErrorKind::Missing).await;
    assert_holds(&text, &["no agency is assigned to this server"]);
    assert_eq!(server.lines(), [TOKEN_LINE, KEY_LINE]);
}

#[tokio::test]
async fn key_lasts_as_long_as_the_clock_of_the_service_says() {
    for (expires_at, lifetime) in [
        ("2019-02-13T06:00:00.855000Z", 6 * HOUR),
        ("2019-02-13T08:00:00+08:00", Duration::ZERO),
        ("2019-02-14T00:00:01Z", 24 * HOUR + SECOND),
        ("2019-02-12T23:59:59.000000Z", Duration::ZERO),
        ("1019-02-12T23:59:59Z", HOUR),
        ("9999-12-31T23:59:59Z", Duration::from_secs(251_852_284_799)),
        ("soon", HOUR),
        ("", HOUR),
    ] {
        let issued = answer([token(), send(200, key_body(expires_at))]).await;
        assert_eq!(issued.unwrap().lifetime(), Some(lifetime), "{expires_at:?}");
    }
    let endless = key_body("x").replace(r#""expires_at":"x""#, r#""x":null"#);
    let issued = answer([token(), send(200, endless)]).await.unwrap();
    assert_eq!(issued.lifetime(), Some(HOUR));
}

#[tokio::test]
async fn without_a_date_our_own_clock_counts() {
    // 2019-02-13T00:00:00Z
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_550_016_000);
    for headers in [&[][..], &[("Date", "today")]] {
        let clock = ManualClock::new();
        clock.set_wall(now);
        let body = key_body("2019-02-13T02:00:00Z");
        let server = StandIn::start([token(), Step::Send(reply(200, headers, body))]);
        let issued = ask(&source_of(&server).with_clock(clock)).await.unwrap();
        assert_eq!(issued.lifetime(), Some(2 * HOUR));
    }
}

#[tokio::test]
async fn where_nobody_listens_there_is_no_service() {
    // Bound and not listening, so that nobody else gets the port.
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    let any = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(&any.into()).unwrap();
    let port = socket.local_addr().unwrap().as_socket().unwrap().port();
    let source = MetadataSource::on_loopback(port);
    let text = failure(&source, SourceErrorKind::Missing).await;
    let address = format!("no metadata service at http://127.0.0.1:{port}");
    assert_holds(&text, &[&address, "no connection to the host"]);
}

/// Asks while the service is silent, and lets the time pass that it has.
async fn ask_in_silence(
    (server, source, clock): &(StandIn, Arc<MetadataSource>, ManualClock),
    limit: Duration,
    passing: Duration,
) -> Result<Issued, SourceError> {
    let before = server.lines().len();
    let asking = tokio::spawn({
        let source = Arc::clone(source);
        async move { source.issue(&Wish::within(limit)).await }
    });
    while clock.limits() == 0 || server.lines().len() == before {
        tokio::task::yield_now().await;
    }
    clock.advance(passing - Duration::from_millis(1));
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(!asking.is_finished(), "over too early");
    clock.advance(Duration::from_millis(1));
    searched(&**source, asking.await.unwrap())
}

/// A source whose service never answers the requests after `steps`.
fn silent_after(steps: Vec<Step>) -> (StandIn, Arc<MetadataSource>, ManualClock) {
    let steps = steps.into_iter().chain([Step::Hold(Vec::new())]);
    let server = StandIn::start(steps);
    let clock = ManualClock::new();
    let source = Arc::new(source_of(&server).with_clock(clock.clone()));
    (server, source, clock)
}

#[tokio::test]
async fn silence_is_no_service_after_three_seconds() {
    let service = silent_after(Vec::new());
    let answer = ask_in_silence(&service, HOUR, 3 * SECOND).await;
    let error = answer.unwrap_err();
    assert_eq!(error.kind(), SourceErrorKind::Missing);
    assert_holds(
        &error.to_string(),
        &["no metadata service", "no reply within 3s"],
    );
}

#[tokio::test]
async fn silence_ends_with_the_limit_of_the_wish() {
    let service = silent_after(Vec::new());
    let answer = ask_in_silence(&service, SECOND, SECOND).await;
    assert_holds(&answer.unwrap_err().to_string(), &["no reply within 1s"]);
}

#[tokio::test]
async fn service_that_has_answered_before_is_away_and_not_missing() {
    let service = silent_after(vec![token(), key()]);
    service.1.issue(&wish()).await.unwrap();
    let answer = ask_in_silence(&service, HOUR, 3 * SECOND).await;
    let error = answer.unwrap_err();
    assert_eq!(error.kind(), SourceErrorKind::Unavailable);
    assert_holds(&error.to_string(), &["does not answer any more", "3s"]);
    assert_eq!(service.0.lines(), [TOKEN_LINE, KEY_LINE, TOKEN_LINE]);
}

#[tokio::test]
async fn limit_of_the_wish_counts_for_all_requests_together() {
    let clock = ManualClock::new();
    let late = |body: &str| Step::Late(clock.clone(), 2 * SECOND, reply(200, DATED, body));
    let server = StandIn::start([late("planted-token"), Step::Hold(Vec::new())]);
    let source = Arc::new(source_of(&server).with_clock(clock.clone()));
    let asking = tokio::spawn({
        let source = Arc::clone(&source);
        async move { source.issue(&Wish::within(3 * SECOND)).await }
    });
    while server.lines().len() < 2 {
        tokio::task::yield_now().await;
    }
    clock.advance(SECOND);
    let error = searched(&*source, asking.await.unwrap()).unwrap_err();
    assert_eq!(error.kind(), SourceErrorKind::Unavailable);
    assert_holds(&error.to_string(), &["no reply within 1s"]);
}

#[tokio::test]
async fn body_that_stalls_ends_after_three_seconds() {
    let mut cut = reply(200, DATED, key_body("x"));
    cut.truncate(cut.len() - 1);
    let server = StandIn::start([token(), Step::Hold(cut)]);
    let clock = ManualClock::new();
    let source = Arc::new(source_of(&server).with_clock(clock.clone()));
    let asking = tokio::spawn({
        let source = Arc::clone(&source);
        async move { source.issue(&wish()).await }
    });
    // The head of the second reply has come, or is on its way: either way it takes too long.
    while server.lines().len() < 2 || clock.limits() == 0 {
        tokio::task::yield_now().await;
    }
    clock.advance(3 * SECOND);
    let error = searched(&*source, asking.await.unwrap()).unwrap_err();
    assert_eq!(error.kind(), SourceErrorKind::Unavailable);
    assert_holds(&error.to_string(), &["within 3s"]);
}

#[tokio::test]
async fn reply_that_is_cut_off_is_a_passing_failure() {
    let mut cut = reply(200, DATED, key_body("x"));
    cut.truncate(cut.len() - 1);
    let text = fault([token(), Step::Send(cut)], SourceErrorKind::Unavailable).await;
    assert_holds(&text, &["cut off"]);
}

#[tokio::test]
async fn connection_that_breaks_before_any_reply_is_no_service() {
    let text = fault([Step::Send(Vec::new())], SourceErrorKind::Missing).await;
    assert_holds(&text, &["failed before a reply"]);
}

#[tokio::test]
async fn reply_of_64_kib_is_read_and_a_larger_one_is_not() {
    let body = key_body("2019-02-13T06:00:00Z");
    let most = format!("{body}{}", " ".repeat(64 * 1024 - body.len()));
    let issued = answer([token(), send(200, &most)]).await.unwrap();
    assert_eq!(parts(&keys_of(&issued)), (AK, SK, Some(TOKEN)));
    let larger = format!("{most} ");
    let announced = b"HTTP/1.1 200 OK\r\ncontent-length: 65537\r\n\r\n{";
    let mut endless = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    endless.extend_from_slice(larger.as_bytes());
    for step in [
        send(200, &larger),
        Step::Hold(announced.to_vec()),
        Step::Send(endless),
    ] {
        let text = fault([token(), step.clone()], SourceErrorKind::Invalid).await;
        assert_holds(&text, &["more than 64 KiB"]);
        let text = fault([step], SourceErrorKind::Invalid).await;
        assert_holds(&text, &["more than 64 KiB"]);
    }
}

#[tokio::test]
async fn what_is_no_key_is_an_error_that_does_not_show_it() {
    let whole = key_body("x");
    let without = |name: &str| whole.replace(&format!(r#""{name}":"#), r#""other":"#);
    let with = |from: &str, to: &str| whole.replace(&format!("\"{from}\""), to);
    for (body, part) in [
        (String::new(), "no JSON"),
        ("planted".into(), "no JSON"),
        ("<html>planted</html>".into(), "no JSON"),
        (whole[..whole.len() - 1].into(), "no JSON"),
        (format!("{whole}planted"), "no JSON"),
        ("[]".into(), "no `credential`"),
        (format!("[{whole}]"), "no `credential`"),
        (r#""planted""#.into(), "no `credential`"),
        ("{}".into(), "no `credential`"),
        (r#"{"credential":null}"#.into(), "no `credential`"),
        (r#"{"credential":"planted"}"#.into(), "no `credential`"),
        (
            r#"{"credential":["planted","planted","planted","x"]}"#.into(),
            "no `credential`",
        ),
        (
            format!(r#"{{"credential":{{}},"credential":{whole}}}"#),
            "no `credential`",
        ),
        (r#"{"credential":{}}"#.into(), "without `access`"),
        (without("access"), "without `access`"),
        (without("secret"), "without `secret`"),
        (without("securitytoken"), "without `securitytoken`"),
        (with(AK, "null"), "without `access`"),
        (with(SK, "null"), "without `secret`"),
        (with(TOKEN, "null"), "without `securitytoken`"),
        (with(AK, "12345"), "no `credential`"),
        (with(SK, r#"["planted"]"#), "no `credential`"),
        (with(SK, r#""""#), "`secret` is empty"),
        (
            with(AK, r#""planted\r\nplanted""#),
            "`access` holds a control character",
        ),
        (
            with(TOKEN, r#""plantéd-planted""#),
            "`securitytoken` holds a character outside",
        ),
    ] {
        let text = fault([token(), send(200, &body)], SourceErrorKind::Invalid).await;
        assert_holds(&text, &[part]);
    }
    let broken = [whole.as_bytes(), b"\xff"].concat();
    fault([token(), send(200, broken)], SourceErrorKind::Invalid).await;
}

#[tokio::test]
async fn what_is_no_metadata_token_is_an_error_that_does_not_show_it() {
    for body in [
        &b""[..],
        b" \r\n",
        b"planted\nplanted",
        b"plant\xc3\xa9d",
        b"planted\xff",
    ] {
        let text = fault([send(200, body), key()], SourceErrorKind::Invalid).await;
        assert_holds(&text, &["no usable metadata token"]);
    }
}

#[tokio::test]
async fn other_statuses_are_told_and_their_bodies_are_not() {
    use SourceErrorKind::{Invalid, Unavailable};

    for (status, kind) in [
        (204, Invalid),
        (400, Invalid),
        (403, Invalid),
        (429, Unavailable),
        (500, Unavailable),
        (502, Unavailable),
    ] {
        let bad = || send(status, if status == 204 { "" } else { "planted" });
        let text = fault([bad(), key()], kind).await;
        assert_holds(&text, &[&status.to_string(), "a metadata token"]);
        let text = fault([token(), bad()], kind).await;
        assert_holds(&text, &[&status.to_string(), "the access key"]);
    }
    fault([token(), send(503, "planted")], Unavailable).await;
    fault([send(401, "planted"), key()], Invalid).await;
    let soon = Step::Send(reply(429, &[("Retry-After", "7")], ""));
    let error = answer([token(), soon]).await.unwrap_err();
    assert_holds(&format!("{error:?}"), &["retry_after: Some(7s)"]);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = StandIn::start([key()]);
    let target = format!("http://127.0.0.1:{}/planted", elsewhere.port());
    for status in [301, 302, 303, 307, 308] {
        let away = || Step::Send(reply(status, &[("Location", &target)], "planted"));
        for steps in [vec![away()], vec![token(), away()]] {
            let text = fault(steps, SourceErrorKind::Invalid).await;
            assert_holds(&text, &[&status.to_string(), "redirect"]);
        }
    }
    assert_eq!(elsewhere.lines(), [""; 0]);
}

#[tokio::test]
async fn what_is_no_http_is_an_error() {
    let text = fault(
        [Step::Send(b"SSH-2.0-planted\r\n".to_vec())],
        SourceErrorKind::Invalid,
    )
    .await;
    assert_holds(&text, &["no HTTP reply"]);
}

#[test]
fn without_a_tokio_runtime_it_says_so() {
    let source = MetadataSource::on_loopback(9);
    let answer = searched(&source, at_once(source.issue(&wish())));
    let error = answer.unwrap_err();
    assert_eq!(error.kind(), SourceErrorKind::Invalid);
    assert_holds(&error.to_string(), &["no tokio runtime"]);
}

/// With proxies in the environment of a process of its own, which would see the key.
#[tokio::test]
async fn no_proxy_is_asked() {
    let name = "metadata::no_proxy_is_asked";
    if child::entered(name) {
        let server = StandIn::start([token(), key()]);
        ask(&source_of(&server)).await.unwrap();
        assert_eq!(server.lines(), [TOKEN_LINE, KEY_LINE]);
        return;
    }
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", proxy.local_addr().unwrap());
    let mut command = child::command(name);
    for variable in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env(variable, &url);
    }
    for variable in ["no_proxy", "NO_PROXY", "REQUEST_METHOD"] {
        command.env_remove(variable);
    }
    child::assert_passed(&command.output().unwrap());
    proxy.set_nonblocking(true).unwrap();
    let asked: Option<(TcpStream, _)> = proxy.accept().ok();
    assert!(asked.is_none(), "{asked:?}");
}
