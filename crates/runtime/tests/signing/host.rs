//! The host that is signed is the one that is sent.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use super::{canonical_lines, get, signed};

#[test]
fn host_is_the_header_or_comes_from_the_uri() {
    for (uri, header, host) in [
        ("https://h.example/", None, "h.example"),
        ("https://H.Example/", None, "h.example"),
        ("https://h.example:443/", None, "h.example"),
        ("https://h.example:80/", None, "h.example:80"),
        ("https://h.example:/", None, "h.example"),
        ("http://h.example:80/", None, "h.example"),
        ("http://h.example:443/", None, "h.example:443"),
        ("HTTPS://H.Example:0443/", None, "h.example"),
        ("https://user:s3cret@h.example/", None, "h.example"),
        ("https://[2001:DB8:0::1]:8443/", None, "[2001:db8::1]:8443"),
        ("https://0x7f.1/", None, "127.0.0.1"),
        ("https://h.0x7f/", Some("h.0x7f"), "h.0x7f"),
        (
            "https://h.example/",
            Some(" Other.example:443 "),
            "Other.example:443",
        ),
        ("/x", Some("h.example"), "h.example"),
    ] {
        let mut request = get("https://h.example/");
        *request.uri_mut() = uri.parse().unwrap();
        if let Some(header) = header {
            let header = header.parse().unwrap();
            request.headers_mut().insert("host", header);
        }
        let request = signed(request);
        assert_eq!(
            canonical_lines(&request)[3],
            format!("host:{host}"),
            "{uri}"
        );
        assert_eq!(request.headers().contains_key("host"), header.is_some());
    }
}

/// Through a proxy on loopback, which sees requests for any host.
#[tokio::test]
async fn signed_host_is_the_one_that_the_http_library_sends() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = http_client(&format!("http://{}", listener.local_addr().unwrap()));
    let uris = [
        "http://h.example/x",
        "http://h.example:80/x",
        "http://h.example:443/x",
        "http://h.example:08080/x",
        "HTTP://H-1.Example:8080/x",
        "http://H-1.Example/x",
        "http://h.example./x",
        "http://xn--bcher-kva.1a.b2/x",
        "http://h_1.example/x",
        "http://127.1/x",
        "http://0x7f.0.0.1:80/x",
        "http://[::0:1]:8080/x",
        "http://[2001:DB8::1]/x",
    ];
    let proxy = std::thread::spawn(move || uris.map(|_| answered_host(&listener)));
    let mut expected = Vec::new();
    for uri in uris {
        let request = signed(get(uri));
        expected.push(canonical_lines(&request)[3].clone());
        let request = reqwest::Request::try_from(request).unwrap();
        client.execute(request).await.unwrap();
    }
    assert_eq!(proxy.join().unwrap().to_vec(), expected);
}

fn http_client(proxy: &str) -> reqwest::Client {
    let builder = reqwest::Client::builder()
        .http1_only()
        .proxy(reqwest::Proxy::http(proxy).unwrap());
    // Without a provider of the whole process, the library wants to be given one.
    #[cfg(feature = "rustls")]
    let builder = {
        let provider = rustls::crypto::ring::default_provider();
        let config = rustls::ClientConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(rustls::RootCertStore::empty());
        builder.tls_backend_preconfigured(config.with_no_client_auth())
    };
    builder.build().unwrap()
}

/// Answers one request and gives the line of its host as the canonical form has it.
fn answered_host(listener: &TcpListener) -> String {
    let (stream, _) = listener.accept().unwrap();
    let mut lines = BufReader::new(&stream).lines().map(Result::unwrap);
    let head: Vec<String> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    let is_host = |line: &&String| line.to_ascii_lowercase().starts_with("host:");
    let hosts: Vec<&String> = head.iter().filter(is_host).collect();
    assert_eq!(hosts.len(), 1, "{head:?}");
    let reply = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    (&stream).write_all(reply).unwrap();
    let (_, host) = hosts[0].split_once(':').unwrap();
    format!("host:{}", host.trim())
}
