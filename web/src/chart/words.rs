//! What a plot says in words: names of curves, read-outs, reasons.

use lab_core::{
    evidence::Reading,
    report::{Axis, Point, Series},
};

use super::layout::same_x;

/// The name of a curve for people: `measured, huge pages`.
pub fn name(series: &Series) -> String {
    join(series.reading.name(), &series.variant)
}

/// What stands at the end of a curve, whose colour says the reading: its variant, if it has one.
pub fn label(series: &Series) -> &str {
    if series.variant.is_empty() {
        series.reading.name()
    } else {
        &series.variant
    }
}

/// A moment as people write it: `2026-11-23 04:00 UTC`; as it stands where it is written otherwise.
pub fn moment(rfc3339: &str) -> String {
    match (rfc3339.split_once('T'), rfc3339.strip_suffix('Z')) {
        (Some((day, time)), Some(_)) if time.is_char_boundary(5) && time.len() > 5 => {
            format!("{day} {} UTC", &time[..5])
        }
        _ => rfc3339.to_owned(),
    }
}

/// The name of a curve in addresses: `measured:huge pages`.
pub fn key(series: &Series) -> String {
    if series.variant.is_empty() {
        series.reading.name().to_owned()
    } else {
        format!("{}:{}", series.reading.name(), series.variant)
    }
}

fn join(reading: &str, variant: &str) -> String {
    if variant.is_empty() {
        reading.to_owned()
    } else {
        format!("{reading}, {variant}")
    }
}

/// What one curve says at one x.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Index of the curve.
    pub series: usize,
    /// Its name.
    pub name: String,
    /// The value with its unit.
    pub value: String,
    /// What stands behind the value: its interval, its evidence, which levels served.
    pub detail: String,
}

/// What all visible curves say at `x`.
pub fn read(series: &[Series], visible: &[bool], y: &Axis, levels: &[String], x: f64) -> Vec<Line> {
    let at = |series: &Series| -> Option<Point> {
        let point = series.points.iter().find(|point| same_x(point.x, x))?;
        Some(point.clone())
    };
    series
        .iter()
        .enumerate()
        .filter(|(index, _)| visible.get(*index).copied().unwrap_or(true))
        .filter_map(|(index, series)| {
            let point = at(series)?;
            Some(Line {
                series: index,
                name: name(series),
                value: y.unit.format(point.y),
                detail: detail(series, &point, y, levels),
            })
        })
        .collect()
}

fn detail(series: &Series, point: &Point, y: &Axis, levels: &[String]) -> String {
    let mut parts = Vec::new();
    match series.reading {
        Reading::Measured => {
            parts.push(interval(point, y));
            let clean = point.samples.iter().filter(|sample| !sample.dirty).count();
            match (point.samples.len(), clean) {
                (0, _) => {}
                (all, clean) if clean == all => parts.push(format!("{all} samples")),
                (all, clean) => parts.push(format!("{} of {all} samples disturbed", all - clean)),
            }
        }
        Reading::Predicted | Reading::Simulated => {
            parts.push(series.reading.evidence().to_string());
            parts.push(served(point, levels));
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

/// The interval of a measured point: `95 % interval 1.6 to 1.8 ns`.
pub fn interval(point: &Point, y: &Axis) -> String {
    point.spread.map_or_else(String::new, |spread| {
        format!(
            "{} % interval {} to {}",
            (spread.confidence * 100.0).round(),
            lab_core::units::format_number(spread.low),
            y.unit.format(spread.high)
        )
    })
}

/// Which levels served: `L1 75 %, memory 25 %`. Levels that served nothing are left out.
pub fn served(point: &Point, levels: &[String]) -> String {
    let shares = point.served.iter().zip(levels);
    let words: Vec<String> = shares
        .filter(|(share, _)| **share >= 0.0005)
        .map(|(share, level)| format!("{level} {}", percent(*share)))
        .collect();
    words.join(", ")
}

/// A share as a percentage with as many digits as it needs.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent >= 99.95 || percent == 0.0 || (percent >= 10.0 && percent.fract() < 0.05) {
        format!("{percent:.0} %")
    } else {
        format!("{percent:.1} %")
    }
}

/// A read-out as one sentence, for those who listen.
pub fn spoken(x: &Axis, at: f64, lines: &[Line]) -> String {
    let mut text = format!("{} {}:", x.label, x.unit.format(at));
    for line in lines {
        text.push_str(&format!(" {} {}, {}.", line.name, line.value, line.detail));
    }
    text
}

/// Why curves are missing, one sentence each.
pub fn missing(series: &[Series]) -> Vec<(Reading, String)> {
    series
        .iter()
        .filter_map(|series| {
            let why = series.unavailable.as_ref()?;
            Some((
                series.reading,
                join(&series.variant, why)
                    .trim_start_matches(", ")
                    .to_owned(),
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use lab_core::{
        report::{ScaleKind, Spread},
        units::Unit,
    };

    use super::*;

    #[test]
    fn moments_are_shortened_when_they_are_in_utc() {
        assert_eq!(moment("2026-11-23T04:00:31Z"), "2026-11-23 04:00 UTC");
        for other in ["2026-11-23T04:00:31+02:00", "yesterday", "TZ", ""] {
            assert_eq!(moment(other), other);
        }
    }

    #[test]
    fn a_read_out_names_value_evidence_and_levels() {
        let y = Axis {
            label: "time per load".into(),
            unit: Unit::Nanoseconds,
            quantity: Default::default(),
            scale: ScaleKind::Log,
        };
        let levels = ["L1", "memory"].map(str::to_owned);
        let simulated = Series {
            reading: Reading::Simulated,
            variant: String::new(),
            points: vec![Point {
                x: 64.0,
                y: 25.75,
                served: vec![0.75, 0.25],
                ..Point::default()
            }],
            unavailable: None,
        };
        let measured = Series {
            reading: Reading::Measured,
            variant: "huge pages".into(),
            points: vec![Point {
                x: 64.0,
                y: 1.7,
                spread: Some(Spread {
                    low: 1.6,
                    high: 1.8,
                    confidence: 0.95,
                }),
                ..Point::default()
            }],
            unavailable: None,
        };
        let all = [simulated, measured];
        let lines = read(&all, &[true, true], &y, &levels, 64.0);
        assert_eq!(lines[0].value, "25.75 ns");
        assert_eq!(lines[0].detail, "simulated · L1 75 %, memory 25 %");
        assert_eq!(lines[1].name, "measured, huge pages");
        assert_eq!(lines[1].detail, "95 % interval 1.6 to 1.8 ns");
        assert_eq!(read(&all, &[false, true], &y, &levels, 64.0).len(), 1);
        assert!(read(&all, &[true, true], &y, &levels, 65.0).is_empty());
    }
}
