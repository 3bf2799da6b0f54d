//! What it costs to sign a request with a body of 1 KiB, beside what no signer can do without: the
//! hashes of the body and of the canonical request, and the HMAC over the second.
//!
//! Read the difference between the two, which is the cost of everything else: dates, headers, the
//! canonical form.
//!
//! `cargo bench -p cloudbackup-runtime --bench signing`

#![allow(
    clippy::unwrap_used,
    reason = "a bench stops at what it did not expect"
)]

use std::hint::black_box;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use cloudbackup_runtime::auth::{AccessKeys, SigningScope, canonical_form, sign};
use criterion::{BatchSize, Criterion};
use hmac::{Hmac, KeyInit, Mac};
use http::Request;
use sha2::{Digest, Sha256};

const ACCESS_KEY: &str = "AKEXAMPLE0123456789A";
const SECRET_KEY: &str = "SkExample/+abcdefghijklmnopqrstuvwxyz012";
const PROJECT: SigningScope<'_> = SigningScope::Project("0483b6b16e954cb88930a360d2c4e663");

/// As the client prepares one, with a query that has something to decode.
fn request() -> Request<Bytes> {
    Request::post(
        "https://rds.eu-de.otc.t-systems.com/v3/0483b6b16e954cb88930a360d2c4e663/offsite-backups\
         ?instance_id=43e4feaab48f11e89039fa163ebaa7e4br01&limit=10\
         &begin_time=2018-08-06T10%3A41%3A14%2B0800&end_time=2018-08-16T10%3A41%3A14%2B0800",
    )
    .header("user-agent", "cloudbackup-rds/0.1.0")
    .header("accept", "application/json")
    .header("content-type", "application/json")
    .header("x-language", "en-us")
    .body(Bytes::from(vec![b'x'; 1024]))
    .unwrap()
}

/// The hashes and the HMAC alone.
fn hash_and_authenticate(body: &[u8], canonical: &str, to_sign: &str) -> impl Sized {
    let body = Sha256::digest(body);
    let canonical = Sha256::digest(canonical);
    let mut code = Hmac::<Sha256>::new_from_slice(SECRET_KEY.as_bytes()).unwrap();
    code.update(to_sign.as_bytes());
    (body, canonical, code.finalize())
}

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(4))
        .configure_from_args();
    let at = SystemTime::now();
    let lasting = AccessKeys::new(ACCESS_KEY, SECRET_KEY);
    // Tokens of temporary keys are long.
    let temporary = lasting.clone().with_security_token("g".repeat(1500));

    for (name, keys) in [("lasting", lasting), ("temporary", temporary)] {
        let mut signed = request();
        sign(&mut signed, &keys, PROJECT, at).unwrap();
        let form = canonical_form(&signed).unwrap();
        let (canonical, to_sign) = (form.canonical_request(), form.string_to_sign());

        let mut group = criterion.benchmark_group(format!("1 KiB, {name} key"));
        group.bench_function("sign", |b| {
            b.iter_batched_ref(
                request,
                |request| sign(request, &keys, PROJECT, at).unwrap(),
                BatchSize::SmallInput,
            );
        });
        group.bench_function("sign again", |b| {
            b.iter(|| sign(&mut signed, &keys, PROJECT, at).unwrap());
        });
        group.bench_function("hashes and HMAC alone", |b| {
            let body = [b'x'; 1024];
            b.iter(|| {
                hash_and_authenticate(black_box(&body), black_box(canonical), black_box(to_sign))
            });
        });
        group.finish();
    }
    criterion.final_summary();
}
