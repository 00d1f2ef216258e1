//! Signers and key-encryption keys.
#[path = "../../../pki/tests/forge/mod.rs"]
mod forge;
mod kek;
mod pkcs12;
#[path = "../provider/mod.rs"]
mod provider;
mod signers;
