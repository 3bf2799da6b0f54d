//! The scripted server behind TLS, with certificates made for the run.

use std::io::{self, Read, Write};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::server::{Plain, Server, Wire};
use super::step::{Plan, Step};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What the server shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Identity {
    /// For `localhost` and `127.0.0.1`, by the test authority.
    Good,
    /// As `Good`, and over since yesterday.
    Expired,
    /// For `elsewhere.example.com`, by the test authority.
    WrongHost,
    /// As `Good`, by an authority that nobody knows.
    UnknownAuthority,
}

/// The certificate of the test authority, which signs for all servers of this process.
pub(crate) fn authority_pem() -> String {
    authority().pem()
}

/// A server that shows this identity and then answers like `Server::start`.
pub(crate) fn start(identity: Identity, script: impl IntoIterator<Item = Step>) -> Server {
    start_with(identity, Plan::together(script))
}

/// The same with steps for each connection, or for all of them.
pub(crate) fn start_with(identity: Identity, plan: Plan) -> Server {
    let config = Arc::new(config(identity));
    Server::with("https", plan, move |plain| accept(&config, plain))
}

/// A server that takes connections and never answers a handshake.
pub(crate) fn stalled() -> Server {
    start(Identity::Good, [Step::HoldBeforeReading])
}

fn accept(config: &Arc<ServerConfig>, plain: Plain) -> Option<Box<dyn Wire>> {
    let connection = ServerConnection::new(Arc::clone(config)).unwrap();
    let mut stream = StreamOwned::new(connection, plain);
    while stream.conn.is_handshaking() {
        // A client that does not like the certificate leaves here.
        stream.conn.complete_io(&mut stream.sock).ok()?;
    }
    Some(Box::new(Tls(stream)))
}

struct Tls(StreamOwned<ServerConnection, Plain>);

impl Read for Tls {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.read(bytes)
    }
}

impl Write for Tls {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Wire for Tls {
    fn finish(&mut self) {
        self.0.conn.send_close_notify();
        let _ = self.0.flush();
    }
}

fn config(identity: Identity) -> ServerConfig {
    let stranger;
    let issuer = if identity == Identity::UnknownAuthority {
        stranger = new_authority("cloudbackup stranger");
        &stranger
    } else {
        authority()
    };
    let key = KeyPair::generate().unwrap();
    let certificate = leaf(identity).signed_by(&key, issuer).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap()
}

fn leaf(identity: Identity) -> CertificateParams {
    let names = match identity {
        Identity::WrongHost => vec!["elsewhere.example.com".to_owned()],
        _ => vec!["localhost".to_owned(), "127.0.0.1".to_owned()],
    };
    let mut params = CertificateParams::new(names).unwrap();
    params
        .distinguished_name
        .push(DnType::CommonName, "cloudbackup test");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let now = SystemTime::now();
    params.not_before = (now - 30 * DAY).into();
    params.not_after = match identity {
        Identity::Expired => now - DAY,
        _ => now + 30 * DAY,
    }
    .into();
    params
}

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| new_authority("cloudbackup test authority"))
}

fn new_authority(name: &str) -> Authority {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = (SystemTime::now() - 60 * DAY).into();
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}
