//! The JSON Schemas that ETSI publishes with TS 119 182-1, over what we create; found through `PROCURA_CORPUS`.
use crate::{
    properties::{finished, with_everything},
    world::{PAYLOAD, World, response},
};
use boon::{Compiler, SchemaIndex, Schemas};
use procura_jades::{
    Augmented, Objects, Signing,
    augment::{Purpose, ValidationData},
    create::{Counter, Detachment, Encoding, HashAlgorithm, Object, Payload, Reference},
    document::{Document, Serialisation},
};
use serde_json::{Value, json};

struct Published {
    schemas: Schemas,
    protected: SchemaIndex,
    unprotected: SchemaIndex,
    clear: SchemaIndex,
    jws: SchemaIndex,
}
impl Published {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests find the corpus by an environment variable"
    )]
    fn find() -> Option<Self> {
        let corpus = std::env::var("PROCURA_CORPUS").ok()?;
        let mut compiler = Compiler::new();
        let mut add = |path: &str, schema: Value| {
            compiler
                .add_resource(&format!("https://schemas.test/{path}"), schema)
                .unwrap();
        };
        for (path, file) in [
            ("19182-jsonSchema.json", "19182-jsonSchema.json"),
            (
                "19182-protected-jsonSchema.json",
                "19182-protected-jsonSchema.json",
            ),
            (
                "19182-unprotected-jsonSchema.json",
                "19182-unprotected-jsonSchema.json",
            ),
            ("rfcs/rfc7515.json", "rfc7515.json"),
            ("rfcs/rfc7517.json", "rfc7517.json"),
        ] {
            let text = std::fs::read_to_string(format!("{corpus}/schemas/{file}")).unwrap();
            add(path, serde_json::from_str(&text).unwrap());
        }
        // Not among the published files: the two members by their RFCs.
        let integer = json!({ "definitions": { "iat": { "type": "integer" } } });
        let boolean = json!({ "definitions": { "b64": { "type": "boolean" } } });
        add("rfcs/rfc7519.json", integer);
        add("rfcs/rfc7797.json", boolean);
        let mut schemas = Schemas::new();
        let mut index = |path: &str| {
            compiler
                .compile(&format!("https://schemas.test/{path}"), &mut schemas)
                .unwrap()
        };
        Some(Self {
            protected: index("19182-protected-jsonSchema.json"),
            unprotected: index("19182-unprotected-jsonSchema.json"),
            clear: index("19182-jsonSchema.json#/definitions/etsiUClearInstance"),
            jws: index("rfcs/rfc7515.json#/definitions/jws"),
            schemas,
        })
    }

    fn hold(&self, text: &str) {
        let value = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
        self.holds(self.jws, &value);
        let document = Document::read(text.as_bytes()).unwrap();
        for signature in document.signatures.iter().map(|one| one.as_ref().unwrap()) {
            self.holds(self.protected, &Value::Object(signature.header.clone()));
            for property in &signature.unsigned.properties {
                self.holds(self.clear, &json!({ &property.name: property.value }));
            }
        }
        let top = [&value["header"]];
        let listed = value["signatures"].as_array().into_iter().flatten();
        for header in listed.map(|one| &one["header"]).chain(top) {
            if !header.is_null() {
                self.holds(self.unprotected, header);
            }
        }
    }
    fn holds(&self, schema: SchemaIndex, value: &Value) {
        if let Err(error) = self.schemas.validate(value, schema) {
            panic!("{error:#}\n{value:#}");
        }
    }
}

#[test]
fn what_is_created_and_augmented_holds_to_the_published_schemas() {
    let Some(published) = Published::find() else {
        println!("skipped: no corpus; PROCURA_CORPUS names its folder");
        return;
    };
    // The schemas do tell right from wrong.
    let bad = json!({ "alg": "ES256", "x5c": [], "iat": 1, "sigT": "2024-01-01T00:00:00Z" });
    assert!(published.schemas.validate(&bad, published.protected).is_err());
    assert!(
        published
            .schemas
            .validate(&json!({ "sigTst": {} }), published.clear)
            .is_err()
    );

    let world = World::new();
    with_everything(&world, |signing| {
        for serialisation in [
            Serialisation::Compact,
            Serialisation::Flattened,
            Serialisation::General,
        ] {
            published.hold(&finished(&world, signing, serialisation));
        }
    });
    for reference in [Reference::Sha512, Reference::Chain(HashAlgorithm::Sha384)] {
        let signing = Signing {
            reference,
            ..world.signing()
        };
        published.hold(&finished(&world, &signing, Serialisation::Flattened));
    }
    let objects = [Object {
        uri: "https://example.org/object",
        octets: PAYLOAD,
        media_type: Some("json"),
    }];
    for detachment in [Detachment::ByUri, Detachment::ByUriHash(HashAlgorithm::Sha256)] {
        let payload = Payload::Objects {
            detachment,
            objects: &objects,
            encoding: Encoding::Plain,
        };
        let prepared = world
            .signing()
            .prepare(&payload, Serialisation::Flattened)
            .unwrap();
        let signature = world.sign(prepared.bytes());
        published.hold(&prepared.finish(&signature).unwrap());
    }

    let text = finished(&world, &world.signing(), Serialisation::Flattened);
    let mut document = Augmented::read(text.as_bytes(), Objects::default()).unwrap();
    let over = document.signature_imprint(0).unwrap();
    document.add_signature_time_stamp(0, &world.token(&over)).unwrap();
    let mut data = world.revocation();
    data.push(response().0.into());
    for (purpose, certificates, revocation) in [
        (Purpose::Signature, &world.chain[2..], &data[..]),
        (Purpose::TimeStamps, &[world.sub.anchor().0][..], &[][..]),
        (Purpose::Any, &[world.root.anchor().0][..], &[][..]),
    ] {
        let data = ValidationData {
            certificates,
            revocation,
        };
        assert!(document.add_validation_data(0, purpose, &data).unwrap() > 0);
    }
    let over = document.archive_imprint(0).unwrap();
    document.add_archive_time_stamp(0, &world.token(&over)).unwrap();
    let text = document.to_json();
    for serialisation in [Serialisation::Compact, Serialisation::Flattened] {
        let counter = Counter {
            serialisation,
            attached: true,
        };
        let prepared = world
            .signing()
            .prepare_counter(text.as_bytes(), 0, counter)
            .unwrap();
        let signature = world.sign(prepared.bytes());
        published.hold(&prepared.finish(&signature).unwrap());
    }
}
