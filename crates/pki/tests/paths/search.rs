//! Candidates in any order and number.
use super::*;

#[test]
fn the_order_of_candidates_and_extras_do_not_matter() {
    let chain = Chain::new();
    let leaf = chain.seal.leaf().signed_by(&chain.ca);
    let ca = chain.ca.ca().signed_by(&chain.root);
    let stranger = Issuer::new("Stranger");
    let others = [
        stranger.anchor().0,
        chain.root.anchor().0,
        leaf.clone(),
        Issuer::new("CA 1").ca().signed_by(&chain.root),
        ca.clone(),
    ];
    let path = find(
        &leaf,
        &others,
        &[Issuer::new("Root").anchor(), chain.root.anchor()],
    )
    .unwrap();
    assert_eq!(path.certificates, [leaf, ca]);
}

#[test]
fn a_renewed_intermediate_serves_where_the_old_one_has_expired() {
    let chain = Chain::new();
    let old = chain
        .ca
        .ca()
        .valid("2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z")
        .signed_by(&chain.root);
    let new = chain.ca.ca().signed_by(&chain.root);
    let leaf = chain.seal.leaf().signed_by(&chain.ca);
    let path = find(&leaf, &[old, new.clone()], &[chain.root.anchor()]).unwrap();
    assert_eq!(path.certificates[1], new);
}

#[test]
fn loops_end() {
    let (a, b, seal) = (Issuer::new("A"), Issuer::new("B"), Issuer::new("Seal"));
    let others = [
        a.ca().signed_by(&b),
        b.ca().signed_by(&a),
        a.anchor().0,
        b.anchor().0,
    ];
    let result = find(
        &seal.leaf().signed_by(&a),
        &others,
        &[Issuer::new("Root").anchor()],
    );
    assert!(matches!(result, Err(PathError::NoPath { .. })));
}

#[test]
fn a_hundred_certificates_of_one_name_end_within_bounds() {
    let root = Issuer::new("Root");
    let all: Vec<_> = (0..100).map(|_| Issuer::new("CA")).collect();
    let others: Vec<_> = all
        .iter()
        .enumerate()
        .map(|(index, ca)| ca.ca().signed_by(&all[(index + 1) % 100]))
        .collect();
    let leaf = Issuer::new("Seal").leaf().signed_by(&all[0]);
    assert_eq!(
        find(&leaf, &others, &[root.anchor()]).unwrap_err(),
        PathError::Budget
    );
}

#[test]
fn more_candidates_than_any_chain_has_are_not_looked_at() {
    let root = Issuer::new("Root");
    let others = vec![root.anchor().0; 513];
    let leaf = Issuer::new("Seal").leaf().signed_by(&root);
    assert_eq!(
        find(&leaf, &others, &[root.anchor()]).unwrap_err(),
        PathError::Budget
    );
}

#[test]
fn a_path_is_no_longer_than_asked_for() {
    let root = Issuer::new("Root");
    let cas: Vec<_> = (0..9).map(|n| Issuer::new(&format!("CA {n}"))).collect();
    let mut above = root.clone();
    let mut others = Vec::new();
    for ca in &cas {
        others.push(ca.ca().signed_by(&above));
        above = ca.clone();
    }
    let leaf = Issuer::new("Seal").leaf().signed_by(&above);
    let find = |max_length| {
        let options = PathOptions {
            max_length,
            ..PathOptions::default()
        };
        path::find(&leaf, &others, &[root.anchor()], noon(), &options)
    };
    assert!(matches!(find(8), Err(PathError::NoPath { .. })));
    assert_eq!(find(10).unwrap().certificates.len(), 10);
}
