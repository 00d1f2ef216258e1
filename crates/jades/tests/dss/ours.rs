//! What we create at every level and in every form: what both conclude of it.
use crate::{
    forge::{noon, tlv},
    judged::{Sample, Samples, compare},
    world::{LISTED, OBJECTS, World, is_detached, list, objects, root},
};
use procura_jades::{
    Augmented, Objects, Sealing, Signing,
    augment::{Purpose, ValidationData},
    create::{
        Commitment, Content, Counter, Detachment, Encoding, HashAlgorithm, Identifier, Object, Payload,
        Place, Reference, Shared,
    },
    document::Serialisation,
    evidence, prepare,
};
use procura_jose::Algorithm;
use procura_pki::RevocationData;

const PAYLOAD: &[u8] = br#"{"vc":{"type":["VerifiableCredential","LEARCredentialEmployee"]}}"#;

impl World {
    fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.seal.key.sign(self.algorithm.scheme(), bytes).unwrap()
    }
    fn signed(&self, signing: &Signing<'_>, payload: &Payload<'_>, form: Serialisation) -> String {
        let prepared = signing.prepare(payload, form).unwrap();
        let signature = self.sign(prepared.bytes());
        prepared.finish(&signature).unwrap()
    }
    fn token(&self, over: &[u8], time: &str) -> Vec<u8> {
        let mut parts = self.unit.over(over);
        parts.after_serial = vec![tlv(0x18, time.as_bytes())];
        self.unit.sign(&parts)
    }
    /// The document at B-T, B-LT and B-LTA.
    fn raised(&self, signed: &str, name: &str) -> Vec<(String, Vec<u8>)> {
        let objects = if is_detached(name) {
            objects()
        } else {
            Objects::default()
        };
        let mut document = Augmented::read(signed.as_bytes(), objects).unwrap();
        let mut made = Vec::new();
        let token = self.token(&document.signature_imprint(0).unwrap(), "20260601120100Z");
        document.add_signature_time_stamp(0, &token).unwrap();
        made.push((format!("b-t-{name}.json"), document.to_json().into_bytes()));
        let roots = [root(&self.authority).0, root(&self.stamper).0];
        let crl = |issuer| RevocationData::Crl(list(issuer, LISTED).read().unwrap());
        for (purpose, at, issuer) in [
            (Purpose::Signature, 0, &self.authority),
            (Purpose::TimeStamps, 1, &self.stamper),
        ] {
            let data = ValidationData {
                certificates: &roots[at..=at],
                revocation: &[crl(issuer)],
            };
            document.add_validation_data(0, purpose, &data).unwrap();
        }
        made.push((format!("b-lt-{name}.json"), document.to_json().into_bytes()));
        let token = self.token(&document.archive_imprint(0).unwrap(), "20260601133000Z");
        document.add_archive_time_stamp(0, &token).unwrap();
        made.push((format!("b-lta-{name}.json"), document.to_json().into_bytes()));
        made
    }
    fn documents(&self) -> Vec<(String, Vec<u8>)> {
        let chain = [self.certificate.clone()];
        let signing = Signing::new(self.algorithm, &chain, noon());
        let attached = Payload::Attached(Content::new(PAYLOAD));
        let mut made = Vec::new();
        for (name, form) in [
            ("compact", Serialisation::Compact),
            ("flattened", Serialisation::Flattened),
            ("general", Serialisation::General),
        ] {
            let document = self.signed(&signing, &attached, form);
            made.extend(self.raised(&document, name));
            made.push((format!("b-b-{name}"), document.into_bytes()));
        }
        let listed = OBJECTS.map(|(uri, content)| Object {
            uri,
            octets: content.as_bytes(),
            media_type: None,
        });
        for (name, detachment) in [
            ("by-uri", Detachment::ByUri),
            ("by-hash", Detachment::ByUriHash(HashAlgorithm::Sha256)),
        ] {
            let payload = Payload::Objects {
                detachment,
                objects: &listed,
                encoding: Encoding::default(),
            };
            let document = self.signed(&signing, &payload, Serialisation::Flattened);
            made.extend(self.raised(&document, name));
            made.push((format!("b-b-{name}"), document.into_bytes()));
        }
        let rich = Signing {
            reference: Reference::Sha512,
            commitments: &[Commitment {
                id: Identifier::new("http://uri.etsi.org/01903/v1.2.2#ProofOfApproval"),
                qualifiers: &[],
            }],
            place: Some(Place {
                country: Some("ES"),
                locality: Some("Madrid"),
                ..Place::default()
            }),
            ..signing.clone()
        };
        let document = self.signed(&rich, &attached, Serialisation::Flattened);
        made.extend(self.raised(&document, "rich"));
        made.push(("b-b-rich".to_owned(), document.into_bytes()));

        let one = self.signed(&signing, &attached, Serialisation::General);
        let beside = rich
            .prepare_parallel(one.as_bytes(), &Shared::Inside { media_type: None })
            .unwrap();
        let signature = self.sign(beside.bytes());
        made.push((
            "b-b-parallel".to_owned(),
            beside.finish(&signature).unwrap().into_bytes(),
        ));
        for (name, serialisation, attached) in [
            ("compact", Serialisation::Compact, true),
            ("detached", Serialisation::Flattened, false),
        ] {
            let counter = Counter {
                serialisation,
                attached,
            };
            let counter = signing.prepare_counter(one.as_bytes(), 0, counter).unwrap();
            let signature = self.sign(counter.bytes());
            made.push((
                format!("b-b-counter-{name}"),
                counter.finish(&signature).unwrap().into_bytes(),
            ));
        }

        // What the issuer keeps beside a compact credential.
        let sealing = Sealing {
            algorithm: self.algorithm,
            typ: "vc+jwt",
            kid: None,
            time: noon(),
            chain: &chain,
        };
        let prepared = prepare(&sealing, PAYLOAD).unwrap();
        let signature = self.sign(prepared.bytes());
        let credential = prepared.finish(&signature).unwrap();
        let token = self.token(&evidence::imprint(&credential).unwrap(), "20260601120100Z");
        let kept = evidence::of(&credential, &[&token]).unwrap();
        assert_eq!(evidence::compact(kept.as_bytes()).unwrap(), credential);
        made.push(("b-t-evidence".to_owned(), kept.into_bytes()));
        made
    }
}

#[test]
fn dss_and_we_conclude_the_same_of_all_that_we_create() {
    // Forms differ in how they are read, levels in how they are judged.
    let everywhere = [
        "b-b-general",
        "b-b-parallel",
        "b-t-general.json",
        "b-lt-general.json",
        "b-lta-general.json",
        "b-lta-by-hash.json",
    ];
    let worlds = [Algorithm::Es256, Algorithm::Rs256, Algorithm::Ps384].map(World::new);
    let mut all: Vec<Samples<'_>> = Vec::new();
    for world in &worlds {
        let sample = |(name, document): (String, Vec<u8>)| {
            let objects = if is_detached(&name) {
                objects()
            } else {
                Objects::default()
            };
            let report = world.in_order().validate(&document, &objects);
            assert!(report.is_passed(), "{}: {name}: {report:#?}", world.algorithm);
            Sample {
                everywhere: everywhere.contains(&name.as_str()),
                name,
                document,
            }
        };
        let samples: Vec<_> = world.documents().into_iter().map(sample).collect();
        assert_eq!(
            samples.iter().filter(|sample| sample.everywhere).count(),
            everywhere.len()
        );
        all.push((world, samples));
    }
    compare(&all);
}
