//! Older reports, made today's: what their schema left unsaid is said where it can be known.

use super::{ExhibitKind, Experiment, Matrix, NoteKind, Report, SCHEMA};

/// How schema 1 began the note of an experiment that was kept from an earlier run.
const EARLIER: &str = "Measured earlier than the rest of this report";

impl Report {
    /// This report as the present lab would have written it.
    pub(super) fn renewed(mut self) -> Self {
        if self.schema < 2 {
            for experiment in &mut self.experiments {
                experiment.renew();
            }
        }
        self.schema = SCHEMA;
        self
    }
}

impl Experiment {
    /// Schema 1 knew one exhibit, a matrix of measured values in the unit of y, and bare notes.
    fn renew(&mut self) {
        for exhibit in &mut self.exhibits {
            exhibit.title.clone_from(&self.y.label);
            exhibit.unit = self.y.unit;
        }
        let disturbed = self.conditions().note();
        for note in &mut self.notes {
            if disturbed.as_ref() == Some(&note.text) {
                note.kind = NoteKind::Disturbed;
            } else if note.text.starts_with(EARLIER) {
                note.kind = NoteKind::Earlier;
            }
        }
    }
}

/// Reads the exhibits of an experiment: a list, or the one matrix that schema 1 had in their place.
pub(super) mod exhibits {
    use std::fmt;

    use serde::{
        Deserialize, Deserializer,
        de::{
            MapAccess, SeqAccess, Visitor,
            value::{MapAccessDeserializer, SeqAccessDeserializer},
        },
    };

    use super::{ExhibitKind, Matrix};
    use crate::{evidence::Evidence, report::Exhibit, units::Unit};

    struct Either;

    impl<'de> Visitor<'de> for Either {
        type Value = Vec<Exhibit>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of exhibits, or one matrix")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
            Vec::deserialize(SeqAccessDeserializer::new(list))
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            let matrix = Matrix::deserialize(MapAccessDeserializer::new(map))?;
            Ok(vec![Exhibit {
                title: String::new(),
                evidence: Evidence::Measured,
                unit: Unit::Count,
                kind: ExhibitKind::Matrix(matrix),
            }])
        }
    }

    /// # Errors
    /// When it is neither.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Exhibit>, D::Error> {
        from.deserialize_any(Either)
    }
}
