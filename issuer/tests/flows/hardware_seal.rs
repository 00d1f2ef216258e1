//! A seal that a hardware module keeps: here a token of `SoftHSM`.
use crate::{
    journey::opened,
    softhsm::{self, util},
    world::*,
};
use procura_issuer::{App, SignerConfig, StartError};
use procura_protocol::vci::CredentialResponse;

const PIN: &str = "123456";

#[test]
fn credentials_are_sealed_by_keys_in_softhsm() {
    let test = "hardware_seal::a_credential_is_sealed_by_a_token";
    softhsm::run_ignored_tests(&["--exact", test], 1);
}

#[tokio::test]
#[ignore = "started by the test of SoftHSM"]
async fn a_credential_is_sealed_by_a_token() {
    if !softhsm::has_tokens() {
        return;
    }
    let local = World::new().await;
    let folder = local.folder.path();
    let key = folder.join("seal.key.pem");
    let token = [
        "--token", "goodair", "--label", "seal", "--id", "a1", "--pin", PIN,
    ];
    util(&[
        "--init-token",
        "--free",
        "--label",
        "goodair",
        "--so-pin",
        "12345678",
        "--pin",
        PIN,
    ]);
    util(&[&["--import", key.to_str().unwrap()], &token[..]].concat());
    std::fs::remove_file(&key).unwrap();
    let pin = folder.join("hsm.pin");
    let text = format!(
        "kind = \"pkcs11\"\nmodule = \"{}\"\ntoken_label = \"goodair\"\nkey_id = \"a1\"\n\
         pin_file = \"{}\"\nchain_file = \"{}\"\n",
        softhsm::module().unwrap().display(),
        pin.display(),
        folder.join("seal.chain.pem").display()
    );
    let mut config = local.config.clone();
    let signer: SignerConfig = toml::from_str(&text).unwrap();
    config.signers.insert("seal".to_owned(), signer);

    // A service that is started again with a wrong PIN spends one attempt, and says what is to be done.
    write_secret(&pin, "654321");
    for told in [
        "the token refuses the PIN",
        "CKF_USER_PIN_COUNT_LOW",
        "CKF_USER_PIN_COUNT_LOW",
    ] {
        let error = App::open(&config, local.clock.clone()).await.unwrap_err();
        assert!(
            matches!(&error, StartError::Signer { name, .. } if name == "seal"),
            "{error}"
        );
        assert!(error.to_string().contains(told), "{error}");
    }
    write_secret(&pin, PIN);
    // Whoever is told to log in by the token's own program does so.
    let spare = folder.join("coo.key.pem");
    util(&[
        "--import",
        spare.to_str().unwrap(),
        "--token",
        "goodair",
        "--label",
        "spare",
        "--id",
        "b1",
        "--pin",
        PIN,
    ]);

    let world = local.reopened(config).await;
    let (redeemed, holder) = (world.redeemed().await, Holder::new());
    let asked = holder.request(&redeemed.c_nonce, world.now());
    let answer = world.credential(&redeemed.access_token, &asked).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let response = CredentialResponse::parse(answer.text.as_bytes()).unwrap();
    let (_, credential) = opened(&world, &response.credential);
    assert_eq!(
        (credential.subject, credential.issuer.as_str()),
        (holder.did, DID)
    );
    let ready = get(&world.app.public_router(), "/health/ready").await;
    assert_eq!(ready.json()["proofs"]["keys"], "up", "{}", ready.text);
}
