//! Cuts the page's program into parts: what is always needed, and what is fetched when a view is opened
//! or a job is asked for. Where it is cut say the `#[wasm_split]` functions; what several parts share
//! becomes a chunk of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use wasm_encoder::{CustomSection, Module, RawSection};
use wasm_split_cli_support::{Options, transform};
use wasmparser::{Parser, Payload};

/// Where the parts lie, below the page.
const PARTS: &str = "parts";

/// The script that fetches them; the program imports from it.
pub const LOADER: &str = "parts.js";

/// Small chunks travel together, each as a section of one file: a request each would take longer than the
/// bytes. In which file says who needs them: a page with plots fetches none that only the stages need.
const CHUNKS: [&str; 5] = [
    "chunks",
    "chunks_plots",
    "chunks_stages",
    "chunks_rare",
    "chunks_run",
];

/// The views that draw plots, and those that step through something.
const PLOTS: [&str; 4] = [
    "view_experiments",
    "view_kernels",
    "view_lesson",
    "view_machine",
];
const STAGES: [&str; 3] = ["view_", "view_cache", "view_coherence"];

/// Begins the names of the worker's parts.
const RUNS: &str = "run_";

/// Which of the [`CHUNKS`] a small chunk travels in, by the parts that need it.
fn bundle(needed: &[&str]) -> usize {
    let any = |of: &[&str]| needed.iter().any(|part| of.contains(part));
    match (any(&PLOTS), any(&STAGES)) {
        (true, true) => 0,
        (true, false) => 1,
        (false, true) => 2,
        _ if needed.iter().any(|part| !part.starts_with(RUNS)) => 3,
        _ => 4,
    }
}

/// What is small, bytes before compression.
const SMALL: usize = 6000;

/// How the loader comes by a part, by its file.
const FETCHING: &str = r#"
const kept = new Map();
async function part(file) {
    return kept.has(file) ? new Response(kept.get(file)) : fetch(new URL(file, import.meta.url));
}
const chunks = new Map();
async function bundled(file, name) {
    if (!chunks.has(file)) {
        const compiled = WebAssembly.compileStreaming(part(file));
        compiled.catch(() => chunks.delete(file));
        chunks.set(file, compiled);
    }
    const [bytes] = WebAssembly.Module.customSections(await chunks.get(file), name);
    return new Response(bytes, { headers: { "Content-Type": "application/wasm" } });
}
export async function keepParts() {
    for (const file of FILES) {
        const answer = await part(file);
        if (answer.ok) kept.set(file, await answer.blob());
    }
}
"#;

/// The parts that a part needs, itself included: the stems of their files.
pub type Needs = BTreeMap<String, Vec<String>>;

/// Cuts a program; writes parts and loader below `folder`, and what is always needed to `main`, which is
/// still to be bound as the module `name`.
pub fn cut(input: &Path, name: &str, folder: &Path, main: &Path) -> Result<Needs> {
    let parts = folder.join(PARTS);
    fs::create_dir_all(&parts)?;
    let program = fs::read(input)?;
    let module = format!("./{name}.js");
    let mut options = Options::new(&program);
    options.output_dir = &parts;
    options.main_out_path = main;
    options.main_module = &module;
    let link = format!("./{LOADER}");
    options.link_name = &link;
    let cut = transform(options).map_err(|error| anyhow!("{error:#}"))?;
    ensure!(
        !cut.split_modules.is_empty(),
        "there is nothing to cut: was the program linked with `--emit-relocs`?"
    );

    let mut loader = fs::read_to_string(parts.join(LOADER))?;
    fs::remove_file(parts.join(LOADER))?;
    let mut small = CHUNKS.map(|_| Module::new());
    let mut bundled = BTreeMap::new();
    let mut files: Vec<String> = CHUNKS.map(|chunks| format!("{PARTS}/{chunks}.wasm")).into();
    for file in &cut.split_modules {
        let stem = stem(file)?.to_owned();
        let fetched = format!("fetch(new URL(\"./{stem}.wasm\", import.meta.url))");
        let bytes = bare(&fs::read(file)?)?;
        if bytes.len() < SMALL {
            let needs = cut.prefetch_map.iter();
            let needed = needs.filter(|(_, stems)| stems.contains(&stem));
            let of = bundle(&needed.map(|(part, _)| part.as_str()).collect::<Vec<_>>());
            small[of].section(&CustomSection {
                name: stem.as_str().into(),
                data: bytes.into(),
            });
            fs::remove_file(file)?;
            let found = format!("bundled(\"{}\", \"{stem}\")", files[of]);
            replace(&mut loader, &fetched, &found)?;
            bundled.insert(stem, CHUNKS[of]);
        } else {
            fs::write(file, bytes)?;
            let moved = format!("{PARTS}/{stem}.wasm");
            replace(&mut loader, &fetched, &format!("part(\"{moved}\")"))?;
            files.push(moved);
        }
    }
    for (chunks, small) in CHUNKS.iter().zip(small) {
        fs::write(parts.join(format!("{chunks}.wasm")), small.finish())?;
    }
    loader.push_str(&format!(
        "const FILES = {};\n",
        serde_json::to_string(&files)?
    ));
    loader.push_str(FETCHING);
    fs::write(folder.join(LOADER), loader)?;

    let file = |stem: &String| match bundled.get(stem) {
        Some(chunks) => (*chunks).to_owned(),
        None => stem.clone(),
    };
    let needs = cut.prefetch_map.iter().map(|(part, stems)| {
        let mut files: Vec<String> = stems.iter().map(file).collect();
        files.sort();
        files.dedup();
        let files = files.iter().map(|stem| format!("{PARTS}/{stem}.wasm"));
        (part.clone(), files.collect())
    });
    Ok(needs.collect())
}

/// A module without names and other remarks, which would be half of it.
fn bare(module: &[u8]) -> Result<Vec<u8>> {
    let mut bare = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        if let (Some((id, range)), false) = (
            payload.as_section(),
            matches!(payload, Payload::CustomSection(_)),
        ) {
            let data = &module[usize::try_from(range.start)?..usize::try_from(range.end)?];
            bare.section(&RawSection { id, data });
        }
    }
    Ok(bare.finish())
}

fn replace(text: &mut String, from: &str, to: &str) -> Result<()> {
    ensure!(text.contains(from), "the loader lacks `{from}`");
    *text = text.replace(from, to);
    Ok(())
}

fn stem(file: &Path) -> Result<&str> {
    let stem = file.file_stem().and_then(|stem| stem.to_str());
    stem.with_context(|| format!("{} has no name", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_chunk_travels_with_those_who_need_it() {
        let of = |needed: &[&str]| CHUNKS[bundle(needed)];
        assert_eq!(of(&["view_cache", "view_lesson", "run_time"]), "chunks");
        assert_eq!(of(&["view_lesson", "view_reuse"]), "chunks_plots");
        assert_eq!(of(&["view_cache", "run_record"]), "chunks_stages");
        assert_eq!(of(&["view_replay"]), "chunks_rare");
        assert_eq!(of(&["run_record", "run_grade"]), "chunks_run");
    }
}
