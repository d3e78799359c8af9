//! The hierarchy: what a hit and a miss cost (claims H1, H2, H3, H4).
//!
//! Formulas after Hennessy and Patterson, *Computer Architecture: A Quantitative Approach*, ch. 2
//! and appendix B.

use super::{Model, Output};
use crate::{parameters::Parameter, units::Unit};

/// Average memory access time when a miss costs `extra` *beyond* the hit time (H3, the usual form).
pub fn amat_extra(hit_time: f64, miss_ratio: f64, extra: f64) -> f64 {
    hit_time + miss_ratio * extra
}

/// Average access time when a miss takes `whole` *in all* (H3, the course text's form).
pub fn amat_whole(hit_time: f64, miss_ratio: f64, whole: f64) -> f64 {
    (1.0 - miss_ratio) * hit_time + miss_ratio * whole
}

/// Mean time of an access, given which share of accesses each level serves and the whole
/// load-to-use time of each, in the same order. For loads that depend on one another.
pub fn mean_latency(served: &[f64], latencies: &[f64]) -> f64 {
    served.iter().zip(latencies).map(|(s, t)| s * t).sum()
}

/// Bandwidth that reaches the program when `useful` of `transferred` bytes are asked for (H4).
pub fn effective_bandwidth(peak: f64, useful: f64, transferred: f64) -> f64 {
    peak * useful / transferred
}

/// Traffic of a kernel that streams: bytes exchanged with each level beyond the first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Traffic {
    /// Bytes the program asked for, but for those it stored past the caches.
    pub asked: f64,
    /// Bytes fetched into the first level from the second, the third, …, memory.
    pub fetched: Vec<f64>,
    /// Bytes of dirty lines that came to rest in the second level, the third, …, memory; there also
    /// those stored past the caches.
    pub written_back: Vec<f64>,
}

/// Time to move that traffic, ns, when every level delivers what it does in a sequential read.
///
/// `bandwidths` in GB/s (bytes a ns), first level first, memory last. A byte fetched from a level
/// costs what that level's read bandwidth says, which includes all that happens further in; the
/// bytes asked for beyond those fetched come from the first level.
pub fn transfer_ns(traffic: &Traffic, bandwidths: &[f64]) -> f64 {
    let (first, outer) = bandwidths
        .split_first()
        .expect("a machine has memory at least");
    let moved: f64 = traffic
        .fetched
        .iter()
        .zip(&traffic.written_back)
        .zip(outer)
        .map(|((fetched, written), bandwidth)| (fetched + written) / bandwidth)
        .sum();
    let fetched: f64 = traffic.fetched.iter().sum();
    moved + (traffic.asked - fetched).max(0.0) / first
}

const HITS: Parameter = Parameter {
    name: "hits",
    meaning: "look-ups that found their line",
    unit: Unit::Count,
    default: 95.0,
    min: 0.0,
    max: 9e15,
};
const ACCESSES: Parameter = Parameter {
    name: "accesses",
    meaning: "look-ups at this level",
    unit: Unit::Count,
    default: 100.0,
    min: 1.0,
    max: 9e15,
};
const PROGRAM: Parameter = Parameter {
    name: "program-accesses",
    meaning: "accesses of the program; 0 means this is the first level",
    unit: Unit::Count,
    default: 0.0,
    min: 0.0,
    max: 9e15,
};
const fn time(name: &'static str, meaning: &'static str, default: f64) -> Parameter {
    Parameter {
        name,
        meaning,
        unit: Unit::Nanoseconds,
        default,
        min: 0.0,
        max: 1e12,
    }
}
const HIT_TIME: Parameter = time("hit-time", "load-to-use time of a hit", 1.2);
const EXTRA: Parameter = time("penalty", "time a miss costs beyond the hit time", 95.0);
const L1_TIME: Parameter = time("l1", "load-to-use time of level 1", 1.2);
const L2_TIME: Parameter = time("l2", "load-to-use time of level 2", 4.2);
const L3_TIME: Parameter = time("l3", "load-to-use time of level 3", 14.0);
const MEMORY_TIME: Parameter = time("memory", "load-to-use time of memory", 95.0);
const MISS_RATIO: Parameter = Parameter {
    name: "miss-ratio",
    meaning: "misses per access",
    unit: Unit::Ratio,
    default: 0.05,
    min: 0.0,
    max: 1.0,
};
const fn share(name: &'static str, meaning: &'static str, default: f64) -> Parameter {
    Parameter {
        name,
        meaning,
        unit: Unit::Ratio,
        default,
        min: 0.0,
        max: 1.0,
    }
}
const L1_SHARE: Parameter = share("l1-share", "share of accesses served by level 1", 0.9);
const L2_SHARE: Parameter = share("l2-share", "share of accesses served by level 2", 0.07);
const L3_SHARE: Parameter = share("l3-share", "share of accesses served by level 3", 0.02);
const PEAK: Parameter = Parameter {
    name: "peak",
    meaning: "bandwidth of the memory",
    unit: Unit::GigabytesPerSecond,
    default: 20.0,
    min: 0.0,
    max: 1e6,
};
const USEFUL: Parameter = Parameter {
    name: "useful",
    meaning: "bytes the program asked for",
    unit: Unit::Bytes,
    default: 24.0,
    min: 0.0,
    max: 1e18,
};
const TRANSFERRED: Parameter = Parameter {
    name: "transferred",
    meaning: "bytes that moved, write-allocate and write-back included",
    unit: Unit::Bytes,
    default: 32.0,
    min: 1.0,
    max: 1e18,
};

const fn ratio(name: &'static str, meaning: &'static str) -> Output {
    Output {
        name,
        meaning,
        unit: Unit::Ratio,
    }
}
const fn nanoseconds(name: &'static str, meaning: &'static str) -> Output {
    Output {
        name,
        meaning,
        unit: Unit::Nanoseconds,
    }
}

pub(super) const MODELS: &[Model] = &[
    Model {
        name: "latency-ladder",
        claims: &["H1"],
        about: "mean load-to-use time, given the share of accesses each level serves",
        formula: r"t = \sum_i s_i t_i, \quad \sum_i s_i = 1",
        parameters: &[
            L1_SHARE,
            L2_SHARE,
            L3_SHARE,
            L1_TIME,
            L2_TIME,
            L3_TIME,
            MEMORY_TIME,
        ],
        outputs: &[
            nanoseconds("time", "mean load-to-use time"),
            ratio("memory-share", "share of accesses served by memory"),
        ],
        evaluate: |arguments| {
            let shares = [&L1_SHARE, &L2_SHARE, &L3_SHARE].map(|share| arguments.get(share));
            let memory = 1.0 - shares.iter().sum::<f64>();
            // A rounding error is not a fourth level.
            if memory < -1e-9 {
                return Err("the shares of the three levels add up to more than 1".to_owned());
            }
            let memory = memory.max(0.0);
            let served = [shares[0], shares[1], shares[2], memory];
            let times = [&L1_TIME, &L2_TIME, &L3_TIME, &MEMORY_TIME].map(|t| arguments.get(t));
            Ok(vec![mean_latency(&served, &times), memory])
        },
    },
    Model {
        name: "hit-ratio",
        claims: &["H2"],
        about: "hit and miss ratio of one level, local and global",
        formula: r"h = \frac{\text{hits}}{\text{accesses}}, \quad m = 1 - h, \quad m_\text{global} = \frac{\text{misses}}{\text{program accesses}}",
        parameters: &[HITS, ACCESSES, PROGRAM],
        outputs: &[
            ratio("hit-ratio", "hits per look-up"),
            ratio("miss-ratio", "misses per look-up (local)"),
            ratio("global-miss-ratio", "misses per access of the program"),
        ],
        evaluate: |arguments| {
            let (hits, accesses) = (arguments.get(&HITS), arguments.get(&ACCESSES));
            let program = match arguments.get(&PROGRAM) {
                0.0 => accesses,
                program => program,
            };
            if hits > accesses {
                return Err("`hits` cannot exceed `accesses`".to_owned());
            }
            if accesses > program {
                return Err(
                    "`accesses` cannot exceed `program-accesses`: a level sees at most all of them"
                        .to_owned(),
                );
            }
            let hit = hits / accesses;
            Ok(vec![hit, 1.0 - hit, (accesses - hits) / program])
        },
    },
    Model {
        name: "amat",
        claims: &["H3"],
        about: "average memory access time in both forms, and the error of mixing them up",
        formula: r"\mathrm{AMAT} = t_h + m\,p = (1 - m)\,t_h + m\,(t_h + p)",
        parameters: &[HIT_TIME, MISS_RATIO, EXTRA],
        outputs: &[
            nanoseconds("amat", "average memory access time"),
            nanoseconds("whole-miss-time", "a miss in all: hit time and penalty"),
            nanoseconds(
                "mixed-up",
                "what the course text's form gives if fed the penalty instead of the whole miss time",
            ),
        ],
        evaluate: |arguments| {
            let (hit_time, miss_ratio) = (arguments.get(&HIT_TIME), arguments.get(&MISS_RATIO));
            let extra = arguments.get(&EXTRA);
            Ok(vec![
                amat_extra(hit_time, miss_ratio, extra),
                hit_time + extra,
                amat_whole(hit_time, miss_ratio, extra),
            ])
        },
    },
    Model {
        name: "effective-bandwidth",
        claims: &["H4"],
        about: "bandwidth left when part of the traffic is not asked for",
        formula: r"B_\text{eff} = B_\text{peak} \frac{\text{useful}}{\text{transferred}}",
        parameters: &[PEAK, USEFUL, TRANSFERRED],
        outputs: &[Output {
            name: "bandwidth",
            meaning: "bandwidth that reaches the program",
            unit: Unit::GigabytesPerSecond,
        }],
        evaluate: |arguments| {
            let (useful, transferred) = (arguments.get(&USEFUL), arguments.get(&TRANSFERRED));
            if useful > transferred {
                return Err(
                    "`useful` cannot exceed `transferred`: what is asked for has to move"
                        .to_owned(),
                );
            }
            Ok(vec![effective_bandwidth(
                arguments.get(&PEAK),
                useful,
                transferred,
            )])
        },
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn textbook_amat() {
        // Hennessy & Patterson, appendix B: 1 cycle hit, 4 % L1 misses, 10 cycles to L2, half of
        // those miss, 200 cycles to memory: 1 + 0.04 (10 + 0.5 · 200) = 5.4 cycles.
        let beyond = amat_extra(10.0, 0.5, 200.0);
        assert!((amat_extra(1.0, 0.04, beyond) - 5.4).abs() < 1e-12);
    }

    #[test]
    fn triad_gets_three_quarters() {
        // 24 bytes asked for; 24 fetched (the stores' lines too), 8 written back.
        let traffic = Traffic {
            asked: 24.0,
            fetched: vec![24.0],
            written_back: vec![8.0],
        };
        assert_eq!(24.0 / transfer_ns(&traffic, &[100.0, 20.0]), 15.0);
        assert_eq!(effective_bandwidth(20.0, 24.0, 32.0), 15.0);
    }

    proptest! {
        #[test]
        fn both_forms_agree_when_the_whole_miss_time_is_meant(
            hit in 0.0..100.0_f64, miss in 0.0..1.0_f64, extra in 0.0..1000.0_f64,
        ) {
            let usual = amat_extra(hit, miss, extra);
            prop_assert!((usual - amat_whole(hit, miss, hit + extra)).abs() < 1e-9);
            // Fed the penalty, the course text's form is short by exactly miss · hit.
            prop_assert!((usual - amat_whole(hit, miss, extra) - miss * hit).abs() < 1e-9);
        }

        #[test]
        fn nesting_is_the_mean_over_where_accesses_are_served(
            (t1, t2, t3) in (0.0..9.0_f64, 0.0..90.0_f64, 0.0..900.0_f64),
            (m1, m2) in (0.0..1.0_f64, 0.0..1.0_f64),
        ) {
            let nested = amat_extra(t1, m1, amat_extra(t2, m2, t3));
            let served = [1.0 - m1, m1 * (1.0 - m2), m1 * m2];
            let mean = mean_latency(&served, &[t1, t1 + t2, t1 + t2 + t3]);
            prop_assert!((nested - mean).abs() < 1e-9);
        }
    }
}
