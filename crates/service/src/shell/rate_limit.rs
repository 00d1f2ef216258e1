//! A rate per peer address, so that nobody keeps the others out and guessing stays slow.
use crate::{config::Limits, error::Problem};
use axum::{
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    state::keyed::DashMapStateStore,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

pub(super) struct Limiter {
    rates: RateLimiter<IpAddr, DashMapStateStore<IpAddr>, DefaultClock>,
    proxies: Vec<IpAddr>,
    checks: AtomicU32,
}

impl Limiter {
    pub(super) fn new(limits: &Limits) -> Option<Self> {
        let rate = NonZeroU32::new(limits.requests_per_minute)?;
        let burst = NonZeroU32::new(limits.burst).unwrap_or(rate);
        Some(Self {
            rates: RateLimiter::dashmap(Quota::per_minute(rate).allow_burst(burst)),
            proxies: limits.trusted_proxies.clone(),
            checks: AtomicU32::new(0),
        })
    }

    /// Seconds to wait, if this one is too many.
    fn check(&self, address: IpAddr) -> Option<u64> {
        if self.checks.fetch_add(1, Ordering::Relaxed) % 4096 == 4095 {
            // Addresses that have been quiet are forgotten.
            self.rates.retain_recent();
        }
        let wait = self.rates.check_key(&network(address)).err()?;
        Some(wait.wait_time_from(DefaultClock::default().now()).as_secs() + 1)
    }

    /// Who asks: the peer, or, behind proxies that we trust, the last address that one of them saw.
    fn caller(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.proxies.contains(&peer) {
            return peer;
        }
        let seen: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .collect();
        seen.iter()
            .rev()
            .map_while(|text| text.parse().ok())
            .find(|address| !self.proxies.contains(address))
            .unwrap_or(peer)
    }
}

/// Whoever has an IPv6 address has 2⁶⁴ of them.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.into(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
    }
}

pub(super) async fn limit(State(limiter): State<Arc<Limiter>>, request: Request, next: Next) -> Response {
    // Without a socket (tests of a router) everybody is one caller.
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(Ipv6Addr::UNSPECIFIED.into(), |ConnectInfo(peer)| peer.ip());
    match limiter.check(limiter.caller(peer, request.headers())) {
        None => next.run(request).await,
        Some(seconds) => {
            let mut response =
                Problem::new(StatusCode::TOO_MANY_REQUESTS, "PRO-9429", "Too many requests").into_response();
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            response
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(burst: u32, proxies: &[&str]) -> Limiter {
        let trusted_proxies = proxies.iter().map(|p| p.parse().unwrap()).collect();
        Limiter::new(&Limits {
            requests_per_minute: 1,
            burst,
            trusted_proxies,
            ..Limits::default()
        })
        .unwrap()
    }

    fn forwarded(value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_static(value));
        headers
    }

    #[test]
    fn one_address_does_not_use_up_the_rate_of_another() {
        let limiter = limiter(2, &[]);
        let (one, other) = ("198.51.100.1".parse().unwrap(), "198.51.100.2".parse().unwrap());
        assert_eq!([limiter.check(one), limiter.check(one)], [None, None]);
        assert!(limiter.check(one).is_some_and(|seconds| seconds <= 61));
        assert_eq!(limiter.check(other), None);
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_caller() {
        let limiter = limiter(1, &[]);
        assert_eq!(limiter.check("2a00:1::1".parse().unwrap()), None);
        assert!(limiter.check("2a00:1::2".parse().unwrap()).is_some());
        assert_eq!(limiter.check("2a00:1:0:1::1".parse().unwrap()), None);
    }

    #[test]
    fn only_trusted_proxies_say_whom_they_forward() {
        let limiter = limiter(1, &["10.0.0.1", "10.0.0.2"]);
        let caller = |peer: &str, value| {
            limiter
                .caller(peer.parse().unwrap(), &forwarded(value))
                .to_string()
        };
        assert_eq!(caller("198.51.100.1", "203.0.113.9"), "198.51.100.1");
        assert_eq!(
            caller("10.0.0.1", "1.2.3.4, 203.0.113.9, 10.0.0.2"),
            "203.0.113.9"
        );
        assert_eq!(caller("10.0.0.1", "203.0.113.9, nonsense"), "10.0.0.1");
    }
}
