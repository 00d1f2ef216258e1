//! The committed descriptions of the services' interfaces: current, served, and complete.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and asks the demo's own services on 127.0.0.1 as a stranger does"
)]
use procura_sandbox::world::{Origins, folder};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// A service, its committed description, its sources, and where the demo serves it.
struct Described {
    service: &'static str,
    committed: &'static str,
    sources: &'static str,
    at: fn(&Origins) -> Vec<&url::Url>,
}
const ALL: [Described; 5] = [
    Described {
        service: "issuer",
        committed: "issuer/openapi.json",
        sources: "issuer/src",
        at: |origins| vec![&origins.issuer, &origins.issuer_management],
    },
    Described {
        service: "verifier",
        committed: "verifier/openapi.json",
        sources: "verifier/src",
        at: |origins| vec![&origins.verifier],
    },
    Described {
        service: "wallet",
        committed: "wallet-pwa/openapi.json",
        sources: "wallet-pwa/src",
        at: |origins| vec![&origins.wallet],
    },
    Described {
        service: "ecosystem",
        committed: "crates/sandbox/openapi/ecosystem.json",
        sources: "crates/sandbox/src/ecosystem",
        at: |origins| vec![&origins.ecosystem],
    },
    Described {
        service: "portal",
        committed: "crates/sandbox/openapi/portal.json",
        sources: "crates/sandbox/src/portal",
        at: |origins| vec![&origins.portal],
    },
];
/// On the listener for operators, of which the demo has none; its route is the shell's, and tested there.
const METRICS: &str = "/metrics";
/// Off unless it is configured, and on a listener of its own: the verifier's tests call it.
const UNCONFIGURED: &str = "/services/rest/validation/validateSignature";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
impl Described {
    fn committed(&self) -> String {
        std::fs::read_to_string(root().join(self.committed)).unwrap_or_default()
    }
    /// Each described path with its method.
    fn routes(&self) -> BTreeSet<(String, String)> {
        let document: Value = serde_json::from_str(&self.committed()).unwrap();
        let paths = document["paths"].as_object().unwrap();
        let methods = ["get", "put", "post", "delete", "patch"];
        paths
            .iter()
            .flat_map(|(path, item)| {
                let members = item.as_object().unwrap().keys();
                members
                    .filter(|member| methods.contains(&member.as_str()))
                    .map(|method| (path.clone(), method.to_uppercase()))
            })
            .collect()
    }
}

#[test]
fn the_committed_descriptions_are_what_the_code_says() {
    for described in &ALL {
        let output = Command::new(env!("CARGO_BIN_EXE_procura"))
            .args(["openapi", described.service])
            .output()
            .unwrap();
        let current = String::from_utf8(output.stdout).unwrap();
        assert!(
            !current.is_empty() && current == described.committed(),
            "{} is not current: run `cargo xtask openapi`",
            described.committed
        );
    }
}

#[test]
fn every_route_of_the_sources_is_described() {
    for described in &ALL {
        let paths: BTreeSet<String> = described.routes().into_iter().map(|(path, _)| path).collect();
        let mut sources = Vec::new();
        rust_files(&root().join(described.sources), &mut sources);
        let mut found = 0;
        for source in sources {
            let text = std::fs::read_to_string(&source).unwrap();
            for call in text.split(".route(").skip(1) {
                let path = call.split('"').nth(1).unwrap();
                found += 1;
                // Style sheets belong to their pages.
                assert!(
                    path.starts_with("/assets/") || paths.contains(path),
                    "{} does not describe {path} of {}",
                    described.committed,
                    source.display()
                );
            }
        }
        assert!(found > 5, "routes are found");
        for path in ["/health/live", "/health/ready"] {
            assert!(
                paths.contains(path),
                "{} does not describe {path}",
                described.committed
            );
        }
    }
}
fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(path);
        }
    }
}

#[tokio::test]
async fn every_described_route_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Command::new(env!("CARGO_BIN_EXE_procura"))
        .arg("demo")
        .arg("--dir")
        .arg(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until_running(&mut demo);
    let world = folder::load(&folder.path().join("world")).unwrap();
    let client = reqwest::Client::new();
    let mut missing = Vec::new();
    for described in &ALL {
        for (path, method) in described.routes() {
            if path == METRICS || path == UNCONFIGURED {
                continue;
            }
            let mut served = false;
            for origin in (described.at)(world.origins()) {
                served |= is_served(&client, origin, &path, &method).await;
            }
            if !served {
                missing.push(format!("{}: {method} {path}", described.service));
            }
        }
    }
    end(&mut demo);
    assert_eq!(missing, Vec::<String>::new());
}

/// Whether the router knows the path with this method: it says so (RFC 9110 §15.5.6) when asked with one that no route
/// has.
async fn is_served(client: &reqwest::Client, origin: &url::Url, path: &str, method: &str) -> bool {
    let parts: Vec<&str> = path
        .split('/')
        .map(|part| if part.starts_with('{') { "x" } else { part })
        .collect();
    let url = origin.join(&parts.join("/")).unwrap();
    let Ok(answer) = client.request(Method::TRACE, url).send().await else {
        return false;
    };
    let allowed = answer
        .headers()
        .get("allow")
        .and_then(|value| value.to_str().ok());
    answer.status() == StatusCode::METHOD_NOT_ALLOWED
        && allowed.is_some_and(|allowed| allowed.split(',').any(|known| known.trim() == method))
}
fn wait_until_running(demo: &mut Child) {
    let out = BufReader::new(demo.stdout.take().unwrap());
    let running = out
        .lines()
        .map_while(Result::ok)
        .any(|line| line.contains("The demo is running"));
    assert!(running, "the demo ended instead");
}
fn end(demo: &mut Child) {
    let pid = i32::try_from(demo.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw)
        .unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    demo.wait().unwrap();
}
