//! The roofline: roofs, the kernel of adjustable intensity, and the loader kernels as points.

use std::rc::Rc;

use lab_core::{
    evidence::Reading,
    kernels::loader::LoaderKernel,
    report::{Point, Series},
    study::Study,
    units::Unit,
};
use yew::prelude::*;

use super::{Subject, reading};
use crate::{
    chart::{
        Landmark,
        layout::{Frame, Scales},
        plot::{Plot, pixel},
        table::{DataTable, folded},
        words,
    },
    parts::size::use_width,
};

/// What the plot shows.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// Of which machine.
    pub subject: Rc<Subject>,
    /// Bytes of all arrays of a kernel together.
    pub size: f64,
    /// The curves of the kernels, all readings.
    pub curves: Rc<Vec<Series>>,
}

/// A kernel on the plot.
struct Dot {
    kernel: LoaderKernel,
    reading: Reading,
    intensity: f64,
    rate: f64,
}

impl Dot {
    fn words(&self) -> String {
        format!(
            "{}: {} at {}, {}",
            self.kernel.name(),
            Unit::GigaoperationsPerSecond.format(self.rate),
            Unit::OperationsPerByte.format(self.intensity),
            self.reading.name()
        )
    }
}

/// Where each kernel stands: measured where it was, as predicted else.
fn dots(props: &Props) -> Vec<Dot> {
    let dot = |kernel: &LoaderKernel| {
        let cost = kernel.cost(props.size as usize);
        let intensity = cost.operations / cost.counted();
        let at = |which| reading(&props.curves, which, *kernel, props.size).map(|it| (which, it.y));
        let (reading, rate) = at(Reading::Measured).or_else(|| at(Reading::Predicted))?;
        Some(Dot {
            kernel: *kernel,
            reading,
            intensity,
            rate: rate * intensity,
        })
    };
    LoaderKernel::ALL.iter().filter_map(dot).collect()
}

/// The curves, the predicted roofs drawn on to the least intensity: there bandwidth is the bound, and
/// the rate goes by the intensity.
fn reaching_to(series: &[Series], least: f64) -> Vec<Series> {
    let mut series = series.to_vec();
    for roof in &mut series {
        let ends = roof.points.first().zip(roof.points.last());
        let Some((first, last)) = ends.map(|(first, last)| ((first.x, first.y), last.y)) else {
            continue;
        };
        let (x, y) = first;
        if roof.reading == Reading::Predicted && least < x && y < last {
            let further = Point {
                x: least,
                y: y * least / x,
                ..Point::default()
            };
            roof.points.insert(0, further);
        }
    }
    series
}

/// Roofs and kernels, both axes logarithmic.
#[component]
pub fn Roofline(props: &Props) -> Html {
    let area = use_node_ref();
    let width = use_width(&area);
    let shown = use_state_eq(|| None::<usize>);
    let series = use_memo(props.subject.clone(), |subject| {
        subject.curves(Study::Roofline)
    });
    let dots = dots(props);
    let least = dots.iter().map(|dot| dot.intensity);
    let series: Rc<[Series]> = reaching_to(&series, least.fold(f64::INFINITY, f64::min)).into();
    // Scales hold the kernels as well.
    let mut all = series.to_vec();
    all.push(Series {
        reading: Reading::Measured,
        variant: String::new(),
        points: dots
            .iter()
            .map(|dot| Point {
                x: dot.intensity,
                y: dot.rate,
                ..Point::default()
            })
            .collect(),
        unavailable: None,
    });
    let labels = series.iter().map(|it| words::label(it).chars().count());
    let frame = Frame::new(width, labels.max().unwrap_or(0));
    let info = Study::Roofline.info();
    let (x, y) = (info.x.axis(), info.y.axis());
    let scales = Scales::of(&all, [x.scale, y.scale], &frame);
    let visible: Rc<[bool]> = series.iter().map(|_| true).collect();
    let marks: Rc<[Landmark]> = Vec::new().into();
    let points = dots.iter().enumerate().filter_map(|(index, dot)| {
        let scales = scales.as_ref()?;
        let (at, up) = (scales.x.position(dot.intensity), scales.y.position(dot.rate));
        let (show, hide) = (shown.setter(), shown.setter());
        let show = Callback::from(move |()| show.set(Some(index)));
        let hide = Callback::from(move |()| hide.set(None));
        let active = (*shown == Some(index)).then_some("active");
        Some(html! {
            <circle class={classes!("dot", format!("reading-{}", dot.reading.name()), active)}
                cx={pixel(at)} cy={pixel(up)} r="5.5" tabindex="0" role="img" aria-label={dot.words()}
                data-kernel={dot.kernel.name()}
                onpointerenter={show.reform(|_: PointerEvent| ())}
                onpointerleave={hide.reform(|_: PointerEvent| ())}
                onfocus={show.reform(|_: FocusEvent| ())}
                onblur={hide.reform(|_: FocusEvent| ())} />
        })
    });
    let rows: Html = dots
        .iter()
        .map(|dot| {
            html! {
                <tr>
                    <th scope="row">{ dot.kernel.name() }</th>
                    <td>{ x.unit.format(dot.intensity) }</td>
                    <td class={format!("reading-{}", dot.reading.name())}>
                        { y.unit.format(dot.rate) }<small>{ dot.reading.name() }</small>
                    </td>
                </tr>
            }
        })
        .collect();
    let title = format!(
        "{} on {}",
        Study::Roofline.info().title,
        props.subject.machine.name
    );
    let of_kernels = format!("Kernels under the roofs, {}", props.subject.machine.name);
    let missing = words::missing(&series);
    let heads = ["kernel", x.label.as_str(), y.label.as_str()].map(str::to_owned);
    html! {
        <figure class="figure roofline" data-testid="roofline">
            <p class="hint">{ "Lines are roofs: what memory delivers, times the operations on each byte, \
                up to the core's peak. Dots are the loader kernels: point at one, or reach it with the \
                Tab key, to read it. " }
                if dots.iter().any(|dot| dot.reading == Reading::Predicted) {
                    { "Hollow dots stand where the model predicts: nobody measured them here." }
                }</p>
            <div class="plot" ref={area}>
                <svg width={pixel(frame.width)} height={pixel(frame.height)} role="group"
                    aria-label={title.clone()}
                    viewBox={format!("0 0 {:.1} {:.1}", frame.width, frame.height)}>
                    <Plot x={x.clone()} y={y.clone()} series={series.clone()} {visible}
                        landmarks={marks} {frame} {scales} />
                    { for points }
                </svg>
            </div>
            <p class="status" data-testid="roofline-kernel">
                { shown.and_then(|index| dots.get(index)).map_or_else(
                    || "Point at a dot to read its kernel.".to_owned(), Dot::words
                ) }
            </p>
            if !missing.is_empty() {
                <ul class="missing">
                    { for missing.into_iter().map(|(reading, why)| html! {
                        <li class={format!("reading-{}", reading.name())}>
                            <strong>{ reading.name() }{ ": " }</strong>{ why }
                        </li>
                    }) }
                </ul>
            }
            <DataTable summary="Roofs as a table" {title} {x} {y} {series} levels={Rc::<[String]>::from(Vec::new())} />
            { folded("Kernels as a table", &of_kernels, &of_kernels,
                heads, rows) }
        </figure>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab_core::{machine::Machine, parameters::Arguments};

    #[test]
    fn roofs_reach_the_least_intensity_by_the_law_they_follow() {
        let machine = Machine::preset("laptop").unwrap();
        let predicted = Study::Roofline.predicted(&machine, &Arguments::default());
        for (before, after) in predicted.iter().zip(reaching_to(&predicted, 1e-3)) {
            let variant = Study::Roofline.variant(&before.variant).unwrap();
            let expected = Study::Roofline.predict(&machine, &Arguments::default(), variant, 1e-3);
            let first = &after.points[0];
            assert!(first.x == 1e-3 && (first.y / expected.y - 1.0).abs() < 1e-9);
        }
        assert_eq!(reaching_to(&predicted, 0.25), predicted);
    }
}
