//! Every villain of the GoodAir world is refused for its own reason, and for no other.
mod goodair;

use goodair::{assert_accepted, assert_refused, expectations, good, judged, now, world};
use procura_credential::{CheckName, Outcome, judge, lear::Shape};
use procura_sandbox::world::Lists;

#[test]
fn the_good_credentials_are_accepted() {
    for shape in [Shape::LearCredential, Shape::EmployeeV2, Shape::EmployeeV3] {
        let facts = world().facts(Lists::Current, now()).unwrap();
        let holder = world().holder().unwrap();
        let judged = judged(judge::credential(
            &good(shape),
            Some(&holder),
            &expectations(),
            &facts,
            now(),
        ));
        assert_accepted(&judged);
        assert_eq!(judged.1.unwrap().sealed_by.legal_name, "GoodAir");
    }
}

#[test]
fn each_villain_is_refused_by_its_own_check_alone() {
    let villains = world().villains().unwrap();
    assert_eq!(villains.len(), 10);
    for villain in villains {
        let facts = world().facts(villain.lists, now()).unwrap();
        let judged = judged(judge::credential(
            &villain.credential,
            None,
            &expectations(),
            &facts,
            now(),
        ));
        let outcome = if villain.expected == CheckName::TrustedLists {
            Outcome::Unknown
        } else {
            Outcome::Failed
        };
        eprintln!("{}", villain.name);
        assert_refused(&judged, villain.expected, outcome);
    }
}
