//! A sweep at work: point by point.

use lab_core::{report::Point, study};

use super::protocol::{Found, Sweep};

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

impl SweepRun {
    /// At its beginning.
    pub fn new(sweep: Sweep) -> Self {
        Self {
            sweep,
            accesses: 0,
            next: (0, 0),
            finished: 0,
        }
    }

    /// Simulates until `clock` passes `until`, one point at least: the points, the share of all that
    /// is done, the accesses so far.
    pub fn work(&mut self, until: f64, clock: &mut impl FnMut() -> f64) -> (Found, f64, u64) {
        let mut points = Vec::new();
        while let Some((curve, point)) = self.step() {
            points.push((curve, point));
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
        (Found::Points(points), progress, self.accesses)
    }

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
