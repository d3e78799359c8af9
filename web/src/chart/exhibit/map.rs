//! A map: cells of a grid. What a cell is fills it; its value is the area of the square within.

use lab_core::report::Map;
use yew::prelude::*;

use super::{
    Drawing,
    ink::{Ink, Rect},
};

/// Largest side of a cell, pixels.
const LARGEST: f64 = 28.0;

/// Side of the square of the largest value, as a share of its cell's: what the cell is stays seen.
const WITHIN: f64 = 0.6;

/// Draws the cells.
pub fn draw(map: &Map, width: f64) -> Drawing {
    let side = side(map, width);
    let most = map
        .cells
        .iter()
        .fold(0.0, |most, cell| cell.value.max(most));
    let (mut grid, mut values, mut ink) = (String::new(), String::new(), Ink::default());
    for (index, cell) in map.cells.iter().enumerate() {
        let whole = place(map, index, side);
        whole.trace(&mut grid);
        if let Some(category) = cell.category {
            ink.add(category, whole);
        }
        if cell.value > 0.0 {
            within(whole, cell.value / most).trace(&mut values);
        }
    }
    Drawing {
        height: side * map.cells.len().div_ceil(map.columns) as f64 + 2.0,
        parts: html! {
            <>
                { ink.parts() }
                <path class="cells" d={grid} />
                <path class="values" d={values} />
            </>
        },
    }
}

fn side(map: &Map, width: f64) -> f64 {
    ((width - 2.0) / map.columns.min(map.cells.len()).max(1) as f64).min(LARGEST)
}

fn place(map: &Map, index: usize, side: f64) -> Rect {
    Rect {
        left: 1.0 + side * (index % map.columns) as f64,
        top: 1.0 + side * (index / map.columns) as f64,
        width: side,
        height: side,
    }
}

/// The square in the middle of a cell whose area is that share of the largest.
fn within(cell: Rect, share: f64) -> Rect {
    let side = cell.width * WITHIN * share.sqrt();
    let margin = (cell.width - side) / 2.0;
    Rect {
        left: cell.left + margin,
        top: cell.top + margin,
        width: side,
        height: side,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab_core::report::Cell;

    fn map(columns: usize, cells: usize) -> Map {
        let cell = Cell {
            value: 1.0,
            category: None,
        };
        Map {
            columns,
            categories: Vec::new(),
            cells: vec![cell; cells],
        }
    }

    #[test]
    fn cells_stand_row_by_row_and_none_outside() {
        for (columns, width) in [(3, 900.0), (64, 360.0), (1000, 240.0)] {
            let map = map(columns, 2 * columns + 1);
            let side = side(&map, width);
            let last = place(&map, 2 * columns, side);
            assert_eq!((last.left, last.top), (1.0, 1.0 + 2.0 * side));
            let end = place(&map, columns - 1, side);
            assert!(end.left + end.width <= width && side <= LARGEST);
        }
        assert_eq!(side(&map(9, 0), 360.0), LARGEST);
    }

    #[test]
    fn areas_are_as_values() {
        let cell = place(&map(1, 1), 0, 20.0);
        let area = |share| {
            let square = within(cell, share);
            assert!(square.left > cell.left && square.top > cell.top);
            square.width * square.height
        };
        assert!((area(1.0) - 4.0 * area(0.25)).abs() < 1e-9);
    }
}
