//! RFC 9068 access tokens that carry the credential that was proven (DOME §3.3.4.6, step 18).

use jiff::{SignedDuration, Timestamp};
use procura_crypto::PrivateKey;
use procura_did::Did;
use procura_jose::{
    Algorithm, AlgorithmSet, CompactJws, JwkSet, Understood,
    json::{JsonError, Limits},
    jws::{self, JwsError},
    jwt::{ClaimError, Claims},
};
use serde_json::{Map, Value, json};

/// `typ` of every access token (RFC 9068 §2.1).
pub const ACCESS_TOKEN_TYP: &str = "at+jwt";

/// What a token says. Personal data: `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// `iss` and `client_id`: the verifier's did:elsi.
    pub issuer: Did,
    /// `sub`: the holder's did:key.
    pub subject: Did,
    /// `aud`: the resource that the token is for.
    pub audience: String,
    /// `scope`: as in the Authorization Request.
    pub scope: String,
    /// `jti`.
    pub id: String,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `exp`.
    pub expires_at: Timestamp,
    /// `verifiableCredential[0]`: the credential as it was received.
    pub credential: String,
    /// `vc`: the same as JSON, for deployed relying parties.
    pub vc: Value,
}

impl core::fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "AccessToken({})", self.id)
    }
}

/// What a resource server demands of a token.
#[derive(Clone, Debug)]
pub struct TokenExpectations<'a> {
    /// The verifier's did:elsi.
    pub issuer: &'a str,
    /// This resource.
    pub audience: &'a str,
    /// Which algorithms.
    pub algorithms: &'a AlgorithmSet,
    /// The verifier's published keys.
    pub keys: &'a JwkSet,
    /// Tolerated difference of clocks in seconds.
    pub skew_seconds: i64,
}

/// Why a token is not accepted. Names, never content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// Not a compact JWS with a strict header, or the algorithm or signature is not acceptable.
    #[error(transparent)]
    Jws(#[from] JwsError),
    /// `typ` is not `at+jwt`: some other kind of JWT.
    #[error("typ is not \"at+jwt\"")]
    Type,
    /// `kid` is missing.
    #[error("kid is missing")]
    NoKey,
    /// `kid` names no published key.
    #[error("kid names no key that is published")]
    UnknownKey,
    /// The payload is not strict JSON.
    #[error("claims: {0}")]
    Json(#[from] JsonError),
    /// A claim is missing or of another type.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// `iss` is not the expected verifier.
    #[error("iss is not the expected verifier")]
    Issuer,
    /// `client_id` is not `iss`.
    #[error("client_id is not iss")]
    Client,
    /// `aud` is not this resource alone.
    #[error("aud is not this resource")]
    Audience,
    /// `exp` has passed.
    #[error("the token has expired")]
    Expired,
    /// `iat` lies in the future.
    #[error("the token is not yet valid")]
    NotYetValid,
}

impl AccessToken {
    /// Header and claims, to be signed by the key that is published as `kid`.
    #[must_use]
    pub fn to_parts(&self, algorithm: Algorithm, kid: &str) -> (Map<String, Value>, Value) {
        let mut header = Map::new();
        header.insert("alg".to_owned(), Value::from(algorithm.name()));
        header.insert("typ".to_owned(), Value::from(ACCESS_TOKEN_TYP));
        header.insert("kid".to_owned(), Value::from(kid));
        let claims = json!({
            "iss": self.issuer.as_str(),
            "sub": self.subject.as_str(),
            "aud": self.audience,
            "client_id": self.issuer.as_str(),
            "scope": self.scope,
            "jti": self.id,
            "iat": self.issued_at.as_second(),
            "exp": self.expires_at.as_second(),
            "verifiableCredential": [self.credential],
            "vc": self.vc,
        });
        (header, claims)
    }
}

/// Mints a token with a key in memory, and verifies the signature before the token leaves.
///
/// ES256 is the default of this house; RS256 is what RFC 9068 §4 makes every resource server understand.
///
/// # Errors
/// [`JwsError`] when the algorithm does not fit the key, or the provider's signature does not verify.
pub fn mint(
    key: &PrivateKey,
    algorithm: Algorithm,
    kid: &str,
    token: &AccessToken,
) -> Result<String, JwsError> {
    let (header, claims) = token.to_parts(algorithm, kid);
    let minted = jws::sign(key, algorithm, header, claims.to_string().as_bytes())?;
    CompactJws::parse(&minted, Understood::default(), Limits::default())?
        .verify(key.public_key(), &AlgorithmSet::new(&[algorithm]))?;
    Ok(minted)
}

/// Verifies a token as a resource server must (RFC 9068 §4): type, algorithm, key, signature, issuer, audience, times.
///
/// # Errors
/// [`TokenError`] names the first rule that is broken.
pub fn verify(
    text: &str,
    expected: &TokenExpectations<'_>,
    now: Timestamp,
) -> Result<AccessToken, TokenError> {
    let jws = CompactJws::parse(text, Understood::default(), Limits::default())?;
    let typ = jws.header.typ.as_deref().unwrap_or_default();
    if !typ.eq_ignore_ascii_case(ACCESS_TOKEN_TYP) && !typ.eq_ignore_ascii_case("application/at+jwt") {
        return Err(TokenError::Type);
    }
    let kid = jws.header.kid.as_deref().ok_or(TokenError::NoKey)?;
    let jwk = expected.keys.find(kid).ok_or(TokenError::UnknownKey)?;
    if jwk.alg.is_some_and(|alg| alg != jws.header.alg) {
        return Err(JwsError::WrongKey(jws.header.alg.name()).into());
    }
    let verified = jws.verify(&jwk.key, expected.algorithms)?;
    let claims = Claims::parse(verified.payload())?;

    let issuer = did(&claims, "iss")?;
    if issuer.as_str() != expected.issuer {
        return Err(TokenError::Issuer);
    }
    if claims.string("client_id")? != issuer.as_str() {
        return Err(TokenError::Client);
    }
    if claims.audience()? != [expected.audience] {
        return Err(TokenError::Audience);
    }
    let skew = SignedDuration::from_secs(expected.skew_seconds.max(0));
    let issued_at = claims.time("iat")?;
    let expires_at = claims.time("exp")?;
    if expires_at.checked_add(skew).is_ok_and(|until| now >= until) {
        return Err(TokenError::Expired);
    }
    if now.checked_add(skew).is_ok_and(|latest| issued_at > latest) {
        return Err(TokenError::NotYetValid);
    }
    let credential = match claims
        .0
        .get("verifiableCredential")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    {
        Some([Value::String(credential)]) => credential.clone(),
        _ => return Err(ClaimError("verifiableCredential").into()),
    };
    let vc = claims
        .0
        .get("vc")
        .filter(|vc| vc.is_object())
        .ok_or(ClaimError("vc"))?
        .clone();
    Ok(AccessToken {
        subject: did(&claims, "sub")?,
        issuer,
        audience: expected.audience.to_owned(),
        scope: claims.string("scope")?.to_owned(),
        id: claims.string("jti")?.to_owned(),
        issued_at,
        expires_at,
        credential,
        vc,
    })
}

fn did(claims: &Claims, name: &'static str) -> Result<Did, TokenError> {
    Did::parse(claims.string(name)?).map_err(|_| ClaimError(name).into())
}

#[cfg(test)]
mod tests {
    use super::{AccessToken, TokenError, TokenExpectations, mint, verify};
    use jiff::{SignedDuration, Timestamp};
    use procura_crypto::{Curve, KeyKind, PrivateKey};
    use procura_did::Did;
    use procura_jose::{
        Algorithm, AlgorithmSet, Jwk, JwkSet,
        jws::{self, JwsError},
        jwt::ClaimError,
    };
    use serde_json::{Map, Value, json};

    const ISSUER: &str = "did:elsi:VATFR-99999999";
    const AUDIENCE: &str = "https://dome-marketplace.example/onboarding";

    fn now() -> Timestamp {
        Timestamp::from_second(1_618_354_090).expect("a time")
    }

    fn token() -> AccessToken {
        AccessToken {
            issuer: Did::parse(ISSUER).expect("a DID"),
            subject: Did::parse("did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169").expect("a DID"),
            audience: AUDIENCE.to_owned(),
            scope: crate::vp::scope::LEAR_CREDENTIAL.to_owned(),
            id: "dbe39bf3a3ba4238a513f51d6e1691c4".to_owned(),
            issued_at: now(),
            expires_at: now() + SignedDuration::from_secs(900),
            credential: "aaaa.bbbb.cccc".to_owned(),
            vc: json!({ "type": ["VerifiableCredential", "LEARCredential"] }),
        }
    }

    struct World {
        key: PrivateKey,
        keys: JwkSet,
        algorithms: AlgorithmSet,
    }

    fn world() -> World {
        let key = PrivateKey::generate(KeyKind::Ec(Curve::P256)).expect("a key");
        let jwk = Jwk {
            kid: Some("k1".to_owned()),
            alg: Some(Algorithm::Es256),
            ..Jwk::of(key.public_key().clone())
        };
        World {
            key,
            keys: JwkSet(vec![jwk]),
            algorithms: AlgorithmSet::new(&[Algorithm::Es256, Algorithm::Rs256]),
        }
    }

    impl World {
        fn check(&self, text: &str, now: Timestamp) -> Result<AccessToken, TokenError> {
            let expected = TokenExpectations {
                issuer: ISSUER,
                audience: AUDIENCE,
                algorithms: &self.algorithms,
                keys: &self.keys,
                skew_seconds: 5,
            };
            verify(text, &expected, now)
        }

        /// A token in which one thing was changed before it was signed.
        fn changed(&self, change: impl FnOnce(&mut Map<String, Value>, &mut Map<String, Value>)) -> String {
            let (mut header, claims) = token().to_parts(Algorithm::Es256, "k1");
            let Value::Object(mut claims) = claims else {
                panic!("an object")
            };
            change(&mut header, &mut claims);
            jws::sign(
                &self.key,
                Algorithm::Es256,
                header,
                Value::Object(claims).to_string().as_bytes(),
            )
            .expect("signed")
        }

        fn claim(&self, name: &str, value: Value) -> Result<AccessToken, TokenError> {
            let text = self.changed(|_, claims| drop(claims.insert(name.to_owned(), value)));
            self.check(&text, now())
        }
    }

    #[test]
    fn a_minted_token_is_verified_and_says_the_same() {
        let world = world();
        let minted = mint(&world.key, Algorithm::Es256, "k1", &token()).expect("minted");
        assert_eq!(world.check(&minted, now()), Ok(token()));
        let (header, claims) = token().to_parts(Algorithm::Es256, "k1");
        insta::assert_json_snapshot!(json!({ "header": header, "claims": claims }));
    }

    #[test]
    fn rs256_is_supported() {
        let mut world = world();
        world.key = PrivateKey::generate(KeyKind::Rsa(2048)).expect("a key");
        world.keys = JwkSet(vec![Jwk {
            kid: Some("r1".to_owned()),
            ..Jwk::of(world.key.public_key().clone())
        }]);
        let minted = mint(&world.key, Algorithm::Rs256, "r1", &token()).expect("minted");
        assert_eq!(world.check(&minted, now()), Ok(token()));
        assert!(mint(&world.key, Algorithm::Es256, "r1", &token()).is_err());
    }

    #[test]
    fn another_typ_is_refused() {
        let world = world();
        for typ in ["JWT", "vc+jwt", "oauth-authz-req+jwt"] {
            let text = world.changed(|header, _| drop(header.insert("typ".to_owned(), json!(typ))));
            assert_eq!(world.check(&text, now()), Err(TokenError::Type), "{typ}");
        }
        let text = world.changed(|header, _| drop(header.remove("typ")));
        assert_eq!(world.check(&text, now()), Err(TokenError::Type));
    }

    #[test]
    fn an_algorithm_that_is_not_allowed_is_refused() {
        let mut world = world();
        let minted = mint(&world.key, Algorithm::Es256, "k1", &token()).expect("minted");
        world.algorithms = AlgorithmSet::new(&[Algorithm::Rs256]);
        assert_eq!(
            world.check(&minted, now()),
            Err(TokenError::Jws(JwsError::NotAllowed("ES256")))
        );
    }

    #[test]
    fn an_algorithm_that_is_not_the_published_keys_is_refused() {
        let mut world = world();
        let minted = mint(&world.key, Algorithm::Es256, "k1", &token()).expect("minted");
        world.keys.0[0].alg = Some(Algorithm::Rs256);
        assert_eq!(
            world.check(&minted, now()),
            Err(TokenError::Jws(JwsError::WrongKey("ES256")))
        );
    }

    #[test]
    fn an_unknown_or_missing_kid_is_refused() {
        let world = world();
        let text = world.changed(|header, _| drop(header.insert("kid".to_owned(), json!("k2"))));
        assert_eq!(world.check(&text, now()), Err(TokenError::UnknownKey));
        let text = world.changed(|header, _| drop(header.remove("kid")));
        assert_eq!(world.check(&text, now()), Err(TokenError::NoKey));
    }

    #[test]
    fn another_keys_signature_is_refused() {
        let world = world();
        let stranger = PrivateKey::generate(KeyKind::Ec(Curve::P256)).expect("a key");
        let text = mint(&stranger, Algorithm::Es256, "k1", &token()).expect("minted");
        assert_eq!(
            world.check(&text, now()),
            Err(TokenError::Jws(JwsError::Signature))
        );
    }

    #[test]
    fn another_issuer_is_refused() {
        let world = world();
        let other = "did:elsi:VATES-12345678";
        let text = world.changed(|_, claims| {
            claims.insert("iss".to_owned(), json!(other));
            claims.insert("client_id".to_owned(), json!(other));
        });
        assert_eq!(world.check(&text, now()), Err(TokenError::Issuer));
        assert_eq!(world.claim("client_id", json!(other)), Err(TokenError::Client));
    }

    #[test]
    fn another_audience_is_refused() {
        let world = world();
        assert_eq!(
            world.claim("aud", json!("https://other.example")),
            Err(TokenError::Audience)
        );
        assert_eq!(
            world.claim("aud", json!([AUDIENCE, "https://other.example"])),
            Err(TokenError::Audience)
        );
        assert!(world.claim("aud", json!([AUDIENCE])).is_ok());
    }

    #[test]
    fn times_are_held_with_the_skew_and_no_more() {
        let world = world();
        let minted = mint(&world.key, Algorithm::Es256, "k1", &token()).expect("minted");
        let after = |seconds| now() + SignedDuration::from_secs(seconds);
        assert!(world.check(&minted, after(904)).is_ok());
        assert_eq!(world.check(&minted, after(905)), Err(TokenError::Expired));
        assert!(world.check(&minted, after(-5)).is_ok());
        assert_eq!(world.check(&minted, after(-6)), Err(TokenError::NotYetValid));
    }

    #[test]
    fn each_missing_or_mistyped_claim_is_refused_by_name() {
        let world = world();
        for name in [
            "iss",
            "sub",
            "aud",
            "client_id",
            "scope",
            "jti",
            "iat",
            "exp",
            "verifiableCredential",
            "vc",
        ] {
            let text = world.changed(|_, claims| drop(claims.remove(name)));
            let expected = Err(TokenError::Claim(ClaimError(name)));
            assert_eq!(world.check(&text, now()), expected, "{name} missing");
            assert_eq!(world.claim(name, json!(1.5)), expected, "{name} mistyped");
        }
    }

    #[test]
    fn debug_shows_no_person() {
        assert_eq!(
            format!("{:?}", token()),
            "AccessToken(dbe39bf3a3ba4238a513f51d6e1691c4)"
        );
    }
}
