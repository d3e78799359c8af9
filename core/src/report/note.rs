//! Notes: sentences of a report, each with what it is for.

use serde::{Deserialize, Serialize};

/// A sentence about a run or one of its experiments.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written")]
pub struct Note {
    /// What it is for.
    pub kind: NoteKind,
    /// What it is about, where that is less than the whole: the name of a study, for a note of a run.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// What it says.
    pub text: String,
}

/// What a note is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoteKind {
    /// What the study itself says of its readings.
    Finding,
    /// Where readings part, and why.
    Residual,
    /// What was not measured, or not simulated, for want of time or memory.
    LeftOut,
    /// What ended before it should.
    CutShort,
    /// What disturbed the samples.
    Disturbed,
    /// That something is older than the rest of its report.
    Earlier,
    /// What had to be assumed of the machine, or could not be seen.
    Machine,
    /// What the run did otherwise than it should.
    Run,
    /// Nobody said, or a newer lab did.
    #[default]
    #[serde(other)]
    Other,
}

impl NoteKind {
    /// A label to stand before the text; none where the text is what a reader came for.
    pub fn label(self) -> Option<&'static str> {
        match self {
            NoteKind::Finding | NoteKind::Other => None,
            NoteKind::Residual => Some("Readings part"),
            NoteKind::LeftOut => Some("Left out"),
            NoteKind::CutShort => Some("Cut short"),
            NoteKind::Disturbed => Some("Disturbed"),
            NoteKind::Earlier => Some("Earlier"),
            NoteKind::Machine => Some("Machine"),
            NoteKind::Run => Some("Run"),
        }
    }

    /// A note of this kind about the whole.
    pub fn says(self, text: impl Into<String>) -> Note {
        self.of("", text)
    }

    /// A note of this kind about one place.
    pub fn of(self, place: &str, text: impl Into<String>) -> Note {
        Note {
            kind: self,
            place: place.to_owned(),
            text: text.into(),
        }
    }
}

impl Note {
    /// The note on one line, its label before it.
    pub fn labelled(&self) -> String {
        match self.kind.label() {
            Some(label) => format!("{label}: {}", self.text),
            None => self.text.clone(),
        }
    }
}

/// What stands in a report: before schema 2 the bare text.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a note is a text, or has a text and perhaps a kind and a place"
)]
enum Written {
    Bare(String),
    Typed {
        #[serde(default)]
        kind: NoteKind,
        #[serde(default)]
        place: String,
        text: String,
    },
}

impl From<Written> for Note {
    fn from(written: Written) -> Self {
        match written {
            Written::Bare(text) => NoteKind::Other.says(text),
            Written::Typed { kind, place, text } => kind.of(&place, text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Note {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn notes_are_read_bare_typed_and_of_kinds_to_come() {
        let typed = NoteKind::LeftOut.of("tiling", "It took too long.");
        assert_eq!(read(&serde_json::to_string(&typed).unwrap()), typed);
        assert_eq!(read(r#""As it was.""#), NoteKind::Other.says("As it was."));
        assert_eq!(
            read(r#"{"kind": "of-tomorrow", "text": "So."}"#),
            NoteKind::Other.says("So.")
        );
        let wrong = serde_json::from_str::<Note>("3").unwrap_err().to_string();
        assert!(wrong.contains("a note is a text"), "{wrong}");
    }

    #[test]
    fn a_label_stands_before_what_is_no_finding() {
        assert_eq!(NoteKind::Finding.says("Fast.").labelled(), "Fast.");
        let note = NoteKind::CutShort.says("Stopped early.");
        assert_eq!(note.labelled(), "Cut short: Stopped early.");
    }
}
