//! The lab's page, opened in both of its homes: a real `lab serve`, and a real static export on
//! a plain host.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use lab_core::report::Report;
use lab_tests::lab::{Bench, Server};
use lab_tests::reports;
use serde_json::{Value, json};

use crate::session::Page;
use crate::site::Site;

/// The plot of three readings.
pub const PLOT: &str = "[data-testid=three-readings]";

/// `lab serve` with a report of its own.
pub struct Live {
    pub server: Server,
    _bench: Bench,
}

impl Live {
    /// With a made-up report.
    pub fn with_report() -> Result<Live> {
        let bench = Bench::new()?;
        bench.file(
            "report.json",
            reports::made_up("small-laptop", 1.5).to_json(),
        )?;
        let server = bench.serve(&["--report", "report.json"])?;
        Ok(Live {
            server,
            _bench: bench,
        })
    }

    /// On a machine that was never measured.
    pub fn fresh() -> Result<Live> {
        let bench = Bench::new()?;
        let server = bench.serve(&[])?;
        Ok(Live {
            server,
            _bench: bench,
        })
    }

    /// Opens a hash route, as the user who holds the token.
    pub async fn open(&self, page: &Page, route: &str) -> Result<()> {
        page.goto(&format!("{}{route}", self.server.address()))
            .await?;
        ready(page).await
    }
}

/// A static export on a host that knows nothing but files, below a sub-path.
pub struct Exported {
    pub site: Site,
    bench: Bench,
}

impl Exported {
    /// The page alone.
    pub async fn plain() -> Result<Exported> {
        Exported::new(None).await
    }

    /// The page with a made-up report beside it.
    pub async fn with_report() -> Result<Exported> {
        Exported::new(Some(reports::made_up("small-laptop", 1.5))).await
    }

    /// With this report, if any, beside the page.
    pub async fn new(report: Option<Report>) -> Result<Exported> {
        let bench = Bench::new()?;
        let mut words = vec!["export", "site"];
        if let Some(report) = report {
            bench.file("given.json", report.to_json())?;
            words.extend(["--report", "given.json"]);
        }
        bench.lab(&words)?.succeeded()?;
        let site = Site::serve(&bench.path().join("site")).await?;
        Ok(Exported { site, bench })
    }

    /// The folder with its files.
    pub fn folder(&self) -> std::path::PathBuf {
        self.bench.path().join("site")
    }

    /// Puts another file beside the page.
    pub fn add(&self, name: &str, content: &str) -> Result<()> {
        Ok(std::fs::write(
            Path::new(&self.folder()).join(name),
            content,
        )?)
    }

    /// Opens a hash route.
    pub async fn open(&self, page: &Page, route: &str) -> Result<()> {
        page.goto(&format!("{}{route}", self.site.address()))
            .await?;
        ready(page).await
    }
}

/// Waits until the page has drawn its view.
pub async fn ready(page: &Page) -> Result<()> {
    page.wait(
        "the view with its heading, and its text",
        "document.querySelector('main h1') && !document.querySelector('[data-testid=coming]')",
    )
    .await
}

/// Opens a lesson and has its figures shown, without a prediction.
pub async fn reveal(page: &Page) -> Result<()> {
    page.wait(
        "the lesson",
        "document.querySelector('article.lesson .prose')",
    )
    .await?;
    let script = "for (const b of document.querySelectorAll('[data-testid=show-me]')) b.click()";
    page.run(script, vec![]).await?;
    page.wait(
        "all figures",
        "!document.querySelector('[data-testid=show-me]')",
    )
    .await
}

/// Goes to another route within the open page.
pub async fn go(page: &Page, route: &str) -> Result<()> {
    page.eval(&format!("(location.hash = {route:?}, true)"))
        .await?;
    // The router hears of it in a task of its own
    page.run("await new Promise(next => setTimeout(next, 50))", vec![])
        .await?;
    ready(page).await
}

/// Every route the page links to from its start, and those that must be among them.
pub async fn routes(page: &Page) -> Result<Vec<String>> {
    let script = "return [...new Set([...document.querySelectorAll('a[href^=\"#/\"]')]
        .map(link => link.getAttribute('href').split('?')[0]))].sort();";
    let found: Vec<String> = serde_json::from_value(page.run(script, vec![]).await?)?;
    let lessons = lab_lessons::LESSONS
        .iter()
        .map(|lesson| format!("#/lesson/{}", lesson.outline.id));
    let views = lab_core::views::View::ALL.iter();
    let views = views.map(|view| format!("#{}", view.info().route));
    ensure!(!lab_lessons::LESSONS.is_empty(), "there are no lessons");
    for route in views.chain(lessons) {
        ensure!(
            found.contains(&route),
            "no link leads to {route}, only to {found:?}"
        );
    }
    Ok(found)
}

/// Waits until each reading has a curve with points on the first plot, and returns their kinds.
pub async fn three_series(page: &Page) -> Result<()> {
    for reading in ["predicted", "simulated", "measured"] {
        series(page, reading).await?;
    }
    Ok(())
}

/// Waits for a curve of a reading.
pub async fn series(page: &Page, reading: &str) -> Result<()> {
    let found = format!(
        "[...document.querySelectorAll('{PLOT} [data-series={reading}]')]
            .some(series => Number(series.dataset.points) > 3)"
    );
    page.wait(&format!("a {reading} curve"), &found).await
}

/// A number the page tells about its last simulation.
pub async fn simulation(page: &Page, name: &str) -> Result<f64> {
    let value = page
        .eval(&format!(
            "document.querySelector('[data-testid=simulation-status]')?.dataset.{name}"
        ))
        .await?;
    let number = value.as_str().and_then(|text| text.parse().ok());
    number.with_context(|| format!("the simulation's status has no number {name}: {value}"))
}

/// Moves a slider by so many steps, as the arrow keys do, and waits for the rerun.
pub async fn slide(page: &Page, control: &str, to: &str) -> Result<()> {
    let before = simulation(page, "run").await?;
    set_slider(page, control, to).await?;
    page.wait(
        "another run of the simulation",
        &format!("Number(document.querySelector('[data-testid=simulation-status]').dataset.run) > {before}"),
    )
    .await
}

/// Puts a slider to its `min` or `max`, with the events a hand causes.
pub async fn set_slider(page: &Page, control: &str, to: &str) -> Result<()> {
    page.find(control).await?;
    let script = "
        const slider = document.querySelector(args[0]);
        slider.value = slider[args[1]];
        slider.dispatchEvent(new Event('input', { bubbles: true }));
        slider.dispatchEvent(new Event('change', { bubbles: true }));";
    page.run(script, vec![Value::from(control), Value::from(to)])
        .await?;
    Ok(())
}

/// The points of a reading's first curve, as drawn.
pub async fn drawing(page: &Page, reading: &str) -> Result<String> {
    let drawn = page
        .eval(&format!(
            "document.querySelector('{PLOT} [data-series={reading}]')?.innerHTML"
        ))
        .await?;
    Ok(drawn
        .as_str()
        .with_context(|| format!("no {reading} curve"))?
        .to_owned())
}

/// Gives a field a value, and tells the page by an `input` or a `change`.
pub async fn set(page: &Page, selector: &str, event: &str, value: &str) -> Result<()> {
    let script = "
        const field = document.querySelector(args[0]);
        field.value = args[2];
        field.dispatchEvent(new Event(args[1], { bubbles: true }));";
    let arguments = vec![json!(selector), json!(event), json!(value)];
    page.run(script, arguments).await.map(drop)
}

/// Waits until a program is recorded, and a step of it shown.
pub async fn recorded(page: &Page) -> Result<()> {
    page.wait(
        "a recorded program",
        "document.querySelector('[data-testid=simulation-status]')?.dataset.running === 'false'
         && document.querySelector('[data-testid=explanation]')",
    )
    .await
}
