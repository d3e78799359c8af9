//! What a report may hold: whatever can be drawn, compared and explained without a contradiction.
//!
//! Values are amounts, so that zero is one of them and nothing is below it. No infinity and no number
//! that is none stands in a report: JSON cannot write them, and what cannot be had has a reason in its
//! place. Zero along x stands on a linear axis only: ratios, which a logarithmic one shows, have no zero,
//! and of a place to measure at there is no least. The end of an interval may lie below zero, as that
//! of a difference does.

use super::{Axis, Estimate, Experiment, Report, ReportError, ScaleKind, Series, Spread};
use crate::{evidence::Reading, machine::describe_errors};

/// Whether a number can be an amount.
pub(super) fn is_amount(value: f64) -> bool {
    value.is_finite() && value >= 0.0
}

impl Report {
    /// # Errors
    /// The first contradiction.
    pub(super) fn check(&self) -> Result<(), ReportError> {
        self.machine
            .check()
            .map_err(|errors| ReportError::Unsound(describe_errors(&errors)))?;
        for inference in &self.inferred {
            if let Some(Estimate { value, low, high }) = inference.inferred
                && !(low <= value && value <= high)
            {
                return Err(ReportError::Unsound(format!(
                    "{}: what was inferred lies outside its interval",
                    inference.what
                )));
            }
        }
        for experiment in &self.experiments {
            let of = |why: String| ReportError::Unsound(format!("{}{why}", experiment.name));
            experiment.check().map_err(of)?;
        }
        Ok(())
    }
}

impl Experiment {
    /// # Errors
    /// Why it is unsound, to stand behind its name.
    fn check(&self) -> Result<(), String> {
        for exhibit in &self.exhibits {
            let of = |why| format!(", {}: {why}", exhibit.title);
            exhibit.check().map_err(of)?;
        }
        for ratio in &self.ratios {
            let Spread { low, high, .. } = ratio.spread;
            if !(low <= ratio.median && ratio.median <= high) {
                return Err(format!(
                    ": the ratio of {} to {} lies outside its interval",
                    ratio.of, ratio.to
                ));
            }
        }
        for series in &self.series {
            let of = |why| format!(", {} {}: {why}", series.reading.name(), series.variant);
            series.check(&self.x).map_err(of)?;
        }
        Ok(())
    }
}

impl Series {
    /// # Errors
    /// Why it is unsound.
    fn check(&self, x: &Axis) -> Result<(), &'static str> {
        let points = &self.points;
        if points.windows(2).any(|pair| pair[0].x >= pair[1].x) {
            return Err("x does not rise");
        }
        if points
            .iter()
            .any(|point| !(is_amount(point.x) && is_amount(point.y)))
        {
            return Err("a point is below zero, or not finite");
        }
        if x.scale == ScaleKind::Log && points.iter().any(|point| point.x == 0.0) {
            return Err("a point is at zero along a logarithmic axis");
        }
        if self.reading == Reading::Measured && points.iter().any(|point| point.spread.is_none()) {
            return Err("a measured point has no spread");
        }
        let disorder =
            |it: &Spread| !(it.low.is_finite() && it.high.is_finite() && it.low <= it.high);
        if points
            .iter()
            .filter_map(|point| point.spread.as_ref())
            .any(disorder)
        {
            return Err("an interval ends before it begins, or not at all");
        }
        Ok(())
    }
}
