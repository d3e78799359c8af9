//! Compiles the course to `course.rs` in the build's folder, and to `graders.rs` for the tests; without
//! the feature `compile`, takes the course from where `LAB_COURSE` says.

use std::{env, fs, io, path::Path, process::exit};

#[cfg(not(feature = "compile"))]
fn main() {
    const PLACE: &str = "LAB_COURSE";
    println!("cargo::rerun-if-env-changed={PLACE}");
    let Some(file) = env::var_os(PLACE) else {
        println!(
            "cargo::error=Built alone, this takes a course that was compiled: run `cargo lab build`, \
             or build the whole workspace."
        );
        exit(1);
    };
    let file = Path::new(&file);
    println!("cargo::rerun-if-changed={}", file.display());
    let course = fs::read_to_string(file);
    let course = course.unwrap_or_else(|error| fail(&file.display().to_string(), &error));
    write("course.rs", &course);
}

#[cfg(feature = "compile")]
fn main() {
    use lab_lesson_compiler::{compile, to_graders, to_rust};

    /// What the course consists of.
    const FOLDERS: [&str; 2] = ["course", "exercises"];

    let mut files = std::collections::BTreeMap::new();
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
#[cfg(feature = "compile")]
fn read(folder: &str, files: &mut std::collections::BTreeMap<String, Vec<u8>>) -> io::Result<()> {
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
