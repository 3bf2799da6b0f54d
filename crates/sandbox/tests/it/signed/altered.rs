//! Requests made by chance: as they are signed they are accepted, and with any byte changed they
//! are not.

use cloudbackup_sandbox::Sandbox;
use fastrand::Rng;

use super::signer::{Draft, Signed, Signer};
use super::{assert_accepted, assert_refused};

pub(super) const CASES: u64 = 60;
/// Changes that are tried at each.
pub(super) const CHANGES: usize = 8;

const CHARACTERS: [char; 24] = [
    'a', 'b', 'Z', '0', '9', '-', '_', '.', '~', ' ', '+', '%', '&', '=', '/', '?', '#', '*', '\n',
    '\0', 'é', 'ß', '备', '😀',
];

fn text(rng: &mut Rng, lengths: std::ops::RangeInclusive<usize>) -> String {
    let characters = (0..rng.usize(lengths)).map(|_| rng.choice(CHARACTERS).unwrap());
    characters.collect()
}

/// A request that replicates a backup, or would if it made sense.
pub(super) fn draft(sandbox: &Sandbox, rng: &mut Rng) -> Draft {
    let project = sandbox.project_id("eu-de").unwrap();
    let cbr = sandbox.endpoint("cbr").unwrap();
    let mut draft = Draft::new(&cbr, "POST", &format!("/v3/{project}/backups"))
        .segment(&text(rng, 1..=8))
        .segment("replicate");
    for _ in 0..rng.usize(..5) {
        // Few names, so that some come twice.
        let name = rng.choice(["", "a", "b", "B", "a b", "é"]).unwrap();
        draft = draft.pair(name, &text(rng, 0..=5));
    }
    for index in 0..rng.usize(..4) {
        let value: String = (0..rng.usize(..9)).map(|_| rng.char(' '..='~')).collect();
        draft = draft.with_header(&format!("X-Test-{index}"), &value);
    }
    if rng.bool() {
        let kind = rng.choice(["application/json", "application/json;charset=utf-8"]);
        draft = draft.with_header("Content-Type", kind.unwrap());
    }
    draft.body = (0..rng.usize(..60)).map(|_| rng.u8(..)).collect();
    draft
}

/// Where a byte can be changed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Path(usize),
    Query(usize),
    /// The header with this number, and the byte in it.
    Header(usize, usize),
    Signature(usize),
    Body(usize),
}

/// Every byte that says something. The fixed parts of the path are left out: without them it is
/// another operation, or none.
pub(super) fn places(signed: &Signed) -> Vec<Place> {
    let project = "/v3/".len().."/v3/".len() + 32;
    let end = signed.path.len() - "/replicate".len();
    let id = project.end + "/backups/".len()..end;
    let path = project.chain(id).map(Place::Path);
    let query = (0..signed.query.len()).map(Place::Query);
    let body = (0..signed.body.len()).map(Place::Body);
    let mut places: Vec<Place> = path.chain(query).chain(body).collect();
    for (header, (name, value)) in signed.headers.iter().enumerate() {
        if name == "Authorization" {
            places.extend((value.len() - 64..value.len()).map(Place::Signature));
        } else {
            let from = value.len() - value.trim_start().len();
            let bytes = from..from + value.trim().len();
            places.extend(bytes.map(|at| Place::Header(header, at)));
        }
    }
    places
}

/// The request with another byte there.
pub(super) fn altered(signed: &Signed, place: Place, rng: &mut Rng) -> Signed {
    let mut signed = signed.clone();
    match place {
        Place::Path(at) => replace(&mut signed.path, at, rng),
        Place::Query(at) => replace(&mut signed.query, at, rng),
        Place::Header(header, at) => replace(&mut signed.headers[header].1, at, rng),
        Place::Signature(at) => replace(signed.header_mut("authorization"), at, rng),
        Place::Body(at) => signed.body[at] ^= rng.u8(1..),
    }
    signed
}

/// Puts another letter or digit there, which is not the same hexadecimal digit either.
fn replace(text: &mut String, at: usize, rng: &mut Rng) {
    let old = &text[at..=at];
    let others = "0123456789abcdef".chars();
    let others = others.filter(|new| !old.eq_ignore_ascii_case(&new.to_string()));
    let new = rng.choice(others.collect::<Vec<_>>()).unwrap();
    text.replace_range(at..=at, &new.to_string());
}

#[tokio::test]
async fn what_is_signed_is_accepted_and_any_changed_byte_is_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    let keys = [Signer::lasting(&sandbox), Signer::temporary(&sandbox)];
    for case in 0..CASES {
        let mut rng = Rng::with_seed(case);
        let draft = draft(&sandbox, &mut rng);
        let signed = rng.choice(&keys).unwrap().sign(&draft);
        assert_accepted(&sandbox, &signed).await;
        let places = places(&signed);
        for place in rng.choose_multiple(places, CHANGES) {
            let altered = altered(&signed, place, &mut rng);
            assert_refused(&sandbox, &altered).await;
        }
        assert_accepted(&sandbox, &signed).await;
    }
}
