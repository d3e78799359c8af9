//! How many accesses a second the simulators follow in a worker of the browser.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::session::browse;
use crate::site::Site;

/// Rows of the module, with their goals in M accesses/s.
const ROWS: [(&str, f64); 7] = [
    ("16 KiB loop", 350.0),
    ("sequential 8 B", 300.0),
    ("stride 64 B", 60.0),
    ("random, 64 MiB", 45.0),
    ("loop language: scan", 60.0),
    ("loop language: matmul ijk", 60.0),
    ("loop language: gather", 60.0),
];

/// The module is loaded in a worker, as the page's is; a round that is not timed goes first.
const WORKER: &str = "
onmessage = async ({ data }) => {
    const response = await fetch('lab_rates.wasm');
    const { instance } = await WebAssembly.instantiate(await response.arrayBuffer(), {});
    const { prepare, follow, seen } = instance.exports;
    if (!prepare(data)) throw new Error(`there is no row ${data}`);
    follow();
    const rates = [];
    for (let round = 0; round < 7; round++) {
        const begun = performance.now();
        const accesses = follow();
        rates.push(accesses / 1e3 / (performance.now() - begun));
    }
    postMessage({ rates, seen: seen() });
};";

/// Prints a table. Figures mean something on an idle machine only, so nobody is to meet the goals.
///
/// The module is built as the page is:
///
/// ```text
/// cargo build -p lab-rates --profile web --target wasm32-unknown-unknown --target-dir target/wasm
/// LAB_RATES=$PWD/target/wasm/wasm32-unknown-unknown/web/lab_rates.wasm \
///   cargo nextest run -p lab-tests --test browser --run-ignored only --no-capture rates
/// ```
///
/// Where the target comes from the distribution, its compiler needs the environment that
/// `cargo lab build` gives it (`native/xtask/src/page.rs`).
#[test]
#[ignore = "needs a module of its own and an idle machine: see its description"]
fn simulators_in_the_browser() -> Result<()> {
    let module = std::env::var("LAB_RATES").context("LAB_RATES says where lab_rates.wasm is")?;
    browse(async |page| {
        let folder = tempfile::TempDir::with_prefix("lab-rates-")?;
        let path = |name: &str| folder.path().join(name);
        std::fs::copy(&module, path("lab_rates.wasm")).with_context(|| module.clone())?;
        std::fs::write(path("worker.js"), WORKER)?;
        std::fs::write(
            path("index.html"),
            "<!doctype html><link rel='icon' href='data:,'><title>Rates</title>",
        )?;
        let site = Site::serve(folder.path()).await?;
        page.goto(&site.address()).await?;
        let script = "return [navigator.userAgent, new Date().toISOString().slice(0, 10)]";
        let (agent, day): (String, String) =
            serde_json::from_value(page.run(script, vec![]).await?)?;
        println!("{}; {day}", conditions(&agent));
        println!(
            "{:28}{:>10}{:>10}{:>8}",
            "M accesses/s", "median", "best", "goal"
        );
        for (number, (name, goal)) in ROWS.iter().enumerate() {
            let script = "
                const worker = new Worker('worker.js');
                const answer = new Promise((tell, fail) => {
                    worker.onmessage = event => tell(event.data);
                    worker.onerror = event => fail(event.message);
                });
                worker.postMessage(args[0]);
                const { rates, seen } = await answer;
                worker.terminate();
                return [...rates.sort((a, b) => a - b), seen];";
            let answer = page.run(script, vec![json!(number)]).await?;
            let rates: Vec<f64> = serde_json::from_value(answer)?;
            let (seen, rates) = rates.split_last().context("no rates")?;
            ensure!(*seen > 0.0, "{name}: no access was seen");
            let (median, best) = (rates[rates.len() / 2], rates[rates.len() - 1]);
            println!("{name:28}{median:>10.0}{best:>10.0}{goal:>8}");
        }
        Ok(())
    })
}

/// Processor, load and browser.
fn conditions(agent: &str) -> String {
    let read = |file: &str| std::fs::read_to_string(file).unwrap_or_default();
    let info = read("/proc/cpuinfo");
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name\t: "));
    let load = read("/proc/loadavg");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let browser = agent.split(' ').find(|word| word.contains("Chrom"));
    format!(
        "{}, {cores} cores, load {}; {}",
        model.unwrap_or("an unknown processor"),
        load.split(' ').next().unwrap_or("unknown"),
        browser.unwrap_or("an unknown browser"),
    )
}
