//! Compiles `course/*.md` to `lessons.rs` in the build's folder.

use std::{env, fs, path::Path, process::exit};

use lab_lesson_compiler::{Source, compile, to_rust};

const COURSE: &str = "course";
const EXERCISES: &str = "exercises";

fn main() {
    println!("cargo::rerun-if-changed={COURSE}");
    println!("cargo::rerun-if-changed={EXERCISES}");
    let mut files: Vec<(String, String)> = Vec::new();
    let entries = fs::read_dir(COURSE).unwrap_or_else(|error| fail(COURSE, &error));
    for entry in entries {
        let path = entry.unwrap_or_else(|error| fail(COURSE, &error)).path();
        if path.extension().is_some_and(|extension| extension == "md") {
            let text = fs::read_to_string(&path)
                .unwrap_or_else(|error| fail(&path.display().to_string(), &error));
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            files.push((name.into_owned(), text));
        }
    }
    files.sort();
    let sources: Vec<Source> = files
        .iter()
        .map(|(file, text)| Source { file, text })
        .collect();
    let picture = |path: &str| fs::read(Path::new(COURSE).join(path)).ok();
    let mut exercises: Vec<String> = fs::read_dir(EXERCISES)
        .unwrap_or_else(|error| fail(EXERCISES, &error))
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    exercises.sort();
    match compile(&sources, &picture, &exercises) {
        Ok(lessons) => {
            let folder = env::var_os("OUT_DIR").expect("Cargo sets OUT_DIR for build scripts");
            let file = Path::new(&folder).join("lessons.rs");
            fs::write(&file, to_rust(&lessons))
                .unwrap_or_else(|error| fail(&file.display().to_string(), &error));
        }
        Err(problems) => {
            for problem in &problems {
                println!("cargo::error={COURSE}/{problem}");
            }
            exit(1);
        }
    }
}

fn fail(place: &str, error: &std::io::Error) -> ! {
    println!("cargo::error={place} cannot be used: {error}");
    exit(1);
}
