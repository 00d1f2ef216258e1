//! Documents that others made, augmented: their strings stay. Found through `PROCURA_CORPUS`.
use crate::world::World;
use procura_jades::{
    AugmentError, Augmented, Objects,
    augment::{Purpose, ValidationData},
    document::{Document, Transmitted},
    examine::Cover,
};

fn strings(signature: &Transmitted) -> (Option<&str>, &String, &String, Vec<Option<&String>>) {
    let properties = signature.unsigned.properties.iter();
    (
        signature.payload.as_deref(),
        &signature.protected,
        &signature.signature,
        properties.map(|property| property.transmitted.as_ref()).collect(),
    )
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "tests find the corpus by an environment variable"
)]
fn documents_of_others_grow_without_being_touched() {
    let Ok(corpus) = std::env::var("PROCURA_CORPUS") else {
        println!("skipped: no corpus; PROCURA_CORPUS names its folder");
        return;
    };
    let world = World::new();
    let (mut grown, mut renewed, mut clear, mut refused) = (0, 0, 0, 0);
    for entry in std::fs::read_dir(format!("{corpus}/jades")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let Ok(mut document) = Augmented::read(&bytes, Objects::default()) else {
            continue;
        };
        let before = Document::read(&bytes).unwrap();
        for index in 0..before.signatures.len() {
            match add(&world, &mut document, index) {
                Ok(archive) => {
                    grown += 1;
                    renewed += usize::from(archive);
                }
                Err(AugmentError::ClearForm) => clear += 1,
                Err(
                    AugmentError::Integrity(_)
                    | AugmentError::NotBaseline(_)
                    | AugmentError::Unsigned(_)
                    | AugmentError::Order(_)
                    | AugmentError::References,
                ) => refused += 1,
                Err(other) => panic!("{}: {other:?}", path.display()),
            }
        }
        let text = document.to_json();
        let after = Document::read(text.as_bytes()).unwrap();
        for (was, is) in before.signatures.iter().zip(&after.signatures) {
            let (was, is) = (strings(was.as_ref().unwrap()), strings(is.as_ref().unwrap()));
            assert_eq!((was.0, was.1, was.2), (is.0, is.1, is.2), "{}", path.display());
            assert!(is.3.starts_with(&was.3), "{}", path.display());
        }
    }
    println!("{grown} grown, {renewed} of them archives renewed; {clear} in clear JSON; {refused} refused");
    assert!(grown >= 10 && renewed >= 2 && clear >= 1);
}

/// The next time-stamp that the signature can take, and whether that renewed an archive.
fn add(world: &World, document: &mut Augmented, index: usize) -> Result<bool, AugmentError> {
    let signature = document.document().signatures[index].clone()?;
    let archive = signature.unsigned.has(&["arcTst"]);
    if archive {
        let data = ValidationData {
            certificates: &world.chain,
            revocation: &world.revocation(),
        };
        document.add_validation_data(index, Purpose::TimeStamps, &data)?;
        let over = document.archive_imprint(index)?;
        document.add_archive_time_stamp(index, &world.token_at(&over, "20400101000000Z"))?;
    } else {
        let over = document.signature_imprint(index)?;
        let certificate = document.examined()[index].clone()?.certificate.unwrap();
        let time = certificate.not_after().strftime("%Y%m%d%H%M%SZ").to_string();
        document.add_signature_time_stamp(index, &world.token_at(&over, &time))?;
    }
    let mut examined = document.examined()[index].clone()?;
    let stamp = examined.time_stamps.pop().unwrap();
    assert_eq!(stamp.cover, Cover::Intact);
    assert!(stamp.signer.is_ok());
    Ok(archive)
}
