//! What a run adds up to: by level, by array, by line of the program.

use lab_core::{
    sim::{Share, recording::Summary},
    units::format_number,
};
use yew::prelude::*;

use crate::{
    order::ordered,
    parts::table::{Cell, Row, Table},
};

fn ratio(part: u64, whole: u64) -> Cell {
    if whole == 0 {
        return Cell::default();
    }
    let share = part as f64 * 100.0 / whole as f64;
    Cell::number(share, format!("{} %", format_number(share)))
}

/// All three tables.
pub fn tables(summary: &Summary) -> Html {
    let names: Vec<&str> = summary
        .counts
        .levels
        .iter()
        .map(|level| level.name.as_str())
        .collect();
    let arrays = summary.arrays.iter().map(|(array, share)| {
        let name = array
            .as_ref()
            .map_or("outside of all arrays", |array| &array.name);
        (name.to_owned(), share)
    });
    let arrays: Vec<_> = arrays.filter(|(_, share)| share.accesses > 0).collect();
    let sites = &summary.sites;
    let lines: Vec<_> = ordered(sites.len(), &|a, b| sites[a].0.cmp(&sites[b].0))
        .into_iter()
        .map(|index| (format!("line {}", sites[index].0), &sites[index].1))
        .collect();
    html! {
        <div class="tables">
            { levels(summary) }
            { translation(summary) }
            { shares("by-array", "By array", "array", &names, &arrays) }
            { shares("by-line", "By line of the program", "line", &names, &lines) }
        </div>
    }
}

fn levels(summary: &Summary) -> Html {
    let rows = summary.counts.levels.iter().map(|level| {
        let causes = level.misses_by_cause.unwrap_or_default();
        let [before, after] = [
            vec![level.accesses, level.hits, level.misses],
            vec![
                causes.compulsory,
                causes.capacity,
                causes.conflict,
                level.evictions,
                level.writebacks,
            ],
        ]
        .map(|counts| counts.into_iter().map(Cell::count));
        let share = ratio(level.misses, level.accesses);
        let cells = before.chain([share]).chain(after).collect();
        Row::new(level.name.clone(), cells)
    });
    let titles = [
        "cache",
        "look-ups",
        "hits",
        "misses",
        "miss ratio",
        "compulsory",
        "capacity",
        "conflict",
        "evictions",
        "write-backs",
    ];
    html! {
        <section aria-labelledby="by-level-head">
            <h2 id="by-level-head">{ "By cache" }</h2>
            <Table hook="by-level" label="Counts of each cache" titles={titles.map(str::to_owned).to_vec()}
                caption="The whole run, simulated. A miss is compulsory at the first use of a line, a capacity miss where the whole cache is too small, a conflict miss where only its set is too full." rows={rows.collect::<Vec<_>>()} />
        </section>
    }
}

/// What the TLBs counted, where there are some.
fn translation(summary: &Summary) -> Html {
    let rows = summary.counts.tlbs.iter().map(|tlb| {
        let hits = tlb.accesses - tlb.misses;
        let counts = [tlb.accesses, hits, tlb.misses].map(Cell::count);
        let cells = counts.into_iter().chain([ratio(tlb.misses, tlb.accesses)]);
        Row::new(tlb.name.clone(), cells.collect())
    });
    let rows: Vec<Row> = rows.collect();
    if rows.is_empty() {
        return Html::default();
    }
    let titles = ["TLB", "look-ups", "hits", "misses", "miss ratio"];
    html! {
        <section aria-labelledby="by-tlb-head">
            <h2 id="by-tlb-head">{ "By TLB" }</h2>
            <Table hook="by-tlb" label="Counts of each TLB" titles={titles.map(str::to_owned).to_vec()}
                caption="The whole run, simulated: a look-up for every page that an access touches" {rows} />
        </section>
    }
}

fn shares(
    id: &'static str,
    title: &'static str,
    kind: &'static str,
    names: &[&str],
    rows: &[(String, &Share)],
) -> Html {
    let missed = |share: &Share, level: usize| share.misses.get(level).copied().unwrap_or(0);
    let rows = rows.iter().map(|(name, share)| {
        let misses = (0..names.len()).map(|level| Cell::count(missed(share, level)));
        let cells = [Cell::count(share.accesses)]
            .into_iter()
            .chain(misses)
            .chain([
                ratio(missed(share, 0), share.accesses),
                Cell::count(share.first_level.conflict),
            ]);
        Row::new(name.clone(), cells.collect())
    });
    let first = names.first().copied().unwrap_or("first cache");
    let titles = [kind.to_owned(), "accesses".to_owned()]
        .into_iter()
        .chain(names.iter().map(|name| format!("{name} misses")))
        .chain([
            format!("{first} misses / access"),
            format!("{first} conflicts"),
        ]);
    html! {
        <section aria-labelledby={format!("{id}-head")}>
            <h2 id={format!("{id}-head")}>{ title }</h2>
            <Table hook={id} label={format!("{title}, table")} titles={titles.collect::<Vec<_>>()}
                rows={rows.collect::<Vec<_>>()} sorts=true />
        </section>
    }
}

/// What each line missed at the first level, for the editor's margin.
pub fn margin(summary: &Summary) -> Vec<(u32, String, bool)> {
    let missed = |share: &Share| share.misses.first().copied().unwrap_or(0);
    let most = summary.sites.iter().map(|(_, share)| missed(share)).max();
    summary
        .sites
        .iter()
        .map(|(site, share)| {
            let busy = missed(share) > 0 && Some(missed(share)) == most;
            (*site as u32, short(missed(share)), busy)
        })
        .collect()
}

/// A count in at most four letters.
fn short(count: u64) -> String {
    match count {
        0..1000 => count.to_string(),
        1000..10_000 => format!("{:.1}k", (count as f64 / 100.0).floor() / 10.0),
        10_000..1_000_000 => format!("{}k", count / 1000),
        _ => format!("{:.1}M", (count as f64 / 100_000.0).floor() / 10.0),
    }
}
