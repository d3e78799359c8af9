//! A headless Chromium of one's own for each test.

use std::fmt;
use std::fs::File;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use fantoccini::elements::Element;
use fantoccini::wd::{TimeoutConfiguration, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use futures_util::FutureExt;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Held by the test whose turn it is. One browser at a time, as some tests judge quickness; a
/// file, as a test runner may give each test a process of its own.
const TURN: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/browser.lock");

const PATIENCE: Duration = Duration::from_secs(20);

/// Where a screenshot of a failed test goes.
const SHOTS: &str = env!("CARGO_TARGET_TMPDIR");

/// An open page in a browser.
pub struct Page {
    client: Client,
}

/// Runs a test in a fresh browser. It fails if the test does, or if anything went to the
/// console as an error that the test did not take with [`Page::take_errors`].
/// What the test gives back lives until the console was read: a server that a page may still ask.
pub fn browse<K>(test: impl AsyncFnOnce(&Page) -> Result<K>) -> Result<()> {
    let turn = File::create(TURN).with_context(|| format!("{TURN} cannot be written"))?;
    // Unlocked when closed, however the test ends
    turn.lock().context("the browser cannot be waited for")?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut driver = Driver::start().await?;
        let page = driver.open().await?;
        let outcome = AssertUnwindSafe(test(&page)).catch_unwind().await;
        let outcome = match outcome {
            Ok(Ok(_kept)) => page.check_console().await,
            Ok(Err(error)) => Err(page.describe(error).await),
            Err(panic) => {
                let _ = page.client.close().await;
                driver.stop().await;
                std::panic::resume_unwind(panic)
            }
        };
        let _ = page.client.close().await;
        driver.stop().await;
        outcome
    })
}

impl Page {
    /// Opens an address, and waits until it is loaded.
    pub async fn goto(&self, address: &str) -> Result<()> {
        self.client
            .goto(address)
            .await
            .with_context(|| format!("{address} did not load"))
    }

    /// The value of a JavaScript expression.
    pub async fn eval(&self, expression: &str) -> Result<Value> {
        let script = format!("return ({expression});");
        self.client
            .execute(&script, vec![])
            .await
            .with_context(|| format!("in `{expression}`"))
    }

    /// What a script of several statements returns; it may `await`.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        let wrapped = format!(
            "const done = arguments[arguments.length - 1];
             (async (...args) => {{ {script} }})(...arguments)
                 .then(value => done({{ value }}), error => done({{ error: String(error) }}));"
        );
        let mut answer = self.client.execute_async(&wrapped, arguments).await?;
        if let Some(error) = answer.get("error") {
            bail!("the script failed: {error}");
        }
        Ok(answer["value"].take())
    }

    /// Waits until a JavaScript expression holds; `what` says what that means.
    pub async fn wait(&self, what: &str, expression: &str) -> Result<()> {
        self.wait_at_most(PATIENCE, what, expression).await
    }

    /// Waits so long at most.
    pub async fn wait_at_most(&self, most: Duration, what: &str, expression: &str) -> Result<()> {
        let start = Instant::now();
        let condition = format!("!!({expression})");
        while self.eval(&condition).await? != json!(true) {
            ensure!(
                start.elapsed() < most,
                "within {most:?} there was not: {what} ({expression})"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// The element, once it is there.
    pub async fn find(&self, selector: &str) -> Result<Element> {
        let wait = self
            .client
            .wait()
            .at_most(PATIENCE)
            .every(Duration::from_millis(20));
        wait.for_element(Locator::Css(selector))
            .await
            .with_context(|| format!("there is no `{selector}`"))
    }

    /// The text a reader sees in an element.
    pub async fn text(&self, selector: &str) -> Result<String> {
        self.find(selector).await?;
        // Found and read in one step: between two, the page may draw it anew.
        let script = "return document.querySelector(args[0])?.innerText ?? null";
        let text = self.run(script, vec![json!(selector)]).await?;
        let text = text
            .as_str()
            .with_context(|| format!("`{selector}` went away"))?;
        Ok(text.to_owned())
    }

    /// Clicks as a user does: it must be visible, and nothing may lie above it.
    pub async fn click(&self, selector: &str) -> Result<()> {
        let element = self.find(selector).await?;
        // Smooth scrolling would still be under way when the driver clicks
        let scroll = "document.querySelector(args[0])
            .scrollIntoView({ block: 'center', behavior: 'instant' })";
        self.run(scroll, vec![json!(selector)]).await?;
        element
            .click()
            .await
            .with_context(|| format!("`{selector}` cannot be clicked"))
    }

    /// Types into an element, with [`fantoccini::key::Key`] for keys without a letter.
    pub async fn keys(&self, selector: &str, keys: &str) -> Result<()> {
        let element = self.find(selector).await?;
        element
            .send_keys(keys)
            .await
            .with_context(|| format!("`{selector}` takes no keys"))
    }

    /// Drops a file onto an element.
    pub async fn drop_file(&self, selector: &str, name: &str, content: &str) -> Result<()> {
        self.find(selector).await?;
        let script = "
            const [selector, name, content] = args;
            const data = new DataTransfer();
            data.items.add(new File([content], name, { type: 'application/json' }));
            const target = document.querySelector(selector);
            for (const type of ['dragenter', 'dragover', 'drop']) {
                target.dispatchEvent(new DragEvent(type,
                    { dataTransfer: data, bubbles: true, cancelable: true }));
            }";
        self.run(script, vec![json!(selector), json!(name), json!(content)])
            .await?;
        Ok(())
    }

    /// Makes the window's inside this large, in CSS pixels.
    pub async fn resize(&self, width: u32, height: u32) -> Result<()> {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size)
            .await
    }

    /// Prefers dark or light, as the system's setting would.
    pub async fn prefer_dark(&self, dark: bool) -> Result<()> {
        let value = if dark { "dark" } else { "light" };
        let feature = json!({ "name": "prefers-color-scheme", "value": value });
        self.devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": [feature] }),
        )
        .await
    }

    /// From now on as if printed.
    pub async fn on_paper(&self) -> Result<()> {
        self.devtools("Emulation.setEmulatedMedia", json!({ "media": "print" }))
            .await
    }

    /// Runs a script in every page opened from now on, before its own.
    pub async fn before_load(&self, script: &str) -> Result<()> {
        let source = json!({ "source": script });
        self.devtools("Page.addScriptToEvaluateOnNewDocument", source)
            .await
    }

    /// From now on as slow as a phone: a quarter of the processor, 1.6 Mbit/s, 150 ms away.
    pub async fn like_a_phone(&self) -> Result<()> {
        let speed = 1_600_000 / 8;
        let net = json!({ "offline": false, "latency": 150,
            "downloadThroughput": speed, "uploadThroughput": speed });
        self.devtools("Network.enable", json!({})).await?;
        self.devtools("Network.emulateNetworkConditions", net)
            .await?;
        self.devtools("Emulation.setCPUThrottlingRate", json!({ "rate": 4 }))
            .await
    }

    /// From now on as if it were touched: no mouse, but fingers.
    pub async fn by_finger(&self) -> Result<()> {
        let touch = json!({ "enabled": true, "maxTouchPoints": 5 });
        self.devtools("Emulation.setTouchEmulationEnabled", touch)
            .await?;
        let mobile = json!({ "width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": true });
        self.devtools("Emulation.setDeviceMetricsOverride", mobile)
            .await
    }

    /// Leaves a page and forgets all that was kept of its host, as if it had never been there.
    pub async fn forget(&self, address: &str) -> Result<()> {
        self.goto("about:blank").await?;
        let all = json!({ "origin": address, "storageTypes": "all" });
        self.devtools("Storage.clearDataForOrigin", all).await?;
        self.devtools("Network.clearBrowserCache", json!({})).await
    }

    /// A command of the browser's developer tools, and its answer.
    pub async fn ask_devtools(&self, method: &str, parameters: Value) -> Result<Value> {
        let body = json!({ "cmd": method, "params": parameters });
        let answer = self
            .client
            .issue_cmd(Vendor {
                path: "goog/cdp/execute",
                body,
            })
            .await?;
        Ok(answer)
    }

    async fn devtools(&self, method: &str, parameters: Value) -> Result<()> {
        self.ask_devtools(method, parameters).await.map(drop)
    }

    /// The errors on the console so far, each returned only once.
    pub async fn take_errors(&self) -> Result<Vec<String>> {
        let body = json!({ "type": "browser" });
        let log = self
            .client
            .issue_cmd(Vendor {
                path: "se/log",
                body,
            })
            .await?;
        let entries = log.as_array().context("the browser's log is no list")?;
        let errors = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        Ok(errors
            .map(|entry| entry["message"].as_str().unwrap_or("?").to_owned())
            .collect())
    }

    async fn check_console(&self) -> Result<()> {
        let mut errors = self.take_errors().await?;
        // The script that keeps the page offline is asked for last, and the host of a test may be gone by
        // then: the page goes on without it. That it is there is tested in `offline.rs`.
        errors.retain(|error| !error.contains("when fetching the script"));
        ensure!(
            errors.is_empty(),
            "errors on the console:\n  {}",
            errors.join("\n  ")
        );
        Ok(())
    }

    /// Adds to a failure what was on the page and the console.
    async fn describe(&self, error: anyhow::Error) -> anyhow::Error {
        let mut words = format!("{error:#}");
        if let Ok(address) = self.client.current_url().await {
            words += &format!("\non {address}");
        }
        if let Ok(Some(file)) = self.shoot().await {
            words += &format!("\nscreenshot: {}", file.display());
        }
        for error in self.take_errors().await.unwrap_or_default() {
            words += &format!("\nconsole: {error}");
        }
        anyhow!(words)
    }

    async fn shoot(&self) -> Result<Option<PathBuf>> {
        let thread = std::thread::current();
        let Some(name) = thread.name() else {
            return Ok(None);
        };
        let file = PathBuf::from(SHOTS).join(format!("{}.png", name.replace("::", "-")));
        std::fs::write(&file, self.client.screenshot().await?)?;
        Ok(Some(file))
    }
}

/// A running chromedriver, and the profile its browser uses.
struct Driver {
    child: Child,
    address: String,
    profile: TempDir,
}

impl Driver {
    async fn start() -> Result<Driver> {
        let profile = TempDir::with_prefix("lab-browser-")?;
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            // What the browser leaves behind goes with its profile
            .env("TMPDIR", profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context(
                "the browser tests need Chromium and chromedriver: `cargo lab-test` sets them up",
            )?;
        let output = child.stdout.take().context("chromedriver has no output")?;
        let mut lines = BufReader::new(output).lines();
        // "ChromeDriver was started successfully on port 40123."
        let port = loop {
            let line = tokio::time::timeout(PATIENCE, lines.next_line()).await;
            let line = line.context("chromedriver said nothing")??;
            let line = line.context("chromedriver ended at once")?;
            if let Some((_, rest)) = line.split_once("successfully on port ") {
                break rest.trim_end_matches('.').to_owned();
            }
        };
        // Read on, or it would end when it writes again
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Driver {
            child,
            address: format!("http://127.0.0.1:{port}"),
            profile,
        })
    }

    async fn open(&mut self) -> Result<Page> {
        let profile = format!("--user-data-dir={}", self.profile.path().display());
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--window-size=1280,900",
            &profile,
        ];
        let mut options = json!({ "args": arguments });
        if let Some(binary) = chromium() {
            options["binary"] = json!(binary);
        }
        let capabilities = json!({
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let Value::Object(capabilities) = capabilities else {
            unreachable!("it is an object")
        };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&self.address)
            .await
            .context("Chromium did not start; `cargo lab-test` sets it up")?;
        let script = Some(Duration::from_secs(60));
        client
            .update_timeouts(TimeoutConfiguration::new(script, None, None))
            .await?;
        Ok(Page { client })
    }

    async fn stop(&mut self) {
        let _ = self.child.kill().await;
    }
}

/// The browser's path where it goes by Debian's name; else the driver finds its own.
fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .flat_map(|folder| ["chromium", "chromium-browser"].map(|name| folder.join(name)))
        .find(|file| file.is_file())
}

/// A command of Chromium's driver beyond the WebDriver standard.
#[derive(Debug)]
struct Vendor {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Vendor {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!(
            "session/{}/{}",
            session.unwrap_or_default(),
            self.path
        ))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Page")
    }
}
