//! Bounds: kernels beside what the I/O model says of them (claims O1 to O4, T1, T2).
//!
//! A bound leaves its constant open. Here each kernel runs at several sizes before caches of several
//! sizes, the constant is fitted, and what remains shows whether the form is right: a form that holds
//! has one constant for all of them, one that does not has none.
//!
//! The caches are those of the model: fully associative, least recently used out first. One run gives
//! the misses of all their sizes, by its reuse distances.

use serde::Serialize;

use crate::{
    kernels::Kernel,
    model::io::{self, Fit},
    parameters::Arguments,
    sim::reuse::Distances,
};

/// A form that says how the misses of a kernel grow.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// As text: `n³/(B·√M) + n²/B`.
    pub text: &'static str,
    /// Its value for n, M and B in elements.
    pub value: fn(f64, f64, f64) -> f64,
}

/// A kernel and what is said of it.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    /// The kernel.
    pub kernel: Kernel,
    /// Ids of the claims.
    pub claims: &'static [&'static str],
    /// The form that holds.
    pub form: Form,
    /// The form of the course text, where that is another one.
    pub printed: Option<Form>,
    /// Bytes of an element.
    pub element: u64,
    /// The values of n.
    pub sizes: &'static [u64],
    /// The caches, in bytes.
    pub caches: &'static [u64],
    /// Their lines, in bytes. Small ones where a small cache has to be tall (M ≥ B²).
    pub lines: &'static [u64],
    /// What the kernel is told beyond n, for a cache of so many bytes in lines of so many: a tile that
    /// suits it, say.
    pub tuned: Option<Tuned>,
}

/// A parameter, and its value for a cache of so many bytes in lines of so many.
pub type Tuned = (&'static str, fn(u64, u64) -> f64);

/// A kernel's misses at one n before one cache.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Sample {
    /// Elements, or rows and columns.
    pub n: u64,
    /// Bytes of the cache.
    pub cache: u64,
    /// Bytes of a line.
    pub line: u64,
    /// Simulated misses.
    pub misses: u64,
    /// The form that holds, without its constant.
    pub form: f64,
    /// The form of the course text.
    pub printed: Option<f64>,
}

/// All that was found of a bound.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// The runs.
    pub samples: Vec<Sample>,
    /// The constant of the form that holds.
    pub fit: Fit,
    /// That of the form of the course text.
    pub printed: Option<Fit>,
}

impl Bound {
    /// The bounds of that kernel name.
    pub fn find(name: &str) -> Option<&'static Bound> {
        BOUNDS.iter().find(|bound| bound.kernel.name() == name)
    }

    /// Runs the kernel at every n before every cache.
    pub fn examine(&self) -> Finding {
        self.fitted(self.sizes.iter().flat_map(|&n| self.at(n)).collect())
    }

    /// The samples at one n. A kernel that is tuned to the cache runs once for each.
    pub fn at(&self, n: u64) -> Vec<Sample> {
        let mut samples = Vec::new();
        for &line in self.lines {
            let mut run = None;
            for &cache in self.caches {
                if run.is_none() || self.tuned.is_some() {
                    run = Some(self.distances(n, cache, line));
                }
                let distances = run.as_mut().expect("a run was just made");
                samples.push(self.sample(n, cache, line, distances.misses(cache / line)));
            }
        }
        samples
    }

    /// What samples show.
    ///
    /// # Panics
    /// Without samples.
    pub fn fitted(&self, samples: Vec<Sample>) -> Finding {
        let against = |form: fn(&Sample) -> Option<f64>| {
            let pairs: Option<Vec<_>> = samples
                .iter()
                .map(|sample| Some((form(sample)?, sample.misses as f64)))
                .collect();
            io::fit(&pairs?)
        };
        Finding {
            fit: against(|sample| Some(sample.form)).expect("there are samples"),
            printed: against(|sample| sample.printed),
            samples,
        }
    }

    fn distances(&self, n: u64, cache: u64, line: u64) -> Distances {
        let mut arguments = Arguments::default();
        let parameters = self.kernel.parameters();
        let mut set = |name, value| {
            arguments
                .set(parameters, name, value)
                .expect("bounds keep to what their kernels take");
        };
        match parameters[0].name {
            "array" => set("array", (n * self.element) as f64),
            name => set(name, n as f64),
        }
        if let Some((name, value)) = self.tuned {
            set(name, value(cache, line));
        }
        let mut distances = Distances::new(line);
        self.kernel.run(&arguments, &mut distances);
        distances
    }

    fn sample(&self, n: u64, cache: u64, line: u64, misses: u64) -> Sample {
        let [m, b] = [cache, line].map(|bytes| (bytes / self.element) as f64);
        Sample {
            n,
            cache,
            line,
            misses,
            form: (self.form.value)(n as f64, m, b),
            printed: self.printed.map(|form| (form.value)(n as f64, m, b)),
        }
    }
}

/// Three tiles of 4-byte numbers fill the cache (T2).
fn tile(cache: u64, _: u64) -> f64 {
    (cache as f64 / 4.0 / 3.0).sqrt().floor()
}

/// Half of the cache's lines: the runs or groups in use, and room for what passes.
fn half_the_lines(cache: u64, line: u64) -> f64 {
    (cache / line / 2) as f64
}

const KIB: u64 = 1024;

const MATMUL: Form = Form {
    text: "n³/(B·√M) + n²/B",
    value: io::matmul,
};
const MATMUL_PRINTED: Form = Form {
    text: "n³/B + n²/√M",
    value: io::matmul_as_printed,
};
const SORT: Form = Form {
    text: "(n/B)·log_{M/B}(n/B)",
    value: io::sort,
};
const TRANSPOSE: Form = Form {
    text: "2n²/B",
    value: |n, _, b| io::transpose(n, b),
};
const SCAN_OF_SQUARE: Form = Form {
    text: "n²/B",
    value: |n, _, b| n * n / b,
};
const ROOTS_PRINTED: Form = Form {
    text: "n/B + n/√M",
    value: io::batch_by_roots,
};

/// Sizes at which a matrix fits none of the caches beside it.
const SIDES: &[u64] = &[96, 160, 224, 288];
/// Sizes whose columns fit none of the small caches.
const TALL: &[u64] = &[160, 224, 288, 384];
const KEYS: &[u64] = &[16_384, 65_536, 262_144];
const SAMPLES: &[u64] = &[16_384, 65_536, 262_144, 1_048_576];
const LONG: &[u64] = &[64];
const SHORT: &[u64] = &[16];
const ALL: &[u64] = &[16, 32, 64, 128];

/// All bounds.
pub const BOUNDS: &[Bound] = &[
    Bound {
        kernel: Kernel::SequentialSum,
        claims: &["O1"],
        form: Form {
            text: "n/B + 1",
            value: |n, _, b| io::scan(n, b),
        },
        printed: None,
        element: 8,
        sizes: &[1000, 10_000, 100_000, 1_000_000],
        caches: &[KIB, 4 * KIB, 16 * KIB],
        lines: LONG,
        tuned: None,
    },
    Bound {
        kernel: Kernel::RowSum,
        claims: &["T1"],
        form: SCAN_OF_SQUARE,
        printed: Some(Form {
            text: "n²",
            value: |n, _, _| n * n,
        }),
        element: 4,
        sizes: &[160, 224, 288, 384],
        caches: &[KIB, 2 * KIB],
        lines: ALL,
        tuned: None,
    },
    Bound {
        kernel: Kernel::ColumnSum,
        claims: &["T1"],
        form: Form {
            text: "n²",
            value: |n, _, _| n * n,
        },
        printed: Some(SCAN_OF_SQUARE),
        element: 4,
        sizes: &[160, 224, 288, 384],
        caches: &[KIB, 2 * KIB],
        lines: ALL,
        tuned: None,
    },
    Bound {
        kernel: Kernel::MatmulIjk,
        claims: &["O3"],
        form: Form {
            text: "n³·(1 + 1/B)",
            value: |n, _, b| io::matmul_by_columns(n, b),
        },
        printed: None,
        element: 4,
        sizes: &[160, 192, 224],
        caches: &[2 * KIB, 4 * KIB, 8 * KIB],
        lines: LONG,
        tuned: None,
    },
    Bound {
        kernel: Kernel::MatmulIkj,
        claims: &["O3", "T1"],
        form: Form {
            text: "n³/B + 2n²/B",
            value: |n, _, b| io::matmul_by_rows(n, b),
        },
        printed: None,
        element: 4,
        sizes: &[96, 128, 160, 192],
        caches: &[4 * KIB, 8 * KIB, 16 * KIB],
        lines: LONG,
        tuned: None,
    },
    Bound {
        kernel: Kernel::MatmulTiled,
        claims: &["O3", "T2"],
        form: MATMUL,
        printed: Some(MATMUL_PRINTED),
        element: 4,
        sizes: &[96, 160, 224],
        caches: &[4 * KIB, 8 * KIB, 16 * KIB, 32 * KIB],
        lines: SHORT,
        tuned: Some(("tile", tile)),
    },
    Bound {
        kernel: Kernel::MatmulRecursive,
        claims: &["O3"],
        form: MATMUL,
        printed: Some(MATMUL_PRINTED),
        element: 4,
        sizes: &[96, 160, 224],
        caches: &[4 * KIB, 8 * KIB, 16 * KIB, 32 * KIB],
        lines: SHORT,
        tuned: None,
    },
    Bound {
        kernel: Kernel::Transpose,
        claims: &["O3"],
        form: Form {
            text: "n²·(1 + 1/B)",
            value: |n, _, b| io::transpose_by_rows(n, b),
        },
        printed: None,
        element: 4,
        sizes: TALL,
        caches: &[2 * KIB, 4 * KIB, 8 * KIB],
        lines: LONG,
        tuned: None,
    },
    Bound {
        kernel: Kernel::TransposeTiled,
        claims: &["O3", "T2"],
        form: TRANSPOSE,
        printed: None,
        element: 4,
        sizes: SIDES,
        caches: &[4 * KIB, 8 * KIB, 16 * KIB],
        lines: SHORT,
        tuned: None,
    },
    Bound {
        kernel: Kernel::TransposeRecursive,
        claims: &["O3"],
        form: TRANSPOSE,
        printed: None,
        element: 4,
        sizes: SIDES,
        caches: &[4 * KIB, 8 * KIB, 16 * KIB],
        lines: SHORT,
        tuned: None,
    },
    Bound {
        kernel: Kernel::MergeSort,
        claims: &["O2"],
        form: SORT,
        printed: None,
        element: 8,
        sizes: KEYS,
        caches: &[4 * KIB, 8 * KIB, 16 * KIB],
        lines: LONG,
        tuned: Some(("fan", half_the_lines)),
    },
    Bound {
        kernel: Kernel::FunnelSort,
        claims: &["O2"],
        form: SORT,
        printed: None,
        element: 8,
        sizes: KEYS,
        caches: &[4 * KIB, 8 * KIB, 16 * KIB],
        lines: LONG,
        tuned: None,
    },
    Bound {
        kernel: Kernel::BatchScatter,
        claims: &["O4"],
        form: Form {
            text: "n·(1 + 1/B)",
            value: |n, _, b| n + n / b,
        },
        printed: None,
        element: 8,
        sizes: SAMPLES,
        caches: &[KIB, 4 * KIB, 8 * KIB],
        lines: LONG,
        tuned: None,
    },
    Bound {
        kernel: Kernel::BatchRoots,
        claims: &["O4"],
        form: Form {
            text: "n/B for each pass, and n while √p > M/B",
            value: io::batch_really,
        },
        printed: Some(ROOTS_PRINTED),
        element: 8,
        sizes: SAMPLES,
        caches: &[4 * KIB, 16 * KIB, 64 * KIB],
        lines: LONG,
        tuned: None,
    },
    Bound {
        kernel: Kernel::BatchGroups,
        claims: &["O4"],
        form: SORT,
        printed: None,
        element: 8,
        sizes: SAMPLES,
        caches: &[4 * KIB, 16 * KIB, 64 * KIB],
        lines: LONG,
        tuned: Some(("groups", half_the_lines)),
    },
];
