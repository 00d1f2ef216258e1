//! The pages that people see, in a real browser: accessible by WCAG 2.2 AA, without horizontal scrolling and with equal
//! margins on narrow screens, without a request to anybody else and without a complaint on the console; light and dark.
//!
//! `cargo xtask test` installs Debian's Chromium and fetches axe-core; where either is missing, nothing is tested here. A
//! browser that is there and does not start fails.
//! With `PROCURA_SCREENSHOTS` naming a folder, pictures of all pages are put there.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
mod chromium;

use axum::Router;
use chromium::Chromium;
use procura_credential::lear::Shape;
use procura_protocol::vp::transaction::MAXIMUM_REFUSALS;
use procura_tests::{
    Stage, Storage, Transport,
    people::{Employee, Issuance},
    place::Place,
    stage::until,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::path::PathBuf;

/// The narrowest screen (WCAG 2.2, 1.4.10) and a wide one, in CSS pixels.
const WIDTHS: [u16; 2] = [320, 1280];
const SCHEMES: [&str; 2] = ["light", "dark"];
/// A state that no login has.
const UNUSED: &str = "a-state-of-at-least-22-characters";

/// How far what a page shows stands from the left and from the right, the scrollbar apart.
const MARGINS: &str = "\
    const shown = document.querySelector('.card') || document.querySelector('main'); \
    const place = shown.getBoundingClientRect(); \
    return [place.left, document.documentElement.clientWidth - place.right].map(Math.round)";

/// Looks at pages and remembers what is wrong with them.
struct Reader {
    chromium: Chromium,
    axe: String,
    pictures: Option<PathBuf>,
    wrong: Vec<String>,
}
impl Reader {
    /// Looks at the page that is shown. `by_way_of`: other services' origins, whose pages led here.
    async fn read(&mut self, page: &str, by_way_of: &[&Place]) {
        let address = self.chromium.url().await;
        for width in WIDTHS {
            for scheme in SCHEMES {
                let place = format!("{page}, {width} px, {scheme}");
                self.chromium.look(width, scheme).await;
                let beyond = self
                    .chromium
                    .run("const e = document.documentElement; return e.scrollWidth - e.clientWidth")
                    .await;
                if beyond != 0 {
                    self.wrong.push(format!("{place}: {beyond} px beyond the window"));
                }
                let margins = self.chromium.run(MARGINS).await;
                if margins[0] != margins[1] {
                    self.wrong.push(format!("{place}: margins {margins}"));
                }
                for violation in self.violations().await.as_array().unwrap() {
                    self.wrong.push(format!("{place}: {violation}"));
                }
                if let Some(folder) = &self.pictures {
                    let name = format!("{page}-{width}-{scheme}.png").replace([' ', ':'], "-");
                    std::fs::write(folder.join(name), self.chromium.picture().await).unwrap();
                }
            }
        }
        let mut expected: Vec<_> = by_way_of.iter().map(|place| place.origin()).collect();
        expected.push(origin(&address));
        let requests = self.chromium.requests().await;
        for asked in requests
            .iter()
            .filter(|asked| !asked.address.starts_with("data:"))
        {
            // A page asks its own service alone, whoever led to it.
            let is_own = asked.is_page || origin(&asked.page) == origin(&asked.address);
            if !is_own || !expected.contains(&origin(&asked.address)) {
                self.wrong
                    .push(format!("{page}: {} asks {}", asked.page, asked.address));
            }
        }
        for complaint in self.chromium.complaints().await {
            // That a page is answered by 404 is not its fault; that its style is, would be.
            let is_page = requests.iter().any(|asked| {
                let refused = format!(
                    "{} - Failed to load resource: the server responded with a status of 4",
                    asked.address
                );
                asked.is_page && complaint.starts_with(&refused)
            });
            // Nor that browsers look for an icon that no page names.
            let icon = format!("{}/favicon.ico - ", origin(&address));
            if !is_page && !complaint.starts_with(&icon) {
                self.wrong.push(format!("{page}: {complaint}"));
            }
        }
    }
    /// Opens an address, waits for these words and looks at the page.
    async fn open(&mut self, page: &str, address: &str, words: &str) {
        self.chromium.open(address).await;
        self.wait_for(words).await;
        self.read(page, &[]).await;
    }
    async fn violations(&self) -> Value {
        let options = json!({
            "runOnly": { "type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] },
        });
        let script = format!(
            "{}\nconst done = arguments[arguments.length - 1];\n\
             axe.run(document, {options}).then(\n\
               results => done(results.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' | '))),\n\
               error => done(['axe: ' + error]));",
            self.axe
        );
        self.chromium.run_async(&script).await
    }
    /// Waits for a page whose text holds these words.
    async fn wait_for(&self, words: &str) {
        until(words, async || {
            let text = self.chromium.run("return document.body.innerText").await;
            text.as_str().unwrap().contains(words)
        })
        .await;
    }
}

fn origin(address: &str) -> String {
    url::Url::parse(address).unwrap().origin().ascii_serialization()
}

#[tokio::test]
async fn pages_of_portal_issuer_and_verifier_are_accessible_narrow_and_wide_light_and_dark_and_ask_their_own_service_alone()
 {
    let Some(axe) = chromium::axe() else {
        println!(
            "skipped: no browser: axe-core is not in target/tools; `cargo xtask test` fetches it with npm"
        );
        return;
    };
    let Some(chromium) = Chromium::start().await else {
        println!("skipped: no browser; on Debian: apt-get install chromium chromium-driver");
        return;
    };
    let mut reader = Reader {
        chromium,
        axe,
        pictures: std::env::var_os("PROCURA_SCREENSHOTS").map(PathBuf::from),
        wrong: Vec::new(),
    };
    let stage = Stage::start(Storage::Sqlite, Transport::Http).await;
    let employee = stage.open_account().await;
    let issuance = stage.issue(Shape::LearCredential).await;

    portal_without_a_login(&stage, &mut reader).await;
    offers(&mut reader, &issuance).await;
    logins_that_cannot_begin(&stage, &mut reader).await;
    let credential = stage.receive(&employee, &issuance).await;
    accepted(&stage, &mut reader, &employee, &credential).await;
    declined(&stage, &mut reader, &employee).await;
    not_told_yet_and_never(&stage, &mut reader, &employee, &credential).await;
    late(&stage, &mut reader).await;
    refused(&stage, &mut reader).await;

    stage.end().await;
    assert!(reader.wrong.is_empty(), "{}", reader.wrong.join("\n"));
}

async fn portal_without_a_login(stage: &Stage, reader: &mut Reader) {
    let place = &stage.portal("portal").place;
    reader
        .open("portal: welcome", &place.at(""), "Sign in with your wallet")
        .await;
    let market = &stage.portal("market").place;
    let words = "Sign in with a LEARCredentialEmployee instead";
    reader
        .open("portal: welcome with two ways to sign in", &market.at(""), words)
        .await;
    reader
        .open(
            "portal: no such page",
            &place.at("nowhere"),
            "There is no such page",
        )
        .await;
    let words = "There is no such way to sign in";
    reader
        .open(
            "portal: no such way to sign in",
            &place.at("login?scope=other"),
            words,
        )
        .await;
}

async fn offers(reader: &mut Reader, issuance: &Issuance) {
    let words = "Your credential waits for your wallet";
    reader.open("issuer: offer", &issuance.link, words).await;
    let nothing = issuance.link.split('?').next().unwrap();
    reader
        .open("issuer: no offer", nothing, "This is not an offer")
        .await;
}

async fn logins_that_cannot_begin(stage: &Stage, reader: &mut Reader) {
    let verifier = &stage.places.verifier;
    let used = stage.begin_login(stage.portal("portal")).await.state;
    for (code, path) in [
        ("PRO-4001", "login".to_owned()),
        ("PRO-4002", format!("login?client_id=stranger&state={UNUSED}")),
        ("PRO-4003", "login?client_id=portal&state=short".to_owned()),
        (
            "PRO-4004",
            format!("login?client_id=portal&state={UNUSED}&scope=openid"),
        ),
        ("PRO-4005", format!("login?client_id=portal&state={used}")),
        ("PRO-4006", format!("login/status?state={UNUSED}")),
    ] {
        reader
            .open(&format!("verifier: {code}"), &verifier.at(&path), code)
            .await;
    }
    let code = verifier.at(&format!("authorization-requests?state={used}"));
    reader
        .open("verifier: address of the code", &code, "Open this in your wallet")
        .await;
}

/// The page looks by itself, says what it sees without being loaded again, and moves on.
async fn accepted(stage: &Stage, reader: &mut Reader, employee: &Employee, credential: &str) {
    let place = &stage.portal("portal").place;
    begin(reader, place).await;
    reader.read("verifier: login", &[place]).await;
    let login = reader.chromium.url().await;
    reader.chromium.run("window.stays = true").await;
    let request = confirmed(stage, employee, reader).await;
    reader.wait_for("Your wallet has the request").await;
    let region = "return window.stays && document.querySelector('[role=status]').textContent";
    let announced = reader.chromium.run(region).await;
    assert_eq!(announced, "Your wallet has the request. Continue there.");

    reader.chromium.open(&place.at("")).await;
    reader.wait_for("You are not signed in yet").await;
    reader.read("portal: waiting", &[&stage.places.verifier]).await;
    reader.chromium.open(&login).await;
    reader.wait_for("Your wallet has the request").await;
    assert!(stage.present(employee, &request, credential).await.accepted);
    reader.wait_for("Good day, John Doe").await;
    reader.read("portal: greeting", &[&stage.places.verifier]).await;
}

async fn declined(stage: &Stage, reader: &mut Reader, employee: &Employee) {
    let place = &stage.portal("portal").place;
    begin(reader, place).await;
    let request = confirmed(stage, employee, reader).await;
    let path = format!("requests/{request}/decline");
    let (status, answer) = stage.wallet(employee, Method::POST, &path, None).await;
    assert!(status.is_success(), "{answer}");
    reader.wait_for("You did not share").await;
    reader.read("verifier: declined", &[place]).await;
}

/// The relying party does not answer; then it refuses for good. Without scripts, a link looks again.
async fn not_told_yet_and_never(stage: &Stage, reader: &mut Reader, employee: &Employee, credential: &str) {
    let place = &stage.portal("market").place;
    begin(reader, place).await;
    let request = confirmed(stage, employee, reader).await;
    let portal = place.router();
    place.close();
    assert!(stage.present(employee, &request, credential).await.accepted);
    let link = "[...document.links].find(a => a.textContent === 'I have answered in my wallet').click()";
    reader.chromium.run(link).await;
    reader.wait_for("Almost there").await;
    reader.read("verifier: almost there", &[place]).await;
    place.open(Router::new().fallback(async || StatusCode::BAD_REQUEST));
    stage.clock.advance(60);
    reader.wait_for("could not be told").await;
    reader.read("verifier: PRO-4026", &[]).await;
    place.open(portal);
}

async fn late(stage: &Stage, reader: &mut Reader) {
    let place = &stage.portal("portal").place;
    begin(reader, place).await;
    stage.clock.advance(360);
    reader.wait_for("This sign-in took too long").await;
    reader.read("verifier: too late", &[place]).await;
}

async fn refused(stage: &Stage, reader: &mut Reader) {
    let place = &stage.portal("portal").place;
    begin(reader, place).await;
    let address = address_of_the_code(reader).await;
    let request = stage.fetch_request_at(address.as_str().unwrap()).await;
    let villains = stage.world.villains().unwrap();
    let expired = villains.iter().find(|villain| villain.name == "expired").unwrap();
    for _ in 0..MAXIMUM_REFUSALS {
        stage.answer_request(&request, &expired.credential).await;
    }
    reader.wait_for("Your credential was refused").await;
    reader.read("verifier: refused", &[place]).await;
}

/// The browser asks a portal to be let in.
async fn begin(reader: &Reader, portal: &Place) {
    reader.chromium.open(&portal.at("login")).await;
    reader.wait_for("Sign in with your work credential").await;
}

/// The employee scans what the verifier's page shows, and confirms who asks.
async fn confirmed(stage: &Stage, employee: &Employee, reader: &Reader) -> String {
    let address = address_of_the_code(reader).await;
    let body = json!({ "uri": address });
    let (status, named) = stage
        .wallet(employee, Method::POST, "requests", Some(&body))
        .await;
    assert_eq!(status, StatusCode::CREATED, "{named}");
    let request = named["id"].as_str().unwrap().to_owned();
    stage.confirm_request(employee, &request).await;
    request
}

/// What the QR code on the verifier's page says.
async fn address_of_the_code(reader: &Reader) -> Value {
    reader
        .chromium
        .run("return [...document.querySelectorAll('code')].map(c => c.textContent).find(t => t.includes('?state='))")
        .await
}
