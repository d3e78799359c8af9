//! The run over time, as misses by cause.

use lab_core::sim::recording::Summary;
use yew::prelude::*;

use crate::parts::slider::grouped;

const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 110.0;

/// Causes, as they are stacked from below.
const CAUSES: [&str; 3] = ["compulsory", "capacity", "conflict"];

/// Misses of the first level by cause over time.
pub fn picture(summary: &Summary, at: u64, marks: &[u64]) -> Html {
    let Some(bins) = summary.bins.first() else {
        return Html::default();
    };
    let values: Vec<[f64; 3]> = bins
        .iter()
        .map(|bin| {
            [
                bin.causes.compulsory as f64,
                bin.causes.capacity as f64 + f64::from(bin.unclassified),
                bin.causes.conflict as f64,
            ]
        })
        .collect();
    let most = values
        .iter()
        .map(|bin| bin.iter().sum::<f64>())
        .fold(1.0, f64::max);
    let accesses = summary.accesses.max(1) as f64;
    let x = |access: f64| access / accesses * WIDTH;
    let width = summary.bin_width as f64;
    let paths = CAUSES.iter().enumerate().map(|(cause, name)| {
        let mut path = String::new();
        for (index, bin) in values
            .iter()
            .enumerate()
            .filter(|(_, bin)| bin[cause] > 0.0)
        {
            let below: f64 = bin[..cause].iter().sum();
            let (bottom, top) = (below / most, (below + bin[cause]) / most);
            let (from, to) = (
                x(index as f64 * width),
                x((index as f64 + 1.0) * width).min(WIDTH),
            );
            path += &format!(
                "M{from:.1} {:.1}H{to:.1}V{:.1}H{from:.1}z",
                HEIGHT - bottom * (HEIGHT - 6.0),
                HEIGHT - top * (HEIGHT - 6.0)
            );
        }
        html! { <path class={format!("cause {name}")} d={path} /> }
    });
    let total = |cause: usize| values.iter().map(|bin| bin[cause]).sum::<f64>() as u64;
    let words: Vec<String> = CAUSES
        .iter()
        .enumerate()
        .map(|(cause, name)| format!("{} {name}", grouped(total(cause))))
        .collect();
    let cursor = x(at as f64 + 0.5);
    html! {
        <figure class="over-time">
            <figcaption>
                { format!("Misses of {} over time, simulated:", summary.counts.levels.first().map_or("the first cache", |level| level.name.as_str())) }
                { for CAUSES.iter().zip(words.iter()).map(|(name, words)| html! {
                    <span class={format!("swatch {name}")}>{ words.clone() }</span>
                }) }
            </figcaption>
            <svg viewBox={format!("0 0 {WIDTH} {HEIGHT}")} preserveAspectRatio="none" role="img"
                aria-label={format!("Misses over time: {}", words.join(", "))}>
                { for paths }
                { for marks.iter().map(|&mark| {
                    let x = format!("{:.1}", x(mark as f64 + 0.5));
                    html! { <line class="bookmark" x1={x.clone()} x2={x} y1="0" y2={HEIGHT.to_string()} /> }
                }) }
                <line class="cursor" x1={format!("{cursor:.1}")} x2={format!("{cursor:.1}")} y1="0" y2={HEIGHT.to_string()} />
            </svg>
        </figure>
    }
}
