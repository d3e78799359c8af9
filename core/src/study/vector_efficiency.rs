//! Vector efficiency: speed-up over single numbers, by lanes (claims X1, X3).
//!
//! Every loader kernel that is written with vectors, its data well inside the second cache. The law
//! says that speed-up is the number of lanes; efficiency is what of it was reached.

use std::sync::LazyLock;

use super::{definition::*, roofline::Roofline};
use crate::{
    kernels::loader::{LoaderKernel, Way},
    machine::Machine,
    model::roofline::vector_speed_up,
    parameters::Arguments,
    units::Unit,
};

pub(super) struct VectorEfficiency;

/// The kernels that are written with vectors, and scalar to compare with.
static NAMES: LazyLock<Vec<Variant>> = LazyLock::new(|| {
    let all = LoaderKernel::ALL.iter();
    let wide = all.filter(|kernel| widths(**kernel).count() > 1);
    wide.map(|kernel| Variant::new(kernel.name())).collect()
});

/// What the law says of all of them.
const LAW: Variant = Variant::new("as many times as lanes");

pub(super) static INFO: LazyLock<Info> = LazyLock::new(|| Info {
    name: "vector-efficiency",
    title: "Vector efficiency",
    about: "How many times faster than single numbers are vectors, by their lanes?",
    claims: &["X1", "X3"],
    group: Group::Kernels,
    first_look: false,
    x: Dimension::new("lanes", Unit::Count),
    y: Dimension::new("speed-up over scalar", Unit::Ratio),
    variants: &[LAW],
    measured_variants: &NAMES,
    telling_x: None,
    parameters: &[],
    simulation: Err("the simulator counts what goes to memory, not what the core computes"),
    landmarks: nowhere,
});

/// The ways with a width that a kernel is written in, single numbers first.
pub fn widths(kernel: LoaderKernel) -> impl Iterator<Item = Way> {
    let ways = Way::ALL.into_iter();
    ways.filter(move |way| way.width().is_some() && kernel.ways().contains(way))
}

/// The efficiency that claim X3 calls good.
pub const GOOD: f64 = 0.7;

impl Definition for VectorEfficiency {
    fn xs(&self, _: &Machine, _: &Arguments, _: Variant) -> Vec<f64> {
        Way::ALL
            .into_iter()
            .filter_map(Way::width)
            .map(|lanes| lanes as f64)
            .collect()
    }

    fn predict(&self, asked: Asked<'_>) -> Value {
        Value::of(vector_speed_up(asked.x, 1.0, 0.0))
    }
}

impl Measured for VectorEfficiency {
    const PARTING: Parting = Roofline::PARTING;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Study;

    #[test]
    fn the_law_is_a_line_and_kernels_with_vectors_are_found() {
        let machine = Machine::preset("laptop").unwrap();
        let predicted = &Study::VectorEfficiency.predicted(&machine, &Arguments::default())[0];
        assert!(predicted.points.iter().all(|point| point.x == point.y));
        assert!(
            NAMES.contains(&Variant::new("normalise-planes"))
                && !NAMES.contains(&Variant::new("gather-rows-64"))
        );
    }
}
