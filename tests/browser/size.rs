//! How much a first visit transfers.

use std::io::Write;

use anyhow::{Result, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;
use lab_tests::lab::Bench;

/// All files of the static site together, gzipped one by one as a host does, bytes. The page carries
/// the simulators themselves, with every policy, the loop language, recordings, the kernels (the forty
/// of loaders take some 130 KB: each is there to be simulated and, in one way, to run at full speed) and
/// the graders of the exercises, what a report found beside its curves, every experiment on a page of its
/// own, and the text of the course, 4 to 8 KB a lesson: that is what it is for.
const LARGEST: usize = 950_000;

#[test]
fn the_static_site_is_small() -> Result<()> {
    let bench = Bench::new()?;
    bench.lab(&["export", "site"])?.succeeded()?;
    let mut folders = vec![bench.path().join("site")];
    let mut sizes = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
            gzip.write_all(&std::fs::read(&path)?)?;
            let name = path.strip_prefix(bench.path())?.display().to_string();
            sizes.push((gzip.finish()?.len(), name));
        }
    }
    sizes.sort();
    let total: usize = sizes.iter().map(|(size, _)| size).sum();
    println!("{total} bytes gzipped");
    ensure!(
        sizes.iter().any(|(_, name)| name.ends_with(".wasm")),
        "there is no page: {sizes:?}"
    );
    ensure!(
        total < LARGEST,
        "{total} bytes, at most {LARGEST}: {sizes:?}"
    );
    Ok(())
}
