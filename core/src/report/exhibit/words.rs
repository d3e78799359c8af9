//! Exhibits in words: one sentence, and a table of all that is drawn.

use super::{Exhibit, ExhibitKind, Histogram, Lane, Lanes, Map, Matrix};
use crate::units::Unit;

impl Exhibit {
    /// What it shows, as a sentence without its full stop, for those who cannot see it.
    pub fn sentence(&self) -> String {
        let unit = self.unit;
        let says = match &self.kind {
            ExhibitKind::Matrix(matrix) => matrix.says(unit),
            ExhibitKind::Lanes(lanes) => lanes.says(unit),
            ExhibitKind::Histogram(histogram) => histogram.says(unit),
            ExhibitKind::Map(map) => map.says(unit),
        };
        format!("{}, {}: {says}", self.title, self.evidence)
    }

    /// The heads of [its table](Self::rows).
    pub fn heads(&self) -> Vec<String> {
        let known = |heads: &[&str]| heads.iter().map(|&head| head.to_owned()).collect();
        match &self.kind {
            ExhibitKind::Matrix(matrix) => {
                let mut heads = vec!["from, to".to_owned()];
                heads.extend_from_slice(&matrix.names);
                heads
            }
            ExhibitKind::Lanes(_) => known(&["lane", "what", "from", "to"]),
            ExhibitKind::Histogram(_) => known(&["from", "to", "how many"]),
            ExhibitKind::Map(map) => {
                let columns = (1..=map.columns.min(map.cells.len())).map(|it| it.to_string());
                std::iter::once("row".to_owned()).chain(columns).collect()
            }
        }
    }

    /// All that it shows, row by row; the first column names the row.
    pub fn rows(&self) -> Vec<Vec<String>> {
        let format = |value: f64| self.unit.format(value);
        match &self.kind {
            ExhibitKind::Matrix(matrix) => {
                let cell = |cell: &Option<f64>| cell.map_or_else(|| "–".to_owned(), format);
                let rows = matrix.names.iter().zip(&matrix.cells);
                let row = |(name, cells): (&String, &Vec<_>)| {
                    let cells = cells.iter().map(cell);
                    std::iter::once(name.clone()).chain(cells).collect()
                };
                rows.map(row).collect()
            }
            ExhibitKind::Lanes(Lanes { kinds, lanes }) => {
                let spans = |lane: &'_ Lane| -> Vec<Vec<String>> {
                    let row = |span: &super::Span| {
                        let kind = &kinds[span.kind];
                        let what = match span.label.as_str() {
                            "" => kind.clone(),
                            label => format!("{kind}, {label}"),
                        };
                        vec![
                            lane.name.clone(),
                            what,
                            format(span.start),
                            format(span.end),
                        ]
                    };
                    lane.spans.iter().map(row).collect()
                };
                lanes.iter().flat_map(spans).collect()
            }
            ExhibitKind::Histogram(Histogram { edges, counts, .. }) => {
                let classes = edges.windows(2).zip(counts);
                let row = |(edges, count): (&[f64], &u64)| {
                    vec![format(edges[0]), format(edges[1]), count.to_string()]
                };
                classes.map(row).collect()
            }
            ExhibitKind::Map(map) => {
                let cell = |cell: &super::Cell| match cell.category {
                    Some(category) => {
                        format!("{}, {}", format(cell.value), map.categories[category])
                    }
                    None => format(cell.value),
                };
                let rows = map.cells.chunks(map.columns).enumerate();
                let row = |(number, cells): (usize, &[super::Cell])| {
                    let cells = cells.iter().map(cell);
                    std::iter::once((number + 1).to_string())
                        .chain(cells)
                        .collect()
                };
                rows.map(row).collect()
            }
        }
    }
}

impl Matrix {
    fn says(&self, unit: Unit) -> String {
        let side = self.names.len();
        let cells = self.cells.iter().enumerate().flat_map(|(row, cells)| {
            let cell = move |(column, cell): (usize, &Option<f64>)| Some((row, column, (*cell)?));
            cells.iter().enumerate().filter_map(cell)
        });
        let place = |(row, column, value): (usize, usize, f64)| {
            let (from, to) = (&self.names[row], &self.names[column]);
            format!("{} ({from} to {to})", unit.format(value))
        };
        let less = |a: &(usize, usize, f64), b: &(usize, usize, f64)| a.2.total_cmp(&b.2);
        let least = cells.clone().min_by(less);
        match least.zip(cells.max_by(less)) {
            Some((least, most)) => {
                format!("{side} by {side}, from {} to {}", place(least), place(most))
            }
            None => format!("{side} by {side}, of which nothing is known"),
        }
    }
}

impl Lanes {
    /// Where the first span begins and the last one ends; none where there are no spans.
    pub fn reach(&self) -> Option<(f64, f64)> {
        let ends = |lane: &Lane| Some((lane.spans.first()?.start, lane.spans.last()?.end));
        self.lanes
            .iter()
            .filter_map(ends)
            .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    fn says(&self, unit: Unit) -> String {
        let lanes = counted(self.lanes.len(), "lane");
        let Some((start, end)) = self.reach() else {
            return format!("{lanes}, in which nothing happened");
        };
        let spans = || self.lanes.iter().flat_map(|lane| &lane.spans);
        let of_kind = |(kind, name): (usize, &String)| {
            let long = spans().filter(|span| span.kind == kind);
            let long: f64 = long.map(|span| span.end - span.start).sum();
            format!("{name} {}", unit.format(long))
        };
        let kinds: Vec<String> = self.kinds.iter().enumerate().map(of_kind).collect();
        format!(
            "{lanes}, {} from {} to {}; in all {}",
            counted(spans().count(), "span"),
            unit.format(start),
            unit.format(end),
            kinds.join(", ")
        )
    }
}

impl Histogram {
    fn says(&self, unit: Unit) -> String {
        let classes = counted(self.counts.len(), "class");
        // Sums of what a corrupt report counts may leave the range.
        let all = self
            .counts
            .iter()
            .map(|&count| u128::from(count))
            .sum::<u128>();
        let fullest = (0..self.counts.len())
            .rev()
            .max_by_key(|&class| self.counts[class]);
        let (Some(fullest), Some((first, last))) = (
            fullest.filter(|_| all > 0),
            self.edges.first().zip(self.edges.last()),
        ) else {
            return format!("{classes}, all empty");
        };
        format!(
            "{all} in {classes} from {} to {}; most of them, {}, from {} to {}",
            unit.format(*first),
            unit.format(*last),
            self.counts[fullest],
            unit.format(self.edges[fullest]),
            unit.format(self.edges[fullest + 1])
        )
    }
}

impl Map {
    fn says(&self, unit: Unit) -> String {
        let values = self.cells.iter().map(|cell| (cell.value, cell.value));
        let Some((least, most)) = values.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) else {
            return "no cells".to_owned();
        };
        let of = |(category, name): (usize, &String)| {
            let cells = self.cells.iter().filter(|it| it.category == Some(category));
            format!("{} {name}", cells.count())
        };
        let categories: Vec<String> = self.categories.iter().enumerate().map(of).collect();
        let mut says = format!(
            "{}, {} in a row, of {} to {}",
            counted(self.cells.len(), "cell"),
            self.columns,
            unit.format(least),
            unit.format(most)
        );
        if !categories.is_empty() {
            says += &format!("; {}", categories.join(", "));
        }
        says
    }
}

/// `1 lane`, `2 lanes`, `3 classes`.
fn counted(count: usize, what: &str) -> String {
    let ending = match what {
        _ if count == 1 => "",
        what if what.ends_with('s') => "es",
        _ => "s",
    };
    format!("{count} {what}{ending}")
}
