//! Whatever the text of a document is like, what is added leaves the rest of it octet for octet.
use crate::world::{PAYLOAD, World, read};
use procura_jades::{
    create::{Counter, Shared},
    document::{Serialisation, Transmitted},
};
use procura_jose::base64url;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

static WORLD: LazyLock<World> = LazyLock::new(World::new);

/// A string of JSON, some of its characters escaped.
fn written(text: &str, escaped: &[bool]) -> String {
    let characters = text.chars().zip(escaped.iter().cycle());
    let written: String = characters
        .map(|(character, escaped)| match (escaped, character) {
            (true, _) => format!("\\u{:04x}", u32::from(character)),
            (false, character) => character.to_string(),
        })
        .collect();
    format!("\"{written}\"")
}
/// A signature of somebody's, as an entry of a list; nobody verifies it here.
fn entry(properties: usize, escaped: &[bool], spaces: &[&str], other: &str) -> String {
    let header = json!({ "alg": "ES256", "iat": 1_780_315_200 }).to_string();
    let protected = written(&base64url::encode(header.as_bytes()), escaped);
    let signature = written(&base64url::encode(&[7; 64]), escaped);
    let property = |index: usize| {
        let space = spaces[index % spaces.len()];
        let text = format!("{{{space}\"sigPSt\":{{\"sigPolLocalURI\":\"a:{index}\"}}}}");
        written(&base64url::encode(text.as_bytes()), escaped)
    };
    let properties: Vec<_> = (0..properties).map(property).collect();
    let space = spaces[0];
    let unprotected = if properties.is_empty() {
        String::new()
    } else {
        let list = properties.join(&format!(",{space}"));
        format!("\"header\"{space}:{{\"etsiU\":[{space}{list}]}},")
    };
    format!(
        "{{{space}{unprotected}\"x-own\":{other},{space}\"signature\":{signature},\"protected\":{protected}}}"
    )
}
fn strings(signature: &Transmitted) -> Vec<Option<String>> {
    let properties = signature.unsigned.properties.iter();
    [
        signature.payload.as_deref().map(str::to_owned),
        Some(signature.protected.clone()),
        Some(signature.signature.clone()),
    ]
    .into_iter()
    .chain(properties.map(|property| property.transmitted.clone()))
    .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn what_is_added_leaves_the_rest_as_it_was(
        counts in proptest::collection::vec(0..4_usize, 1..4),
        escaped in proptest::collection::vec(any::<bool>(), 1..9),
        spaces in proptest::collection::vec(prop::sample::select(vec!["", " ", "\n", "\t \r"]), 1..4),
        other in prop::sample::select(vec!["1.50e1", "[ null ]", "{ \"b\":1, \"a\" : 2 }", "\"\\u0041\\/\""]),
        place in any::<prop::sample::Index>(),
        general: bool,
    ) {
        let entries: Vec<_> = counts
            .iter()
            .map(|count| entry(*count, &escaped, &spaces, other))
            .collect();
        let payload = written(&base64url::encode(PAYLOAD), &escaped);
        let text = if general {
            format!("{{ \"signatures\":[ {} ], \"x-top\":{other}, \"payload\":{payload} }}", entries.join(" ,"))
        } else {
            format!("{{ \"payload\":{payload} , {}", entries[0].strip_prefix('{').unwrap())
        };
        let before = read(&text);
        let index = place.index(before.signatures.len());
        let counter = Counter {
            serialisation: Serialisation::Compact,
            attached: true,
        };
        let shared = Shared::Inside { media_type: None };
        for parallel in [false, true] {
            let signing = WORLD.signing();
            let prepared = if parallel {
                signing.prepare_parallel(text.as_bytes(), &shared).unwrap()
            } else {
                signing.prepare_counter(text.as_bytes(), index, counter).unwrap()
            };
            let signature = WORLD.sign(prepared.bytes());
            let result = prepared.finish(&signature).unwrap();
            let after = read(&result);
            for (place, (was, is)) in before.signatures.iter().zip(&after.signatures).enumerate() {
                let (was, mut is) = (strings(was.as_ref().unwrap()), strings(is.as_ref().unwrap()));
                let added = is.split_off(was.len());
                prop_assert_eq!(was, is);
                prop_assert_eq!(added.len(), usize::from(!parallel && place == index));
            }
            prop_assert_eq!(after.signatures.len(), before.signatures.len() + usize::from(parallel));
            // The text of everything that is not added to.
            let kept = result.matches(other).count();
            prop_assert_eq!(kept, text.matches(other).count());
            let value: Value = serde_json::from_str(&text).unwrap();
            let header = value["signatures"][0]["header"].is_object();
            if general && header && (parallel || index != 0) {
                let start = text.find("{\"etsiU\"").unwrap();
                let end = start + text[start..].find('}').unwrap();
                prop_assert!(result.contains(&text[start..end]));
            }
        }
    }
}
