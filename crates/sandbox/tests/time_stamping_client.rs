//! The client of time-stamping authorities against ones that behave and ones that do not: the first token that may be
//! used is used, and who failed is named with the reason.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
mod support;

use axum::{Router, body::Body};
use http::{Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use procura_ades::{
    TokenError,
    tsp::{Failure, TspError},
};
use procura_crypto::Digest;
use procura_keys::{
    Http, HttpError, HttpRequest, HttpResponse,
    time_stamping::{Authority, Config, FailedReason, TimeStamp, TimeStamper, TimeStampingError},
};
use procura_pki::{Anchor, Certificate};
use procura_sandbox::{
    time_stamping::{Behaviour, POLICY, SerialNumbers, TimeStampingAuthority},
    world::Ca,
};
use procura_service::{Clock, GuardedClient, Purpose, SystemRng, guarded::GuardedConfig};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use support::{made_at, world};
use tower::ServiceExt;
use url::Url;
use zeroize::Zeroizing;

const DATA: &[u8] = b"signature value";

struct Stopped;
impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        made_at()
    }
}
fn authority() -> TimeStampingAuthority {
    let serials = SerialNumbers::in_memory(&mut SystemRng);
    TimeStampingAuthority::of(world(), serials, Arc::new(Stopped)).unwrap()
}

/// Authorities by the path of their address, without sockets; remembers who was asked.
#[derive(Default)]
struct Town {
    authorities: BTreeMap<String, Router>,
    asked: Mutex<Vec<String>>,
}
#[async_trait::async_trait]
impl Http for Town {
    async fn post(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let path = request.url.path().to_owned();
        self.asked.lock().unwrap().push(path.clone());
        let Some(router) = self.authorities.get(&path) else {
            return Err(HttpError::NotConnected {
                at: path,
                reason: "nobody is there".to_owned(),
            });
        };
        let sent = Request::post(path)
            .header(header::CONTENT_TYPE, request.content_type)
            .body(Body::from(request.body.to_vec()))
            .unwrap();
        let (parts, body) = router.clone().oneshot(sent).await.unwrap().into_parts();
        let body = axum::body::to_bytes(body, request.max_response).await.unwrap();
        let content_type = parts
            .headers
            .get(header::CONTENT_TYPE)
            .map(|value| value.to_str().unwrap().to_owned());
        if parts.status.is_success() && !request.accepts(content_type.as_deref()) {
            return Err(HttpError::MediaType {
                at: request.url.path().to_owned(),
                found: content_type.unwrap_or_default(),
            });
        }
        Ok(HttpResponse {
            status: parts.status.as_u16(),
            content_type,
            body: Zeroizing::new(body.to_vec()),
        })
    }
}
/// Authorities `/0`, `/1`… that behave like this; `None`: nobody is there.
fn town(behaviours: &[Option<Behaviour>]) -> (Arc<Town>, Config) {
    let mut town = Town::default();
    let mut authorities = Vec::new();
    for (index, behaviour) in behaviours.iter().enumerate() {
        let path = format!("/{index}");
        if let Some(behaviour) = behaviour {
            town.authorities
                .insert(path.clone(), authority().behaving(*behaviour).router(&path));
        }
        let url = Url::parse(&format!("http://account:secret@tsa.example{path}?key=secret")).unwrap();
        authorities.push(Authority {
            policy: Some(POLICY.to_owned()),
            time_limit: Duration::from_millis(500),
            ..Authority::at(url)
        });
    }
    (Arc::new(town), Config::of(authorities))
}
async fn stamp(stamper: &TimeStamper) -> Result<TimeStamp, TimeStampingError> {
    stamper
        .stamp(
            Digest::Sha256,
            &Digest::Sha256.of(DATA),
            made_at(),
            &mut SystemRng,
        )
        .await
}
fn anchors(ca: Ca) -> Vec<Anchor> {
    vec![Anchor(
        Certificate::from_der(world().authority(ca).unwrap()).unwrap(),
    )]
}
/// Why the one authority that behaves so is not used.
async fn reason(behaviour: Behaviour) -> FailedReason {
    let (town, config) = town(&[Some(behaviour)]);
    match stamp(&TimeStamper::new(town, config).unwrap()).await.unwrap_err() {
        TimeStampingError::Exhausted(mut failed) => failed.pop().unwrap().reason,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn the_first_authority_is_asked_and_no_other_when_it_answers() {
    let (town, config) = town(&[Some(Behaviour::Sound), Some(Behaviour::Sound)]);
    let stamper = TimeStamper::new(town.clone(), config)
        .unwrap()
        .trusting(anchors(Ca::TimeStamps));
    let issued = stamp(&stamper).await.unwrap();
    assert!(issued.token.covers(DATA));
    assert_eq!(issued.authority, "http://tsa.example/0");
    assert!(issued.failed.is_empty());
    assert_eq!(*town.asked.lock().unwrap(), ["/0"]);
}

#[tokio::test]
async fn each_authority_that_fails_is_passed_over_in_order_and_named() {
    let behaviours = [
        None,
        Some(Behaviour::HttpError(StatusCode::SERVICE_UNAVAILABLE)),
        Some(Behaviour::Silent),
        Some(Behaviour::OtherKey),
        Some(Behaviour::Rejecting(Failure::SystemFailure)),
        Some(Behaviour::Sound),
        Some(Behaviour::Sound),
    ];
    let (town, config) = town(&behaviours);
    let issued = stamp(&TimeStamper::new(town.clone(), config).unwrap())
        .await
        .unwrap();
    assert_eq!(issued.authority, "http://tsa.example/5");
    let reasons: Vec<_> = issued.failed.iter().map(ToString::to_string).collect();
    assert_eq!(
        reasons,
        [
            "http://tsa.example/0: /0: no connection: nobody is there",
            "http://tsa.example/1: answers with status 503",
            "http://tsa.example/2: no answer within 500ms",
            "http://tsa.example/3: the time-stamp's signature does not verify",
            "http://tsa.example/4: the time-stamp was not granted: rejection, systemFailure: this authority rejects \
             whatever is asked",
        ]
    );
    assert_eq!(*town.asked.lock().unwrap(), ["/0", "/1", "/2", "/3", "/4", "/5"]);
}

#[tokio::test]
async fn nothing_is_used_that_is_not_the_answer_to_the_question() {
    let tsp = async |behaviour| match reason(behaviour).await {
        FailedReason::Tsp(error) => error,
        other => panic!("{other}"),
    };
    assert_eq!(tsp(Behaviour::WrongImprint).await, TspError::Imprint);
    assert_eq!(tsp(Behaviour::WrongNonce).await, TspError::Nonce);
    assert_eq!(
        tsp(Behaviour::WithoutCertificate).await,
        TspError::CertificateMissing
    );
    assert_eq!(
        tsp(Behaviour::OtherKey).await,
        TspError::Token(TokenError::Signature)
    );
    assert!(matches!(
        tsp(Behaviour::WrongPolicy).await,
        TspError::Policy { .. }
    ));
    assert!(matches!(tsp(Behaviour::Garbage).await, TspError::Format(_)));
    for off in [-121, 122] {
        let off = Behaviour::ClockOff(SignedDuration::from_secs(off));
        assert!(matches!(tsp(off).await, TspError::Time { .. }), "{off:?}");
    }
    assert!(matches!(
        reason(Behaviour::Page).await,
        FailedReason::Http(HttpError::MediaType { .. })
    ));
}

#[tokio::test]
async fn a_token_whose_signer_is_not_trusted_for_time_stamps_is_passed_over() {
    let (town, config) = town(&[Some(Behaviour::Sound)]);
    let stamper = TimeStamper::new(town, config).unwrap();
    stamp(&stamper).await.unwrap();
    let error = stamp(&stamper.trusting(anchors(Ca::Seals))).await.unwrap_err();
    let TimeStampingError::Exhausted(failed) = &error else {
        panic!("{error}");
    };
    assert!(
        matches!(failed.as_slice(), [one] if matches!(one.reason, FailedReason::Untrusted(_))),
        "{error}"
    );
}

#[tokio::test]
async fn when_the_deadline_has_come_nobody_is_asked_any_more() {
    let (town, config) = town(&[Some(Behaviour::Silent), Some(Behaviour::Sound)]);
    let config = Config {
        deadline: Duration::from_millis(50),
        ..config
    };
    let error = stamp(&TimeStamper::new(town.clone(), config).unwrap())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "no authority gave a time-stamp that can be used: \
         http://tsa.example/0: the deadline for all authorities came first; \
         http://tsa.example/1: the deadline for all authorities came first"
    );
    assert_eq!(*town.asked.lock().unwrap(), ["/0"]);
}

#[tokio::test]
async fn neither_accounts_nor_keys_of_an_address_are_told() {
    let (town, config) = town(&[None]);
    let stamper = TimeStamper::new(town, config).unwrap();
    let error = stamp(&stamper).await.unwrap_err();
    assert!(
        !format!("{error} {error:?} {stamper:?}").contains("secret"),
        "{error:?}"
    );
}

#[tokio::test]
async fn there_are_from_one_to_eight_authorities_and_what_is_stamped_is_a_digest() {
    for count in [0, 9] {
        let (town, config) = town(&vec![None; count]);
        let error = TimeStamper::new(town, config).unwrap_err();
        assert!(matches!(error, TimeStampingError::Count { .. }), "{error}");
    }
    let (town, config) = town(&[Some(Behaviour::Sound)]);
    let stamper = TimeStamper::new(town.clone(), config).unwrap();
    let error = stamper
        .stamp(Digest::Sha512, &[1; 32], made_at(), &mut SystemRng)
        .await
        .unwrap_err();
    assert!(matches!(error, TimeStampingError::Imprint(_)), "{error}");
    assert!(town.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_policy_that_cannot_be_asked_for_is_that_authoritys_failure() {
    let (town, mut config) = town(&[Some(Behaviour::Sound), Some(Behaviour::Sound)]);
    config.authorities.first_mut().unwrap().policy = Some("best".to_owned());
    let issued = stamp(&TimeStamper::new(town, config).unwrap()).await.unwrap();
    let reasons: Vec<_> = issued.failed.iter().map(ToString::to_string).collect();
    assert_eq!(
        reasons,
        [
            "http://tsa.example/0: cannot be asked: not a time-stamp request: the policy is no object identifier"
        ]
    );
}

/// By the guarded client, over sockets.
#[tokio::test]
async fn over_http_the_first_that_answers_properly_is_used() {
    let mut authorities = Vec::new();
    let mut origins = std::collections::BTreeSet::new();
    for behaviour in [Behaviour::Page, Behaviour::Silent, Behaviour::Sound] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/tsa", listener.local_addr().unwrap())).unwrap();
        origins.insert(url.origin().ascii_serialization());
        authorities.push(Authority {
            time_limit: Duration::from_secs(1),
            ..Authority::at(url)
        });
        let router = authority().behaving(behaviour).router("/tsa");
        tokio::spawn(async move { axum::serve(listener, router).await });
    }
    let last = authorities.last().unwrap().url.clone();
    let client = GuardedClient::new(GuardedConfig {
        development_origins: origins,
        ..GuardedConfig::default()
    })
    .unwrap();
    let http = Arc::new(client.transport(Purpose::TimeStamping));
    let stamper = TimeStamper::new(http, Config::of(authorities)).unwrap();
    let issued = stamp(&stamper.trusting(anchors(Ca::TimeStamps))).await.unwrap();
    assert_eq!(issued.authority, last.as_str());
    assert!(issued.token.covers(DATA));
    assert_eq!(issued.failed.len(), 2);
}

#[test]
fn the_configuration_is_read_with_its_defaults_and_nothing_unknown() {
    let config: Config = toml::from_str(
        "[[authorities]]\nurl = \"http://a.example/\"\n\
         [[authorities]]\nurl = \"https://b.example/tsa\"\npolicy = \"1.2.3\"\ntime_limit_seconds = 5\n",
    )
    .unwrap();
    assert_eq!(config.deadline, Duration::from_secs(30));
    assert_eq!(config.tolerance, Duration::from_mins(2));
    let limits: Vec<_> = config
        .authorities
        .iter()
        .map(|a| a.time_limit.as_secs())
        .collect();
    assert_eq!(limits, [10, 5]);
    for wrong in [
        "authorities = []\ndeadline = 3\n",
        "authorities = []\ndeadline_seconds = 0\n",
        "authorities = []\ntolerance_seconds = 3601\n",
        "[[authorities]]\nurl = \"nowhere\"\n",
    ] {
        assert!(toml::from_str::<Config>(wrong).is_err(), "{wrong}");
    }
}
