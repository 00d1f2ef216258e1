//! What providers of keys send: answers of the CSC API, and key files.
use crate::world::{PASSWORD, WORLD};
use procura_keys::{
    Pkcs12Signer, Signer as _,
    csc::{
        AccessToken, Authorization, CredentialInfo, CredentialList, Dialect, Info, ProviderError, Quirk,
        Secret, Settings, SignHashAnswer, SigningCredential, raw_signature,
    },
};
use url::Url;

/// Any answer of a provider of remote signatures.
///
/// # Panics
/// Where a rule is broken.
pub fn csc(bytes: &[u8]) {
    assert_eq!(Info::parse(bytes), Info::parse(bytes));
    assert_eq!(CredentialList::parse(bytes), CredentialList::parse(bytes));
    if let Ok(answer) = AccessToken::parse(bytes) {
        assert!(
            answer
                .token
                .expose()
                .bytes()
                .all(|octet| octet.is_ascii_graphic()),
            "no header carries it"
        );
        let shown = format!("AccessToken {{ token: …, expires_in: {} }}", answer.expires_in);
        assert_eq!(format!("{answer:?}"), shown, "a secret is shown");
        assert!(answer.expires_in <= 86_400);
    }
    if let Ok(answer) = Authorization::parse(bytes) {
        let shown = format!("Authorization {{ sad: …, expires_in: {} }}", answer.expires_in);
        assert_eq!(format!("{answer:?}"), shown, "a secret is shown");
        assert!(answer.expires_in <= 86_400);
    }
    let key = WORLD.seal.public_key().expect("the seal has a key");
    if let Ok(SignHashAnswer::Signatures(signatures)) = SignHashAnswer::parse(bytes) {
        for signature in signatures {
            let raw = raw_signature(key, &signature);
            assert!(
                raw.is_err() || raw.is_ok_and(|raw| raw.len() == 64),
                "no signature of ES256"
            );
        }
    }
    if let Ok(raw) = raw_signature(key, bytes) {
        assert_eq!(raw.len(), 64, "no signature of ES256");
    }
    let error = ProviderError::parse(400, bytes).to_string();
    assert!(
        !error.chars().any(char::is_control),
        "a control character in a provider's words"
    );
    for dialect in [Dialect::V1, Dialect::V2] {
        credential(bytes, dialect);
    }
}

fn credential(bytes: &[u8], dialect: Dialect) {
    let Ok(info) = CredentialInfo::parse(bytes, dialect) else {
        return;
    };
    assert_eq!(
        CredentialInfo::parse(bytes, dialect).as_ref(),
        Ok(&info),
        "read twice, it says two things"
    );
    let base = Url::parse("https://provider.example/").expect("a URL");
    let mut settings = Settings::new(base, "client", Secret::new("secret"));
    settings.dialect = dialect;
    settings.quirks.insert(Quirk::GenericKeyOids);
    match SigningCredential::examine("id", &info, &settings, WORLD.now) {
        Ok(credential) => {
            let certificate = credential.certificate().expect("a credential has a certificate");
            assert_eq!(certificate.public_key(), Ok(&credential.key));
            assert!(
                certificate.is_valid_at(WORLD.now),
                "a certificate outside of its validity"
            );
            assert_eq!(credential.pin_id, None, "a PIN is asked for and none is there");
        }
        Err(problem) => {
            let problem = problem.to_string();
            assert!(
                !problem.chars().any(char::is_control),
                "a control character in a provider's words"
            );
        }
    }
}

/// A PKCS#12 file, with the password of the seeds.
///
/// # Panics
/// Where a rule is broken.
pub fn pkcs12(bytes: &[u8]) {
    if let Ok(signer) = Pkcs12Signer::from_der(bytes, PASSWORD) {
        let certificate = signer.chain().first().expect("a key comes with its certificate");
        assert_eq!(certificate.public_key(), Ok(signer.public_key()));
        assert_eq!(certificate.der(), WORLD.key_file, "a file opens that was changed");
    }
    let refused = Pkcs12Signer::from_der(bytes, "another").map(drop);
    assert!(refused.is_err(), "it opens by another password");
}
