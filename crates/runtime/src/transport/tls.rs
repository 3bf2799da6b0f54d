//! TLS: the library that a feature chose, its certificates, and an error where there is none.

use crate::error::Error;

/// TLS by rustls with the ring provider, named explicitly: the HTTP library would otherwise look
/// for a process-wide provider and panic where there is none.
#[cfg(feature = "rustls")]
#[derive(Clone)]
pub(crate) struct Tls(rustls::ClientConfig);

#[cfg(feature = "rustls")]
impl Tls {
    /// Trusts the certificates of the system and these, each a PEM file.
    pub(crate) fn new(is_https: bool, root_certificates: &[Vec<u8>]) -> Result<Self, Error> {
        use std::sync::Arc;

        let failed = |error: rustls::Error| Error::config("cannot set up TLS").with_source(error);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(failed)?;
        let config = if is_https {
            let roots = certificates(root_certificates)?;
            let verifier =
                rustls_platform_verifier::Verifier::new_with_extra_roots(roots, provider)
                    .map_err(failed)?;
            config
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier))
        } else {
            // Never used, and so works on a machine without certificates too.
            config.with_root_certificates(rustls::RootCertStore::empty())
        };
        Ok(Self(config.with_no_client_auth()))
    }

    pub(crate) fn apply(&self, builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        builder.tls_backend_preconfigured(self.0.clone())
    }
}

#[cfg(feature = "rustls")]
fn certificates(
    files: &[Vec<u8>],
) -> Result<Vec<rustls::pki_types::CertificateDer<'static>>, Error> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;

    let mut found = Vec::new();
    for file in files {
        let before = found.len();
        for certificate in CertificateDer::pem_slice_iter(file) {
            found.push(certificate.map_err(|error| {
                Error::config("a root certificate is damaged").with_source(error)
            })?);
        }
        if found.len() == before {
            return Err(Error::config("a root certificate is no PEM text"));
        }
    }
    Ok(found)
}

/// TLS by the operating system's library, or none at all.
#[cfg(not(feature = "rustls"))]
#[derive(Clone)]
pub(crate) struct Tls(#[cfg(feature = "native-tls")] Vec<reqwest::Certificate>);

#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
impl Tls {
    /// Trusts the certificates of the system and these, each a PEM file.
    pub(crate) fn new(_: bool, root_certificates: &[Vec<u8>]) -> Result<Self, Error> {
        let mut found = Vec::new();
        for file in root_certificates {
            let bundle = reqwest::Certificate::from_pem_bundle(file).map_err(|error| {
                Error::config("a root certificate is damaged").with_source(error)
            })?;
            if bundle.is_empty() {
                return Err(Error::config("a root certificate is no PEM text"));
            }
            found.extend(bundle);
        }
        Ok(Self(found))
    }

    pub(crate) fn apply(&self, builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        builder.tls_certs_merge(self.0.iter().cloned())
    }
}

#[cfg(not(any(feature = "native-tls", feature = "rustls")))]
impl Tls {
    pub(crate) fn new(is_https: bool, root_certificates: &[Vec<u8>]) -> Result<Self, Error> {
        if is_https || !root_certificates.is_empty() {
            return Err(Error::config(
                "cannot set up TLS: turn on the cargo feature `rustls` or `native-tls`",
            ));
        }
        Ok(Self())
    }

    pub(crate) fn apply(&self, builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        builder
    }
}
