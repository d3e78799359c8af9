//! The run over time: which share of the accesses missed, by cause.

use lab_core::{sim::recording::Summary, units::counted};
use yew::prelude::*;

use crate::parts::slider::grouped;

const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 100.0;

/// Causes, as they are stacked from below.
const CAUSES: [&str; 3] = ["compulsory", "capacity", "conflict"];

/// Misses of the first level by cause over time: of each column the share of its accesses, 0 to 100 %.
/// In a challenge only what lies up to access `seen` is shown.
pub fn picture(summary: &Summary, at: u64, seen: Option<u64>, marks: &[u64]) -> Html {
    let Some(bins) = summary.bins.first() else {
        return Html::default();
    };
    let (accesses, width) = (summary.accesses.max(1), summary.bin_width.max(1));
    // Whole columns: one that is half ahead would give the rest of it away.
    let shown = seen.map_or(accesses, |seen| (seen + 1) / width * width);
    let bins: Vec<(u64, u64, [u64; 3])> = bins
        .iter()
        .zip(0..)
        .map(|(bin, column)| {
            let causes = [
                bin.causes.compulsory,
                bin.causes.capacity + u64::from(bin.unclassified),
                bin.causes.conflict,
            ];
            (column * width, ((column + 1) * width).min(accesses), causes)
        })
        .filter(|(from, to, _)| from < to && *to <= shown)
        .collect();
    let x = |access: f64| access / accesses as f64 * WIDTH;
    let paths = CAUSES.iter().enumerate().map(|(cause, name)| {
        let mut path = String::new();
        for (from, to, causes) in bins.iter().filter(|(_, _, causes)| causes[cause] > 0) {
            let of = (to - from) as f64;
            let below = causes[..cause].iter().sum::<u64>() as f64 / of;
            let top = below + causes[cause] as f64 / of;
            let (from, to) = (x(*from as f64), x(*to as f64));
            path += &format!(
                "M{from:.1} {:.1}H{to:.1}V{:.1}H{from:.1}z",
                HEIGHT * (1.0 - below),
                HEIGHT * (1.0 - top)
            );
        }
        html! { <path class={format!("cause {name}")} d={path} /> }
    });
    let total = |cause: usize| bins.iter().map(|(.., causes)| causes[cause]).sum::<u64>();
    let words = CAUSES.iter().enumerate();
    let words: Vec<String> = words
        .map(|(cause, name)| format!("{} {name}", grouped(total(cause))))
        .collect();
    let cursor = format!("{:.1}", x(at as f64 + 0.5));
    let level = summary.counts.levels.first();
    let level = level.map_or("the first cache", |level| level.name.as_str());
    html! {
        <figure class="over-time">
            <figcaption>
                <span>{ format!("{level} misses, % of accesses; a column is {}", counted(width, "access", "accesses")) }</span>
                { for CAUSES.iter().zip(&words).map(|(name, words)| html! {
                    <span class={format!("swatch {name}")}>{ words.clone() }</span>
                }) }
            </figcaption>
            <div class="with-scale">
                <ul class="scale" aria-hidden="true"><li>{ "100" }</li><li>{ "50" }</li><li>{ "0" }</li></ul>
                <svg viewBox={format!("0 0 {WIDTH} {HEIGHT}")} preserveAspectRatio="none" role="img"
                    aria-label={format!("Misses over time: {}", words.join(", "))}>
                    <path class="half" d={format!("M0 {}H{WIDTH}", HEIGHT / 2.0)} />
                    { for paths }
                    { for marks.iter().map(|&mark| {
                        let x = format!("{:.1}", x(mark as f64 + 0.5));
                        html! { <line class="bookmark" x1={x.clone()} x2={x} y1="0" y2={HEIGHT.to_string()} /> }
                    }) }
                    <line class="cursor" x1={cursor.clone()} x2={cursor} y1="0" y2={HEIGHT.to_string()} />
                </svg>
            </div>
        </figure>
    }
}
