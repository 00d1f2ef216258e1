//! `LEARCredentialEmployee` v1: snake-case names, `tmf_` powers, a life span and a signer in the mandate. Read only.
use super::{LearCredential, LearError, Shape, field::Field, header::Frame, mandate};

pub(super) fn read(root: &Field<'_>, frame: Frame) -> Result<LearCredential, LearError> {
    mandate::read_employee(root, frame, Shape::EmployeeV1)
}
