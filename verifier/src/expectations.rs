//! What a configuration demands: the one place where it becomes what `procura_credential` judges by, so that whoever
//! repeats a judgement (the command line) demands the same as the service did.

use crate::config::Config;
use procura_credential::judge::Expectations;
use std::collections::BTreeSet;

/// What a verifier with this configuration demands of every credential, when one of `credential_types` was asked for
/// ([`Client::credential_types`] says which a scope asks for).
///
/// An empty set accepts no credential.
///
/// [`Client::credential_types`]: crate::config::Client::credential_types
#[must_use]
pub fn expectations(config: &Config, credential_types: BTreeSet<String>) -> Expectations {
    Expectations {
        trust: config.trust_policy,
        issues_for_others: config.issues_for_others.clone(),
        representative_policies: config.representative_policies.clone(),
        status: config.status,
        skew_seconds: config.lifetimes.skew_seconds,
        ..Expectations::strict(credential_types)
    }
}

#[cfg(test)]
mod tests {
    use super::expectations;
    use crate::config::Config;
    use procura_credential::judge::{StatusPolicy, TrustPolicy};

    const TEXT: &str = r#"
public_url = "https://verifier.example"
key_encryption_key_file = "kek"
representative_policies = ["1.2.3"]
issues_for_others = ["VATES-12345678"]
status = "allow-absent"
trust_policy = "eu-advanced"
[listen]
address = "127.0.0.1:0"
[database]
url = "sqlite:verifier.db"
[seal]
key_file = "seal.key"
chain_file = "seal.pem"
[[clients]]
client_id = "portal"
name = "DOME Marketplace"
resource = "https://portal.example/"
scopes = ["dome.credentials.presentation.LEARCredential", "dome.credentials.presentation.LEARCredentialEmployee"]
notify_url = "https://portal.example/notify"
return_url = "https://portal.example/"
secret_file = "portal.secret"
[clients.accepted_types]
"dome.credentials.presentation.LEARCredential" = ["LEARCredential", "LEARCredentialMachine"]
[trust]
lotl_url = "https://lists.example/lotl.xml"
lotl_signers = ["0000000000000000000000000000000000000000000000000000000000000000"]
[registries]
participants = ["https://registry.example/"]
issuers = ["https://registry.example/"]
[lifetimes]
skew_seconds = 7
"#;

    fn config() -> Config {
        procura_service::config::parse("verifier.toml", TEXT, "PROCURA_VERIFIER_", std::iter::empty())
            .expect("a configuration")
    }

    #[test]
    fn everything_that_an_operator_decides_is_demanded() {
        let config = config();
        let types = config.clients[0].credential_types(&config.clients[0].scopes[0]);
        let demanded = expectations(&config, types.clone());
        assert_eq!(demanded.credential_types, types);
        assert_eq!(demanded.trust, TrustPolicy::EuAdvanced);
        assert_eq!(demanded.status, StatusPolicy::AllowAbsent);
        assert_eq!(demanded.skew_seconds, 7);
        assert_eq!(demanded.representative_policies, ["1.2.3".to_owned()].into());
        assert_eq!(demanded.issues_for_others, config.issues_for_others);
        assert_eq!(demanded.issues_for_others.len(), 1);
        assert!(demanded.registries);
    }
}
