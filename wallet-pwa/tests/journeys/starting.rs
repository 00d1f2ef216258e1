//! Starting: what the wallet does not start without.
use crate::house::house;
use procura_keys::KekRing;
use procura_service::{SystemClock, SystemRng};
use procura_wallet::{Config, StartError, Wallet};
use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    sync::Arc,
};

pub(crate) fn config(folder: &Path) -> Config {
    let digits: Vec<_> = house()
        .world
        .lotl_signer()
        .unwrap()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let signer = digits.concat();
    let text = format!(
        r#"
        public_url = "https://wallet.example"
        credential_schemas = "{ecosystem}schemas"
        key_encryption_key_file = "{folder}/wallet.kek"
        [listen]
        address = "127.0.0.1:0"
        [database]
        url = "sqlite:{folder}/wallet.db"
        [trust]
        lotl_url = "{ecosystem}lotl.xml"
        lotl_signers = ["{signer}"]
        [registries]
        participants = ["{ecosystem}"]
        issuers = []
        [development]
        origins = ["{origin}"]
        "#,
        ecosystem = house().ecosystem,
        origin = house().ecosystem.origin().ascii_serialization(),
        folder = folder.display(),
    );
    procura_service::config::parse("wallet.toml", &text, "PROCURA_WALLET_", std::iter::empty()).unwrap()
}
async fn started(folder: &Path) -> Result<Wallet, StartError> {
    Wallet::open(&config(folder), Arc::new(SystemClock)).await
}

#[tokio::test]
async fn a_key_that_only_its_owner_reads_is_needed_to_start() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("wallet.kek");
    let refused = |outcome: Result<Wallet, StartError>| match outcome {
        Err(StartError::Keys(error)) => error.to_string(),
        other => panic!("{other:?}"),
    };
    assert!(
        refused(started(folder.path()).await).contains("wallet.kek"),
        "there is no file"
    );
    KekRing::create(&key, "2026", &mut SystemRng).unwrap();
    for mode in [0o640, 0o604, 0o660] {
        fs::set_permissions(&key, Permissions::from_mode(mode)).unwrap();
        assert!(
            refused(started(folder.path()).await).contains("chmod 600"),
            "{mode:o}"
        );
    }
    assert!(!folder.path().join("wallet.db").exists(), "nothing was begun");
    fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    started(folder.path()).await.expect("the control starts");
}

#[tokio::test]
async fn a_file_without_a_key_is_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("wallet.kek");
    for text in ["", "# nothing\n", "2026:short\n"] {
        fs::write(&key, text).unwrap();
        fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
        assert!(
            matches!(started(folder.path()).await, Err(StartError::Keys(_))),
            "{text:?}"
        );
    }
}
