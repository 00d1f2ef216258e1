//! The wire, typed, and who may say what next: OAuth, OpenID4VCI, OpenID4VP, in the wire profile `dome` first.
pub mod oauth;
pub mod secret;
pub mod vci;
pub mod vp;

pub use secret::Secret;

/// A wire dialect, chosen by issuer identifier and route, stored with the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum WireProfile {
    /// The DOME document's early-draft profile.
    Dome,
}
