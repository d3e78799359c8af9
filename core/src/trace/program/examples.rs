//! Programs to start from. With their defaults each makes a few thousand accesses at most, so that
//! all of them can be looked at on the teaching machine.

/// A program to start from.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// For addresses and the command line.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// What it shows, in a sentence or two.
    pub about: &'static str,
    /// The claims of the theory it is about.
    pub claims: &'static [&'static str],
    /// The program.
    pub source: &'static str,
}

macro_rules! examples {
    ($($name:literal, $title:literal, $claims:expr, $about:literal;)*) => {
        /// The programs to start from, simple ones first.
        pub const EXAMPLES: &[Example] = &[$(Example {
            name: $name,
            title: $title,
            about: $about,
            claims: &$claims,
            source: include_str!(concat!("examples/", $name, ".loop")),
        }),*];
    };
}

examples! {
    "rows", "Along the rows", ["T1", "P3"],
        "A matrix is summed in the order in which it lies: every line is used up before the next.";
    "columns", "Down the columns", ["T1", "P4"],
        "The loops exchanged: each access is in another line, which is gone before it is used again.";
    "columns-fortran", "Down the columns, Fortran's way", ["T1"],
        "In an array that lies column by column the same loops are the right ones.";
    "scan", "A scan", ["O1", "L3"],
        "One pass misses once a line: N / B, whatever the cache.";
    "stride", "A stride", ["P4", "B3"],
        "Steps of a power of two use few sets, and the lines push each other out (conflict misses).";
    "conflict-padded", "A column, padded", ["B3", "P4"],
        "One element more to a row, and the column no longer meets in one set.";
    "matmul-ijk", "Matrix product, ijk", ["O3", "T1"],
        "The textbook's order: a row of A, a column of B.";
    "matmul-ikj", "Matrix product, ikj", ["O3", "T1"],
        "Rows of B and C: every array is walked along its lines.";
    "matmul-jik", "Matrix product, jik", ["O3", "T1"],
        "As ijk, but A's rows come back once for each column of B.";
    "matmul-jki", "Matrix product, jki", ["O3", "T1"],
        "Columns of A and C: the worst order for arrays that lie row by row.";
    "matmul-kij", "Matrix product, kij", ["O3", "T1"],
        "As ikj, but all of C comes by once for each k.";
    "matmul-kji", "Matrix product, kji", ["O3", "T1"],
        "As jki, but all of C comes by once for each k.";
    "matmul-tiled", "Matrix product in tiles", ["O3", "T2"],
        "Three tiles of T by T at a time: the best T is below √(cache / 3).";
    "transpose", "A transposition", ["O3", "T1"],
        "One of the two arrays is always walked against its grain.";
    "transpose-tiled", "A transposition in tiles", ["T2", "O3"],
        "A line of the target is filled before it has to leave.";
    "transpose-bits", "A transposition without knowing the cache", ["O3"],
        "The order of a recursion that halves both sides (Morton order), good for every cache size.";
    "aos", "Records, one field used", ["D1"],
        "The fields that nobody asked for come along in every line.";
    "soa", "Columns, one field used", ["D1"],
        "A field's values lie side by side: a line holds nothing else.";
    "aos-whole", "Records, used whole", ["D1"],
        "What is used together lies together.";
    "soa-whole", "Columns, used whole", ["D1", "D2"],
        "Four streams at once: as many bytes, but more lines and pages in use.";
    "aosoa", "Packets of records", ["D1", "X4"],
        "Fields in runs of V: as good as columns for one field, and near the others.";
    "layouts", "Records, packets, columns", ["D1", "D2"],
        "One loop, all layouts: columns whose places are a power of two apart meet in one set.";
    "padding", "A record with padding", ["D2"],
        "13 bytes of data take 24: nearly half of what is moved is nothing.";
    "hot-cold", "Who evicted my data?", ["P2", "P6"],
        "A scan goes by, and the table that is used all the time has to be fetched again.";
    "hot-cold-streaming", "The scan goes past the cache", ["P6"],
        "Non-temporal stores leave the table where it is.";
    "gather", "A random gather", ["P5"],
        "A shuffled loader: the indices come in order, the data does not.";
    "zipf", "A few favourites", ["P2"],
        "Requests as they come in practice: a few elements most of the time.";
    "chase", "A linked list", ["P5", "B3"],
        "Each load tells where the next one goes: nothing can be fetched ahead.";
    "false-sharing", "Counters in one line", ["L4", "M3"],
        "Four threads count for themselves, in one line: padding keeps them apart.";
}

/// The example of that name.
pub fn example(name: &str) -> Option<&'static Example> {
    EXAMPLES.iter().find(|example| example.name == name)
}
