//! The `OpenAPI` document, and the bodies that it describes. `issuer/openapi.json` is this document, committed.
use crate::http::{management, page, public};
use procura_service::shell::openapi::{with_health, with_metrics};
use serde::Serialize;
use utoipa::{
    Modify, OpenApi, ToSchema,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

/// Body of the token request.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that protocol::vci reads")]
pub(crate) struct TokenForm {
    /// `urn:ietf:params:oauth:grant-type:pre-authorized_code`.
    grant_type: String,
    /// The code of the offer.
    #[schema(rename = "pre-authorized_code")]
    pre_authorized_code: String,
    /// One to eight digits; `tx_code` is understood as well.
    user_pin: Option<String>,
}

/// Body of the credential request.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that protocol::vci reads")]
pub(crate) struct CredentialRequestBody {
    /// `jwt_vc_json`.
    format: String,
    /// Types; absent: the type that the token is for.
    types: Option<Vec<String>>,
    /// Proof of possession.
    proof: ProofBody,
}
/// Proof of possession.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that protocol::vci reads")]
pub(crate) struct ProofBody {
    /// `jwt`.
    proof_type: String,
    /// A JWT of the type `openid4vci-proof+jwt`.
    jwt: String,
}

/// Body of a wish to issue. Exactly one configured credential must fit what is named.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read strictly by hand")]
pub(crate) struct IssuanceRequest {
    /// Id of a configured credential.
    credential_configuration_id: Option<String>,
    /// What deployed portals send in its place: id or credential type.
    schema: Option<String>,
    /// `LearCredential`, `EmployeeV2` or `EmployeeV3`.
    shape: Option<String>,
    /// The mandate: mandator, mandatee and power, or mandatee, legalRepresentative and rolesAndDuties.
    #[schema(value_type = Object)]
    payload: serde_json::Value,
    /// `S`, if present.
    operation_mode: Option<String>,
    /// `jwt_vc_json`, if present.
    format: Option<String>,
    /// Empty, if present.
    response_uri: Option<String>,
}

/// An offer.
#[derive(Serialize, ToSchema)]
pub(crate) struct IssuanceCreated {
    /// Id of the issuance.
    pub(crate) id: String,
    /// Where the offer is.
    pub(crate) credential_offer_uri: String,
    /// The link of the QR code.
    pub(crate) offer_link: String,
    /// The QR code.
    pub(crate) qr_svg: String,
    /// End of the offer (RFC 3339).
    pub(crate) expires_at: String,
    /// Whether a PIN is to be fetched and handed over by another way.
    pub(crate) pin_required: bool,
}
/// The PIN.
#[derive(Serialize, ToSchema)]
pub(crate) struct PinView {
    /// One to eight digits.
    pub(crate) user_pin: String,
}
/// How far an issuance is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum IssuanceState {
    /// Waits for its code.
    Offered,
    /// The code expired.
    Expired,
    /// Five wrong PINs.
    Locked,
    /// Waits for the proof of a key.
    Redeemed,
    /// The credential was given out.
    Issued,
    /// Revoked.
    Revoked,
}
/// An issuance, without the mandate.
#[derive(Serialize, ToSchema)]
pub(crate) struct IssuanceView {
    /// Id.
    pub(crate) id: String,
    /// What is issued.
    pub(crate) credential_configuration_id: String,
    /// How far it is.
    pub(crate) state: IssuanceState,
    /// RFC 3339.
    pub(crate) created_at: String,
    /// RFC 3339.
    pub(crate) expires_at: String,
    /// RFC 3339.
    pub(crate) pin_fetched_at: Option<String>,
    /// RFC 3339.
    pub(crate) redeemed_at: Option<String>,
    /// RFC 3339.
    pub(crate) issued_at: Option<String>,
    /// RFC 3339.
    pub(crate) revoked_at: Option<String>,
    /// `id` of the credential.
    pub(crate) credential_id: Option<String>,
}
/// A revocation.
#[derive(Serialize, ToSchema)]
pub(crate) struct RevocationView {
    /// Id of the issuance.
    pub(crate) id: String,
    /// Since when (RFC 3339).
    pub(crate) revoked_at: String,
}

struct Tokens;
impl Modify for Tokens {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = |description: &str| {
            let http = HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .description(Some(description))
                .build();
            SecurityScheme::Http(http)
        };
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("access_token", bearer("Access token of the token endpoint"));
        components.add_security_scheme(
            "management_token",
            bearer("Token of `procura issuer token add`, with the scopes that are named"),
        );
    }
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Procura issuer", description = "Issues LEARCredentials by OpenID4VCI in the DOME profile. Routes \
        tagged `public` and `management` are served on listeners of their own."),
    paths(
        page::landing,
        public::offer,
        public::issuer_metadata,
        public::server_metadata,
        public::token,
        public::credential,
        public::status_list,
        management::create,
        management::pin,
        management::show,
        management::evidence,
        management::revoke
    ),
    components(schemas(ProofBody)),
    modifiers(&Tokens)
)]
struct Document;

/// The document, as committed in `issuer/openapi.json`.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    with_metrics(with_health(Document::openapi()))
}
