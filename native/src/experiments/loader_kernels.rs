//! The kernels of a loader, measured: all of them in one round, and in vectors of every width.

use std::{cell::RefCell, hint::black_box};

use anyhow::Result;
use lab_core::{
    evidence::{Evidence, Reading},
    kernels::loader::{LoaderKernel, Timed, Way},
    machine::{Figure, Machine},
    parameters::Arguments,
    report::{Point, Series},
    study::{
        Study,
        roofline::working_sets,
        vector_efficiency::{GOOD, widths},
        vector_width::{self, SCALAR_RATE, way},
    },
    units::{format_bytes, format_number},
};

use super::{Bench, Live, Measurement, Variant, roofline};
use crate::measure::{Case, Deaf, memory::Arena, nanoseconds, per_nanosecond};

/// A kernel on memory of its own.
struct Prepared {
    timed: Box<dyn Timed>,
    arena: RefCell<Arena>,
}

impl Prepared {
    fn new(kernel: LoaderKernel, bytes: f64, bench: &Bench) -> Result<Self> {
        let timed = kernel.timed(bytes as usize);
        let mut arena = Arena::new(timed.words() * size_of::<u64>(), bench.pages)?;
        timed.prepare(arena.words());
        let arena = RefCell::new(arena);
        Ok(Self { timed, arena })
    }

    /// One repetition is a run; `work` is how much of what is read that is.
    fn case(&self, way: Way, x: f64, work: f64, reading: fn(f64) -> f64) -> Case<'_> {
        Case::timed(x, work, reading, move |repetitions| {
            let mut arena = self.arena.borrow_mut();
            for _ in 0..repetitions {
                self.timed.run(way, black_box(arena.words()));
            }
        })
    }
}

pub(super) struct LoaderKernels;

impl Measurement for LoaderKernels {
    fn calibrate(&self, _: &Machine, bench: &Bench) -> Result<Vec<(&'static str, Figure)>> {
        Ok(roofline::peak(bench).into_iter().collect())
    }

    fn measure(
        &self,
        machine: &Machine,
        arguments: &Arguments,
        bench: &Bench,
        live: &mut Live<'_>,
    ) -> Result<Vec<Series>> {
        let study = Study::LoaderKernels;
        let mut prepared = Vec::new();
        for &kernel in LoaderKernel::ALL {
            let xs = bench.xs(study, machine, arguments, kernel.name());
            let each = xs
                .into_iter()
                .map(|x| Ok((x, Prepared::new(kernel, x, bench)?)));
            prepared.push((kernel, each.collect::<Result<Vec<_>>>()?));
        }
        let variants = prepared
            .iter()
            .map(|(kernel, each)| {
                if let Some(why) = kernel.untimed() {
                    return Variant::Unavailable(kernel.name(), why.to_owned());
                }
                let cases = each.iter().map(|(x, prepared)| {
                    let counted = kernel.cost(*x as usize).counted();
                    prepared.case(kernel.ways()[0], *x, counted, per_nanosecond)
                });
                Variant::Cases(kernel.name(), cases.collect())
            })
            .collect();
        Ok(live.measure(study, bench, variants))
    }

    fn notes(&self, _: &Machine, modelled: &[Series], measured: &[Series]) -> Vec<String> {
        let mut notes = vec![
            "Counted are the bytes a kernel reads and writes once; the prediction adds the read of \
             each line before it is written (claim H4), and takes arithmetic to overlap."
                .to_owned(),
        ];
        notes.extend(defaults());
        let xs: Vec<f64> = modelled.first().map_or_else(Vec::new, |series| {
            series.points.iter().map(|point| point.x).collect()
        });
        for x in xs {
            let predicted = |seen: &Series| {
                y(
                    Series::find(modelled, Reading::Predicted, &seen.variant)?,
                    x,
                )
            };
            let mut shares: Vec<(&str, f64)> = Vec::new();
            for seen in measured {
                if let (Some(reached), Some(expected)) = (y(seen, x), predicted(seen)) {
                    shares.push((&seen.variant, reached / expected));
                }
            }
            let what = format!("reach {GOOD} of what is predicted");
            notes.extend(told(shares, &what).map(|told| format!("{}: {told}", format_bytes(x))));
        }
        notes
    }
}

/// In which way the kernels run, where nobody asks for another: a sentence for each.
fn defaults() -> Vec<String> {
    let of = |way: Way| {
        let kernels = LoaderKernel::ALL.iter();
        let names = kernels.filter(|kernel| kernel.ways().len() > 1 && kernel.ways()[0] == way);
        let names: Vec<&str> = names.map(|kernel| kernel.name()).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    let said = |way: Way| {
        Some(match way {
            Way::Scalar => format!(
                "One number at a time, for vectors do not help: {}.",
                of(way)?
            ),
            Way::Plain => format!(
                "In the plain loop, of which the compiler\u{2019}s own vectors were as fast as ours or \
                 faster, side by side: {}.",
                of(way)?
            ),
            way => format!("In vectors of {}: {}.", way.width()?, of(way)?),
        })
    };
    Way::ALL.into_iter().filter_map(said).collect()
}

pub(super) struct VectorWidth;

impl Measurement for VectorWidth {
    fn calibrate(&self, machine: &Machine, bench: &Bench) -> Result<Vec<(&'static str, Figure)>> {
        let kernel = vector_width::KERNEL;
        // Not one of the sizes of the curve.
        let bytes = 0.375 * machine.caches[0].size as f64;
        let prepared = Prepared::new(kernel, bytes, bench)?;
        let operations = kernel.cost(bytes as usize).operations;
        let mut cases = [prepared.case(Way::Scalar, bytes, operations, per_nanosecond)];
        let point = bench.harness.measure(&mut cases, &mut Deaf)[0].take();
        let figure = |point: Point| {
            let source = "the scalar style with all of its data in the first level";
            Figure::new(point.y, Evidence::Measured, source)
        };
        Ok(point
            .map(|point| (SCALAR_RATE.name, figure(point)))
            .into_iter()
            .collect())
    }

    fn measure(
        &self,
        machine: &Machine,
        arguments: &Arguments,
        bench: &Bench,
        live: &mut Live<'_>,
    ) -> Result<Vec<Series>> {
        let study = Study::VectorWidth;
        let kernel = vector_width::KERNEL;
        let names = study.variants(Reading::Measured);
        let mut prepared = Vec::new();
        for x in bench.xs(study, machine, arguments, names[0]) {
            prepared.push((x, Prepared::new(kernel, x, bench)?));
        }
        let variants = names
            .iter()
            .map(|&name| {
                let cases = prepared.iter().map(|(x, prepared)| {
                    let counted = kernel.cost(*x as usize).counted();
                    prepared.case(way(name), *x, counted, per_nanosecond)
                });
                Variant::Cases(name, cases.collect())
            })
            .collect();
        Ok(live.measure(study, bench, variants))
    }

    fn notes(&self, _: &Machine, _: &[Series], measured: &[Series]) -> Vec<String> {
        let of = |name: &str| measured.iter().find(|series| series.variant == name);
        let (Some(scalar), Some(wide)) = (of("scalar"), of("x8")) else {
            return Vec::new();
        };
        let gains: Vec<(f64, f64)> = scalar
            .points
            .iter()
            .filter_map(|point| Some((point.x, y(wide, point.x)? / point.y)))
            .collect();
        let [(near, gain), .., (far, left)] = gains[..] else {
            return Vec::new();
        };
        let mut notes = vec![format!(
            "The kernel is `{}`. Vectors of 8 are {} times as fast as single numbers at {}, and {} times at {}.",
            vector_width::KERNEL.name(),
            format_number((gain * 10.0).round() / 10.0),
            format_bytes(near),
            format_number((left * 10.0).round() / 10.0),
            format_bytes(far)
        )];
        if let Some((x, _)) = gains.iter().find(|(_, now)| *now < gain / 2.0) {
            notes.push(format!(
                "From {} on less than half of that gain is left: moving the data takes longer than \
                 computing on it (claim X1).",
                format_bytes(*x)
            ));
        }
        notes
    }
}

pub(super) struct VectorEfficiency;

impl Measurement for VectorEfficiency {
    fn measure(
        &self,
        machine: &Machine,
        arguments: &Arguments,
        bench: &Bench,
        live: &mut Live<'_>,
    ) -> Result<Vec<Series>> {
        let study = Study::VectorEfficiency;
        let bytes = working_sets(machine, arguments)[1] as f64;
        let mut kernels = Vec::new();
        for &name in study.variants(Reading::Measured) {
            let Some(kernel) = LoaderKernel::from_name(name) else {
                continue;
            };
            kernels.push((kernel, Prepared::new(kernel, bytes, bench)?));
        }
        // What single numbers take, apart from the curve, whose first point is then a test of it.
        let mut alone: Vec<Case<'_>> = kernels
            .iter()
            .map(|(_, prepared)| prepared.case(Way::Scalar, 1.0, 1.0, nanoseconds))
            .collect();
        let alone = bench.harness.measure(&mut alone, &mut Deaf);
        let variants = kernels
            .iter()
            .zip(alone)
            .map(|((kernel, prepared), alone)| {
                let scalar_ns = alone.map_or(1.0, |point| point.y);
                // Time of the scalar run by time of this one: a run counts as the scalar's time.
                let cases = widths(*kernel).filter_map(|way| {
                    Some(prepared.case(way, way.width()? as f64, scalar_ns, per_nanosecond))
                });
                Variant::Cases(kernel.name(), cases.collect())
            })
            .collect();
        Ok(live.measure(study, bench, variants))
    }

    fn notes(&self, _: &Machine, _: &[Series], measured: &[Series]) -> Vec<String> {
        let mut notes = vec![
            "More than the law allows is possible: vectors save loads, stores and loop steps as well \
             as arithmetic; lanes are counted as numbers of 32 bits, of which a kernel of bytes \
             handles four at a time; and in a sum of single numbers each addition waits for the one \
             before, where those of vectors go on side by side (claim X2)."
                .to_owned(),
        ];
        for lanes in [4.0, 8.0, 16.0] {
            let mut shares: Vec<(&str, f64)> = Vec::new();
            for series in measured {
                shares.extend(y(series, lanes).map(|y| (series.variant.as_str(), y / lanes)));
            }
            let what = format!("have an efficiency of {GOOD} or more");
            notes.extend(told(shares, &what).map(|told| format!("With {lanes} lanes {told}")));
        }
        notes
    }
}

/// How many kernels reach what is called good, which one least and which one most; nothing of fewer
/// than two.
fn told(mut shares: Vec<(&str, f64)>, what: &str) -> Option<String> {
    shares.sort_by(|a, b| a.1.total_cmp(&b.1));
    let [lowest, .., highest] = shares[..] else {
        return None;
    };
    let good = shares.iter().filter(|(_, share)| *share >= GOOD).count();
    Some(format!(
        "{good} of {} kernels {what}; the least is {} with {:.2}, the most {} with {:.2}.",
        shares.len(),
        lowest.0,
        lowest.1,
        highest.0,
        highest.1
    ))
}

/// The y of a curve at exactly that x.
fn y(series: &Series, x: f64) -> Option<f64> {
    series.at(x).map(|point| point.y)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(variant: &str, ys: &[(f64, f64)]) -> Series {
        Series {
            reading: Reading::Measured,
            variant: variant.to_owned(),
            points: ys
                .iter()
                .map(|&(x, y)| Point {
                    x,
                    y,
                    ..Point::default()
                })
                .collect(),
            unavailable: None,
        }
    }

    #[test]
    fn the_gain_of_width_and_where_it_ends_are_told() {
        let machine = Machine::preset("laptop").unwrap();
        let measured = [
            series("scalar", &[(1024.0, 2.0), (4096.0, 2.0), (65536.0, 2.0)]),
            series("x8", &[(1024.0, 12.0), (4096.0, 10.0), (65536.0, 5.0)]),
        ];
        let notes = VectorWidth.notes(&machine, &[], &measured);
        assert!(
            notes[0].contains("6 times as fast as single numbers at 1 KiB"),
            "{notes:?}"
        );
        assert!(notes[1].starts_with("From 64 KiB on"), "{notes:?}");
    }

    #[test]
    fn efficiencies_are_counted_by_lanes() {
        let machine = Machine::preset("laptop").unwrap();
        let measured = [
            series("normalise", &[(1.0, 1.0), (4.0, 3.6), (8.0, 4.0)]),
            series("resize", &[(1.0, 1.0), (4.0, 2.0), (8.0, 7.2)]),
        ];
        let notes = VectorEfficiency.notes(&machine, &[], &measured);
        assert!(notes[1].contains("With 4 lanes 1 of 2") && notes[1].contains("resize with 0.50"));
        assert!(notes[2].contains("With 8 lanes 1 of 2") && notes.len() == 3);
    }
}
