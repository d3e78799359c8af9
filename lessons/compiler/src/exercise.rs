//! Exercises that are checked: one folder each, whose settings its kind reads.

use std::collections::{BTreeMap, BTreeSet};

use lab_grading::{KINDS, Kind};
use serde::Deserialize;
use toml::Spanned;

use crate::{
    Exercise, Problem,
    check::{is_name, listed},
    fields::{At, Toml},
    numbers::{Files, Numbers},
};

/// The folder of all of them.
pub const FOLDER: &str = "exercises";

const ABOUT: &str = "exercise.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    title: Spanned<String>,
    kind: Spanned<String>,
    order: u32,
    file: Spanned<String>,
    hints: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    numbers: Option<Spanned<String>>,
    settings: Spanned<toml::Table>,
    #[serde(default)]
    minutes: u32,
    #[serde(default)]
    assesses: String,
}

/// The files of each folder, by their names in it.
pub fn folders(files: &Files) -> BTreeMap<&str, BTreeMap<&str, &[u8]>> {
    let mut folders: BTreeMap<&str, BTreeMap<&str, &[u8]>> = BTreeMap::new();
    for (path, bytes) in files.iter() {
        let place = path
            .strip_prefix(FOLDER)
            .and_then(|path| path.strip_prefix('/'));
        let Some(place) = place else { continue };
        let (folder, file) = place.split_once('/').unwrap_or((place, ""));
        folders.entry(folder).or_default().insert(file, bytes);
    }
    folders
}

/// All exercises, in the order of the course, and all that is wrong with them.
pub fn compile(files: &Files) -> (Vec<Exercise>, Vec<Problem>) {
    let (mut exercises, mut problems) = (Vec::new(), Vec::new());
    for (name, folder) in folders(files) {
        let mut reader = Reader {
            name,
            folder: &folder,
            problems: &mut problems,
        };
        exercises.extend(reader.exercise(files));
    }
    exercises.sort_by(|a: &Exercise, b| (a.order, &a.name).cmp(&(b.order, &b.name)));
    for pair in exercises
        .windows(2)
        .filter(|pair| pair[0].order == pair[1].order)
    {
        problems.push(Problem {
            file: format!("{FOLDER}/{}/{ABOUT}", pair[1].name),
            line: 1,
            message: format!(
                "The exercise `{}` has the same `order`: choose another place in the course.",
                pair[0].name
            ),
        });
    }
    (exercises, problems)
}

struct Reader<'r> {
    name: &'r str,
    folder: &'r BTreeMap<&'r str, &'r [u8]>,
    problems: &'r mut Vec<Problem>,
}

impl Reader<'_> {
    fn complain(&mut self, file: &str, line: usize, message: impl Into<String>) {
        self.problems.push(Problem {
            file: format!("{FOLDER}/{}/{file}", self.name),
            line,
            message: message.into(),
        });
    }

    /// A file's text; a complaint if there is none.
    fn text(&mut self, file: &str) -> String {
        let bytes = self.folder.get(file).copied();
        match bytes.map(std::str::from_utf8) {
            Some(Ok(text)) if !text.trim().is_empty() => return text.replace("\r\n", "\n"),
            Some(Ok(_)) => self.complain(file, 1, "The file is empty: write it."),
            Some(Err(_)) => self.complain(file, 1, "The file is no text: save it as UTF-8."),
            None => self.complain(file, 1, "The file is missing: every exercise has one."),
        }
        String::new()
    }

    fn exercise(&mut self, files: &Files) -> Option<Exercise> {
        if !is_name(self.name) {
            self.complain(
                ABOUT,
                1,
                "The folder cannot name an exercise: use lower-case letters, digits and hyphens.",
            );
        }
        let text = self.text(ABOUT);
        let toml = Toml {
            text: &text,
            line: 1,
        };
        let about: About = match toml.read() {
            Ok(about) => about,
            Err(At { value, line }) => {
                self.complain(ABOUT, line, value);
                return None;
            }
        };
        let (title, kind, file) = (
            toml.at(about.title),
            toml.at(about.kind),
            toml.at(about.file),
        );
        let ending = file
            .value
            .rsplit_once('.')
            .map(|(_, ending)| ending.to_owned());
        let Some(ending) = ending.filter(|_| !file.value.contains('/')) else {
            self.complain(
                ABOUT,
                file.line,
                format!(
                    "`{}` names no file of an answer: write `{}.txt`, say.",
                    file.value, self.name
                ),
            );
            return None;
        };
        let hints = toml.at(about.hints);
        if hints.value.len() < 2 {
            self.complain(
                ABOUT,
                hints.line,
                "There are two hints at least, from the least help to the most: add some.",
            );
        }
        let settings = toml.at(about.settings);
        let json = serde_json::to_string(&settings.value).expect("TOML is JSON but for dates");
        let grader = self.settings(&kind, &settings, &text, &json);

        let (unsolved, solution) = (format!("unsolved.{ending}"), format!("solution.{ending}"));
        let own = [ABOUT, "task.txt", "because.txt", &unsolved, &solution];
        let further = grader.as_ref().map_or(&[][..], |kind| kind.files());
        let known: BTreeSet<&str> = own.iter().copied().chain(further.iter().copied()).collect();
        let stray: Vec<_> = self
            .folder
            .keys()
            .filter(|file| !known.contains(*file))
            .collect();
        if grader.is_some() {
            for file in stray {
                self.complain(file, 1, format!("The file does not belong to the exercise, which consists of {}: remove it.", listed(&known)));
            }
        }
        for file in further {
            self.text(file);
        }

        let mut numbers = Numbers::new(files, &format!("{FOLDER}/{}", self.name));
        numbers.set("settings", minijinja::value::Serde(&settings.value).into());
        if let Some(lines) = about.numbers {
            let lines = toml.text(lines);
            for (line, message) in numbers.define(&lines.value, lines.line) {
                self.complain(ABOUT, line, message);
            }
        }
        let fill = |reader: &mut Self, file: &str, text: &str, line| {
            let (text, complaints) = numbers.fill(text, line);
            for (line, message) in complaints {
                reader.complain(file, line, message);
            }
            text
        };
        let hints = hints.value.into_iter().map(|hint| {
            let hint = toml.text(hint);
            fill(self, ABOUT, &hint.value, hint.line)
        });
        let hints = hints.collect();
        let [task, because] = ["task.txt", "because.txt"].map(|file| {
            let text = self.text(file);
            fill(self, file, &text, 1)
        });
        Some(Exercise {
            name: self.name.to_owned(),
            title: title.value,
            task,
            hints,
            unsolved: self.text(&unsolved),
            solution: self.text(&solution),
            because,
            file: file.value,
            kind: kind.value,
            settings: json,
            minutes: about.minutes,
            assesses: about.assesses,
            in_code: further.contains(&"grader.rs"),
            order: about.order,
        })
    }

    /// The kind, if there is one that these settings suit.
    fn settings(
        &mut self,
        kind: &At<String>,
        settings: &At<toml::Table>,
        text: &str,
        json: &str,
    ) -> Option<Box<dyn Kind>> {
        if !KINDS.contains(&kind.value.as_str()) {
            let known = listed(KINDS);
            let message = format!(
                "There is no kind of exercises `{}`: choose from {known}.",
                kind.value
            );
            self.complain(ABOUT, kind.line, message);
            return None;
        }
        match lab_grading::read(&kind.value, json) {
            Ok(read) => {
                for fault in read.faults() {
                    self.complain(ABOUT, settings.line, fault);
                }
                Some(read)
            }
            Err(why) => {
                // What is wrong is named first: its line is the one that has it.
                let named = why.split('`').nth(1).unwrap_or_default();
                let below = text
                    .lines()
                    .enumerate()
                    .skip(settings.line.saturating_sub(1));
                let found = below.filter(|(_, row)| !named.is_empty() && row.contains(named));
                let line = found.map(|(at, _)| at + 1).next().unwrap_or(settings.line);
                self.complain(
                    ABOUT,
                    line,
                    format!("These are no settings of the kind `{}`: {why}.", kind.value),
                );
                None
            }
        }
    }
}

#[cfg(test)]
pub mod tests {
    use std::sync::Arc;

    use super::*;

    const SETTINGS: &str = "[settings]
machine = \"teaching\"
accesses = [\"load 8 bytes at 0\"]
";

    /// The files of an exercise that is as it should be.
    pub fn folder(name: &str, order: usize) -> Vec<(String, Vec<u8>)> {
        let about = format!(
            "title = \"T\"\nkind = \"predict\"\norder = {order}\nfile = \"it.txt\"\nhints = [\"a\", \"b\"]\n\n{SETTINGS}"
        );
        let file = |file: &str, text: &str| (format!("{FOLDER}/{name}/{file}"), text.into());
        vec![
            file(ABOUT, &about),
            file("task.txt", "{= 2 * 3 } letters"),
            file("because.txt", "So."),
            file("unsolved.txt", "?"),
            file("solution.txt", "M"),
        ]
    }

    /// Changes an exercise and expects these problems: file, line, and a part of the message.
    #[track_caller]
    fn check(change: impl Fn(&str, String) -> String, expected: &[(&str, usize, &str)]) {
        let files = folder("it", 1).into_iter().map(|(path, bytes)| {
            let file = path.rsplit('/').next().unwrap_or_default();
            let text = change(file, String::from_utf8(bytes).unwrap());
            (path, text.into_bytes())
        });
        let (_, problems) = compile(&Arc::new(files.collect()));
        let told: Vec<_> = problems
            .iter()
            .map(|it| (it.file.as_str(), it.line))
            .collect();
        let wanted: Vec<_> = expected
            .iter()
            .map(|(file, line, _)| (format!("{FOLDER}/it/{file}"), *line))
            .collect();
        let wanted: Vec<_> = wanted
            .iter()
            .map(|(file, line)| (file.as_str(), *line))
            .collect();
        assert_eq!(told, wanted, "{problems:#?}");
        for (problem, (.., words)) in problems.iter().zip(expected) {
            assert!(problem.message.contains(words), "{problems:#?}");
        }
    }

    #[track_caller]
    fn about(from: &str, to: &str, line: usize, words: &str) {
        let change = |file: &str, text: String| match file {
            ABOUT => text.replace(from, to),
            _ => text,
        };
        check(change, &[(ABOUT, line, words)]);
    }

    #[test]
    fn a_folder_is_an_exercise() {
        let (exercises, problems) = compile(&Arc::new(folder("it", 1).into_iter().collect()));
        assert_eq!(problems, []);
        assert_eq!(
            (exercises[0].task.as_str(), &*exercises[0].solution),
            ("6 letters", "M")
        );
    }

    #[test]
    fn mistakes_are_told_with_their_places() {
        about("predict", "riddle", 2, "choose from `predict`");
        about("\"a\", \"b\"", "\"a\"", 5, "two hints");
        about("\"b\"", "\"{= b }\"", 5, "`b`");
        about("it.txt", "it", 4, "no file of an answer");
        about("hints", "hnts", 5, "TOML");
        about("load 8", "lode 8", 9, "is no access");
        about("machine", "machin", 8, "unknown field `machin`");
        about("teaching", "teachings", 7, "no machine `teachings`");
        check(
            |file, text| {
                if file == "task.txt" {
                    "\n{= six }".to_owned()
                } else {
                    text
                }
            },
            &[("task.txt", 2, "`six`")],
        );
        check(
            |file, text| {
                if file == "solution.txt" {
                    String::new()
                } else {
                    text
                }
            },
            &[("solution.txt", 1, "empty")],
        );
    }

    #[test]
    fn nothing_is_missing_or_stray_and_places_are_taken_once() {
        let mut files: BTreeMap<_, _> = folder("it", 1).into_iter().collect();
        files.remove("exercises/it/task.txt");
        files.insert("exercises/it/notes.md".into(), b"x".to_vec());
        files.extend(folder("again", 1));
        let (_, problems) = compile(&Arc::new(files));
        let told: Vec<_> = problems.iter().map(|it| it.message.as_str()).collect();
        let [stray, missing, order] = told[..] else {
            panic!("{told:#?}")
        };
        assert!(stray.contains("does not belong"), "{stray}");
        assert!(missing.contains("missing"), "{missing}");
        assert!(order.contains("the same `order`"), "{order}");
    }
}
