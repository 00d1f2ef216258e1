//! Seals in PKCS#12 files and in hardware modules.
#![expect(clippy::print_stdout, reason = "says what is skipped")]
use crate::{journey::opened, world::*};
use procura_issuer::{App, Config, SignerConfig, StartError};
use procura_protocol::vci::CredentialResponse;
use std::{os::unix::fs::PermissionsExt as _, process::Command};

/// The world's seal moves into a PKCS#12 file; `None`, and the reason printed, where there is no openssl.
fn configure(config: &mut Config, world: &World) -> Option<()> {
    let folder = world.folder.path();
    write_secret(&folder.join("seal.password"), "correct horse\n");
    let output = Command::new("openssl")
        .args([
            "pkcs12",
            "-export",
            "-in",
            "seal.chain.pem",
            "-inkey",
            "seal.key.pem",
        ])
        .args(["-out", "seal.p12", "-passout", "file:seal.password"])
        .current_dir(folder)
        .output();
    let Ok(output) = output else {
        println!("skipped: no openssl");
        return None;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    std::fs::set_permissions(folder.join("seal.p12"), std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::remove_file(folder.join("seal.key.pem")).unwrap();
    let folder = folder.display();
    let text = format!(
        "kind = \"pkcs12\"\nfile = \"{folder}/seal.p12\"\npassword_file = \"{folder}/seal.password\"\n"
    );
    config
        .signers
        .insert("seal".to_owned(), toml::from_str::<SignerConfig>(&text).unwrap());
    Some(())
}

#[tokio::test]
async fn credentials_are_sealed_with_the_key_of_a_pkcs_12_file() {
    let local = World::new().await;
    let mut config = local.config.clone();
    let Some(()) = configure(&mut config, &local) else {
        return;
    };
    let world = local.reopened(config).await;
    let (redeemed, holder) = (world.redeemed().await, Holder::new());
    let asked = holder.request(&redeemed.c_nonce, world.now());
    let answer = world.credential(&redeemed.access_token, &asked).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let response = CredentialResponse::parse(answer.text.as_bytes()).unwrap();
    let (_, credential) = opened(&world, &response.credential);
    assert_eq!(credential.issuer.as_str(), DID);
}

#[tokio::test]
async fn a_password_that_is_wrong_or_readable_keeps_it_from_starting() {
    let local = World::new().await;
    let mut config = local.config.clone();
    let Some(()) = configure(&mut config, &local) else {
        return;
    };
    let password = local.folder.path().join("seal.password");
    std::fs::write(&password, "battery staple").unwrap();
    let refused = App::open(&config, local.clock.clone())
        .await
        .unwrap_err()
        .to_string();
    assert!(
        refused.starts_with("signers.seal: ") && refused.contains("the password does not open it"),
        "{refused}"
    );
    assert!(!refused.contains("battery"), "{refused}");
    std::fs::set_permissions(&password, std::fs::Permissions::from_mode(0o644)).unwrap();
    let refused = App::open(&config, local.clock.clone())
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("chmod 600"), "{refused}");
}

const TOKEN: &str = "kind = \"pkcs11\"\nmodule = \"/usr/lib/softhsm/libsofthsm2.so\"\ntoken_label = \"goodair\"\n\
                     key_label = \"seal\"\npin_file = \"/etc/procura/hsm.pin\"\n";

#[tokio::test]
async fn what_names_no_key_of_a_module_is_told_by_its_key() {
    let world = World::new().await;
    let cases = [
        (TOKEN.replace("/usr/lib/softhsm/", ""), "module"),
        (TOKEN.replace("token_label = \"goodair\"\n", ""), "token_label"),
        (format!("{TOKEN}token_serial = \"1\"\n"), "token_label"),
        (TOKEN.replace("key_label = \"seal\"\n", ""), "key_label"),
        (format!("{TOKEN}key_id = \"a1\"\n"), "key_label"),
        (TOKEN.replace("key_label = \"seal\"", "key_id = \"a\""), "key_id"),
        (TOKEN.replace("key_label = \"seal\"", "key_id = \"\""), "key_id"),
        (TOKEN.replace("key_label = \"seal\"", "key_id = \"zz\""), "key_id"),
        (format!("{TOKEN}time_limit_seconds = 0\n"), "time_limit_seconds"),
        (format!("{TOKEN}time_limit_seconds = 31\n"), "time_limit_seconds"),
    ];
    for (text, member) in cases {
        let mut config = world.config.clone();
        let signer: SignerConfig = toml::from_str(&text).unwrap();
        config.signers.insert("seal".to_owned(), signer);
        match App::open(&config, world.clock.clone()).await {
            Err(StartError::Config(error)) => {
                assert_eq!(
                    error.key(),
                    Some(format!("signers.seal.{member}").as_str()),
                    "{text}"
                );
            }
            other => panic!("{text}: {other:?}"),
        }
    }
    for unknown in ["pin = \"1234\"\n", "key_file = \"x\"\n"] {
        assert!(toml::from_str::<SignerConfig>(&format!("{TOKEN}{unknown}")).is_err());
    }
}

#[cfg(not(feature = "pkcs11"))]
#[tokio::test]
async fn a_program_without_hardware_modules_says_how_to_get_one_with_them() {
    let world = World::new().await;
    let mut config = world.config.clone();
    config
        .signers
        .insert("seal".to_owned(), toml::from_str::<SignerConfig>(TOKEN).unwrap());
    let refused = App::open(&config, world.clock.clone())
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("--features pkcs11"), "{refused}");
}
