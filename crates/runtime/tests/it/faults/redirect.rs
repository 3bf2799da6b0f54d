//! Rows R01–R04: redirects, which are never followed.

use cloudbackup_runtime::{ErrorKind, Outcome};

#[cfg(any(feature = "rustls", feature = "native-tls"))]
use super::refusal::refused;
use super::refusal::{Refusal, rejected};
#[cfg(any(feature = "rustls", feature = "native-tls"))]
use crate::support::{
    CopyThing, ShowThing, builder_of,
    tls::{self, Identity},
};
use crate::support::{Server, Step, TOKEN, json_reply, reply};

const STATUSES: [u16; 5] = [301, 302, 303, 307, 308];

fn redirect(status: u16) -> Refusal {
    Refusal {
        kind: ErrorKind::Redirect,
        // "See other" is how a server says that it is done and where the result is.
        outcome: match status {
            303 => Outcome::Unknown,
            _ => Outcome::Rejected,
        },
        ..rejected(status)
    }
}

/// A redirect to this address.
fn to(status: u16, location: &str) -> Step {
    Step::Send(reply(status, &[("Location", location)], ""))
}

/// A server where nobody should come by.
fn target() -> Server {
    Server::always(json_reply(200, r#"{"id":"t1"}"#))
}

#[tokio::test]
async fn r01_redirect_to_another_host_is_not_followed() {
    let target = target();
    for status in STATUSES {
        let location = format!("{}/login?x=s3cret&token={TOKEN}#s3cret", target.url());
        for error in redirect(status).meets(to(status, &location)).await {
            let text = error.to_string();
            assert!(text.contains(&format!("{}/login;", target.url())), "{text}");
            let printed = format!("{text} {error:?}");
            assert!(!printed.contains("s3cret"), "{printed}");
        }
    }
    assert_eq!((target.connections(), target.requests().len()), (0, 0));
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[tokio::test]
async fn r02_redirect_of_the_same_host_to_plain_http_is_not_followed() {
    let target = target();
    let location = format!("http://localhost:{}/v3", target.address().port());
    let server = tls::start(Identity::Good, [to(308, &location)]);
    let endpoint = format!("https://localhost:{}", server.address().port());
    let builder = builder_of(&server).endpoint(endpoint);
    let client = builder.root_certificate_pem(tls::authority_pem());
    let client = client.build().unwrap().0;
    let errors = [
        refused(&client, ShowThing::new("t1")).await,
        refused(&client, CopyThing::new("t1", "n")).await,
    ];
    for error in &errors {
        redirect(308).check(error, 1, 1);
        assert!(error.to_string().contains(&location), "{error}");
    }
    assert_eq!((server.requests().len(), target.connections()), (2, 0));
}

#[tokio::test]
async fn r03_redirect_loop_is_not_entered() {
    for status in STATUSES {
        for location in ["/v3/p1/things/t1", "?again=1", "."] {
            redirect(status).meets(to(status, location)).await;
        }
    }
}

#[tokio::test]
async fn r04_redirect_without_a_target_and_unasked_304() {
    for status in [300, 301, 302, 303, 304, 305, 307, 308, 399] {
        let step = Step::Send(reply(status, &[], ""));
        for error in redirect(status).meets(step).await {
            let text = error.to_string();
            assert!(text.contains("a redirect that names no target"), "{text}");
        }
    }
}
