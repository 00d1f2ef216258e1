//! PKCS#12 files as the `openssl` program writes them, with a key of its own and one round of everything.
use crate::write as write_seed;
use procura_fuzz::world::PASSWORD;
use std::{path::Path, process::Command};

pub fn write() {
    let folder = std::env::temp_dir().join(format!("procura-write-seeds-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    openssl(
        &folder,
        &[
            "req",
            "-x509",
            "-nodes",
            "-days",
            "7300",
            "-subj",
            "/O=RealTruth/CN=Key file",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-keyout",
            "key.pem",
            "-out",
            "certificate.pem",
        ],
    );
    openssl(
        &folder,
        &[
            "x509",
            "-in",
            "certificate.pem",
            "-outform",
            "DER",
            "-out",
            "certificate.cer",
        ],
    );
    write_seed(
        "world",
        "key-file.cer",
        std::fs::read(folder.join("certificate.cer")).unwrap(),
    );
    let password = format!("pass:{PASSWORD}");
    let protections: [(&str, &[&str]); 4] = [
        ("aes.p12", &[]),
        ("legacy.p12", &["-legacy"]),
        ("triple-des.p12", &["-legacy", "-descert"]),
        (
            "plain.p12",
            &["-keypbe", "NONE", "-certpbe", "NONE", "-macalg", "SHA512"],
        ),
    ];
    for (name, more) in protections {
        let export = [
            "pkcs12",
            "-export",
            "-in",
            "certificate.pem",
            "-inkey",
            "key.pem",
            "-out",
            name,
            "-iter",
            "1",
            "-passout",
            &password,
        ];
        openssl(&folder, &[&export, more].concat());
        write_file(&folder, name);
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
fn write_file(folder: &Path, name: &str) {
    write_seed("pkcs12", name, std::fs::read(folder.join(name)).unwrap());
}
fn openssl(folder: &Path, arguments: &[&str]) {
    let output = Command::new("openssl")
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
