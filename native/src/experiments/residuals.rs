//! Where prediction and measurement part most, and why, as far as the lab can tell.

use lab_core::{
    evidence::Reading,
    report::{Experiment, Series},
    study::{Parting, Study},
    units::format_number,
};

/// Readings that are no further apart than this are taken to agree.
const AGREE: f64 = 1.5;

/// Curves that have a sentence of their own; of more of them, the farthest have.
const MOST: usize = 3;

/// Where a measured curve is farthest from its prediction.
#[derive(Debug, PartialEq)]
struct Gap<'e> {
    variant: &'e str,
    x: f64,
    measured: f64,
    predicted: f64,
}

impl Gap<'_> {
    /// How many times one is the other, whichever is more.
    fn times(&self) -> f64 {
        if self.measured == self.predicted {
            // Two zeros have no ratio, and agree.
            return 1.0;
        }
        let ratio = self.measured / self.predicted;
        ratio.max(1.0 / ratio)
    }
}

/// A sentence for each curve that is far from its prediction somewhere, the farthest first.
pub(super) fn residuals(study: Study, experiment: &Experiment) -> Vec<String> {
    // Otherwise the experiment's own notes say where the readings part.
    let Parting::Either { above, below } = study.parting() else {
        return Vec::new();
    };
    let mut gaps: Vec<Gap<'_>> = experiment
        .series
        .iter()
        .filter(|series| series.reading == Reading::Measured)
        .filter_map(|measured| gap(&experiment.series, measured))
        .filter(|gap| gap.times() > AGREE)
        .collect();
    gaps.sort_by(|a, b| b.times().total_cmp(&a.times()));
    let more = gaps.len().saturating_sub(MOST);
    let sentences = gaps.iter().take(MOST).map(|gap| {
        let unit = experiment.y.unit;
        let variant = match gap.variant {
            "" => String::new(),
            variant => format!("{variant}, "),
        };
        let (more_or_less, reason) = if gap.measured > gap.predicted {
            ("more", above)
        } else {
            ("less", below)
        };
        let times = match gap.times() {
            times if times.is_finite() => {
                let tenths = format_number((10.0 * times).round() / 10.0);
                format!("{tenths} times {more_or_less}")
            }
            _ => "which no ratio tells".to_owned(),
        };
        format!(
            "{variant}{}: measured {}, predicted {}, {times}. {reason}",
            experiment.x.place(gap.x),
            unit.format(gap.measured),
            unit.format(gap.predicted)
        )
    });
    let mut all: Vec<String> = sentences.collect();
    if more > 0 {
        all.push(format!(
            "{more} further curves are more than {AGREE} times from their prediction somewhere."
        ));
    }
    all
}

/// Where this curve and the prediction of the same variant are farthest apart.
fn gap<'e>(all: &'e [Series], measured: &'e Series) -> Option<Gap<'e>> {
    let predicted = Series::find(all, Reading::Predicted, &measured.variant)
        .or_else(|| Series::find(all, Reading::Predicted, ""))?;
    let gaps = measured.points.iter().filter_map(|point| {
        Some(Gap {
            variant: &measured.variant,
            x: point.x,
            measured: point.y,
            predicted: predicted.at(point.x)?.y,
        })
    });
    gaps.max_by(|a, b| a.times().total_cmp(&b.times()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab_core::{machine::Machine, parameters::Arguments};

    /// A study's predictions, and as measured the same with the point at this place changed.
    fn experiment(study: Study, place: usize, factor: f64) -> Experiment {
        let machine = Machine::preset("laptop").unwrap();
        let mut series = study.predicted(&machine, &Arguments::default());
        let mut measured = series.clone();
        for series in &mut measured {
            series.reading = Reading::Measured;
        }
        measured[0].points[place].y *= factor;
        series.extend(measured);
        study.experiment(Vec::new(), series)
    }

    #[test]
    fn the_farthest_point_is_named_with_its_reason() {
        let study = Study::ParallelChases;
        assert_eq!(
            residuals(study, &experiment(study, 3, 1.4)),
            Vec::<String>::new()
        );
        let said = residuals(study, &experiment(study, 3, 2.0));
        assert_eq!(said.len(), 1);
        assert!(
            said[0].contains(", 2 times more. A core has only"),
            "{said:?}"
        );
        let said = residuals(study, &experiment(study, 0, 0.25));
        assert!(said[0].contains(", 4 times less. Neighbouring"), "{said:?}");
        let said = residuals(study, &experiment(study, 0, 0.0));
        assert!(said[0].contains(", which no ratio tells. "), "{said:?}");
    }

    #[test]
    fn of_many_curves_the_farthest_are_named() {
        let study = Study::LoaderKernels;
        let mut experiment = experiment(study, 0, 1.0);
        for series in &mut experiment.series {
            if series.reading == Reading::Measured {
                series.points[0].y *= 3.0;
            }
        }
        let said = residuals(study, &experiment);
        assert_eq!(said.len(), MOST + 1);
        assert!(said[MOST].contains("further curves"), "{said:?}");
    }
}
