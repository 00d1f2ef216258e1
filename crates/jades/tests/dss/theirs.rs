//! What EU DSS signs: what we find in it, and what both conclude of it.
use crate::{
    forge::noon,
    judged::{Sample, compare},
    program::{Folder, run},
    world::{OBJECTS, World, is_detached, objects},
};
use procura_ades::SubIndication;
use procura_jades::{
    Document, Examined, Level, Objects, Profile,
    examine::{Cover, TimeStampKind},
    validate,
};
use procura_jose::{Algorithm, AlgorithmSet};

const PAYLOAD: &str = r#"{"vc":{"type":["VerifiableCredential","LEARCredentialEmployee"]}}"#;

/// What DSS signs with these keys, if it can be had.
fn signed(worlds: &[&World]) -> Option<Vec<(Folder, Vec<String>)>> {
    let folders: Vec<_> = worlds
        .iter()
        .map(|world| {
            let folder = world.folder();
            folder.file("payload.json", PAYLOAD);
            for (name, content) in OBJECTS {
                folder.file(&format!("objects/{name}"), content);
            }
            folder
        })
        .collect();
    let lines = run("sign", &folders.iter().collect::<Vec<_>>())?;
    let names = lines.iter().map(|lines| {
        let name = |line: &serde_json::Value| line["signed"].as_str().unwrap().to_owned();
        lines.iter().map(name).collect()
    });
    let names: Vec<_> = names.collect();
    Some(folders.into_iter().zip(names).collect())
}
fn examined(folder: &Folder, name: &str, objects: &Objects) -> Vec<Examined> {
    let document = Document::read(&folder.read(&format!("signed/{name}"))).unwrap();
    assert_eq!(document.deviations, [], "{name}");
    for signature in &document.signatures {
        assert_eq!(signature.as_ref().unwrap().deviations, [], "{name}");
    }
    let examined = document.examine(objects).into_iter();
    examined.map(Result::unwrap).collect()
}

/// One run of DSS for all that is asked of its documents.
#[test]
fn what_dss_signs_is_what_we_find_and_conclude() {
    let worlds = [World::new(Algorithm::Es256), World::new(Algorithm::Rs256)];
    let Some(signed) = signed(&worlds.each_ref()) else {
        return;
    };
    for (folder, names) in &signed {
        look(folder, names);
        change(folder);
    }
    let samples = |(world, (folder, names)): (_, &(Folder, Vec<String>))| {
        let sample = |name: &String| Sample {
            name: name.clone(),
            document: folder.read(&format!("signed/{name}")),
            everywhere: true,
        };
        (world, names.iter().map(sample).collect())
    };
    compare(&worlds.iter().zip(&signed).map(samples).collect::<Vec<_>>());
}

/// Every document, as DSS says that it made it.
fn look(folder: &Folder, names: &[String]) {
    let expected: [(&str, Level, &[TimeStampKind]); 9] = [
        ("b-b-compact.jws", Level::B, &[]),
        ("b-b-flattened.json", Level::B, &[]),
        ("b-b-general.json", Level::B, &[]),
        ("b-b-x5t-o.json", Level::B, &[]),
        ("b-b-by-uri.json", Level::B, &[]),
        ("b-b-by-hash.json", Level::B, &[]),
        ("b-t-general.json", Level::T, &[TimeStampKind::Signature]),
        ("b-lt-general.json", Level::Lt, &[TimeStampKind::Signature]),
        (
            "b-lta-general.json",
            Level::Lta,
            &[TimeStampKind::Signature, TimeStampKind::Archive],
        ),
    ];
    for (name, level, stamps) in expected {
        let objects = if is_detached(name) {
            objects()
        } else {
            Objects::default()
        };
        let found = examined(folder, name, &objects);
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!((found[0].integrity, found[0].level), (Ok(()), level), "{name}");
        let kinds: Vec<_> = found[0].time_stamps.iter().map(|stamp| stamp.kind).collect();
        assert_eq!(kinds, stamps, "{name}");
        for stamp in &found[0].time_stamps {
            assert_eq!(stamp.cover, Cover::Intact, "{name}");
            assert!(stamp.signer.is_ok(), "{name}: {:?}", stamp.signer);
        }
    }
    let found = examined(folder, "b-b-counter-signed.json", &Objects::default());
    let counter = &found[0].counter_signatures[0].as_ref().unwrap().examined;
    assert_eq!((counter.integrity, counter.level), (Ok(()), Level::B));

    // The compact one, as a credential would be: strictly.
    let compact = String::from_utf8(folder.read("signed/b-b-compact.jws")).unwrap();
    let signature = validate(&compact, Profile::Strict, &AlgorithmSet::all(), noon()).unwrap();
    assert_eq!(
        (signature.payload(), signature.claimed_time),
        (PAYLOAD.as_bytes(), Some(noon()))
    );
    assert_eq!(signature.tolerated, Vec::<String>::new());
    assert_eq!(
        names.len(),
        expected.len() + 1,
        "DSS made nothing that was not looked at"
    );
}

/// What is changed afterwards is found.
fn change(folder: &Folder) {
    let wrong = OBJECTS.iter().fold(Objects::default(), |objects, (name, _)| {
        objects.with(name, b"another".to_vec())
    });
    for (name, why) in [
        ("b-b-by-uri.json", SubIndication::SigCryptoFailure),
        ("b-b-by-hash.json", SubIndication::HashFailure),
    ] {
        assert_eq!(examined(folder, name, &wrong)[0].integrity, Err(why), "{name}");
        assert_eq!(
            examined(folder, name, &Objects::default())[0].integrity,
            Err(SubIndication::SignedDataNotFound),
            "{name}"
        );
    }
    // An archive time-stamp covers the strings before it: one of them less, and it covers nothing.
    let text = String::from_utf8(folder.read("signed/b-lta-general.json")).unwrap();
    let mut document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let properties = &mut document["signatures"][0]["header"]["etsiU"];
    properties.as_array_mut().unwrap().remove(1);
    let document = Document::read(document.to_string().as_bytes()).unwrap();
    let found = document.examine(&Objects::default()).remove(0).unwrap();
    let covers: Vec<_> = found.time_stamps.iter().map(|stamp| stamp.cover).collect();
    assert_eq!(covers, [Cover::Intact, Cover::Broken]);
    assert_eq!(found.integrity, Ok(()));
}
