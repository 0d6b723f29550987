//! TLS: the certificate is the device's own, of the rack's authority.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use underlay_simulators::redfish::{Authority, Options, Validity, View, serve};

use super::support::{Client, LOOPBACK, Reply, machine};

pub(crate) async fn ask(view: &View, trusted: &Authority) -> std::io::Result<(Reply, Vec<u8>)> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(trusted.certificate_pem().as_bytes()).expect("PEM"))
        .expect("an authority");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(view.address()).await?;
    let name = ServerName::IpAddress(view.address().ip().into());
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    let certificate = stream
        .get_ref()
        .1
        .peer_certificates()
        .and_then(|chain| chain.first())
        .expect("a certificate")
        .to_vec();
    stream.write_all(b"GET /redfish HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok((Reply::parse(&answer, "GET")?, certificate))
}

#[tokio::test]
async fn the_certificate_verifies_and_its_digest_is_the_one_given_out() {
    let authority = Authority::new().expect("an authority");
    let identity = authority.issue("node01", LOOPBACK.ip(), Validity::Long).expect("a certificate");
    let (_plant, server) = machine("standard");
    let options = Options { identity: Some(identity.clone()), ..Options::default() };
    let view = serve(server, LOOPBACK, options).await.expect("a view");
    let (reply, certificate) = ask(&view, &authority).await.expect("an answer");
    assert_eq!(reply.status, 200);
    assert_eq!(<[u8; 32]>::from(Sha256::digest(&certificate)), identity.sha256());
    let other = authority.issue("node02", LOOPBACK.ip(), Validity::Long).expect("a certificate");
    assert_ne!(other.sha256(), identity.sha256());
    assert!(ask(&view, &Authority::new().expect("another authority")).await.is_err());
}

#[tokio::test]
async fn an_expired_certificate_does_not_verify() {
    let authority = Authority::new().expect("an authority");
    let identity = authority.issue("node01", LOOPBACK.ip(), Validity::Expired).expect("a certificate");
    let (_plant, server) = machine("standard");
    let options = Options { identity: Some(identity), ..Options::default() };
    let view = serve(server, LOOPBACK, options).await.expect("a view");
    assert!(ask(&view, &authority).await.is_err());
}

#[tokio::test]
async fn one_service_answers_with_and_without_tls() {
    let authority = Authority::new().expect("an authority");
    let identity = authority.issue("node01", LOOPBACK.ip(), Validity::Long).expect("a certificate");
    let (_plant, server) = machine("standard");
    let view = serve(server, LOOPBACK, Options::default()).await.expect("a view");
    let secure = view.also_listen(LOOPBACK, Some(&identity)).await.expect("a listener");
    assert_ne!(secure, view.address());
    assert!(
        Client::new(secure).try_send("GET", "/redfish", b"").await.is_err(),
        "no plain HTTP on the TLS port"
    );
    assert_eq!(Client::new(view.address()).get("/redfish").await.status, 200);
}
