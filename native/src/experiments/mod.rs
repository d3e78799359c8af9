//! Experiments: the measured half of the core's studies, one file each, under the same name; those
//! whose kernels the core hands over as workloads share `workloads.rs`. Each implements
//! [`Measurement`] and has its line in [`measurement`].
//!
//! [`run`] takes all three readings of each study: it calibrates the machine, predicts, simulates
//! (on all processors, before any timing starts), and measures on one.

mod bandwidth;
mod bench;
mod branches;
mod calibrate;
mod core_to_core;
mod cpu_utilisation;
mod cycles;
mod false_sharing;
mod file_reading;
mod inferred;
mod latency_ladder;
mod live;
mod loader_kernels;
mod page_faults;
mod parallel_chases;
mod profiling;
mod profiling_overhead;
mod ratios;
mod residuals;
mod roofline;
mod set_conflicts;
mod simulate;
mod stride_sweep;
mod thread_bandwidth;
mod time;
mod tlb_reach;
mod workloads;

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result};
use lab_core::{
    evidence::{Evidence, Reading},
    live::Event,
    machine::{Figure, Machine},
    parameters::Arguments,
    report::{Experiment, Matrix, ParameterValue, Report, SCHEMA, Series},
    study::{PER_OCTAVE, REACH, Study, roofline::BEYOND},
};

use bench::{Bench, largest_working_set};
use live::Live;
use time::Time;

use crate::{
    environment,
    measure::{
        Case, Effort, Harness,
        counters::{self, Counters},
        memory::{Arena, Pages, available_bytes},
        pin,
        timer::Timer,
    },
    topology::{self, Source},
};

/// What this lab calls itself in its reports.
pub const GENERATOR: &str = concat!("Locality Lab ", env!("CARGO_PKG_VERSION"));

/// What to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The studies, in this order.
    pub studies: Vec<Study>,
    /// Fewer points and samples: seconds instead of minutes.
    pub quick: bool,
    /// The file that `file-reading` reads; without one it makes its own.
    pub data: Option<PathBuf>,
}

/// Who hears of a run, and may end it.
pub trait Watcher: Send {
    /// Something happened.
    fn event(&mut self, event: &Event);
    /// Whether to stop at the next sample. What was measured until then is kept.
    fn cancelled(&self) -> bool;
    /// Another study was measured; `report` holds all until now.
    fn so_far(&mut self, _report: &Report) {}
}

/// Runs all studies of a plan on this machine.
///
/// # Errors
/// When hwloc cannot look at the machine, or there is no memory to measure in.
pub fn run(plan: &Plan, watcher: &mut dyn Watcher) -> Result<Report> {
    let started = Instant::now();
    watcher.event(&Event::Doing {
        what: "looking at the machine".to_owned(),
    });
    let topology = Arc::new(topology::load(&Source::ThisMachine)?);
    let seen = topology::see(&topology, &Source::ThisMachine)?;
    let (mut machine, assumptions) = seen.machine()?;
    let mut notes = seen.notes.clone();
    notes.extend(assumptions);
    // The simulations' threads are started before this one is pinned: they would inherit its place.
    let pool = rayon::ThreadPoolBuilder::new()
        .build()
        .context("cannot start threads to simulate on")?;
    let pinned = pin::pin(&topology);
    if let Err(error) = &pinned {
        notes.push(format!("The measuring thread was not pinned: {error:#}."));
    }
    let timer = Timer::calibrated();
    let tried = counters::tried();
    let environment = environment::gather(timer, pinned.as_ref().ok(), &tried);
    let mut bench = Bench {
        topology: topology.clone(),
        harness: Harness {
            timer,
            shortest_ns: 0.0,
            effort: if plan.quick {
                Effort::QUICK
            } else {
                Effort::THOROUGH
            },
        },
        quick: plan.quick,
        largest: largest_working_set(&machine, plan.quick, available_bytes(), &mut notes),
        pages: Pages::Huge,
        issue_ns: 0.0,
        data: plan.data.clone(),
    };
    if let Err(why) = Arena::new(1, Pages::Huge) {
        bench.pages = Pages::Base;
        notes.push(format!(
            "No huge pages: {why:#}. All is measured in base pages."
        ));
    }
    watcher.event(&Event::Doing {
        what: "calibrating: latency and bandwidth of each level".to_owned(),
    });
    calibrate::calibrate(&mut machine, &mut bench)?;
    let mut live = Live::new(watcher, Counters::open(&tried));
    let mut time = Time::new(started, &plan.studies, &machine, plan.quick);
    let mut report = Report {
        schema: SCHEMA,
        generator: GENERATOR.to_owned(),
        created: now(),
        machine,
        topology: Some(seen.tree.clone()),
        environment,
        experiments: Vec::new(),
        inferred: Vec::new(),
        notes,
    };
    for &study in &plan.studies {
        let (machine, notes) = (&report.machine, &mut report.notes);
        let title = study.info().title;
        if live.watcher.cancelled() {
            notes.push(format!("Stopped before \u{201c}{title}\u{201d}."));
            continue;
        }
        live.next(time.share(study, machine));
        bench.harness.effort.until = Some(time.next(study, machine));
        let mut experiment = match readings(study, machine, &bench, &pool, &mut live) {
            Ok(experiment) => experiment,
            Err(why) if plan.studies.len() == 1 => return Err(why),
            Err(why) => {
                // The others are not lost for it.
                notes.push(format!(
                    "\u{201c}{title}\u{201d} was not measured: {why:#}."
                ));
                continue;
            }
        };
        if live.watcher.cancelled() {
            notes.push(format!("Stopped within \u{201c}{title}\u{201d}."));
            // Without any sample it would only stand in the way of an earlier measurement.
            if experiment
                .series
                .iter()
                .all(|series| series.reading != Reading::Measured || series.points.is_empty())
            {
                continue;
            }
            let note = "Stopped early: fewer samples were taken than planned.";
            experiment.notes.push(note.to_owned());
        }
        report.experiments.push(experiment);
        if !live.watcher.cancelled() {
            live.watcher.so_far(&report);
        }
    }
    if !live.watcher.cancelled() {
        live.doing("comparing what was found with what is reported".to_owned());
        bench.harness.effort.until = None;
        match inferred::infer(&report.machine, &seen, &report.experiments, &bench) {
            Ok(inferred) => report.inferred = inferred,
            Err(why) => report
                .notes
                .push(format!("Nothing was inferred from timing: {why:#}.")),
        }
    }
    report.created = now();
    Ok(report)
}

/// The measured half of a study.
trait Measurement {
    /// What the closed form needs to know and only this machine can tell: parameters of the study by
    /// name, measured apart from the curve that they predict.
    fn calibrate(&self, _machine: &Machine, _bench: &Bench) -> Result<Vec<(&'static str, Figure)>> {
        Ok(Vec::new())
    }
    /// Takes the samples: a series for each measured variant, those not to be had with the reason.
    fn measure(
        &self,
        machine: &Machine,
        arguments: &Arguments,
        bench: &Bench,
        live: &mut Live<'_>,
    ) -> Result<Vec<Series>>;
    /// Why the readings part, where it can be told, in sentences.
    fn notes(&self, machine: &Machine, modelled: &[Series], measured: &[Series]) -> Vec<String>;
    /// What was measured, once more as a matrix, where the pairs of two things stand along x.
    fn matrix(&self, _: &Machine, _: &Bench, _measured: &[Series]) -> Option<Matrix> {
        None
    }
}

/// The measured half of each study.
fn measurement(study: Study) -> Box<dyn Measurement> {
    match study {
        Study::LatencyLadder => Box::new(latency_ladder::LatencyLadder),
        Study::Bandwidth => Box::new(bandwidth::Bandwidth),
        Study::StrideSweep => Box::new(stride_sweep::StrideSweep),
        Study::TlbReach => Box::new(tlb_reach::TlbReach),
        Study::SetConflicts => Box::new(set_conflicts::SetConflicts),
        Study::ParallelChases => Box::new(parallel_chases::ParallelChases),
        Study::Branches => Box::new(branches::Branches),
        Study::PageFaults => Box::new(page_faults::PageFaults::default()),
        Study::CpuUtilisation => Box::new(cpu_utilisation::CpuUtilisation::default()),
        Study::Roofline => Box::new(roofline::Roofline),
        Study::LoaderKernels => Box::new(loader_kernels::LoaderKernels),
        Study::VectorWidth => Box::new(loader_kernels::VectorWidth),
        Study::VectorEfficiency => Box::new(loader_kernels::VectorEfficiency),
        Study::FileReading => Box::new(file_reading::FileReading::default()),
        Study::Profiling => Box::new(profiling::Profiling),
        Study::ProfilingOverhead => Box::new(profiling_overhead::ProfilingOverhead::default()),
        Study::LoopOrder
        | Study::Tiling
        | Study::Transposition
        | Study::Layouts
        | Study::Batches => Box::new(workloads::Workloads(study)),
        Study::ThreadBandwidth => Box::new(thread_bandwidth::ThreadBandwidth),
        Study::CoreToCore => Box::new(core_to_core::CoreToCore),
        Study::FalseSharing => Box::new(false_sharing::FalseSharing),
    }
}

/// A variant of an experiment, to be measured or not to be had.
enum Variant<'b> {
    Cases(&'static str, Vec<Case<'b>>),
    Unavailable(&'static str, String),
}

/// All three readings of one study.
fn readings(
    study: Study,
    machine: &Machine,
    bench: &Bench,
    pool: &rayon::ThreadPool,
    live: &mut Live<'_>,
) -> Result<Experiment> {
    let info = study.info();
    let measurement = measurement(study);
    let (arguments, parameters) = arguments(study, &*measurement, machine, bench)?;
    let mut series = study.predicted(machine, &arguments);
    live.doing(format!("simulating: {}", info.title));
    if let Some(why) = study.unsimulated() {
        series.push(Series {
            reading: Reading::Simulated,
            variant: String::new(),
            points: Vec::new(),
            unavailable: Some(why.to_owned()),
        });
    }
    let (simulated, thinned) = {
        let cancelled = || live.watcher.cancelled();
        simulate::simulate(study, machine, &arguments, bench, pool, &cancelled)?
    };
    series.extend(simulated);
    for curve in &series {
        for point in &curve.points {
            live.tell(study, curve.reading, &curve.variant, point.clone());
        }
    }
    live.doing(format!("measuring: {}", info.title));
    let measured = measurement.measure(machine, &arguments, bench, live)?;
    let notes = measurement.notes(machine, &series, &measured);
    let matrix = measurement.matrix(machine, bench, &measured);
    series.extend(measured);
    let mut experiment = study.experiment(parameters, series);
    experiment.matrix = matrix;
    experiment.counted = std::mem::take(&mut live.counted);
    experiment.ratios = ratios::ratios(&experiment.series, study.telling_x());
    experiment.verdicts = experiment.judge(machine);
    experiment.notes = notes;
    experiment
        .notes
        .extend(residuals::residuals(study, &experiment));
    experiment
        .notes
        .extend(bench.left_out(study, machine, &arguments));
    experiment.notes.extend(thinned);
    experiment.notes.append(&mut live.notes);
    experiment.notes.extend(experiment.conditions().note());
    Ok(experiment)
}

/// The arguments of a study on this machine, and where each comes from.
fn arguments(
    study: Study,
    measurement: &dyn Measurement,
    machine: &Machine,
    bench: &Bench,
) -> Result<(Arguments, Vec<ParameterValue>)> {
    let found = measurement.calibrate(machine, bench)?;
    let found = |name: &str| found.iter().find(|(found, _)| *found == name);
    let last = machine.last_level_bytes().max(1) as f64;
    let mut arguments = Arguments::default();
    let parameters = study.info().parameters;
    let mut values = Vec::new();
    for parameter in parameters {
        let reach = (bench.largest as f64 / last).min(parameter.default);
        let (value, evidence, source) = match parameter.name {
            name if let Some((_, figure)) = found(name) => {
                (figure.value, figure.evidence, figure.source.as_str())
            }
            name if name == REACH.name => (reach, Evidence::Assumed, "what memory and time allow"),
            // Each kernel has memory of its own, and there are thirty.
            name if name == BEYOND.name => (
                (bench.largest as f64 / last / 2.0).min(parameter.default),
                Evidence::Assumed,
                "what memory and time allow",
            ),
            name if name == PER_OCTAVE.name => {
                let points = if bench.quick { 2.0 } else { 4.0 };
                (points, Evidence::Assumed, "chosen for the time there is")
            }
            "issue" => (
                bench.issue_ns,
                Evidence::Measured,
                "strided walk inside the first level",
            ),
            _ => (parameter.default, Evidence::Assumed, "the default"),
        };
        let value = value.clamp(parameter.min, parameter.max);
        arguments
            .set(parameters, parameter.name, value)
            .expect("a clamped value of a known parameter");
        values.push(ParameterValue {
            name: parameter.name.to_owned(),
            unit: parameter.unit,
            figure: Figure::new(value, evidence, source),
        });
    }
    Ok((arguments, values))
}

/// The y of the point at, or next above, `x`.
fn at(series: &[Series], reading: Reading, variant: &str, x: f64) -> Option<(f64, f64)> {
    let series = Series::find(series, reading, variant)?;
    let point = series.points.iter().find(|point| point.x >= x)?;
    Some((point.x, point.y))
}

/// The current time, RFC 3339, UTC, to the second.
fn now() -> String {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    humantime::format_rfc3339_seconds(UNIX_EPOCH + since).to_string()
}
