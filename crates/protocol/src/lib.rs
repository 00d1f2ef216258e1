//! The wire, typed, and who may say what next: oauth, oidc, vci, vp. Wire profile `dome` first. SKELETON.
pub mod oauth;
pub mod vci;
pub mod vp;

/// A wire dialect, chosen by issuer identifier and route, stored with the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum WireProfile {
    /// The DOME document's early-draft profile.
    Dome,
}
