//! Tables: headers with scope, a caption, columns that sort, and a box of their own that scrolls where
//! the page is narrower. The first cell of a row names it.

use std::cmp::Ordering;

use yew::prelude::*;

use super::slider::grouped;
use crate::order::ordered;

/// A cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// What it sorts by; without, it stands last whichever way.
    pub order: Option<f64>,
    /// What it says; a dash where it is empty.
    pub text: String,
    /// What stands below in small.
    pub small: String,
}

impl Cell {
    /// A number, in words.
    pub fn number(value: f64, text: String) -> Self {
        Self {
            order: Some(value),
            text,
            small: String::new(),
        }
    }

    /// A count.
    pub fn count(count: u64) -> Self {
        Self::number(count as f64, grouped(count))
    }

    /// Words that do not sort.
    pub fn text(text: String) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }
}

/// A row.
#[derive(Clone, PartialEq)]
pub struct Row {
    /// Its name, of which there is one in the table: also its `data-row`.
    pub name: String,
    /// What stands below its name.
    pub notes: Html,
    /// A cell for each column but the first.
    pub cells: Vec<Cell>,
}

impl Row {
    /// A row without notes.
    pub fn new(name: String, cells: Vec<Cell>) -> Self {
        let notes = Html::default();
        Self { name, notes, cells }
    }
}

/// A table.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// Its name in test hooks.
    pub hook: AttrValue,
    /// What its box is called.
    pub label: AttrValue,
    /// What it shows, above it.
    #[prop_or_default]
    pub caption: Option<AttrValue>,
    /// Its class.
    #[prop_or_default]
    pub class: Classes,
    /// The titles of its columns, that of the names first.
    pub titles: Vec<String>,
    /// Classes of the columns behind the names, in their order, where they have any.
    #[prop_or_default]
    pub classes: Vec<&'static str>,
    /// Its rows, as they stand unless sorted.
    pub rows: Vec<Row>,
    /// Whether a click on a title sorts.
    #[prop_or_default]
    pub sorts: bool,
}

/// The table.
#[component]
pub fn Table(props: &Props) -> Html {
    // The column sorted by, if any, and whether the largest stands first.
    let sort = use_state_eq(|| None::<(usize, bool)>);
    let rows = &props.rows;
    let places = ordered(rows.len(), &|a, b| match *sort {
        Some((column, falling)) => order(
            rows[a].cells.get(column),
            rows[b].cells.get(column),
            falling,
        ),
        None => Ordering::Equal,
    });
    let class = |column: usize| props.classes.get(column).copied().unwrap_or_default();
    let titles = props.titles.iter().skip(1);
    let heads = titles.clone().enumerate().map(|(column, title)| {
        if !props.sorts {
            return html! { <th scope="col" class={class(column)}>{ title }</th> };
        }
        let now = sort.filter(|(sorted, _)| *sorted == column);
        let (next, direction, mark) = match now {
            None => (Some((column, true)), "none", ""),
            Some((_, true)) => (Some((column, false)), "descending", " ↓"),
            Some((_, false)) => (None, "ascending", " ↑"),
        };
        let set = sort.setter();
        html! {
            <th scope="col" class={class(column)} aria-sort={direction}>
                <button type="button" class="sort" onclick={move |_| set.set(next)}>{ title }{ mark }</button>
            </th>
        }
    });
    let body = places.into_iter().map(|place| {
        let row = &rows[place];
        let cells = row.cells.iter().zip(titles.clone()).enumerate();
        let cells = cells.map(|(column, (cell, title))| {
            html! {
                <td class={class(column)} data-label={title.clone()}>
                    { if cell.text.is_empty() { "–" } else { cell.text.as_str() } }
                    if !cell.small.is_empty() { <small>{ &cell.small }</small> }
                </td>
            }
        });
        html! {
            <tr key={row.name.as_str()} data-row={row.name.clone()}>
                <th scope="row">{ &row.name }{ row.notes.clone() }</th>
                { for cells }
            </tr>
        }
    });
    html! {
        <div class="scroll" role="region" aria-label={props.label.clone()} tabindex="0">
            <table class={props.class.clone()} data-testid={props.hook.clone()}>
                if let Some(caption) = &props.caption { <caption>{ caption }</caption> }
                <thead><tr>
                    <th scope="col">{ props.titles.first().cloned().unwrap_or_default() }</th>
                    { for heads }
                </tr></thead>
                <tbody>{ for body }</tbody>
            </table>
        </div>
    }
}

/// Cells without a value stand last whichever way.
fn order(a: Option<&Cell>, b: Option<&Cell>, falling: bool) -> Ordering {
    let value = |cell: Option<&Cell>| cell.and_then(|cell| cell.order);
    match (value(a), value(b)) {
        (Some(a), Some(b)) if falling => b.total_cmp(&a),
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_cells_stand_last_whichever_way() {
        let cells = [Cell::default(), Cell::count(1), Cell::count(2)];
        for (falling, first) in [(true, Some(2.0)), (false, Some(1.0))] {
            let mut sorted = cells.to_vec();
            sorted.sort_by(|a, b| order(Some(a), Some(b), falling));
            assert_eq!((sorted[0].order, sorted[2].order), (first, None));
        }
    }
}
