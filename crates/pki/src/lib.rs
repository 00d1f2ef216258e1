//! X.509: paths to an anchor at a time, revocation, the eIDAS profile. SKELETON.
pub mod certificate;
pub mod crl;
pub mod name;
pub mod path;
pub mod qc;

pub use certificate::{Certificate, CertificateError};
pub use crl::{Crl, CrlError, RevocationStatus};
pub use name::{Name, OrganizationIdentifier};
pub use path::{Anchor, Path, PathError, PathOptions};
pub use qc::{QcStatements, QcType};
