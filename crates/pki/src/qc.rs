//! QcStatements (EN 319 412-5).

/// QcType.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
pub enum QcType {
    /// 0.4.0.1862.1.6.1
    ESign,
    /// 0.4.0.1862.1.6.2
    ESeal,
    /// 0.4.0.1862.1.6.3
    Web,
}
/// What the certificate claims about itself.
#[derive(Clone, Debug, PartialEq, Eq, Default, serde::Serialize)]
pub struct QcStatements {
    /// QcCompliance.
    pub compliance: bool,
    /// QcSSCD: the key is in a QSCD.
    pub qscd: bool,
    /// QcType values, known ones.
    pub types: Vec<QcType>,
    /// QcCClegislation: countries; non-empty means not EU-qualified.
    pub legislation: Vec<String>,
    /// Every statement id (dotted OID).
    pub ids: Vec<String>,
}
