//! Programs to start from, one file each in `examples/`. A new one is a file and an entry here.

use super::Example;

/// The programs to start from.
pub const EXAMPLES: &[Example] = &[
    Example {
        name: "columns",
        title: "Down the columns",
        about: "A matrix walked against its rows: a new line at every step.",
        claims: &["T1"],
        source: include_str!("examples/columns.loop"),
    },
    Example {
        name: "rows",
        title: "Along the rows",
        about: "The same matrix with the loops exchanged: every line is used up.",
        claims: &["T1"],
        source: include_str!("examples/rows.loop"),
    },
    Example {
        name: "scan",
        title: "A scan",
        about: "Front to back through one array: one miss for every line.",
        claims: &["O1", "P3"],
        source: include_str!("examples/scan.loop"),
    },
    Example {
        name: "matmul",
        title: "Matrix product, i j k",
        about: "The textbook order walks one matrix down its columns.",
        claims: &["O3", "T1"],
        source: include_str!("examples/matmul.loop"),
    },
    Example {
        name: "matmul-ikj",
        title: "Matrix product, i k j",
        about: "The same product, both inner arrays along their rows.",
        claims: &["O3", "T1"],
        source: include_str!("examples/matmul-ikj.loop"),
    },
    Example {
        name: "matmul-tiled",
        title: "Matrix product in tiles",
        about: "Three tiles that fit the cache together.",
        claims: &["O3", "T2"],
        source: include_str!("examples/matmul-tiled.loop"),
    },
    Example {
        name: "transpose",
        title: "Transpose",
        about: "One of two arrays is always walked the wrong way.",
        claims: &["O3"],
        source: include_str!("examples/transpose.loop"),
    },
    Example {
        name: "transpose-tiled",
        title: "Transpose in tiles",
        about: "Tiles as wide as a line use all of what comes in.",
        claims: &["T2"],
        source: include_str!("examples/transpose-tiled.loop"),
    },
    Example {
        name: "aos",
        title: "Array of structures",
        about: "One field of four: three quarters of each line come for nothing.",
        claims: &["D1"],
        source: include_str!("examples/aos.loop"),
    },
    Example {
        name: "soa",
        title: "Structure of arrays",
        about: "One field in an array of its own: whole lines.",
        claims: &["D1"],
        source: include_str!("examples/soa.loop"),
    },
    Example {
        name: "aosoa",
        title: "Array of structures of arrays",
        about: "Blocks with an array for each field: a bit of both.",
        claims: &["D1"],
        source: include_str!("examples/aosoa.loop"),
    },
    Example {
        name: "padding",
        title: "Padding",
        about: "A record that takes 24 bytes for 13.",
        claims: &["D2"],
        source: include_str!("examples/padding.loop"),
    },
    Example {
        name: "hot-cold",
        title: "A table and a scan",
        about: "Data used again and again, pushed out by data used once.",
        claims: &["P2", "P6"],
        source: include_str!("examples/hot-cold.loop"),
    },
    Example {
        name: "conflicts",
        title: "Too few sets",
        about: "Eight words that fit the cache and still miss, for they share sets.",
        claims: &["P4", "H4"],
        source: include_str!("examples/conflicts.loop"),
    },
    Example {
        name: "gather",
        title: "Random rows",
        about: "Every element once, in random order.",
        claims: &["P5"],
        source: include_str!("examples/gather.loop"),
    },
    Example {
        name: "zipf",
        title: "Popular rows",
        about: "A few elements are wanted most of the time.",
        claims: &["P2"],
        source: include_str!("examples/zipf.loop"),
    },
    Example {
        name: "shuffle",
        title: "Forming a batch",
        about: "Rows moved in random order: about a line for each.",
        claims: &["O4"],
        source: include_str!("examples/shuffle.loop"),
    },
    Example {
        name: "merge",
        title: "One pass of a merge",
        about: "Two runs in, one out, all in order.",
        claims: &["O2"],
        source: include_str!("examples/merge.loop"),
    },
    Example {
        name: "false-sharing",
        title: "Four counters",
        about: "Four threads and one line.",
        claims: &[],
        source: include_str!("examples/false-sharing.loop"),
    },
];

/// The example of that name.
pub fn example(name: &str) -> Option<&'static Example> {
    EXAMPLES.iter().find(|example| example.name == name)
}
