//! A measured machine in six figures: each a small plot, what it means for code in one sentence, and how
//! calm the machine was meanwhile. What is behind each stands further down the page.

use lab_core::{
    evidence::Reading,
    report::{Axis, Experiment, Inference, Report, Series},
    topology::{Drawing, Object},
    units::{counted, format_bytes, format_number},
};
use yew::prelude::*;

/// One of the six.
struct Card {
    title: &'static str,
    /// The heading further down that it leads to.
    deeper: String,
    /// What it means for code; where nothing was measured, what would fill it.
    says: String,
    picture: Html,
    /// How many samples were disturbed, of how many.
    samples: Option<(usize, usize)>,
}

/// All six.
pub fn glance(report: &Report, root: &Object) -> Html {
    let cards = [
        ladder(report),
        bandwidth(report),
        parts(report, root),
        between_cores(report),
        roofline(report),
        inferred(&report.inferred),
    ];
    html! {
        <section aria-labelledby="six" data-testid="six">
            <h2 id="six" class="visually-hidden">{ "The machine in six figures" }</h2>
            <div class="six">{ for cards.into_iter().map(card) }</div>
            <p class="hint six-key">
                <span class="swatch reading-measured">{ "measured" }</span>
                <span class="swatch reading-simulated">{ "simulated" }</span>
                <span class="swatch reading-predicted">{ "predicted" }</span>
                { "Each figure leads to all that is known of it, further down." }
            </p>
        </section>
    }
}

fn card(card: Card) -> Html {
    let calm = card.samples.map(|(disturbed, samples)| {
        let share = disturbed as f64 / samples.max(1) as f64;
        let (mark, words) = match share {
            _ if samples == 0 => return Html::default(),
            share if share < 0.05 => ("●", "calm".to_owned()),
            share if share < 0.5 => ("◐", format!("{:.0} % disturbed", 100.0 * share)),
            share => ("○", format!("{:.0} % disturbed", 100.0 * share)),
        };
        let title = format!("{disturbed} of {samples} samples were disturbed");
        html! { <span class="calm" {title}>{ mark }{ " " }{ words }</span> }
    });
    html! {
        <section class="card" aria-label={card.title}>
            <h3><a href={format!("#{}", card.deeper)}>{ card.title }</a>{ calm }</h3>
            { card.picture }
            <p>{ card.says }</p>
        </section>
    }
}

/// The card of an experiment, or of what to measure to have it.
fn of(
    report: &Report,
    title: &'static str,
    study: &'static str,
    variant: &'static str,
    says: impl FnOnce(&Experiment, &Series) -> String,
) -> Card {
    let experiment = report.experiment(study);
    let measured = experiment.and_then(|it| measured(it, variant).map(|series| (it, series)));
    let Some((experiment, series)) = measured else {
        let why = experiment.and_then(|it| {
            let mut series = it.series.iter();
            series.find_map(|series| {
                series
                    .unavailable
                    .clone()
                    .filter(|_| series.reading == Reading::Measured)
            })
        });
        return Card {
            title,
            deeper: "experiments".to_owned(),
            says: match why {
                Some(why) => format!("Not measured: {why}."),
                None => format!("Not measured yet: `lab measure {study}` fills this."),
            },
            picture: Html::default(),
            samples: None,
        };
    };
    let conditions = experiment.conditions();
    Card {
        title,
        deeper: experiment.name.clone(),
        says: says(experiment, series),
        picture: plot(experiment, series),
        samples: Some((conditions.disturbed, conditions.samples)),
    }
}

/// The measured curve of that variant, or else the first one with points.
fn measured<'e>(experiment: &'e Experiment, variant: &str) -> Option<&'e Series> {
    let mut all = experiment.series.iter();
    Series::find(&experiment.series, Reading::Measured, variant)
        .filter(|series| !series.points.is_empty())
        .or_else(|| all.find(|it| it.reading == Reading::Measured && !it.points.is_empty()))
}

fn ends(series: &Series) -> (f64, f64) {
    let y = |point: Option<&lab_core::report::Point>| point.map_or(0.0, |point| point.y);
    (y(series.points.first()), y(series.points.last()))
}

fn ladder(report: &Report) -> Card {
    of(
        report,
        "Latency ladder",
        "latency-ladder",
        "huge pages",
        |experiment, series| {
            let (near, far) = ends(series);
            let unit = experiment.y.unit;
            format!(
                "A load that waits for the one before takes {} from the first cache and {} from memory: {:.0} \
             times as long. What is used again soon should stay small.",
                unit.format(near),
                unit.format(far),
                far / near.max(1e-9)
            )
        },
    )
}

fn bandwidth(report: &Report) -> Card {
    of(
        report,
        "Bandwidth",
        "bandwidth",
        "read",
        |experiment, series| {
            let (near, far) = ends(series);
            let unit = experiment.y.unit;
            format!(
                "One core reads {} from the first cache and {} from memory. A loop over a large array cannot be \
             faster than that, whatever it computes.",
                unit.format(near),
                unit.format(far)
            )
        },
    )
}

fn parts(report: &Report, root: &Object) -> Card {
    let machine = &report.machine;
    let caches = machine.caches.iter().map(|cache| {
        let shared = match cache.shared_by {
            0 | 1 => String::new(),
            cores => format!(" for {cores} cores"),
        };
        format!(
            "{} of {}{shared}",
            cache.name,
            format_bytes(cache.size as f64)
        )
    });
    let caches: Vec<String> = caches.collect();
    Card {
        title: "Cores and caches",
        deeper: "parts".to_owned(),
        says: format!(
            "{}; {}. What a core uses should fit its own caches; what cores share goes through the last.",
            counted(machine.cores.into(), "core", "cores"),
            caches.join(", ")
        ),
        picture: drawn(root),
        samples: None,
    }
}

/// The parts in outline: their names stand in the drawing further down.
fn drawn(root: &Object) -> Html {
    let fits = |drawing: &Drawing| drawing.width / drawing.height.max(1.0);
    // As wide as a card is, or nearly
    let drawings = (1..=16).map(|columns| Drawing::of(root, columns));
    let near = |a: &Drawing, b: &Drawing| {
        let off = |drawing: &Drawing| (fits(drawing) / 2.4).ln().abs();
        off(a).total_cmp(&off(b))
    };
    let Some(drawing) = drawings.min_by(near) else {
        return Html::default();
    };
    html! {
        <svg class="small parts" viewBox={format!("-2 -2 {} {}", drawing.width + 4.0, drawing.height + 4.0)}
            role="img" aria-label={format!("Parts of {}", root.name)}>
            { for drawing.boxes.iter().map(|part| html! {
                <rect class={part.part.class()} x={part.x.to_string()} y={part.y.to_string()} rx="4"
                    width={part.width.to_string()} height={part.height.to_string()} />
            }) }
        </svg>
    }
}

fn between_cores(report: &Report) -> Card {
    of(
        report,
        "Core to core",
        "core-to-core",
        "",
        |experiment, series| {
            let times = || series.points.iter().map(|point| point.y);
            let (least, most) = (
                times().fold(f64::MAX, f64::min),
                times().fold(0.0, f64::max),
            );
            let unit = experiment.y.unit;
            let range = if series.points.len() == 1 {
                format!("{} between the two cores", unit.format(least))
            } else {
                format!(
                    "{} between the nearest cores, {} between the farthest",
                    unit.format(least),
                    unit.format(most)
                )
            };
            format!(
                "A line that one core wrote reaches another in {range}. Cores that write to one line in turn pay \
                 this each time."
            )
        },
    )
}

fn roofline(report: &Report) -> Card {
    of(
        report,
        "Roofline",
        "roofline",
        "memory",
        |experiment, series| {
            let peak = series
                .points
                .iter()
                .map(|point| point.y)
                .fold(0.0, f64::max);
            let ridge = series.points.iter().find(|point| point.y >= 0.9 * peak);
            format!(
                "From memory, a loop reaches {} only if it does about {} operations for each byte; below that, \
             memory sets its pace.",
                experiment.y.unit.format(peak),
                ridge.map_or_else(|| "more".to_owned(), |point| format_number(point.x))
            )
        },
    )
}

fn inferred(inferences: &[Inference]) -> Card {
    let known: Vec<&Inference> = inferences.iter().filter(|it| it.agree.is_some()).collect();
    let agree = known.iter().filter(|it| it.agree == Some(true)).count();
    let differ = known.iter().find(|it| it.agree == Some(false));
    let rows = known.iter().take(6).map(|it| {
        let reported = it
            .reported
            .map_or_else(|| "–".to_owned(), |value| it.unit.format(value));
        let found = it
            .inferred
            .map_or_else(|| "–".to_owned(), |found| it.unit.format(found.value));
        let (mark, words) = if it.agree == Some(true) {
            ("=", "agree")
        } else {
            ("≠", "differ")
        };
        html! {
            <tr><th scope="row">{ &it.what }</th><td>{ reported }</td>
                <td><span aria-label={words} role="img">{ mark }</span></td><td>{ found }</td></tr>
        }
    });
    Card {
        title: "Said and found",
        deeper: match inferences.is_empty() {
            true => "experiments".to_owned(),
            false => "inferred".to_owned(),
        },
        says: match (known.len(), differ) {
            (0, _) => {
                "Nothing was inferred yet: `lab measure latency-ladder` finds sizes by timing."
                    .to_owned()
            }
            (all, None) => format!(
                "All {all} figures found by timing agree with what the machine says of itself."
            ),
            (all, Some(first)) => format!(
                "{agree} of {all} figures found by timing agree with what the machine says of itself; the {} does not.",
                first.what
            ),
        },
        picture: html! {
            <table class="small said">
                <thead><tr><th scope="col">{ "what" }</th><th scope="col">{ "said" }</th>
                    <td></td><th scope="col">{ "found" }</th></tr></thead>
                <tbody>{ for rows }</tbody>
            </table>
        },
        samples: None,
    }
}

const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 120.0;

/// A curve with its prediction and simulation, both axes in powers; a single point is a number.
fn plot(experiment: &Experiment, measured: &Series) -> Html {
    if let [only] = measured.points.as_slice() {
        return html! { <p class="small number">{ experiment.y.unit.format(only.y) }</p> };
    }
    let beside = |reading| {
        let same = Series::find(&experiment.series, reading, &measured.variant);
        let mut all = experiment.series.iter();
        same.or_else(|| all.find(|it| it.reading == reading))
            .filter(|it| !it.points.is_empty())
    };
    let curves = [
        ("reading-predicted", beside(Reading::Predicted)),
        ("reading-simulated", beside(Reading::Simulated)),
        ("reading-measured", Some(measured)),
    ];
    let points = || {
        let all = curves.iter().filter_map(|(_, series)| *series);
        all.flat_map(|series| &series.points)
            .filter(|point| point.x > 0.0 && point.y > 0.0)
    };
    let range = |of: fn(&lab_core::report::Point) -> f64| {
        let values = points().map(of);
        values.fold((f64::MAX, f64::MIN_POSITIVE), |(low, high), value| {
            (low.min(value), high.max(value))
        })
    };
    let ((left, right), (low, high)) = (range(|point| point.x), range(|point| point.y));
    let share =
        |value: f64, (from, to): (f64, f64)| (value / from).ln() / (to / from).ln().max(1e-9);
    let paths = curves.iter().filter_map(|(class, series)| {
        let points = series
            .as_ref()?
            .points
            .iter()
            .filter(|point| point.x > 0.0 && point.y > 0.0);
        let path: String = points
            .enumerate()
            .map(|(at, point)| {
                let x = share(point.x, (left, right)) * WIDTH;
                let y = HEIGHT - share(point.y, (low, high)) * HEIGHT;
                format!("{}{x:.1} {y:.1}", if at == 0 { 'M' } else { 'L' })
            })
            .collect();
        Some(html! { <path class={classes!("curve", *class)} d={path} /> })
    });
    let label = |axis: &Axis, (from, to)| {
        format!(
            "{}: {} to {}",
            axis.label,
            axis.unit.format(from),
            axis.unit.format(to)
        )
    };
    let (x, y) = (
        label(&experiment.x, (left, right)),
        label(&experiment.y, (low, high)),
    );
    html! {
        <figure class="small">
            <figcaption>{ y.clone() }</figcaption>
            <svg viewBox={format!("-3 -3 {} {}", WIDTH + 6.0, HEIGHT + 6.0)} preserveAspectRatio="none" role="img"
                aria-label={format!("{y}, over {x}")}>
                { for paths }
            </svg>
            <figcaption class="below">{ x }</figcaption>
        </figure>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Report {
        serde_json::from_str(include_str!("../../static/sample.json")).unwrap()
    }

    #[test]
    fn each_figure_says_what_its_report_holds() {
        let report = sample();
        let ladder = ladder(&report);
        let series = measured(report.experiment("latency-ladder").unwrap(), "huge pages").unwrap();
        let (near, far) = ends(series);
        assert!(
            ladder
                .says
                .contains(&format!("{:.0} times as long", far / near)),
            "{}",
            ladder.says
        );
        assert_eq!(ladder.deeper, "latency-ladder");
        let agree = report
            .inferred
            .iter()
            .filter(|it| it.agree == Some(true))
            .count();
        assert!(
            inferred(&report.inferred)
                .says
                .starts_with(&format!("{agree} of "))
        );
        assert!(
            between_cores(&report)
                .samples
                .is_some_and(|(_, samples)| samples > 0)
        );
    }

    #[test]
    fn what_was_not_measured_says_what_would_fill_it() {
        let mut report = sample();
        report.experiments.clear();
        report.inferred.clear();
        for card in [
            ladder(&report),
            bandwidth(&report),
            roofline(&report),
            inferred(&report.inferred),
        ] {
            assert!(card.says.contains("`lab measure "), "{}", card.says);
            assert!(card.samples.is_none());
        }
    }
}
