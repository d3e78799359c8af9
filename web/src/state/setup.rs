//! What a figure asks its study for: which machine, which parameters, after its sliders.

use std::rc::Rc;

use lab_core::{
    evidence::Reading,
    machine::{Machine, Setting, describe_errors},
    parameters::{Arguments, Parameter},
    study::Study,
    units::Unit,
};
use lab_lessons::{Control, Figure, Scale, Target};

use super::situation::{Situation, THIS};
use crate::simulation::jobs::sweep::{Curve, Sweep};

/// A figure with all choices made.
#[derive(Clone, Debug, PartialEq)]
pub struct Setup {
    /// Its study.
    pub study: Study,
    /// The machine, sliders included.
    pub machine: Machine,
    /// The parameters, sliders included.
    pub arguments: Arguments,
    /// Whether this is the machine of the report.
    pub this_machine: bool,
    /// Whether a slider moved the machine away from its description.
    pub machine_changed: bool,
}

/// The machine a choice means: a preset by name, or the report's.
pub fn machine(choice: Option<&str>, fallback: &str, this: Option<&Machine>) -> (Machine, bool) {
    match choice {
        Some(THIS) if this.is_some() => (this.cloned().unwrap_or_else(|| preset(fallback)), true),
        Some(name) => (
            Machine::preset(name).unwrap_or_else(|| preset(fallback)),
            false,
        ),
        None => (preset(fallback), false),
    }
}

/// Whether a machine can be built.
///
/// # Errors
/// A sentence that says why not.
pub fn check(machine: &Machine) -> Result<(), String> {
    machine.check().map_err(|errors| {
        format!(
            "No such machine can be built: {}.",
            describe_errors(&errors)
        )
    })
}

/// A preset; the first one for a name that does not exist.
pub fn preset(name: &str) -> Machine {
    Machine::preset(name)
        .or_else(|| Machine::preset("teaching"))
        .expect("the core has a teaching machine")
}

/// The key of a control in the URL.
pub fn control_key(figure: &Figure, target: Target) -> String {
    let (Target::Parameter(name) | Target::Machine(name)) = target;
    format!("{}.{name}", figure.id)
}

/// The unit of what a control sets.
pub fn unit(study: Study, target: Target) -> Unit {
    match target {
        Target::Parameter(name) => parameter(study, name).map_or(Unit::Count, |found| found.unit),
        Target::Machine(name) => name
            .parse()
            .map_or(Unit::Count, |setting: Setting| setting.unit()),
    }
}

fn parameter(study: Study, name: &str) -> Option<&'static Parameter> {
    let mut all = study.info().parameters.iter();
    all.find(|parameter| parameter.name == name)
}

impl Setup {
    /// The figure as its lesson sets it and the situation changes it.
    ///
    /// # Errors
    /// A sentence, when the sliders describe something that cannot be.
    pub fn of(
        figure: &Figure,
        choice: Option<&str>,
        situation: &Situation,
        this: Option<&Machine>,
    ) -> Result<Self, String> {
        let study = Study::from_name(figure.study)
            .ok_or_else(|| format!("There is no study `{}`.", figure.study))?;
        let (machine, this_machine) = machine(choice, figure.machine, this);
        let mut setup = Self {
            study,
            machine,
            arguments: Arguments::default(),
            this_machine,
            machine_changed: false,
        };
        for (name, value) in figure.set {
            setup.set(Target::Parameter(name), *value)?;
        }
        for control in figure.controls {
            if let Some(value) = situation.number(&control_key(figure, control.target)) {
                setup.set(control.target, value.clamp(control.min, control.max))?;
            }
        }
        check(&setup.machine)?;
        Ok(setup)
    }

    fn set(&mut self, target: Target, value: f64) -> Result<(), String> {
        match target {
            Target::Parameter(name) => {
                let parameters = self.study.info().parameters;
                let set = self.arguments.set(parameters, name, value);
                set.map_err(|error| format!("{error}."))
            }
            Target::Machine(name) => {
                // A level that this machine does not have is left alone.
                if let Ok(setting) = name.parse::<Setting>() {
                    let set = setting.set(&mut self.machine, &(value as u64).to_string());
                    self.machine_changed |= set.is_ok();
                }
                Ok(())
            }
        }
    }

    /// What a control stands at; none when the machine has no such cache.
    pub fn value(&self, target: Target) -> Option<f64> {
        match target {
            Target::Parameter(name) => {
                parameter(self.study, name).map(|parameter| self.arguments.get(parameter))
            }
            Target::Machine(name) => name.parse::<Setting>().ok()?.number(&self.machine),
        }
    }

    /// The variants shown, of the model and the simulator.
    pub fn variants(&self, figure: &Figure) -> Vec<&'static str> {
        let all = self.study.info().variants.iter().copied();
        all.filter(|variant| figure.variants.is_empty() || figure.variants.contains(variant))
            .collect()
    }

    /// What the worker is to simulate, of all variants shown or of one, and at how many x it would take
    /// too much for a page.
    pub fn sweep(&self, figure: &Figure, alone: Option<&str>) -> (Rc<Sweep>, usize) {
        let mut left_out = 0;
        let simulated = self.study.variants(Reading::Simulated);
        let curves = self.variants(figure).into_iter();
        let curves = curves.filter(|variant| simulated.contains(variant));
        let curves = curves.filter(|variant| alone.is_none_or(|alone| alone == *variant));
        let curves = curves.map(|variant| {
            let mut xs = self.study.xs(&self.machine, &self.arguments, variant);
            let all = xs.len();
            xs.retain(|x| self.is_for_a_page(*x));
            left_out += all - xs.len();
            Curve {
                variant: variant.to_owned(),
                xs,
            }
        });
        let sweep = Sweep {
            study: self.study,
            machine: self.machine.clone(),
            arguments: self.arguments.clone(),
            curves: curves.collect(),
        };
        (Rc::new(sweep), left_out)
    }

    /// Whether a page simulates the kernel at `x`: more takes seconds a point, and memory. A walk in
    /// order is much faster than a chase in random order.
    fn is_for_a_page(&self, x: f64) -> bool {
        const MIB: f64 = 1024.0 * 1024.0;
        match self.study {
            Study::LatencyLadder | Study::Bandwidth => x <= 64.0 * MIB,
            // Every stride walks over the same array.
            Study::StrideSweep => {
                let reach = self.value(Target::Parameter("reach")).unwrap_or(1.0);
                self.machine.last_level_bytes() as f64 * reach <= 128.0 * MIB
            }
            Study::LoopOrder
            | Study::Tiling
            | Study::Transposition
            | Study::Layouts
            | Study::Batches
            | Study::ThreadBandwidth
            | Study::CoreToCore
            | Study::FalseSharing
            | Study::TlbReach
            | Study::SetConflicts
            | Study::ParallelChases
            | Study::Branches
            | Study::PageFaults
            | Study::CpuUtilisation
            | Study::Roofline
            | Study::LoaderKernels
            | Study::VectorWidth
            | Study::VectorEfficiency
            | Study::FileReading
            | Study::Profiling
            | Study::ProfilingOverhead => {
                self.study.accesses(&self.machine, &self.arguments, x) <= 2e7
            }
        }
    }
}

/// A slider's positions: whole numbers from 0 on, so that powers of two are evenly spaced.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slider {
    min: f64,
    scale: Scale,
    /// The last position.
    pub last: u32,
}

impl Slider {
    /// The slider of a control.
    pub fn of(control: &Control) -> Self {
        Self::new((control.min, control.max), control.scale)
    }

    /// The slider of a range.
    pub fn new((min, max): (f64, f64), scale: Scale) -> Self {
        let last = match scale {
            Scale::Linear(step) => ((max - min) / step + 1e-9).floor(),
            Scale::Powers => (max / min).log2().floor(),
        };
        Self {
            min,
            scale,
            last: last.max(0.0) as u32,
        }
    }

    /// The value at a position.
    pub fn value(&self, position: u32) -> f64 {
        let position = f64::from(position.min(self.last));
        match self.scale {
            // To nine digits: steps such as 0.1 add up to 0.30000000000000004.
            Scale::Linear(step) => ((self.min + position * step) * 1e9).round() / 1e9,
            Scale::Powers => self.min * position.exp2(),
        }
    }

    /// The value nearest to one that may lie between positions or outside the range.
    pub fn hold(&self, value: f64) -> f64 {
        self.value(self.position(value))
    }

    /// The position nearest to a value.
    pub fn position(&self, value: f64) -> u32 {
        let position = match self.scale {
            Scale::Linear(step) => (value - self.min) / step,
            Scale::Powers => (value / self.min).log2(),
        };
        position.round().clamp(0.0, f64::from(self.last)) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Control = Control {
        target: Target::Machine("l1.size"),
        label: "L1",
        min: 1024.0,
        max: 262_144.0,
        scale: Scale::Powers,
    };
    const WAYS: Control = Control {
        target: Target::Machine("l1.ways"),
        label: "ways",
        min: 1.0,
        max: 16.0,
        scale: Scale::Linear(1.0),
    };
    const FIGURE: Figure = Figure {
        id: "fig",
        study: "latency-ladder",
        machine: "laptop",
        caption: "",
        variants: &[],
        set: &[("reach", 2.0)],
        controls: &[SIZE, WAYS],
    };

    fn setup(query: &str) -> Result<Setup, String> {
        Setup::of(&FIGURE, None, &Situation::parse(query), None)
    }

    #[test]
    fn sliders_change_the_machine_and_say_what_cannot_be() {
        let plain = setup("").unwrap();
        assert_eq!(plain.machine, Machine::preset("laptop").unwrap());
        assert!(!plain.machine_changed);
        let small = setup("fig.l1.size=8192").unwrap();
        assert_eq!(small.machine.caches[0].size, 8192);
        assert_eq!(small.value(SIZE.target), Some(8192.0));
        assert!(small.machine_changed);
        // Addresses once spelled it so.
        assert_eq!(setup("fig.cache-1-size=8192").unwrap(), small);
        assert!(
            setup("fig.cache-1-ways=7")
                .unwrap_err()
                .contains("caches[0].size")
        );
    }

    #[test]
    fn a_link_cannot_leave_a_sliders_range() {
        let setup = setup("fig.cache-1-size=1e300").unwrap();
        assert_eq!(setup.machine.caches[0].size, 262_144);
    }

    #[test]
    fn this_machine_is_chosen_only_where_there_is_one() {
        let mut mine = preset("teaching");
        mine.name = "mine".into();
        assert_eq!(machine(Some(THIS), "laptop", Some(&mine)).0.name, "mine");
        assert_eq!(machine(Some(THIS), "laptop", None).0.name, "laptop");
        assert_eq!(
            machine(Some("server-2-node"), "laptop", None).0.name,
            "server-2-node"
        );
        assert_eq!(machine(Some("mainframe"), "laptop", None).0.name, "laptop");
    }

    #[test]
    fn a_page_simulates_only_what_it_can_hold() {
        let mut large = preset("server-2-node");
        large.caches[2].size *= 8;
        let large = Setup::of(&FIGURE, Some(THIS), &Situation::default(), Some(&large)).unwrap();
        let (sweep, left_out) = large.sweep(&FIGURE, None);
        assert!(left_out > 0);
        let mut xs = sweep.curves[0].xs.iter();
        assert!(xs.all(|x| *x <= 64.0 * 1024.0 * 1024.0));
        let (sweep, left_out) = setup("").unwrap().sweep(&FIGURE, None);
        assert_eq!(left_out, 0);
        assert!(!sweep.curves[0].xs.is_empty());
    }

    #[test]
    fn positions_and_values_are_inverse() {
        for control in [SIZE, WAYS] {
            let slider = Slider::of(&control);
            assert_eq!(slider.value(0), control.min);
            assert_eq!(slider.value(slider.last), control.max);
            for position in 0..=slider.last {
                assert_eq!(slider.position(slider.value(position)), position);
            }
        }
        assert_eq!(Slider::of(&SIZE).position(48.0 * 1024.0), 6);
    }
}
