//! The simulator against simulators that others wrote.
//!
//! Where two of them define a counter in the same way, their counts must be equal, access for
//! access; where they do not, the module of the tool says why, and what is compared instead.
//!
//! | tool | what it is an oracle for |
//! |---|---|
//! | cachegrind | misses of D1, I1 and LL, for the accesses lackey reports of the same program |
//! | Dinero IV | hits, misses, causes of misses and bytes moved, for all write policies, LRU and FIFO |
//! | pycachesim | hits and misses of three levels, LRU and FIFO, loads only |
//! | libCacheSim | misses of fully associative caches: LRU, FIFO, Bélády's optimum |
//!
//! A tool that is not there is skipped with a sentence that says how to get it, so that a checkout
//! without network passes; with `LAB_ORACLES=required` it fails instead. To have them all:
//!
//! ```sh
//! apt-get install valgrind   # and for Dinero IV: build its source, DINERO=path/to/dineroIV
//! python3 -m venv target/oracles && target/oracles/bin/pip install pycachesim libcachesim
//! ```

mod cachegrind;
mod dinero;
mod libcachesim;
mod pycachesim;
mod tools;
mod traces;
