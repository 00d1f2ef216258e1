//! The key by which a document is signed. Whatever names it, it is opened as the issuer opens its own.
use super::{arguments::KeyArguments, files};
use crate::failure::{About, Failure};
use procura_issuer::{Pkcs11Token, Pkcs12File, SignerConfig, SignerFiles};
use procura_keys::Signer;
use procura_service::{Clock, SystemClock, config::Development};
use serde::Deserialize;
use std::{collections::BTreeMap, path::Path, sync::Arc};

/// Seconds for a signature of a hardware module.
const PATIENCE: u64 = 30;

/// What is read of a file with `[signers.NAME]`; an issuer's configuration says more.
#[derive(Deserialize)]
struct Signers {
    signers: BTreeMap<String, SignerConfig>,
    #[serde(default)]
    development: Development,
}

pub(super) async fn open(arguments: &KeyArguments) -> Result<Arc<dyn Signer>, Failure> {
    if let Some(file) = &arguments.signer {
        return configured(file, arguments.signer_name.as_deref()).await;
    }
    let (option, config) = of_options(arguments)?;
    let opened = config
        .opened("key", &Development::default(), SystemClock.now())
        .await;
    opened.about(option)
}

async fn configured(file: &Path, name: Option<&str>) -> Result<Arc<dyn Signer>, Failure> {
    let shown = file.display();
    let bytes = files::read(file)?;
    let text = core::str::from_utf8(&bytes).about(&shown)?;
    let Signers { signers, development } = toml::from_str(text).about(&shown)?;
    let names = || signers.keys().cloned().collect::<Vec<_>>().join(", ");
    let (name, config) = match name {
        Some(name) => signers
            .get_key_value(name)
            .ok_or_else(|| Failure::new(format!("{shown}: no [signers.{name}]; there is {}", names())))?,
        None => match signers.iter().collect::<Vec<_>>().as_slice() {
            [one] => *one,
            _ => {
                return Err(Failure::new(format!(
                    "{shown}: name one of [signers] with --signer-name: {}",
                    names()
                )));
            }
        },
    };
    let opened = config.opened(name, &development, SystemClock.now()).await;
    opened.about(format_args!("{shown}: [signers.{name}]"))
}

fn of_options(arguments: &KeyArguments) -> Result<(&'static str, SignerConfig), Failure> {
    let KeyArguments {
        key,
        chain,
        pkcs12,
        password_file,
        pkcs11_module,
        pin_file,
        ..
    } = arguments;
    let algorithm = arguments.algorithm.clone();
    if let (Some(key_file), Some(chain_file)) = (key.clone(), chain.clone()) {
        let files = SignerFiles {
            key_file,
            chain_file,
            algorithm,
        };
        return Ok(("--key", SignerConfig::File(files)));
    }
    if let (Some(file), Some(password_file)) = (pkcs12.clone(), password_file.clone()) {
        let file = Pkcs12File {
            file,
            password_file,
            algorithm,
        };
        return Ok(("--pkcs12", SignerConfig::Pkcs12(file)));
    }
    if let (Some(module), Some(pin_file)) = (pkcs11_module.clone(), pin_file.clone()) {
        let token = Pkcs11Token {
            module,
            token_label: arguments.token_label.clone(),
            token_serial: arguments.token_serial.clone(),
            key_label: arguments.key_label.clone(),
            key_id: arguments.key_id.clone(),
            pin_file,
            chain_file: chain.clone(),
            algorithm,
            time_limit_seconds: PATIENCE,
        };
        return Ok(("--pkcs11-module", SignerConfig::Pkcs11(Box::new(token))));
    }
    Err(Failure::new(
        "name a key: --key with --chain, --pkcs12 with --password-file, --pkcs11-module with --pin-file, or --signer",
    ))
}
