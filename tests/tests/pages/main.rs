//! Every page that people see, in a real browser: accessible by WCAG 2.2 AA, without horizontal scrolling on narrow
//! screens, without a request to anybody else and without a complaint on the console; light and dark.
//!
//! `cargo xtask test` installs Debian's Chromium and fetches axe-core; where either is missing, nothing is tested here.
//! With `PROCURA_SCREENSHOTS` naming a folder, pictures of all pages are put there.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
mod chromium;

use chromium::Chromium;
use procura_credential::lear::Shape;
use procura_tests::{Stage, Storage, Transport, people::Employee, stage::until};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::path::PathBuf;

/// The narrowest screen (WCAG 2.2, 1.4.10) and a wide one, in CSS pixels.
const WIDTHS: [u16; 2] = [320, 1280];
const SCHEMES: [&str; 2] = ["light", "dark"];

/// Looks at pages and remembers what is wrong with them.
struct Reader {
    chromium: Chromium,
    axe: String,
    pictures: Option<PathBuf>,
    wrong: Vec<String>,
}
impl Reader {
    /// Looks at the page that is shown. `waived`: rules that its owner breaks for a reason.
    async fn read(&mut self, page: &str, waived: &[&str]) {
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
                for violation in self.violations(waived).await.as_array().unwrap() {
                    self.wrong.push(format!("{place}: {violation}"));
                }
                if let Some(folder) = &self.pictures {
                    let name = format!("{page}-{width}-{scheme}.png").replace([' ', ':'], "-");
                    std::fs::write(folder.join(name), self.chromium.picture().await).unwrap();
                }
            }
        }
        for address in self.chromium.requests().await {
            let url = url::Url::parse(&address).unwrap();
            if url.scheme() != "data" && url.host_str() != Some("127.0.0.1") {
                self.wrong.push(format!("{page}: asks {address}"));
            }
        }
        for complaint in self.chromium.complaints().await {
            // That a page is answered by 404 is not its fault.
            if !complaint.contains("the server responded with a status of 4") {
                self.wrong.push(format!("{page}: {complaint}"));
            }
        }
    }
    async fn violations(&self, waived: &[&str]) -> Value {
        let rules: serde_json::Map<_, _> = waived
            .iter()
            .map(|rule| ((*rule).to_owned(), json!({ "enabled": false })))
            .collect();
        let options = json!({
            "runOnly": { "type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] },
            "rules": rules,
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

/// The verifier's page looks for an answer by itself, without scripts.
const LOOKS_AGAIN: &[&str] = &["meta-refresh"];

#[tokio::test]
async fn every_page_is_accessible_narrow_and_wide_light_and_dark_and_asks_nobody_else() {
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
    let place = &stage.portal("portal").place;

    reader.chromium.open(&place.at("")).await;
    reader.wait_for("Sign in with your wallet").await;
    reader.read("portal: welcome", &[]).await;
    reader.chromium.open(&place.at("nowhere")).await;
    reader.wait_for("There is no such page").await;
    reader.read("portal: no such page", &[]).await;
    reader.chromium.open(&place.at("login?scope=other")).await;
    reader.wait_for("There is no such way to sign in").await;
    reader.read("portal: no such way to sign in", &[]).await;

    let employee = stage.open_account().await;
    let issuance = stage.issue(Shape::LearCredential).await;
    reader.chromium.open(&issuance.link).await;
    reader.wait_for("Your credential waits for your wallet").await;
    reader.read("issuer: offer", &[]).await;
    let nothing = issuance.link.split('?').next().unwrap();
    reader.chromium.open(nothing).await;
    reader.wait_for("This is not an offer").await;
    reader.read("issuer: no offer", &[]).await;

    let credential = stage.receive(&employee, &issuance).await;
    reader.chromium.open(&place.at("login")).await;
    reader.wait_for("Sign in with your work credential").await;
    reader.read("verifier: login", LOOKS_AGAIN).await;
    let login = reader.chromium.url().await;
    let request = confirmed(&stage, &employee, &reader).await;
    reader.chromium.open(&place.at("")).await;
    reader.wait_for("You are not signed in yet").await;
    reader.read("portal: waiting", &[]).await;
    assert!(stage.present(&employee, &request, &credential).await.accepted);
    reader.chromium.open(&login).await;
    reader.wait_for("Good day, John Doe").await;
    reader.read("portal: greeting", &[]).await;

    reader.chromium.open(&place.at("login")).await;
    reader.wait_for("Sign in with your work credential").await;
    let login = reader.chromium.url().await;
    let request = confirmed(&stage, &employee, &reader).await;
    let path = format!("requests/{request}/decline");
    let (status, answer) = stage.wallet(&employee, Method::POST, &path, None).await;
    assert!(status.is_success(), "{answer}");
    reader.chromium.open(&login).await;
    until("the verifier's page ends", async || {
        let title = reader.chromium.run("return document.title").await;
        !title.as_str().unwrap().starts_with("Sign in to")
    })
    .await;
    reader.read("verifier: declined", LOOKS_AGAIN).await;

    stage.end().await;
    assert!(reader.wrong.is_empty(), "{}", reader.wrong.join("\n"));
}

/// The employee scans what the verifier's page shows, and confirms who asks.
async fn confirmed(stage: &Stage, employee: &Employee, reader: &Reader) -> String {
    let address = reader
        .chromium
        .run("return [...document.querySelectorAll('code')].map(c => c.textContent).find(t => t.includes('?state='))")
        .await;
    let body = json!({ "uri": address });
    let (status, named) = stage
        .wallet(employee, Method::POST, "requests", Some(&body))
        .await;
    assert_eq!(status, StatusCode::CREATED, "{named}");
    let request = named["id"].as_str().unwrap().to_owned();
    stage.confirm_request(employee, &request).await;
    request
}
