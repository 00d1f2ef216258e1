//! Looking at an offer: what it leads to, and whether everything in it is known.

use super::{Progress, Wanted, peer::Peer};
use crate::{error::WalletError, resources::World};
use procura_protocol::vci::{
    AuthorizationServerMetadata, CredentialOffer, CredentialSchemas, IssuerIdentifier, IssuerMetadata,
    OfferLink, resolve,
};
use procura_service::Purpose;
use url::Url;

/// Reads an offer and everything that it leads to; nothing of it is proven yet, and nothing is redeemed.
pub(super) async fn read(world: &World, link: &str) -> Result<Progress, WalletError> {
    let origins = &world.development_origins;
    let link = OfferLink::parse(link, origins)?;
    let offer = fetch(world, Purpose::Protocol, &link.credential_offer_uri).await?;
    let offer = CredentialOffer::parse(&offer, origins)?;
    let issuer = &offer.credential_issuer;
    let metadata = fetch(world, Purpose::Protocol, &url(&IssuerMetadata::url(issuer))?).await?;
    let metadata = IssuerMetadata::parse(&metadata, issuer, origins)?;
    let server = fetch(
        world,
        Purpose::Protocol,
        &url(&AuthorizationServerMetadata::url(issuer))?,
    )
    .await?;
    let server = AuthorizationServerMetadata::parse(&server, issuer, origins)?;
    own(issuer, "credential_endpoint", &metadata.credential_endpoint)?;
    own(issuer, "token_endpoint", &server.token_endpoint)?;
    if !server.pre_authorized_grant_anonymous_access_supported {
        return Err(WalletError::NotAnonymous);
    }
    let schemas = fetch(world, Purpose::Registry, &world.credential_schemas).await?;
    let schemas = CredentialSchemas::parse(&schemas)?;
    // One that nobody describes refuses them all: the person is asked about what is known, or not at all.
    let wanted = offer
        .credentials
        .iter()
        .map(|id| {
            let resolved =
                resolve(id, &schemas, &metadata).ok_or_else(|| WalletError::Unresolved(id.clone()))?;
            Ok(Wanted {
                offered: id.clone(),
                types: resolved.entry().types.clone(),
            })
        })
        .collect::<Result<_, WalletError>>()?;
    Ok(Progress {
        peer: Peer {
            issuer: issuer.to_string(),
            token_endpoint: server.token_endpoint,
            credential_endpoint: metadata.credential_endpoint,
        },
        wanted,
        kept: Vec::new(),
        code: offer.pre_authorized_code.expose().to_owned(),
        pin_required: offer.user_pin_required,
        granted: None,
    })
}

/// Whoever wrote the metadata, codes, PINs and tokens leave for the issuer's own origin only.
fn own(issuer: &IssuerIdentifier, member: &'static str, endpoint: &Url) -> Result<(), WalletError> {
    if url(issuer.as_str())?.origin() == endpoint.origin() {
        Ok(())
    } else {
        Err(WalletError::Elsewhere(member))
    }
}

/// A body of a successful GET.
async fn fetch(world: &World, purpose: Purpose, url: &Url) -> Result<Vec<u8>, WalletError> {
    let answer = world.client.get(purpose, url, None, None).await?;
    if answer.status == 200 {
        Ok(answer.body)
    } else {
        let origin = url.origin().ascii_serialization();
        Err(WalletError::Peer(format!(
            "{origin} answered with status {}",
            answer.status
        )))
    }
}

fn url(text: &str) -> Result<Url, WalletError> {
    Url::parse(text).map_err(|_| WalletError::Internal("an endpoint of an issuer is not a URL"))
}
