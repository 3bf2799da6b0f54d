//! One call over loopback: the generated client against reqwest and types written by hand, which
//! send the same request over the same kind of connection; and the making of the request alone.
//!
//! Loopback makes what the client adds look as large as it ever can. Read the ratios, not the times.
//!
//! `cargo bench -p cloudbackup --features rds --bench call`

#![allow(
    clippy::unwrap_used,
    reason = "a bench stops at what it did not expect"
)]

mod support;

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use cloudbackup::Set;
use cloudbackup::rds::model::BackupType;
use cloudbackup::rds::{Client, ListOffsiteBackups};
use criterion::Criterion;
use reqwest::Url;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue, USER_AGENT};
use rustls::RootCertStore;
use rustls::crypto::ring;
use support::Page;
use tokio::runtime::{Builder, Runtime};

const PROJECT: &str = "0483b6b16e954cb88930a360d2c4e663";
const TOKEN: &str = "MIIEogYJKoZIhvcNAQcCoIIEkzCCBI8CAQExDTALBglghkgBZQMEAgEwggKXBgkqhkiG9w0BBwG";
const INSTANCE: &str = "a48e43ff268f4c0e879652d65e63d0fbin01";
const BEGIN: &str = "2018-08-06T10:41:14+0800";
const END: &str = "2018-08-16T10:41:14+0800";

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(50)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(4))
        .configure_from_args();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    for backups in [1, 100] {
        call(&mut criterion, &runtime, backups);
    }
    request(&mut criterion);
    criterion.final_summary();
}

fn call(criterion: &mut Criterion, runtime: &Runtime, backups: usize) {
    let server = Server::start(&support::page(backups));
    let client = client(&server.endpoint);
    let by_hand = ByHand::new(&server.endpoint);
    let ours = || runtime.block_on(list(&client).send()).unwrap();
    let theirs = || runtime.block_on(by_hand.send());

    // A contest is fair only between equal requests.
    assert_eq!(ours().backups.unwrap().len(), backups);
    let head = server.next_head();
    assert_eq!(theirs().backups.unwrap().len(), backups);
    assert_eq!(head, server.next_head());

    let mut group = criterion.benchmark_group(format!("call, {backups} in the reply"));
    group.bench_function("generated", |b| b.iter(ours));
    group.bench_function("by hand", |b| b.iter(theirs));
    group.finish();
}

fn request(criterion: &mut Criterion) {
    // Nothing listens there, and nothing is sent.
    let endpoint = "http://127.0.0.1:9";
    let client = client(endpoint);
    let by_hand = ByHand::new(endpoint);
    let prepared = list(&client).build().unwrap();
    assert_eq!(prepared.url(), by_hand.request().url().as_str());

    let mut group = criterion.benchmark_group("request");
    group.bench_function("generated", |b| b.iter(|| list(&client).build().unwrap()));
    group.bench_function("generated, unchecked", |b| {
        b.iter(|| list(&client).with_validation(false).build().unwrap());
    });
    group.bench_function("by hand", |b| b.iter(|| by_hand.request()));
    group.finish();
}

fn client(endpoint: &str) -> Client {
    Client::builder()
        .endpoint(endpoint)
        .project_id(PROJECT)
        .token(TOKEN)
        .build()
        .unwrap()
}

fn list(client: &Client) -> ListOffsiteBackups<Set, Set> {
    client
        .list_offsite_backups()
        .instance_id(INSTANCE)
        .backup_type(BackupType::Auto)
        .offset(0)
        .limit(100)
        .begin_time(BEGIN)
        .end_time(END)
}

/// The same request without the generated client.
struct ByHand {
    http: reqwest::Client,
    address: String,
}

impl ByHand {
    fn new(endpoint: &str) -> Self {
        let mut headers = HeaderMap::new();
        let agent = concat!("cloudbackup-rds/", env!("CARGO_PKG_VERSION"));
        headers.insert(USER_AGENT, HeaderValue::from_static(agent));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let mut token = HeaderValue::from_static(TOKEN);
        token.set_sensitive(true);
        headers.insert("x-auth-token", token);
        // The library is compiled without a provider of its own, and needs one even for plain http.
        let tls = rustls::ClientConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .timeout(Duration::from_secs(60))
            .default_headers(headers)
            .build()
            .unwrap();
        let address = format!("{endpoint}/v3/{PROJECT}/offsite-backups");
        Self { http, address }
    }

    fn request(&self) -> reqwest::Request {
        let query = [
            ("instance_id", INSTANCE),
            ("backup_type", "auto"),
            ("offset", "0"),
            ("limit", "100"),
            ("begin_time", BEGIN),
            ("end_time", END),
        ];
        let url = Url::parse_with_params(&self.address, query).unwrap();
        self.http.get(url).build().unwrap()
    }

    async fn send(&self) -> Page {
        let reply = self.http.execute(self.request()).await.unwrap();
        let body = reply.error_for_status().unwrap().bytes().await.unwrap();
        serde_json::from_slice(&body).unwrap()
    }
}

/// Answers every request on a few connections with the same page; ends with the process.
struct Server {
    endpoint: String,
    heads: Receiver<String>,
}

impl Server {
    /// One connection for each client, and some in case one is lost.
    const CONNECTIONS: usize = 8;

    fn start(page: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let length = page.len();
        let reply = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: 0a4b6d52\r\n\
             content-length: {length}\r\n\r\n{page}"
        );
        let (sender, heads) = channel();
        thread::spawn(move || {
            for stream in listener.incoming().take(Self::CONNECTIONS).flatten() {
                let (reply, sender) = (reply.clone(), sender.clone());
                thread::spawn(move || answer(stream, reply.as_bytes(), &sender));
            }
        });
        Self { endpoint, heads }
    }

    /// The head of the first request on the next connection, its lines in alphabetical order.
    fn next_head(&self) -> Vec<String> {
        let head = self.heads.recv_timeout(Duration::from_secs(10)).unwrap();
        let mut lines: Vec<_> = head.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    }
}

/// The requests have no body, and the next one comes only after the reply.
fn answer(mut stream: TcpStream, reply: &[u8], heads: &Sender<String>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = [0; 4096];
    let (mut held, mut is_first) = (0, true);
    loop {
        let read = stream.read(&mut buffer[held..])?;
        if read == 0 {
            // Closed by the client, or a head that doesn't fit.
            return Ok(());
        }
        held += read;
        if buffer[..held].ends_with(b"\r\n\r\n") {
            if is_first {
                // Nobody waits for the heads of later connections.
                let _ = heads.send(String::from_utf8_lossy(&buffer[..held]).into_owned());
            }
            stream.write_all(reply)?;
            (held, is_first) = (0, false);
        }
    }
}
