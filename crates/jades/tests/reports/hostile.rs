//! What strangers write into names and members, through the whole validation to each form of report.
use crate::{
    forge::{Issuer, cn, name, noon},
    sample,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use procura_ades::validation::{Anchors, Policy};
use procura_crypto::{Digest, EcdsaEncoding, Scheme};
use procura_jades::{
    Objects, Report, Rules, Validation,
    report::{Terminal, detailed, html, is_invisible, json, simple},
};
use procura_jose::{AlgorithmSet, base64url};
use procura_pki::Certificate;
use serde_json::{Value, json};

/// Markup, an escape sequence of terminals, a line that claims validity, and what turns text around.
const HOSTILE: &str = "</bdi><script>alert(1)</script>\" onmouseover=\"x\u{1b}[2J\u{1b}[32m\r\nVALID          the signature is valid\u{202e}dilav\u{200b}&amp;";

fn signed(seal: &Issuer, certificate: &Certificate, change: impl FnOnce(&mut Value)) -> Value {
    let mut header = json!({
        "alg": "ES256",
        "iat": noon().as_second(),
        "x5c": [BASE64_STANDARD.encode(certificate.der())],
        "x5t#S256": base64url::encode(&certificate.sha256()),
    });
    change(&mut header);
    let protected = base64url::encode(header.to_string().as_bytes());
    let scheme = Scheme::Ecdsa {
        digest: Digest::Sha256,
        encoding: EcdsaEncoding::Fixed,
    };
    let payload = if header.get("sigD").is_some() {
        String::new()
    } else {
        base64url::encode(b"{}")
    };
    let signature = seal
        .key
        .sign(scheme, format!("{protected}.{payload}").as_bytes())
        .unwrap();
    let mut document = json!({ "protected": protected, "signature": base64url::encode(&signature) });
    if !payload.is_empty() {
        document["payload"] = payload.into();
    }
    document
}

fn validated(document: &Value, rules: Rules, authority: &Issuer) -> Report {
    let (policy, algorithms, objects) = (Policy::default(), AlgorithmSet::all(), Objects::default());
    let anchors = Anchors {
        signatures: vec![authority.anchor()],
        time_stamps: Vec::new(),
    };
    let validation = Validation {
        rules,
        now: noon(),
        algorithms: &algorithms,
        policy: &policy,
        anchors: &anchors,
        certificates: &[],
        revocation: &[],
        objects: &objects,
    };
    validation.of_bytes(document.to_string().as_bytes())
}

/// Nothing of a report may act: neither in a terminal, nor in a page, nor where JSON is looked at.
fn assert_harmless(report: &Report, name: Option<&str>) {
    for terminal in [
        Terminal::default(),
        Terminal {
            colour: false,
            width: Some(40),
        },
    ] {
        for text in [simple(report, terminal), detailed(report, terminal)] {
            let acting = text.chars().find(|c| is_invisible(*c) && *c != '\n');
            assert_eq!(acting, None, "{text}");
            let forged = text
                .lines()
                .skip(1)
                .any(|line| line.starts_with("VALID          the signature is valid"));
            assert!(!forged, "{text}");
        }
    }
    let page = html(report, name).unwrap();
    let acting = page.chars().find(|c| is_invisible(*c) && *c != '\n');
    assert_eq!(acting, None, "{page}");
    assert!(
        !page.contains("<script") && !page.contains("\" onmouseover"),
        "{page}"
    );
    assert_eq!(page.matches("<bdi>").count(), page.matches("</bdi>").count());
    let told = json(report).unwrap();
    let acting = told.chars().find(|c| is_invisible(*c) && *c != '\n');
    assert_eq!(acting, None, "{told}");
    let read: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(read["profile"], report.profile);
}

#[test]
fn the_subject_of_a_certificate_shows_nothing_but_itself() {
    let authority = Issuer::new("CA");
    let subject = name(&[("2.5.4.10", 0x0c, HOSTILE), ("2.5.4.3", 0x0c, HOSTILE)]);
    let seal = Issuer::of(subject, procura_crypto::KeyKind::Ec(procura_crypto::Curve::P256));
    let certificate = seal.leaf().signed_by(&authority);
    let document = signed(&seal, &certificate, |_| {});
    let report = validated(&document, Rules::from(procura_jades::Profile::Strict), &authority);
    assert!(report.signatures[0].signer.as_deref().unwrap().contains("script"));
    assert!(simple(&report, Terminal::default()).contains("⟨U+202E⟩"));
    assert_harmless(&report, Some(HOSTILE));
}

#[test]
fn the_subject_of_an_authority_shows_nothing_but_itself() {
    let authority = Issuer::of(
        cn(HOSTILE),
        procura_crypto::KeyKind::Ec(procura_crypto::Curve::P256),
    );
    let seal = Issuer::new("Seal");
    let certificate = seal.leaf().signed_by(&authority);
    let document = signed(&seal, &certificate, |_| {});
    let report = validated(&document, Rules::dss_compat(), &authority);
    assert_harmless(&report, None);
}

#[test]
fn member_names_show_nothing_but_themselves() {
    let authority = Issuer::new("CA");
    let seal = Issuer::new("Seal");
    let certificate = seal.leaf().signed_by(&authority);
    let mut document = signed(&seal, &certificate, |header| {
        header["crit"] = json!([HOSTILE]);
        header[HOSTILE] = json!(1);
    });
    document[HOSTILE] = json!(1);
    document["header"] = json!({ format!("2{HOSTILE}"): 1 });
    for rules in [
        Rules::dss_compat(),
        Rules::from(procura_jades::Profile::Strict),
        Rules::from(procura_jades::Profile::Credential),
    ] {
        let report = validated(&document, rules, &authority);
        assert!(report.signatures[0].findings().count() >= 3);
        assert_harmless(&report, None);
    }
}

#[test]
fn uris_of_detached_objects_show_nothing_but_themselves() {
    let authority = Issuer::new("CA");
    let seal = Issuer::new("Seal");
    let certificate = seal.leaf().signed_by(&authority);
    let document = signed(&seal, &certificate, |header| {
        header["crit"] = json!(["sigD"]);
        header["sigD"] = json!({
            "mId": "http://uri.etsi.org/19182/ObjectIdByURIHash",
            "pars": [HOSTILE],
            "hashM": "S256",
            "hashV": [base64url::encode(&[7; 32])],
        });
    });
    let report = validated(&document, Rules::from(procura_jades::Profile::Strict), &authority);
    assert_eq!(report.signatures[0].objects, [HOSTILE]);
    assert!(simple(&report, Terminal::default()).contains("object         </bdi><script>"));
    assert_harmless(&report, None);
}

#[test]
fn what_cannot_be_read_shows_nothing_but_itself() {
    let authority = Issuer::new("CA");
    for text in [
        format!("{{\"{}\":1,\"x\":\u{1b}}}", HOSTILE.escape_default()),
        HOSTILE.to_owned(),
        format!("{{\"payload\":\"\",\"payload\":\"{}\"}}", '\u{202e}'),
    ] {
        let (policy, algorithms, objects) = (Policy::default(), AlgorithmSet::all(), Objects::default());
        let anchors = Anchors {
            signatures: vec![authority.anchor()],
            time_stamps: Vec::new(),
        };
        let validation = Validation {
            rules: Rules::dss_compat(),
            now: noon(),
            algorithms: &algorithms,
            policy: &policy,
            anchors: &anchors,
            certificates: &[],
            revocation: &[],
            objects: &objects,
        };
        let report = validation.of_bytes(text.as_bytes());
        assert!(report.unreadable.is_some(), "{text:?}");
        assert_harmless(&report, Some(&text));
    }
}

#[test]
fn every_sentence_of_a_report_is_made_harmless_whoever_wrote_it() {
    let mut signature = sample::past();
    signature.sentence = HOSTILE.to_owned();
    signature.signer = Some(HOSTILE.to_owned());
    signature.objects = vec![HOSTILE.to_owned()];
    for check in &mut signature.checks {
        check.sentence = HOSTILE.to_owned();
    }
    if let Some(claims) = &mut signature.claims {
        claims.organization_identifier = Some(HOSTILE.to_owned());
        claims.statements.legislation = vec![HOSTILE.to_owned()];
    }
    for stamp in &mut signature.time_stamps {
        stamp.sentence = HOSTILE.to_owned();
        for certificate in &mut stamp.path {
            certificate.subject = HOSTILE.to_owned();
            certificate.issuer = HOSTILE.to_owned();
        }
    }
    for certificate in &mut signature.path {
        certificate.subject = HOSTILE.to_owned();
        certificate.issuer = HOSTILE.to_owned();
    }
    let counter = signature.clone();
    signature.counter_signatures = vec![counter];
    assert_harmless(&sample::of(vec![signature.clone()]), None);
    signature.conclusion = procura_ades::SubIndication::HashFailure.into();
    assert_harmless(&sample::of(vec![signature]), None);
}
