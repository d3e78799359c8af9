//! Compiles the course to `course.rs` in the build's folder, and to `graders.rs` for the tests.

use std::{collections::BTreeMap, env, fs, io, path::Path, process::exit};

use lab_lesson_compiler::{compile, to_graders, to_rust};

/// What the course consists of.
const FOLDERS: [&str; 2] = ["course", "exercises"];

fn main() {
    let mut files = BTreeMap::new();
    for folder in FOLDERS {
        println!("cargo::rerun-if-changed={folder}");
        read(folder, &mut files).unwrap_or_else(|error| fail(folder, &error));
    }
    match compile(files) {
        Ok(course) => {
            let exercises = concat!(env!("CARGO_MANIFEST_DIR"), "/exercises");
            write("course.rs", &to_rust(&course));
            write("graders.rs", &to_graders(&course, exercises));
        }
        Err(problems) => {
            for problem in &problems {
                println!("cargo::error={problem}");
            }
            exit(1);
        }
    }
}

/// Reads all files of a folder and those in it.
fn read(folder: &str, files: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            read(&path, files)?;
        } else {
            files.insert(path, fs::read(entry.path())?);
        }
    }
    Ok(())
}

fn write(name: &str, text: &str) {
    let folder = env::var_os("OUT_DIR").expect("Cargo sets OUT_DIR for build scripts");
    let file = Path::new(&folder).join(name);
    fs::write(&file, text).unwrap_or_else(|error| fail(name, &error));
}

fn fail(place: &str, error: &io::Error) -> ! {
    println!("cargo::error={place} cannot be used: {error}");
    exit(1);
}
