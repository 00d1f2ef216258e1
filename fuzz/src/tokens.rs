//! Time-stamp tokens, and the messages by which they are had.
use crate::world::WORLD;
use procura_ades::{
    Token,
    tsp::{Request, Response},
};

/// A token in DER.
///
/// # Panics
/// Where a rule is broken.
pub fn tokens(bytes: &[u8]) {
    let Ok(token) = Token::from_der(bytes) else { return };
    assert_eq!(token.der(), bytes, "it is not kept as it was transmitted");
    let again = Token::from_der(bytes).expect("it was read before");
    assert_eq!(
        format!("{token:?}"),
        format!("{again:?}"),
        "read twice, it says two things"
    );
    assert!(
        token.reference_digests().next().is_some(),
        "nothing refers to the signer"
    );
    assert_eq!(token.covers(b"imprint"), again.covers(b"imprint"));
    let verdict = token.verify(&WORLD.units);
    if let Ok(signer) = verdict {
        honest(&token);
        assert!(
            WORLD.units.contains(signer),
            "a stranger's certificate signs time-stamps"
        );
    }
    assert_eq!(
        verdict,
        again.verify(&WORLD.units),
        "judged twice, it is two things"
    );
}

/// Whether an authority of ours made it: its time and its number are of a token that it did make.
fn honest(token: &Token) {
    assert!(
        WORLD.times.contains(&token.time()),
        "a token verifies that nobody made"
    );
    assert_eq!(token.serial(), [0x11, 0x22], "a token verifies that nobody made");
    assert_eq!(token.policy(), "1.2.3.4", "a token verifies that nobody made");
}

/// A question to a time-stamping authority, or its answer.
///
/// # Panics
/// Where a rule is broken.
pub fn time_stamping(bytes: &[u8]) {
    if let Ok(request) = Request::from_der(bytes) {
        let written = request.to_der().expect("what was read can be written");
        assert_eq!(
            Request::from_der(&written).as_ref(),
            Ok(&request),
            "written and read, it is another"
        );
        let refused = Response::from_der(bytes);
        assert!(refused.is_err(), "it is a question and an answer");
    }
    let Ok(response) = Response::from_der(bytes) else {
        return;
    };
    let said = |response: &Response| format!("{response:?}");
    let written = response.to_der().expect("what was read can be written");
    let again = Response::from_der(&written).expect("what is written can be read");
    assert_eq!(said(&response), said(&again), "written and read, it is another");
    for text in response.texts() {
        assert!(
            !text.chars().any(char::is_control),
            "a control character in an authority's words"
        );
    }
    if let Ok(token) = response.accept(&WORLD.request) {
        honest(&token);
    }
    if let Ok(token) = response.accept_with(&WORLD.request, &WORLD.units) {
        honest(&token);
    }
}
