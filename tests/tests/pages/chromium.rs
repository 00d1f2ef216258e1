//! A real browser, driven by the W3C protocol `WebDriver` and the few extensions of `ChromeDriver` that it lacks.
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// What of axe-core stands in `target/tools`, put there by `cargo xtask test`.
pub(crate) const AXE: &str = "axe-core-4.14.1/package/axe.min.js";

/// An address that was asked for.
pub(crate) struct Asked {
    pub(crate) address: String,
    /// The page that asked, or the address itself where it is a page.
    pub(crate) page: String,
    /// Whether it is a page.
    pub(crate) is_page: bool,
}

/// The browser. It ends with this value.
pub(crate) struct Chromium {
    driver: Child,
    client: reqwest::Client,
    session: String,
}

impl Chromium {
    /// Starts; `None`: there is none on this machine. One that is there and does not start fails the test.
    pub(crate) async fn start() -> Option<Self> {
        let driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut driver = match driver {
            Ok(driver) => driver,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
            Err(error) => panic!("the browser's driver does not start: {error}"),
        };
        let said = BufReader::new(driver.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok)
            .find(|line| line.contains("started successfully on port"))
            .unwrap_or_else(|| panic!("the browser's driver ended without a port"));
        let port: u16 = said
            .rsplit(' ')
            .next()
            .unwrap()
            .trim_end_matches('.')
            .parse()
            .unwrap();
        let mut chromium = Self {
            driver,
            client: client(),
            session: format!("http://127.0.0.1:{port}/session"),
        };
        let options = json!({
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
        });
        let capabilities = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        } } });
        let begun = chromium
            .post("", &capabilities)
            .await
            .unwrap_or_else(|problem| panic!("the browser does not start: {problem}"));
        chromium.session = format!("{}/{}", chromium.session, begun["sessionId"].as_str().unwrap());
        Some(chromium)
    }
    /// Opens an address and waits until it is loaded.
    pub(crate) async fn open(&self, url: &str) {
        self.post("/url", &json!({ "url": url })).await.unwrap();
    }
    /// The address that is shown.
    pub(crate) async fn url(&self) -> String {
        self.run("return location.href")
            .await
            .as_str()
            .unwrap()
            .to_owned()
    }
    /// Runs a script; its result.
    pub(crate) async fn run(&self, script: &str) -> Value {
        // A page that goes elsewhere takes its scripts with it.
        for _ in 0..20 {
            if let Ok(value) = self
                .post("/execute/sync", &json!({ "script": script, "args": [] }))
                .await
            {
                return value;
            }
        }
        panic!("no page stays for long enough for: {script}");
    }
    /// As [`Chromium::run`], of a script that calls its last argument with its result.
    pub(crate) async fn run_async(&self, script: &str) -> Value {
        for _ in 0..20 {
            if let Ok(value) = self
                .post("/execute/async", &json!({ "script": script, "args": [] }))
                .await
            {
                return value;
            }
        }
        panic!("no page stays for long enough");
    }
    /// Makes the window so wide, and the user so inclined.
    pub(crate) async fn look(&self, width: u16, scheme: &str) {
        let metrics = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &metrics)
            .await;
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", &media).await;
    }
    /// A PNG of the whole page, which is then without a scrollbar.
    pub(crate) async fn picture(&self) -> Vec<u8> {
        let size = self
            .run("return { width: innerWidth, height: document.documentElement.scrollHeight }")
            .await;
        let clip = json!({ "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1 });
        let whole = json!({ "captureBeyondViewport": true, "clip": clip });
        let shown = self.devtools("Page.captureScreenshot", &whole).await;
        STANDARD.decode(shown["data"].as_str().unwrap()).unwrap()
    }
    /// What the console complained about since it was last asked.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let log = self.log("browser").await;
        log.iter()
            .filter(|entry| entry["level"] == "SEVERE")
            .map(|entry| entry["message"].as_str().unwrap().to_owned())
            .collect()
    }
    /// What was asked for since it was last asked.
    pub(crate) async fn requests(&self) -> Vec<Asked> {
        let mut requests = Vec::new();
        for entry in self.log("performance").await {
            let event: Value = serde_json::from_str(entry["message"].as_str().unwrap()).unwrap();
            let event = &event["message"];
            if event["method"] == "Network.requestWillBeSent" {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                requests.push(Asked {
                    address: text(&event["params"]["request"]["url"]),
                    page: text(&event["params"]["documentURL"]),
                    is_page: event["params"]["type"] == "Document",
                });
            }
        }
        requests
    }
    async fn log(&self, kind: &str) -> Vec<Value> {
        let log = self.post("/se/log", &json!({ "type": kind })).await.unwrap();
        log.as_array().unwrap().clone()
    }
    async fn devtools(&self, command: &str, parameters: &Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.post("/goog/cdp/execute", &body).await.unwrap()
    }
    async fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        let url = format!("{}{path}", self.session);
        let answer = self.client.post(url).json(body).send().await.unwrap();
        let accepted = answer.status().is_success();
        let mut answer: Value = answer.json().await.unwrap();
        let value = answer["value"].take();
        if accepted {
            Ok(value)
        } else {
            Err(value.to_string())
        }
    }
}
impl Drop for Chromium {
    /// Ends the session, which ends the browser, and then the driver: also where a test fails.
    fn drop(&mut self) {
        drop(self.end_session());
        self.driver.kill().unwrap_or_default();
        drop(self.driver.wait());
    }
}
impl Chromium {
    /// By hand: what is dropped cannot wait for a client that runs elsewhere.
    fn end_session(&self) -> std::io::Result<()> {
        let (_, address) = self.session.split_once("://").unwrap_or_default();
        let (host, path) = address.split_once('/').unwrap_or_default();
        let mut stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(
            stream,
            "DELETE /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        )?;
        // The driver answers when the browser has ended.
        stream.read_exact(&mut [0; 12])
    }
}
#[expect(
    clippy::disallowed_methods,
    reason = "speaks to the browser's driver, not to a service"
)]
fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}
/// The text of axe-core, where it was fetched.
pub(crate) fn axe() -> Option<String> {
    let tools = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/tools");
    std::fs::read_to_string(tools.join(AXE)).ok()
}
