//! Makes of a compiled page what a browser loads.
//!
//! `xtask-pack course FILE` writes the course as compiled here, for the build of the page. `xtask-pack page
//! INPUT.wasm NAME FOLDER` takes that build and a folder with the static files: it cuts the program into
//! parts, writes a module of JavaScript bindings, `NAME.js`, and the WebAssembly beside it,
//! `NAME_bg.wasm`, adds the lessons, completes the scripts with what there is to fetch, and compresses.
//! It stands apart from `xtask` because its libraries take a minute to compile.

mod parts;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use flate2::{Compression, write::GzEncoder};
use lab_lessons::{COURSE, LESSONS};
use wasm_bindgen_cli_support::Bindgen;
use xxhash_rust::xxh3::Xxh3;

/// The page that loads all others.
const START: &str = "index.html";

/// What starts the program, and the name in it that is given its value here: the files of each part.
const BOOT: &str = "boot.js";
const NEEDS: &str = "NEEDS = {}";

/// The service worker, and the name in it that is given its value here: a version, and all files.
const SERVICE: &str = "sw.js";
const FILES: &str = "[VERSION, FILES] = [\"\", []]";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["course", file] => {
            let file = Path::new(file);
            // Left as it is where nothing changed: the page would be built again
            if fs::read(file).ok().as_deref() == Some(COURSE.as_bytes()) {
                return Ok(());
            }
            write(file, COURSE.as_bytes())
        }
        ["page", input, name, folder] => {
            let (input, folder) = (Path::new(input), Path::new(folder));
            let main = input.with_extension("main.wasm");
            let needs = parts::cut(input, name, folder, &main)
                .with_context(|| format!("{} was not cut", input.display()))?;
            bind(&main, name, folder)
                .with_context(|| format!("no bindings of {}", main.display()))?;
            for script in [&format!("{name}.js"), parts::LOADER] {
                let script = folder.join(script);
                write(&script, lean(&fs::read_to_string(&script)?).as_bytes())?;
            }
            styles(folder)?;
            lessons(folder)?;
            complete(folder, BOOT, NEEDS, &serde_json::to_string(&needs)?)?;
            complete(folder, SERVICE, FILES, &contents(folder)?)?;
            compress(folder)
        }
        _ => bail!("usage: xtask-pack course FILE, or xtask-pack page INPUT.wasm NAME FOLDER"),
    }
}

fn bind(input: &Path, name: &str, folder: &Path) -> Result<()> {
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
        // The parts call through the table of functions
        .keep_lld_exports(true)
        .generate(folder)
}

/// Generated scripts and the style sheets without indentation and lines of comments.
fn lean(text: &str) -> String {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| {
        let comment = line.starts_with("/*") && line.ends_with("*/");
        !line.is_empty() && !line.starts_with("//") && !comment
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

/// Joins the style sheets in the order in which the start page names them: one request, and smaller.
fn styles(folder: &Path) -> Result<()> {
    let start = folder.join(START);
    let page = fs::read_to_string(&start).with_context(|| start.display().to_string())?;
    let mut joined = String::new();
    let mut lines = Vec::new();
    for line in page.lines() {
        let sheet = line.strip_prefix("<link rel=\"stylesheet\" href=\"");
        let Some(sheet) = sheet.and_then(|line| line.strip_suffix("\">")) else {
            lines.push(line);
            continue;
        };
        if joined.is_empty() {
            lines.push("<link rel=\"stylesheet\" href=\"lab.css\">");
        }
        joined += &fs::read_to_string(folder.join(sheet)).with_context(|| sheet.to_owned())?;
        fs::remove_file(folder.join(sheet))?;
    }
    let left = folder.join("css");
    fs::remove_dir(&left)
        .with_context(|| format!("{START} does not name all of {}", left.display()))?;
    write(&folder.join("lab.css"), lean(&joined).as_bytes())?;
    write(&start, (lines.join("\n") + "\n").as_bytes())
}

/// What a lesson consists of, in a file a lesson: fetched when it is opened.
fn lessons(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder.join("lessons"))?;
    for lesson in LESSONS {
        let file = folder.join(lab_lessons::file_of(lesson.outline.id));
        write(&file, &serde_json::to_vec(lesson.blocks)?)?;
    }
    Ok(())
}

/// Writes into a script what is known only now: `NAME = VALUE`.
fn complete(folder: &Path, script: &str, unknown: &str, value: &str) -> Result<()> {
    let file = folder.join(script);
    let code = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    ensure!(code.contains(unknown), "{script} lacks `{unknown}`");
    let (name, _) = unknown.split_once(" = ").context("no name")?;
    write(
        &file,
        code.replace(unknown, &format!("{name} = {value}"))
            .as_bytes(),
    )
}

/// What the service worker is to keep, and of which version it is: what all files hold.
fn contents(folder: &Path) -> Result<String> {
    let mut version = Xxh3::new();
    let mut names = Vec::new();
    for file in files(folder)? {
        let name = file.strip_prefix(folder)?.to_string_lossy().into_owned();
        version.update(name.as_bytes());
        version.update(&fs::read(&file)?);
        match name.as_str() {
            SERVICE => {}
            // By the address a page is opened with
            START => names.push("./".to_owned()),
            _ => names.push(name),
        }
    }
    let version = format!("{:016x}", version.digest());
    Ok(serde_json::to_string(&(version, names))?)
}

/// Puts a gzipped copy beside each file that gets smaller, for `lab serve`. The start page differs by
/// where it is served, and a browser compares the service worker byte by byte: they stay as they are.
fn compress(folder: &Path) -> Result<()> {
    for file in files(folder)? {
        if [SERVICE, START].iter().any(|name| file.ends_with(name)) {
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
