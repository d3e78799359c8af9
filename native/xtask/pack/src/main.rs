//! Makes of a compiled page what a browser loads.
//!
//! `xtask-pack bind INPUT.wasm NAME FOLDER` writes a module of JavaScript bindings, `NAME.js`, and the
//! WebAssembly beside it, `NAME_bg.wasm`. `xtask-pack course FILE` writes the course as compiled here, for
//! the build of the page. `xtask-pack finish FOLDER` adds the lessons, completes the
//! service worker with what it is to keep, and compresses.
//! It stands apart from `xtask` because its libraries take a minute to compile.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use flate2::{Compression, write::GzEncoder};
use lab_lessons::{COURSE, LESSONS};
use wasm_bindgen_cli_support::Bindgen;
use xxhash_rust::xxh3::Xxh3;

/// The service worker, and the line in it that is completed here.
const SERVICE: &str = "sw.js";
const UNKNOWN: &str = "const [VERSION, FILES] = [\"\", []];";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["bind", input, name, folder] => {
            bind(input, name, folder).with_context(|| format!("no bindings of {input}"))
        }
        ["course", file] => {
            let file = Path::new(file);
            // Left as it is where nothing changed: the page would be built again
            if fs::read(file).ok().as_deref() == Some(COURSE.as_bytes()) {
                return Ok(());
            }
            write(file, COURSE.as_bytes())
        }
        ["finish", folder] => {
            let folder = Path::new(folder);
            lessons(folder)?;
            complete(folder)?;
            compress(folder)
        }
        _ => bail!(
            "usage: xtask-pack course FILE, xtask-pack bind INPUT.wasm NAME FOLDER, or xtask-pack finish FOLDER"
        ),
    }
}

fn bind(input: &str, name: &str, folder: &str) -> Result<()> {
    Bindgen::new()
        .input_path(input)
        .out_name(name)
        .web(true)?
        // `init()` alone then finds the WebAssembly beside the script, under any sub-path.
        .omit_default_module_path(false)
        .typescript(false)
        // Names would cost a third of the download; the page reports errors in words.
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(folder)
}

/// What a lesson consists of, in a file a lesson: fetched when it is opened.
fn lessons(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder.join("lessons"))?;
    for lesson in LESSONS {
        let file = folder.join(lab_lessons::file_of(lesson.id));
        write(&file, &serde_json::to_vec(lesson.blocks)?)?;
    }
    Ok(())
}

/// Tells the service worker what there is, and which version it is: what all files hold.
fn complete(folder: &Path) -> Result<()> {
    let service = folder.join(SERVICE);
    let code = fs::read_to_string(&service).with_context(|| service.display().to_string())?;
    ensure!(code.contains(UNKNOWN), "{SERVICE} lacks `{UNKNOWN}`");
    let mut version = Xxh3::new();
    let mut names = Vec::new();
    for file in files(folder)? {
        let name = file.strip_prefix(folder)?.to_string_lossy().into_owned();
        version.update(name.as_bytes());
        version.update(&fs::read(&file)?);
        match name.as_str() {
            SERVICE => {}
            // By the address a page is opened with
            "index.html" => names.push("./".to_owned()),
            _ => names.push(name),
        }
    }
    let known = format!(
        "const [VERSION, FILES] = [\"{:016x}\", {}];",
        version.digest(),
        serde_json::to_string(&names)?
    );
    write(&service, code.replace(UNKNOWN, &known).as_bytes())
}

/// Puts a gzipped copy beside each file that gets smaller, for `lab serve`. The start page differs by
/// where it is served, and a browser compares the service worker byte by byte: they stay as they are.
fn compress(folder: &Path) -> Result<()> {
    for file in files(folder)? {
        if [SERVICE, "index.html"]
            .iter()
            .any(|name| file.ends_with(name))
        {
            continue;
        }
        let plain = fs::read(&file)?;
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&plain)?;
        let packed = gzip.finish()?;
        if packed.len() < plain.len() {
            let mut name = file.into_os_string();
            name.push(".gz");
            write(Path::new(&name), &packed)?;
        }
    }
    Ok(())
}

/// All files below a folder, in a fixed order.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            all.extend(files(&path)?);
        } else {
            all.push(path);
        }
    }
    all.sort();
    Ok(all)
}

fn write(file: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(file, bytes).with_context(|| format!("{} could not be written", file.display()))
}
