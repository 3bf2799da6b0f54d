//! When a signature is good, and when a key is locked.

use std::time::Duration;

use cloudbackup_sandbox::{Fault, Sandbox};

use super::signer::{Draft, Signed, Signer, date};
use super::{assert_accepted, assert_refused, list_backups, send};

const MINUTE: i64 = 60;

/// A signed request that was changed after it had been signed.
fn wrong(key: &Signer, draft: &Draft) -> Signed {
    key.sign(draft).with_query("x=1")
}

async fn refuse(sandbox: &Sandbox, key: &Signer, times: usize) {
    for _ in 0..times {
        let reply = send(sandbox, "cbr", &wrong(key, &list_backups(sandbox))).await;
        assert_eq!(reply.status, 401, "{reply:?}");
    }
}

async fn status(sandbox: &Sandbox, key: &Signer) -> u16 {
    let signed = key.sign(&list_backups(sandbox));
    send(sandbox, "cbr", &signed).await.status
}

#[tokio::test]
async fn a_signature_may_be_off_by_fifteen_minutes_either_way() {
    let sandbox = Sandbox::start().await.unwrap();
    let key = Signer::lasting(&sandbox);
    let draft = list_backups(&sandbox);
    for minutes in [-14, 14] {
        let signed = key.sign_at(&draft, &date(minutes * MINUTE));
        assert_accepted(&sandbox, &signed).await;
    }
    for minutes in [-16, 16, -24 * 60, 24 * 60, 365 * 24 * 60] {
        let signed = key.sign_at(&draft, &date(minutes * MINUTE));
        assert_refused(&sandbox, &signed).await;
    }
}

#[tokio::test]
async fn a_date_that_is_none_is_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    let key = Signer::lasting(&sandbox);
    let draft = list_backups(&sandbox);
    let now = date(0);
    assert_accepted(&sandbox, &key.sign_at(&draft, &now)).await;
    let (day, time) = now.split_once('T').unwrap();
    let dates = [
        String::new(),
        now.trim_end_matches('Z').to_owned(),
        now.to_lowercase(),
        now.replace('T', " "),
        format!("{now}Z"),
        format!("{day}T{}", &time[..4]),
        format!("{day}T{}.000Z", &time[..6]),
        format!("{day}T{}+0000", &time[..6]),
        format!("{}-{}-{}T{time}", &day[..4], &day[4..6], &day[6..]),
        format!("{}0230T{time}", &day[..4]),
        format!("{}1301T{time}", &day[..4]),
        format!("{day}T250000Z"),
        format!("{day}T-1-1-1Z"),
        "99999999T999999Z".to_owned(),
        "1700000000".to_owned(),
    ];
    for date in &dates {
        assert_refused(&sandbox, &key.sign_at(&draft, date)).await;
    }
    // A time that cannot be the one of a signature says nothing about the key.
    for date in &dates {
        let reply = send(&sandbox, "cbr", &key.sign_at(&draft, date)).await;
        assert_eq!(reply.status, 401);
    }
    assert_eq!(status(&sandbox, &key).await, 200);
}

#[tokio::test]
async fn a_skewed_clock_of_the_service_moves_the_window() {
    let sandbox = Sandbox::start().await.unwrap();
    let key = Signer::lasting(&sandbox);
    let draft = list_backups(&sandbox);
    for (skew, offset, good) in [
        (14, 0, true),
        (-14, 0, true),
        (16, 0, false),
        (-16, 0, false),
        (16, 16, true),
        (-60, -60, true),
        (8, -8, false),
    ] {
        sandbox.fault(Fault::clock_skew(skew * MINUTE).on("cbr", "list_backups"));
        let signed = key.sign_at(&draft, &date(offset * MINUTE));
        match good {
            true => assert_accepted(&sandbox, &signed).await,
            false => assert_refused(&sandbox, &signed).await,
        }
        assert_eq!(status(&sandbox, &key).await, 200);
    }
    // Its own clock is another matter: signatures go by the real one.
    sandbox.advance(Duration::from_secs(30 * 24 * 3600));
    assert_eq!(status(&sandbox, &key).await, 200);
}

#[tokio::test]
async fn five_wrong_signatures_in_a_row_lock_a_key_for_five_minutes() {
    let sandbox = Sandbox::start().await.unwrap();
    let (lasting, temporary) = (Signer::lasting(&sandbox), Signer::temporary(&sandbox));
    refuse(&sandbox, &lasting, 5).await;
    assert_eq!(status(&sandbox, &lasting).await, 401);
    assert_eq!(status(&sandbox, &temporary).await, 200);
    let token = sandbox.token("eu-de").unwrap();
    let with_token = lasting.sign(&list_backups(&sandbox));
    let with_token = with_token.adding("X-Auth-Token", token.expose());
    assert_accepted(&sandbox, &with_token).await;

    // Neither waiting a while nor trying again makes it shorter or longer.
    sandbox.advance(Duration::from_secs(4 * 60));
    assert_eq!(status(&sandbox, &lasting).await, 401);
    refuse(&sandbox, &lasting, 5).await;
    sandbox.advance(Duration::from_secs(60));
    assert_eq!(status(&sandbox, &lasting).await, 200);
}

#[tokio::test]
async fn a_lock_holds_at_every_service() {
    let sandbox = Sandbox::start().await.unwrap();
    let key = Signer::temporary(&sandbox);
    refuse(&sandbox, &key, 3).await;
    let iam = Draft::new(&sandbox.endpoint("iam").unwrap(), "GET", "/v3/auth/domains");
    for _ in 0..2 {
        let reply = send(&sandbox, "iam", &wrong(&key, &iam)).await;
        assert_eq!(reply.status, 401);
    }
    assert_eq!(status(&sandbox, &key).await, 401);
    let reply = send(&sandbox, "iam", &key.sign(&iam)).await;
    assert_eq!(reply.status, 401);
    assert_eq!(status(&sandbox, &Signer::lasting(&sandbox)).await, 200);
}

#[tokio::test]
async fn a_right_signature_before_the_fifth_wrong_one_starts_the_count_again() {
    let sandbox = Sandbox::start().await.unwrap();
    let key = Signer::lasting(&sandbox);
    for _ in 0..3 {
        refuse(&sandbox, &key, 4).await;
        assert_eq!(status(&sandbox, &key).await, 200);
    }
    refuse(&sandbox, &key, 5).await;
    assert_eq!(status(&sandbox, &key).await, 401);
    // The count starts again after a lock, too.
    sandbox.advance(super::LOCK);
    refuse(&sandbox, &key, 4).await;
    assert_eq!(status(&sandbox, &key).await, 200);
}

#[tokio::test]
async fn wrong_signatures_of_unknown_keys_lock_nobody_out() {
    let sandbox = Sandbox::start().await.unwrap();
    let key = Signer::lasting(&sandbox);
    let mut unknown = [key.clone(), key.clone(), key.clone()];
    unknown[0].access.push('0');
    unknown[1].access.clear();
    unknown[2].access.make_ascii_lowercase();
    for key in &unknown {
        for _ in 0..6 {
            assert_eq!(status(&sandbox, key).await, 401);
        }
    }
    assert_eq!(status(&sandbox, &key).await, 200);
}
