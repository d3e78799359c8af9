//! A running measurement, as its events tell it.

use lab_core::{
    evidence::Reading,
    live::Event,
    report::{Point, Series},
    study::Study,
};

/// A measurement on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The server's number of it.
    pub id: u64,
    /// What is being done.
    pub doing: String,
    /// Share done, 0 to 1.
    pub done: f64,
    /// Seconds left, where one can tell.
    pub seconds_left: Option<f64>,
    /// What is known by now, by study.
    pub curves: Vec<(Study, Vec<Series>)>,
    /// How it ended.
    pub end: Option<End>,
}

/// How a measurement ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// With a report.
    Finished,
    /// By the reader; what was measured is in the report.
    Cancelled,
    /// For this reason.
    Failed(String),
}

impl Run {
    /// A run that begins.
    pub fn new(id: u64) -> Self {
        Self {
            id,
            doing: "starting".to_owned(),
            done: 0.0,
            seconds_left: None,
            curves: Vec::new(),
            end: None,
        }
    }

    /// After an event. Hearing all events again changes nothing.
    pub fn after(mut self, event: Event) -> Self {
        match event {
            Event::Doing { what } => self.doing = what,
            Event::Progress { done, seconds_left } => {
                self.done = done.clamp(0.0, 1.0);
                self.seconds_left = Some(seconds_left).filter(|left| left.is_finite());
            }
            Event::Point {
                study,
                reading,
                variant,
                point,
            } => self.put(study, reading, variant, point),
            Event::Finished => self.end = Some(End::Finished),
            Event::Cancelled => self.end = Some(End::Cancelled),
            Event::Failed { why } => self.end = Some(End::Failed(why)),
        }
        self
    }

    /// The curves of a study known by now.
    pub fn series(&self, study: Study) -> Option<&[Series]> {
        let found = self.curves.iter().find(|(other, _)| *other == study)?;
        Some(&found.1)
    }

    fn put(&mut self, study: Study, reading: Reading, variant: String, point: Point) {
        if !(point.x >= 0.0 && point.y >= 0.0) {
            return;
        }
        let curves = &mut self.curves;
        let at = curves.iter().position(|(other, _)| *other == study);
        let at = at.unwrap_or_else(|| {
            curves.push((study, Vec::new()));
            curves.len() - 1
        });
        let all = &mut curves[at].1;
        let same = |series: &Series| series.reading == reading && series.variant == variant;
        let at = all.iter().position(same).unwrap_or_else(|| {
            // After the curves of its own and of earlier readings.
            let at = all.partition_point(|series| series.reading <= reading);
            let series = Series {
                reading,
                variant,
                points: Vec::new(),
                unavailable: None,
            };
            all.insert(at, series);
            at
        });
        let points = &mut all[at].points;
        match points.binary_search_by(|other| other.x.total_cmp(&point.x)) {
            Ok(at) => points[at] = point,
            Err(at) => points.insert(at, point),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(reading: Reading, x: f64, y: f64) -> Event {
        Event::Point {
            study: Study::Bandwidth,
            reading,
            variant: "read".into(),
            point: Point {
                x,
                y,
                ..Point::default()
            },
        }
    }

    #[test]
    fn points_keep_their_order_and_better_ones_replace() {
        let events = [
            event(Reading::Measured, 128.0, 1.0),
            event(Reading::Measured, 64.0, 1.0),
            event(Reading::Predicted, 64.0, 2.0),
            event(Reading::Measured, 128.0, 3.0),
            event(Reading::Measured, 256.0, f64::NAN),
        ];
        let once = events.iter().cloned().fold(Run::new(1), Run::after);
        let again = events.into_iter().fold(once.clone(), Run::after);
        assert_eq!(again, once, "a reconnected stream tells everything again");
        let series = once.series(Study::Bandwidth).unwrap();
        assert_eq!(series[0].reading, Reading::Predicted);
        let measured: Vec<_> = series[1].points.iter().map(|p| (p.x, p.y)).collect();
        assert_eq!(measured, [(64.0, 1.0), (128.0, 3.0)]);
        assert_eq!(once.series(Study::StrideSweep), None);
    }

    #[test]
    fn the_last_event_ends_it() {
        let run = Run::new(1).after(Event::Failed { why: "no".into() });
        assert_eq!(run.end, Some(End::Failed("no".into())));
    }
}
