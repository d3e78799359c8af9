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
/// bytes. Too much still: 400 KB should do, worker included; for that the views that are rarely opened,
/// and the simulators by what they simulate, have to come in files of their own.
const LARGEST_PAGE: usize = 775_000;

/// All files of the static site together, gzipped one by one as a host does, bytes: the page; its worker
/// with the simulators, the loop language, recordings, kernels (the forty of loaders take some 130 KB)
/// and graders; the texts of the course, 4 to 8 KB a lesson.
const LARGEST_SITE: usize = 1_300_000;

/// The file that simulates, which is fetched once the page is drawn.
const WORKER: &str = "lab-worker_bg.wasm";

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
            let weigh = |name: &String| {
                let name = if name.is_empty() { "index.html" } else { name };
                sizes
                    .get(name)
                    .with_context(|| format!("{name} is no file of the site"))
            };
            let drawn = asked.iter().filter(|name| *name != WORKER);
            let visit = drawn.map(weigh).sum::<Result<usize>>()?;
            println!("{route}: {visit} bytes in {} files", asked.len());
            ensure!(
                visit > 50_000,
                "{route}: the page was not fetched, only {asked:?}"
            );
            if visit > LARGEST_PAGE {
                heavy.push(format!("{route}: {visit} bytes, {asked:?}"));
            }
        }
        ensure!(heavy.is_empty(), "at most {LARGEST_PAGE}: {heavy:#?}");
        Ok(())
    })
}
