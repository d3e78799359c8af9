//! How much a first visit transfers, and the whole site.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::lab::{Exported, routes};
use crate::session::browse;

/// What a first visit to any page fetches until it is drawn, with its text and predictions, gzipped,
/// bytes; with what its worker then fetches to simulate, [`LARGEST_VISIT`]. Of both 400 KB would do. The
/// heaviest have 418 KB, a hundredth more where the same sources are compiled in another folder.
const LARGEST_PAGE: usize = 430_000;

/// The Cache view has an editor, a form for each property of each cache, the pictures and the tables.
const LARGEST_CACHE_PAGE: usize = 450_000;

/// Until the first simulated result, bytes: the Cache view then has the loop language, 71 KB, and the
/// recording.
const LARGEST_VISIT: usize = 640_000;

/// All files of the static site together, gzipped one by one as a host does, bytes: the page; the
/// simulators, the loop language, recordings, kernels and graders; the texts of the course, 4 to 8 KB a
/// lesson; the sample report, 105 KB, which nobody fetches who does not ask for it.
const LARGEST_SITE: usize = 1_400_000;

/// Compresses each file of a folder as a host does, with a copy beside it; gives the copies' sizes.
pub fn compress(folder: &Path) -> Result<BTreeMap<String, usize>> {
    let mut folders = vec![folder.to_owned()];
    let mut sizes = BTreeMap::new();
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
            gzip.write_all(&std::fs::read(&path)?)?;
            let packed = gzip.finish()?;
            let name = path.strip_prefix(folder)?.display().to_string();
            std::fs::write(folder.join(format!("{name}.gz")), &packed)?;
            sizes.insert(name, packed.len());
        }
    }
    Ok(sizes)
}

#[test]
fn the_static_site_is_small_as_a_whole_and_on_a_first_visit() -> Result<()> {
    browse(async |page| {
        let exported = Exported::plain().await?;
        let sizes = compress(&exported.folder())?;
        let total: usize = sizes.values().sum();
        println!("{total} bytes gzipped: {sizes:?}");
        ensure!(
            sizes.keys().any(|name| name.ends_with(".wasm")),
            "no page: {sizes:?}"
        );
        ensure!(
            total < LARGEST_SITE,
            "{total} bytes, at most {LARGEST_SITE}: {sizes:?}"
        );

        exported.open(page, "#/").await?;
        let mut heavy = Vec::new();
        for route in routes(page).await? {
            page.forget(&exported.site.address()).await?;
            exported.site.take_asked();
            exported.open(page, &route).await?;
            // What the view asks for once it is drawn is a part of the visit
            tokio::time::sleep(Duration::from_secs(1)).await;
            let asked: BTreeSet<String> = exported.site.take_asked().into_iter().collect();
            // The worker's parts are told from the page's by what the start script fetches of itself.
            let own = "return [...document.querySelectorAll('link[rel=preload]')].map(link => link.getAttribute('href'))";
            let own: BTreeSet<String> = serde_json::from_value(page.run(own, vec![]).await?)?;
            let weigh = |name: &String| {
                let name = if name.is_empty() { "index.html" } else { name };
                sizes
                    .get(name)
                    .with_context(|| format!("{name} is no file of the site"))
            };
            let visit = asked.iter().map(weigh).sum::<Result<usize>>()?;
            let later = |name: &&String| name.starts_with("parts/") && !own.contains(*name);
            let simulating = asked
                .iter()
                .filter(later)
                .map(weigh)
                .sum::<Result<usize>>()?;
            let drawn = visit - simulating;
            println!(
                "{route}: {drawn} bytes until it is drawn, {visit} until it has simulated, in {} files",
                asked.len()
            );
            ensure!(
                drawn > 50_000,
                "{route}: the page was not fetched, only {asked:?}"
            );
            let largest = match route.starts_with("#/cache") {
                true => LARGEST_CACHE_PAGE,
                false => LARGEST_PAGE,
            };
            if drawn > largest || visit > LARGEST_VISIT {
                heavy.push(format!("{route}: {drawn} and {visit} bytes, {asked:?}"));
            }
        }
        ensure!(
            heavy.is_empty(),
            "at most {LARGEST_PAGE} and {LARGEST_VISIT}: {heavy:#?}"
        );
        Ok(())
    })
}
