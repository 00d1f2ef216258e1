//! `procura issuer token` and `procura wallet invite`, as operators run them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
use procura_crypto::digest::sha256;
use procura_service::{Clock, SystemClock};
use procura_store::{
    Schema, Store,
    issuer::tokens::{self, ApiToken},
    wallet,
};
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn run(arguments: &[&str], config: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_procura"))
        .args(arguments)
        .arg("--config")
        .arg(config)
        .output()
        .unwrap()
}
/// The line that a command prints, which succeeds.
fn printed(output: Output) -> String {
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let line = printed.strip_suffix('\n').unwrap_or_default();
    assert!(!said.contains(line) || line.is_empty(), "said twice: {said}");
    line.to_owned()
}
fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn written(folder: &Path, name: &str, text: &str) -> PathBuf {
    let file = folder.join(name);
    std::fs::write(&file, text).unwrap();
    file
}
/// Neither keys nor certificates need be there for what only the database knows.
fn issuer(folder: &Path) -> PathBuf {
    let at = folder.display();
    let text = format!(
        r#"
        public_url = "https://issuer.goodair.example"
        key_encryption_key_file = "{at}/kek"
        [listen]
        address = "127.0.0.1:0"
        [management]
        address = "127.0.0.1:0"
        [database]
        url = "sqlite:{at}/issuer.db"
        [signers.seal]
        key_file = "{at}/seal.key.pem"
        chain_file = "{at}/seal.chain.pem"
        [[credentials]]
        id = "LEARCredentialEmployee"
        shape = "employee-v3"
        signer = "seal"
        "#
    );
    written(folder, "issuer.toml", &text)
}
async fn store(folder: &Path, name: &str, schema: Schema) -> Store {
    let url = format!("sqlite:{}", folder.join(name).display());
    Store::connect(&url, schema).await.unwrap()
}
/// What the issuer knows of who brings this token.
async fn valid(folder: &Path, secret: &str) -> Option<ApiToken> {
    let store = store(folder, "issuer.db", Schema::Issuer).await;
    let arguments = (sha256(secret.as_bytes()), SystemClock.now());
    let found = store
        .read(arguments, |tx, (hash, now)| {
            Box::pin(tokens::valid(tx, hash, *now))
        })
        .await
        .unwrap();
    store.close().await;
    found
}

#[tokio::test]
async fn a_token_is_shown_once_does_what_it_was_made_for_and_ends_when_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let config = issuer(folder.path());
    let mut add = vec!["issuer", "token", "add", "--label", "HR office"];
    add.extend(["--scope", "issuances:create", "--scope", "issuances:read"]);
    let secret = printed(run(&add, &config));
    let token = valid(folder.path(), &secret).await.unwrap();
    assert_eq!(token.scopes, ["issuances:create", "issuances:read"]);

    let listed = || printed(run(&["issuer", "token", "list"], &config));
    let id = &token.id;
    let line = format!("{id}  issuances:create issuances:read  until revoked  HR office");
    assert_eq!(listed(), line);

    let revoke = || run(&["issuer", "token", "revoke", id], &config);
    assert_eq!(printed(revoke()), "");
    assert!(valid(folder.path(), &secret).await.is_none());
    assert!(
        listed().starts_with(&format!("{id}  issuances:create issuances:read  revoked 20")),
        "{}",
        listed()
    );
    assert!(refused(&revoke()).contains(id.as_str()));
}

#[tokio::test]
async fn a_token_may_end_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let config = issuer(folder.path());
    let add = |expires| {
        let arguments = [
            "issuer",
            "token",
            "add",
            "--label",
            "x",
            "--scope",
            "issuances:pin",
        ];
        run(&[&arguments[..], &["--expires", expires]].concat(), &config)
    };
    let past = printed(add("2020-01-01T00:00:00Z"));
    let standing = printed(add("2999-01-01T00:00:00Z"));
    assert!(valid(folder.path(), &past).await.is_none());
    assert!(valid(folder.path(), &standing).await.is_some());
    let listed = printed(run(&["issuer", "token", "list"], &config));
    assert!(listed.contains("until 2999-01-01T00:00:00Z"), "{listed}");
    assert!(!listed.contains(&standing), "{listed}");
}

#[test]
fn a_scope_that_is_none_is_refused_and_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let config = issuer(folder.path());
    let add = [
        "issuer",
        "token",
        "add",
        "--label",
        "x",
        "--scope",
        "issuances:all",
    ];
    let said = refused(&run(&add, &config));
    assert!(
        said.contains("issuances:all") && said.contains("issuances:create"),
        "{said}"
    );
    assert_eq!(printed(run(&["issuer", "token", "list"], &config)), "");
}

#[tokio::test]
async fn an_invitation_is_printed_alone_and_opens_one_account() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().display();
    let text = format!(
        r#"
        public_url = "https://wallet.example"
        key_encryption_key_file = "{at}/kek"
        credential_schemas = "https://schemas.example/schemas"
        [listen]
        address = "127.0.0.1:0"
        [database]
        url = "sqlite:{at}/wallet.db"
        [trust]
        lotl_url = "https://lists.example/lotl.xml"
        lotl_signers = []
        [registries]
        participants = ["https://registry.example/"]
        issuers = ["https://registry.example/"]
        "#
    );
    let config = written(folder.path(), "wallet.toml", &text);
    let [first, second] = [0, 1].map(|_| printed(run(&["wallet", "invite"], &config)));
    assert_ne!(first, second);
    let store = store(folder.path(), "wallet.db", Schema::Wallet).await;
    let mut used = Vec::new();
    for invitation in [&first, &first, &second] {
        let arguments = (sha256(invitation.as_bytes()), SystemClock.now());
        let one = store.write(arguments, |tx, (hash, now)| {
            Box::pin(wallet::use_invitation(tx, hash, *now))
        });
        used.push(one.await.unwrap());
    }
    assert_eq!(used, [true, false, true]);
    store.close().await;
}
