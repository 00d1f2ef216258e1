//! Documents, their protected headers, and their unsigned properties.
use crate::{
    forge::at,
    responder,
    scene::{
        ARCHIVED, COLLECTED, PROVEN, SIGNED, Scene, add, archive, certificates, container, list, properties,
        revocation, stamp, token,
    },
    write as write_seed,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use procura_fuzz::world::{PAYLOAD, URI};
use procura_jades::{
    Signing,
    create::{
        Content, Counter, Detachment, Encoding, HashAlgorithm, Object, Payload, PreparedSignature, Shared,
    },
    document::Serialisation,
};
use procura_jose::{Algorithm, base64url};
use serde_json::{Value, json};

/// Everything that is made of the one document, which is given back.
pub fn write(scene: &Scene) -> Value {
    let plain = scene.document();
    write_json("world", "plain.json", &plain);
    write_seed(
        "world",
        "times.txt",
        format!("{PROVEN}\n{ARCHIVED}\n2026-06-01T12:00:00.5Z\n"),
    );
    let mut levels = vec![("b", plain.clone())];
    let mut document = plain.clone();
    stamp(&mut document, &scene.first, PROVEN);
    levels.push(("t", document.clone()));
    let mut with_response = document.clone();
    let lists = [&scene.root, &scene.authority, &scene.stamps].map(|issuer| list(issuer, COLLECTED, &[]));
    add(
        &mut document,
        "xVals",
        &certificates(&[&scene.authority_certificate]),
    );
    add(&mut document, "rVals", &revocation(&lists));
    levels.push(("lt", document.clone()));
    archive(&mut document, &scene.second, ARCHIVED);
    levels.push(("lta", document.clone()));
    add(
        &mut document,
        "tstVD",
        &json!({
            "xVals": certificates(&[&scene.stamps_certificate]),
            "rVals": revocation(&lists[2..]),
        }),
    );
    archive(&mut document, &scene.first, ARCHIVED);
    levels.push(("lta-renewed", document));
    let response = crate::objects::answer(scene, &responder::good()).der();
    let responses = json!({ "ocspVals": [{ "val": BASE64_STANDARD.encode(response) }] });
    add(&mut with_response, "rVals", &responses);
    levels.push(("lt-ocsp", with_response));
    for (name, document) in &levels {
        write_json("documents", &format!("{name}.json"), document);
        let transmitted = properties(document);
        write_json(
            "etsi_u",
            &format!("{name}-encoded.json"),
            &transmitted.clone().into(),
        );
        let clear: Value = transmitted
            .iter()
            .map(|one| decoded(one.as_str().unwrap()))
            .collect();
        write_json("etsi_u", &format!("{name}-clear.json"), &clear);
    }
    let text = |name: &str| plain[name].as_str().unwrap();
    let compact = [text("protected"), text("payload"), text("signature")].join(".");
    write_seed("documents", "compact.jws", &compact);
    write_seed("jws", "compact.jws", &compact);
    write_json("jws", "flattened.json", &plain);
    write_seed(
        "headers",
        "plain.json",
        base64url::decode(text("protected")).unwrap(),
    );
    forms(scene, &plain);
    headers(scene);
    odd_properties(scene, &plain);
    plain
}

fn sealed(scene: &Scene, prepared: PreparedSignature) -> String {
    let signature = scene
        .seal
        .key
        .sign(Algorithm::Es256.scheme(), prepared.bytes())
        .unwrap();
    prepared.finish(&signature).unwrap()
}

/// What `Signing` makes beside the one document.
fn forms(scene: &Scene, plain: &Value) {
    let chain = [scene.certificate.clone(), scene.authority_certificate.clone()];
    let signing = Signing::new(Algorithm::Es256, &chain, at(SIGNED));
    let objects = [Object {
        uri: URI,
        octets: PAYLOAD,
        media_type: Some("application/json"),
    }];
    let detached = |detachment, encoding| Payload::Objects {
        detachment,
        objects: &objects,
        encoding,
    };
    let content = Content::new(PAYLOAD);
    let as_it_is = Content {
        encoding: Encoding::Plain,
        media_type: Some("json"),
        ..content
    };
    for (name, payload, serialisation) in [
        (
            "attached.json",
            Payload::Attached(content),
            Serialisation::General,
        ),
        (
            "unencoded.json",
            Payload::Attached(as_it_is),
            Serialisation::Flattened,
        ),
        (
            "by-uri.json",
            detached(Detachment::ByUri, Encoding::Base64url),
            Serialisation::Flattened,
        ),
        (
            "by-uri-hash.json",
            detached(Detachment::ByUriHash(HashAlgorithm::Sha256), Encoding::Plain),
            Serialisation::General,
        ),
        (
            "by-uri-hash.jws",
            detached(Detachment::ByUriHash(HashAlgorithm::Sha512), Encoding::Base64url),
            Serialisation::Compact,
        ),
    ] {
        let document = sealed(scene, signing.prepare(&payload, serialisation).unwrap());
        write_seed("documents", name, &document);
        write_seed("jws", name, &document);
        let protected = match serde_json::from_str::<Value>(&document) {
            Ok(value) => value["protected"]
                .as_str()
                .or_else(|| value["signatures"][0]["protected"].as_str())
                .unwrap()
                .to_owned(),
            Err(_) => document.split('.').next().unwrap().to_owned(),
        };
        write_seed(
            "headers",
            &format!("{name}.header.json"),
            base64url::decode(&protected).unwrap(),
        );
    }
    let mut typed = signing.clone();
    typed.typ = Some("JWT");
    let credential = sealed(
        scene,
        typed
            .prepare(&Payload::Attached(content), Serialisation::Compact)
            .unwrap(),
    );
    write_seed("documents", "credential.jws", &credential);
    let shared = Shared::Inside { media_type: None };
    let both = sealed(
        scene,
        signing
            .prepare_parallel(plain.to_string().as_bytes(), &shared)
            .unwrap(),
    );
    write_seed("documents", "parallel.json", &both);
    write_seed("jws", "parallel.json", &both);
    let mut document = plain.to_string();
    for (serialisation, attached) in [(Serialisation::Compact, false), (Serialisation::Flattened, true)] {
        let counter = Counter {
            serialisation,
            attached,
        };
        document = sealed(
            scene,
            signing.prepare_counter(document.as_bytes(), 0, counter).unwrap(),
        );
    }
    write_seed("documents", "counter-signed.json", &document);
    let document: Value = serde_json::from_str(&document).unwrap();
    let clear: Value = properties(&document)
        .iter()
        .map(|one| decoded(one.as_str().unwrap()))
        .collect();
    write_json("etsi_u", "counter-signed.json", &clear);
}

/// Headers with everything that one may hold; who signs them does not matter.
fn headers(scene: &Scene) {
    let digest = base64url::encode(&scene.certificate.sha256());
    let stamp = container(&token(&scene.first, PAYLOAD, PROVEN));
    let base = |more: Value| {
        let mut header = Value::Object(scene.header());
        for (name, value) in more.as_object().unwrap() {
            header[name] = value.clone();
        }
        header
    };
    let all = [
        (
            "b64",
            json!({ "crit": ["b64"], "b64": false, "typ": "jose", "cty": "json", "kid": "key" }),
        ),
        (
            "sig-t",
            json!({ "sigT": "2024-06-01T12:00:00Z", "crit": ["sigT"], "iat": null }),
        ),
        (
            "references",
            json!({ "sigX5ts": [
            { "digAlg": "S256", "digVal": digest }, { "digAlg": "S512", "digVal": "AAAA" } ], "crit": ["sigX5ts"] }),
        ),
        (
            "other-reference",
            json!({ "x5t#o": { "digAlg": "S384", "digVal": "AAAA" }, "crit": ["x5t#o"] }),
        ),
        (
            "commitment",
            json!({ "srCms": [{ "commId": { "id": "http://uri.etsi.org/01903/v1.2.2#ProofOfOrigin", "desc": "x" } }],
            "sigPl": { "addressCountry": "DE", "addressLocality": "Aachen" }, "crit": ["srCms", "sigPl"] }),
        ),
        (
            "policy",
            json!({ "sigPId": { "id": { "id": "urn:oid:1.2.3" }, "hashAlg": "S256", "hashVal": digest, "digPSp": true,
            "sigPQuals": [{ "spURI": URI }, { "spDSpec": { "id": "urn:oid:1.2.4" } }] }, "crit": ["sigPId"] }),
        ),
        (
            "attributes",
            json!({ "srAts": { "claimed": [{ "mediaType": "text/plain", "encoding": "x", "qVals": ["a"] }],
            "certified": [{ "x509AttrCert": { "val": "AAAA" } }] }, "crit": ["srAts"] }),
        ),
        (
            "content-time-stamp",
            json!({ "adoTst": stamp, "crit": ["adoTst"] }),
        ),
        (
            "detached",
            json!({ "sigD": { "mId": "http://uri.etsi.org/19182/HttpHeaders", "pars": ["(request-target)", "digest"] },
            "crit": ["sigD"] }),
        ),
        (
            "detached-digests",
            json!({ "sigD": { "mId": "http://uri.etsi.org/19182/ObjectIdByURIHash", "pars": [URI],
            "hashM": "S256", "hashV": [digest], "ctys": ["json"] }, "crit": ["sigD", "b64"], "b64": true }),
        ),
        (
            "urls",
            json!({ "jku": "https://example.org", "jwk": { "kty": "oct", "k": "" }, "x5u": "https://example.org" }),
        ),
    ];
    for (name, more) in all {
        write_json("headers", &format!("{name}.json"), &base(more));
    }
}

/// Properties that the levels do not have.
fn odd_properties(scene: &Scene, plain: &Value) {
    let value = plain["signature"].as_str().unwrap().as_bytes();
    let stamp = container(&token(&scene.second, value, ARCHIVED));
    write_json(
        "etsi_u",
        "odd.json",
        &json!([
            { "sigRTst": stamp }, { "rfsTst": stamp }, { "xRefs": [{ "digAlg": "S256", "digVal": "AAAA", "kid": "AAAA" }] },
            { "rRefs": { "crlRefs": [{ "digAlg": "S256", "digVal": "AAAA" }] } }, { "axVals": [] }, { "arVals": {} },
            { "sigPSt": { "sigPolDoc": "AAAA", "spDSpec": { "id": "urn:oid:1.2.4" } } }, { "anyValData": { "xVals": [], "rVals": {} } },
            { "cSig": "a.b.c" }, { "uSigAt": [] }, { "unknown": 1.5e3 }, 7, "not base64url!", {},
        ]),
    );
}

fn decoded(property: &str) -> Value {
    serde_json::from_slice(&base64url::decode(property).unwrap()).unwrap()
}
fn write_json(target: &str, name: &str, value: &Value) {
    write_seed(target, name, value.to_string());
}
