//! OpenID for Verifiable Presentations on the `dome` wire (DOME document §3.3.4.3–§3.3.4.5): the sealed Authorization
//! Request, the Authorization Response, and the states of a login.
//!
//! Pure: messages to and from bytes, and steps by value. Sealing, proving and sending are the caller's.
//!
//! ```
//! use procura_protocol::vp::{AuthorizationRequest, Query, RequestObject, check_request_object, scope};
//! let request = AuthorizationRequest {
//!     query: Query::Scope(scope::LEAR_CREDENTIAL.to_owned()),
//!     client_id: procura_did::Did::parse("did:elsi:VATFR-99999999")?,
//!     redirect_uri: "https://verifier.example/api/authentication_response".parse()?,
//!     state: "2sM8vK0nRkq0bJcH1c0u3A".to_owned(),
//!     nonce: "k2Yl0M1Z0b2cV8lH9vQw5g".to_owned(),
//! };
//! let now = jiff::Timestamp::from_second(1_667_194_901)?;
//! let sealed_payload = RequestObject::issue(request.clone(), now).claims().to_string();
//! // …sealed by the verifier, proven by the wallet, then:
//! assert_eq!(check_request_object(sealed_payload.as_bytes(), now)?.request, request);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod request;
pub mod request_object;
pub mod response;
pub mod scope;
pub mod submission;
pub mod transaction;

pub use request::{AuthorizationRequest, Query, RequestError};
pub use request_object::{
    REQUEST_OBJECT_MEDIA_TYPE, REQUEST_OBJECT_TYP, RequestObject, RequestObjectError, SELF_ISSUED,
    check_request_object, claimed_client_id,
};
pub use response::{AuthorizationResponse, ErrorResponse, ResponseError, WalletAnswer};
pub use scope::UnknownScope;
pub use submission::{Descriptor, PresentationSubmission, SubmissionError};
