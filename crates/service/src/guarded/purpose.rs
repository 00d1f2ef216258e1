//! What a fetch is for, and what follows from that.
use std::time::Duration;

/// What a fetch is for: decides scheme, size, time and content types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Purpose {
    /// Trusted lists (signed; http allowed; 32 MiB).
    TrustedList,
    /// CRLs (signed; http allowed; 16 MiB).
    Crl,
    /// Status lists (4 MiB).
    StatusList,
    /// Participant, issuer and schema registries (1 MiB).
    Registry,
    /// Offers, metadata, token and credential endpoints, authorization requests, responses (512 KiB).
    Protocol,
    /// Notifications to relying parties; what they answer is not read (64 KiB).
    Notification,
    /// Remote signing by a trust service provider (https only; 1 MiB; a minute, for hardware and people are slow).
    RemoteSigning,
    /// Time-stamps (signed and verified before use; http allowed; 256 KiB).
    TimeStamping,
}

impl Purpose {
    /// What is fetched is signed and verified before use: plain http does no harm, and certificates and lists name it.
    pub(super) fn allows_http(self) -> bool {
        matches!(self, Self::TrustedList | Self::Crl | Self::TimeStamping)
    }

    /// How many redirects within the same origin are followed.
    pub(super) fn redirects(self) -> usize {
        if matches!(self, Self::TrustedList | Self::Crl) {
            3
        } else {
            0
        }
    }

    pub(super) fn bytes(self) -> usize {
        const KIB: usize = 1024;
        match self {
            Self::TrustedList => 32 * KIB * KIB,
            Self::Crl => 16 * KIB * KIB,
            Self::StatusList => 4 * KIB * KIB,
            Self::Registry | Self::RemoteSigning => KIB * KIB,
            Self::Protocol => 512 * KIB,
            Self::Notification => 64 * KIB,
            Self::TimeStamping => 256 * KIB,
        }
    }

    pub(super) fn time(self) -> Duration {
        Duration::from_secs(match self {
            Self::TrustedList | Self::RemoteSigning => 60,
            Self::Notification => 15,
            Self::TimeStamping => 20,
            _ => 10,
        })
    }

    pub(super) fn accept(self) -> &'static str {
        match self {
            Self::TrustedList => "application/vnd.etsi.tsl+xml, application/xml;q=0.9, */*;q=0.1",
            Self::Crl => "application/pkix-crl, */*;q=0.1",
            Self::StatusList => "application/vc+jwt, application/jwt;q=0.9, application/json;q=0.5",
            Self::Registry | Self::RemoteSigning => "application/json",
            Self::Protocol => {
                "application/json, application/oauth-authz-req+jwt, application/jwt, text/plain;q=0.5"
            }
            Self::TimeStamping => "application/timestamp-reply",
            Self::Notification => "*/*",
        }
    }

    /// Whether a successful answer with a body may be of this media type. Servers of lists and CRLs announce almost
    /// anything; an error page in HTML is what they never mean.
    pub(super) fn accepts(self, media_type: Option<&str>) -> bool {
        let Some(media_type) = media_type else {
            return matches!(self, Self::TrustedList | Self::Crl | Self::Notification);
        };
        let essence = crate::request::essence(media_type);
        let json = essence == "application/json" || essence.ends_with("+json");
        let jwt = essence == "application/jwt" || essence.ends_with("+jwt");
        match self {
            Self::TrustedList | Self::Crl => essence != "text/html",
            Self::StatusList => {
                json || jwt
                    || matches!(
                        essence.as_str(),
                        "application/vc" | "text/plain" | "application/octet-stream"
                    )
            }
            Self::Registry | Self::RemoteSigning => json,
            Self::TimeStamping => essence == "application/timestamp-reply",
            Self::Protocol => json || jwt || essence == "text/plain",
            Self::Notification => true,
        }
    }
}
