//! Name resolution that answers public addresses only. The client connects to what was answered here and asks nobody
//! again, so a name cannot point elsewhere between the check and the connection.
use super::address::is_public;
use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{io, net::SocketAddr, sync::Arc};

/// A name resolves to an address where strangers may not send us.
#[derive(Debug, thiserror::Error)]
#[error("resolves to an address that is not public")]
pub(super) struct NotPublic;

/// Asks for the addresses of a name.
pub(super) type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

pub(super) fn system_lookup() -> Lookup {
    Arc::new(|name| Box::pin(async move { Ok(tokio::net::lookup_host((name.as_str(), 0)).await?.collect()) }))
}

pub(super) struct PublicOnly(pub(super) Lookup);

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let looked_up = (self.0)(name.as_str().to_owned());
        Box::pin(async move {
            let addresses = looked_up.await?;
            // One private address among public ones is an attempt as well.
            if !addresses.iter().all(|a| is_public(a.ip())) {
                return Err(NotPublic.into());
            }
            let addresses: Addrs = Box::new(addresses.into_iter());
            Ok(addresses)
        })
    }
}
