//! The villains of the world, from the login page to the relying party: each is refused for its own reason, ends its login
//! as refused, and nobody hears of a token.
use procura_credential::{CheckName, lear::Shape};
use procura_protocol::vp::transaction::MAXIMUM_REFUSALS;
use procura_sandbox::world::{ListFile, Lists, Villain};
use procura_tests::{Portal, Stage, foreign_wallet::Answered, on_each_database};

/// Where the German list is.
const GERMAN_LIST: &str = "/tl/DE.xml";
/// Longer than a verifier does without a look at the lists.
const REFRESH_SECONDS: i64 = 7 * 3600;

fn villains(stage: &Stage, lists: Lists) -> Vec<Villain> {
    let mut villains = stage.world.villains().expect("villains");
    assert_eq!(villains.len(), 10);
    villains.retain(|villain| villain.lists == lists);
    villains
}

fn asks_for<'a>(stage: &'a Stage, villain: &Villain) -> (&'a Portal, Shape) {
    match villain.name {
        "associated-employee" => (stage.portal("portal"), Shape::LearCredential),
        _ => (stage.portal("office"), Shape::EmployeeV3),
    }
}

/// The same holder, portal and lists, and a good credential.
async fn assert_control(stage: &Stage, portal: &Portal, shape: Shape) {
    let good = stage.world.good_credential(shape).expect("a credential");
    let mut login = stage.begin_login(portal).await;
    assert_eq!(stage.answer(&login, &good).await, Answered::accepted());
    let greeting = stage.greeting(&mut login).await;
    assert!(greeting.contains("Good day, John Doe"), "the control: {greeting}");
    stage.outbox_is_empty().await;
}

async fn assert_refused_to_the_end(stage: &Stage, villain: &Villain, outcome: &str) {
    let (portal, shape) = asks_for(stage, villain);
    let told = stage.told(portal).len();
    let mut login = stage.begin_login(portal).await;
    let request = stage.fetch_request(&login).await;
    let refused = Answered::refused_by(villain.expected, outcome, "access_denied");
    for _ in 0..MAXIMUM_REFUSALS {
        let answered = stage.answer_request(&request, &villain.credential).await;
        assert_eq!(answered, refused, "{}", villain.name);
    }
    let good = stage.world.good_credential(shape).expect("a credential");
    assert_eq!(
        stage.answer_request(&request, &good).await,
        Answered::no_such_login(),
        "{}: the login is over",
        villain.name
    );
    let page = login.browser.open(login.page.url.as_str()).await.text;
    assert!(page.contains("Your credential was refused"), "{page}");
    assert!(!page.contains("response_code"), "{page}");
    assert!(!stage.has_notification().await, "{}", villain.name);
    assert_eq!(
        stage.told(portal).len(),
        told,
        "{}: no token is minted",
        villain.name
    );
    let home = stage.home(&mut login).await;
    assert!(!home.contains("Good day"), "{}: {home}", villain.name);
}

async fn each_villain_is_refused_for_its_own_reason(stage: &mut Stage) {
    let villains = villains(stage, Lists::Current);
    assert_eq!(villains.len(), 8);
    for villain in villains {
        let (portal, shape) = asks_for(stage, &villain);
        assert_control(stage, portal, shape).await;
        assert_refused_to_the_end(stage, &villain, "failed").await;
    }
}

async fn a_list_that_a_stranger_signed_makes_nobody_trusted(stage: &mut Stage) {
    let [villain] = villains(stage, Lists::ByStranger).try_into().expect("one");
    let (portal, shape) = asks_for(stage, &villain);
    assert_control(stage, portal, shape).await;
    let list = list(stage, ListFile::GermanByStranger);
    stage.places.ecosystem.alter(GERMAN_LIST, move |_| list.clone());
    stage.start_verifier_afresh().await;
    assert_eq!(villain.expected, CheckName::TrustedLists);
    assert_refused_to_the_end(stage, &villain, "unknown").await;

    stage.places.ecosystem.tell_the_truth();
    stage.start_verifier_afresh().await;
    let mut login = stage.begin_login(stage.portal("office")).await;
    assert_eq!(
        stage.answer(&login, &villain.credential).await,
        Answered::accepted(),
        "the control: nothing but the list was wrong"
    );
    assert!(stage.greeting(&mut login).await.contains("Good day, John Doe"));
}

async fn a_list_that_is_rolled_back_does_not_replace_the_newer_one(stage: &mut Stage) {
    let [villain] = villains(stage, Lists::RolledBack).try_into().expect("one");
    let list = list(stage, ListFile::GermanRolledBack);
    stage.places.ecosystem.alter(GERMAN_LIST, move |_| list.clone());
    stage.clock.advance(REFRESH_SECONDS);
    stage.restart_verifier().await;
    let (portal, shape) = asks_for(stage, &villain);
    assert_control(stage, portal, shape).await;
    assert_refused_to_the_end(stage, &villain, "failed").await;

    // The attack is one: who knows the older list alone lets the villain in.
    stage.start_verifier_afresh().await;
    let login = stage.begin_login(stage.portal("office")).await;
    assert_eq!(
        stage.answer(&login, &villain.credential).await,
        Answered::accepted()
    );
    stage.outbox_is_empty().await;
}

fn list(stage: &Stage, file: ListFile) -> String {
    let list = stage.world.list(file).expect("a list");
    String::from_utf8(list.to_vec()).expect("XML in UTF-8")
}

on_each_database!(
    each_villain_is_refused_for_its_own_reason,
    a_list_that_a_stranger_signed_makes_nobody_trusted,
    a_list_that_is_rolled_back_does_not_replace_the_newer_one,
);
