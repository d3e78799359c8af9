//! A sweep at work: point by point.

use lab_core::{
    evidence::Reading,
    machine::Machine,
    parameters::Arguments,
    report::{Point, Series},
    study::{self, Study},
};
use serde::{Deserialize, Serialize};

use crate::{Job, Nothing, Run, Step};

/// A study to be simulated along its x.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    /// Of which study.
    pub study: Study,
    /// On which machine; sound.
    pub machine: Machine,
    /// With which parameters.
    pub arguments: Arguments,
    /// Which curves, each at which x.
    pub curves: Vec<Curve>,
}

/// One curve of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// The variant of the study.
    pub variant: String,
    /// Where along x.
    pub xs: Vec<f64>,
}

/// A point that was simulated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The curve of the sweep, by number.
    pub curve: usize,
    /// Where along x.
    pub x: f64,
    /// What was found there.
    pub y: f64,
    /// See [`Point::served`].
    pub served: Vec<f64>,
}

/// The curves grow point by point.
impl Job for Sweep {
    const NAME: &'static str = "sweep";

    /// In rising x for each curve.
    type Part = Vec<Found>;
    type Result = Vec<Series>;
    type Look = Nothing;
    type Seen = Nothing;
    type Run = SweepRun;

    fn add(&self, result: &mut Option<Vec<Series>>, points: Self::Part) {
        let empty = |curve: &Curve| Series {
            reading: Reading::Simulated,
            variant: curve.variant.clone(),
            points: Vec::new(),
            unavailable: None,
        };
        let series = result.get_or_insert_with(|| self.curves.iter().map(empty).collect());
        for Found {
            curve,
            x,
            y,
            served,
        } in points
        {
            if let Some(series) = series.get_mut(curve) {
                series.points.push(Point {
                    x,
                    y,
                    served,
                    ..Point::default()
                });
            }
        }
    }
}

/// A sweep and how far it came.
#[derive(Debug)]
pub struct SweepRun {
    sweep: Sweep,
    accesses: u64,
    /// The next point: curve, index of x.
    next: (usize, usize),
    /// Points simulated.
    finished: usize,
}

impl Run<Sweep> for SweepRun {
    fn new(sweep: Sweep) -> Self {
        Self {
            sweep,
            accesses: 0,
            next: (0, 0),
            finished: 0,
        }
    }

    fn work(&mut self, until: f64, clock: &mut dyn FnMut() -> f64) -> Step<Vec<Found>> {
        let mut points = Vec::new();
        while let Some((curve, point)) = self.step() {
            let Point { x, y, served, .. } = point;
            points.push(Found {
                curve,
                x,
                y,
                served,
            });
            if clock() >= until {
                break;
            }
        }
        self.finished += points.len();
        let all: usize = self.sweep.curves.iter().map(|curve| curve.xs.len()).sum();
        let progress = match self.place() {
            Some(_) => self.finished as f64 / all as f64,
            None => 1.0,
        };
        Step::new(Some(points), progress, self.accesses)
    }
}

impl SweepRun {
    /// The curve and x of the next point; none when all are done.
    fn place(&self) -> Option<(usize, f64)> {
        let (mut curve, mut index) = self.next;
        loop {
            let xs = &self.sweep.curves.get(curve)?.xs;
            if let Some(&x) = xs.get(index) {
                return Some((curve, x));
            }
            (curve, index) = (curve + 1, 0);
        }
    }

    fn step(&mut self) -> Option<(usize, Point)> {
        let (curve, x) = self.place()?;
        self.next = if curve == self.next.0 {
            (curve, self.next.1 + 1)
        } else {
            (curve, 1)
        };
        let Sweep {
            study,
            machine,
            arguments,
            curves,
        } = &self.sweep;
        let variant = study.variant(&curves[curve].variant)?;
        let value = study.simulate(machine, arguments, variant, x);
        // The page checks a machine before it asks.
        let value = value.ok()?;
        self.accesses += value.simulated_accesses;
        Some((curve, study::point(x, value)))
    }
}
