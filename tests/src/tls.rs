//! http, or https with a certification authority that only this test knows.
use procura_service::config::{Listen, TlsFiles};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::{
    fmt::Write as _,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

/// How the services speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Plain.
    Http,
    /// TLS, with a private root.
    Https,
}

/// Certificate of 127.0.0.1 and the root above it.
#[derive(Debug)]
pub(crate) struct Tls {
    pub(crate) files: TlsFiles,
    pub(crate) root: PathBuf,
    pub(crate) root_pem: String,
}

impl Tls {
    pub(crate) fn make(folder: &Path) -> Self {
        let root_key = KeyPair::generate().expect("a key");
        let mut root = CertificateParams::new(Vec::new()).expect("a root's parameters");
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root_pem = root.self_signed(&root_key).expect("a root").pem();
        let issuer = Issuer::new(root, root_key);
        let key = KeyPair::generate().expect("a key");
        let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()])
            .and_then(|parameters| parameters.signed_by(&key, &issuer))
            .expect("a certificate");
        let made = Self {
            files: TlsFiles {
                certificate: folder.join("tls.pem"),
                key: folder.join("tls.key"),
            },
            root: folder.join("root.pem"),
            root_pem,
        };
        std::fs::write(&made.files.certificate, leaf.pem()).expect("a file");
        crate::settings::write_secret(&made.files.key, &key.serialize_pem());
        std::fs::write(&made.root, &made.root_pem).expect("a file");
        made
    }
}

/// `[{name}]`, on a free port.
pub(crate) fn listen(name: &str, tls: Option<&Tls>) -> String {
    let mut text = format!("[{name}]\naddress = \"127.0.0.1:0\"\n");
    if let Some(tls) = tls {
        let (certificate, key) = (tls.files.certificate.display(), tls.files.key.display());
        write!(
            text,
            "[{name}.tls]\ncertificate = \"{certificate}\"\nkey = \"{key}\"\n"
        )
        .expect("text");
    }
    text
}

/// A free port of 127.0.0.1.
pub(crate) fn anywhere(tls: Option<&Tls>) -> Listen {
    Listen {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        tls: tls.map(|tls| tls.files.clone()),
    }
}
