//! What strangers' bytes must never do: one function for each parser of theirs, which libFuzzer calls with ever new bytes
//! and a plain test with the committed seeds.
//!
//! A function panics where a rule is broken. That nothing panics by itself, hangs, or grows beyond bounds is the least of
//! them. What is read twice says the same; what is written after reading says the same once more; no text for people
//! holds characters that hide or turn others; and whatever verifies is what the keys of [`world`] signed: those keys are
//! gone, so that everything else would be a forgery.
mod documents;
mod messages;
mod pki;
mod tokens;
pub mod world;

pub use documents::{brought, documents, etsi_u, headers, jws};
pub use messages::{csc, pkcs12};
pub use pki::{certificates, crls, ocsp};
pub use tokens::{time_stamping, tokens};

/// A name and what takes the bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 11] = [
    ("certificates", certificates),
    ("crls", crls),
    ("csc", csc),
    ("documents", documents),
    ("etsi_u", etsi_u),
    ("headers", headers),
    ("jws", jws),
    ("ocsp", ocsp),
    ("pkcs12", pkcs12),
    ("time_stamping", time_stamping),
    ("tokens", tokens),
];
