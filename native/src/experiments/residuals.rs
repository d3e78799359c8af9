//! Where prediction and measurement part most, and why, as far as the lab can tell.

use lab_core::{
    evidence::Reading,
    report::{Experiment, Series},
    study::Study,
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
    if explains_itself(study) {
        return Vec::new();
    }
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
        let more_or_less = if gap.measured > gap.predicted {
            "more"
        } else {
            "less"
        };
        let times = match gap.times() {
            times if times.is_finite() => {
                let tenths = format_number((10.0 * times).round() / 10.0);
                format!("{tenths} times {more_or_less}")
            }
            _ => "which no ratio tells".to_owned(),
        };
        format!(
            "{variant}{}: measured {}, predicted {}, {times}. {}",
            experiment.x.place(gap.x),
            unit.format(gap.measured),
            unit.format(gap.predicted),
            reason(study, gap.measured > gap.predicted)
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

/// Whether a study's own notes say where the readings part, with figures.
fn explains_itself(study: Study) -> bool {
    matches!(
        study,
        Study::LoopOrder
            | Study::Tiling
            | Study::Transposition
            | Study::Layouts
            | Study::Batches
            | Study::FileReading
            | Study::Profiling
            | Study::ProfilingOverhead
            | Study::CpuUtilisation
    )
}

/// Why a measured value is above its prediction, or below.
fn reason(study: Study, above: bool) -> &'static str {
    match (study, above) {
        (Study::LatencyLadder, true) => {
            "No cache ends as sharply as the form says: the last one is shared with others, hashed \
             over slices, and not strictly least recently used; and base pages cost walks of the page \
             table, which the form does not know."
        }
        (Study::LatencyLadder, false) => {
            "Near the end of a cache that does not replace strictly the least recently used, some of the \
             lines stay, where the form lets all of them go."
        }
        (Study::Bandwidth, true) => {
            "The form charges each level what one stream of reads gets of it: several streams, or \
             stores, keep more lines under way; and a shared cache holds more than its nominal share \
             while others are idle."
        }
        (Study::Bandwidth, false) => {
            "The form lets writes go at the rate of reads: ownership and write-back cost more; and a \
             cache shared with others ends before its nominal size."
        }
        (Study::StrideSweep, true) => {
            "The form charges a line what it costs in a sequential read, which prefetchers feed; they \
             follow no such stride, or stop at the end of a page."
        }
        (Study::StrideSweep, false) => {
            "Lines that the form has in conflict do not share a set: real pages are scattered, and the \
             outer caches are hashed."
        }
        (Study::ThreadBandwidth, true) => {
            "One thread alone was held back by its own buffers, or measured in a slower moment."
        }
        (Study::ThreadBandwidth, false) => {
            "Memory, or what lies before it, is shared: the straight line of the form is what there \
             would be if it had no end."
        }
        (Study::CoreToCore | Study::FalseSharing, true) => {
            "The form takes one hand-over at a time, as calibrated; under load, and between cores that \
             lie far apart, a line takes longer."
        }
        (Study::CoreToCore, false) => {
            "The form charges a hand-over what the last cache costs, as calibrated: where others fill \
             that cache this is nearly memory\u{2019}s latency, and a line that a core holds comes sooner."
        }
        (Study::FalseSharing, false) => {
            "A core does several updates before the line leaves it: the form lets the cores take turns \
             at each."
        }
        (Study::TlbReach, true) => {
            "Nobody reports this machine's TLB, or its levels end earlier than reported: what is above \
             the form is the time of translation."
        }
        (Study::TlbReach, false) => {
            "Walks of the page table go on beside one another, and their tables lie in the caches."
        }
        (Study::SetConflicts, true) => {
            "Lines of one set meet in the outer caches too, and in huge pages that are pieced together."
        }
        (Study::SetConflicts, false) => {
            "The cache does not replace strictly the least recently used, or is hashed: some of the \
             lines stay."
        }
        (Study::ParallelChases, true) => {
            "A core has only so many buffers for lines under way, and they are not known here; and each \
             chase takes instructions of its own."
        }
        (Study::ParallelChases, false) => {
            "Neighbouring lines were fetched in pairs, or the latency calibrated for one chase was that \
             of a busier moment."
        }
        (Study::Branches, true) => {
            "A wrong guess costs more than calibrated where what comes after it waits for memory."
        }
        (Study::Branches, false) => {
            "Real predictors remember patterns, where the form has two bits for each branch."
        }
        (Study::PageFaults, true) => {
            "Every page is another entry of the TLB and another line of the caches, which the form leaves \
             out; where a sample maps afresh, unmapping is part of it; and in a virtual machine the host \
             may fault too."
        }
        (Study::PageFaults, false) => {
            "The kernel has cleared pages at hand, or enters several at once."
        }
        (Study::Roofline | Study::VectorWidth | Study::VectorEfficiency, true) => {
            "The form bounds arithmetic by multiply-adds and data by one stream of reads: additions have \
             units of their own, and several streams get more of a cache."
        }
        (Study::Roofline | Study::VectorWidth | Study::VectorEfficiency, false) => {
            "Loads, stores and the loop's own steps take their share; writes cost more than reads; and a \
             shared cache ends before its nominal size."
        }
        (Study::LoaderKernels, true) => {
            "Several streams, or stores past the caches, keep more lines under way than the one stream of \
             reads that the levels were calibrated with."
        }
        (Study::LoaderKernels, false) => {
            "The form knows bytes and arithmetic: not what shuffling bytes within vectors costs, nor \
             branches, tables, chains of dependent steps, or rows at random places."
        }
        _ => "The lab cannot tell why.",
    }
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

    /// Every study has a reason for either side, or explains itself.
    #[test]
    fn no_study_is_without_a_reason() {
        for &study in Study::ALL {
            for above in [true, false] {
                let told = !reason(study, above).contains("cannot tell");
                assert_eq!(told, !explains_itself(study), "{study:?}");
            }
        }
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
