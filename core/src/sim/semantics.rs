//! What a simulated cache does, in every particular; and the switches where known tools differ.
//!
//! # An access
//! An access goes to the first cache of its core (instructions to the instruction cache, where there
//! is one; else they are ignored) as one *look-up* for every line it touches. A miss there is a
//! look-up in the next cache, and so on to memory.
//!
//! - **Hit**: the replacement policy is told. A store makes the line dirty in a write-back cache; a
//!   write-through cache stays clean and sends the store on, as a store look-up of the next cache.
//! - **Miss**: the line is fetched from the next cache first, which deals with its own victim; then
//!   this cache makes room and is filled. A store that misses a no-write-allocate cache fills
//!   nothing: it goes on as a store look-up of the next cache. For a store that does allocate, the
//!   outer caches see a read (a *read for ownership*), counted among the stores; only the innermost
//!   copy becomes dirty.
//! - **Room**: a free way if there is one (the lowest), else the policy's victim. Of several cores,
//!   those that share a cache share its sets.
//! - **A victim** (an *eviction*) goes to the victim cache behind the level, where there is one, and
//!   what falls out of that goes on: to the next cache if dirty (a *write-back*), or in any case if
//!   the next cache is exclusive.
//! - **A write-back arriving** marks the line dirty where it lies. Where it is absent it is allocated
//!   without a fetch (the whole line is at hand), or passed on if the cache does not allocate on
//!   writes. A write-through cache keeps the line clean and passes it on. It is no look-up.
//! - **Inclusion** is said of a cache against those inside it. *NINE*: nothing is enforced.
//!   *Inclusive*: a line that leaves takes the inner copies with it (*back-invalidation*); if one of
//!   them was dirty, what leaves is dirty. *Exclusive*: a fetch that misses passes the cache by, a
//!   fetch that hits takes the line out (dirty as it is) and in, and every victim of the cache inside
//!   comes to lie here, clean or dirty.
//!   Inside an exclusive cache there are write-back caches only, and lines of the same size.
//! - **Victim cache**: fully associative, least recently arrived. A miss looks there before it goes
//!   on; if the line is there, it moves back in (with its dirt), the level's victim takes its place,
//!   and the look-up counts as a miss that the victim cache served. A line in a victim cache has not
//!   left its level yet, as far as inclusion and arriving write-backs are concerned; counted as an
//!   eviction it was when it left the sets.
//! - **Non-temporal**: a streaming store takes the line out of every cache of every core (dirty ones
//!   are written back to memory) and goes to the write-combining buffer; it is no look-up. A
//!   streaming load that misses fills the first cache only, as the line to leave next; inclusive
//!   caches are filled all the same, and so is one that a dirty line reaches from an exclusive cache.
//!   One that hits leaves the order of use as it is: a line read word by word is not made recent.
//! - **Write-combining buffer**: so many lines of memory being gathered. Stores that reach memory
//!   (streaming, written through, not allocated) enter it; when a further line comes, the oldest is
//!   written out: the bytes gathered, not more. Without the buffer each store is written alone. What
//!   is still gathered when the counts are read counts as written.
//! - **Prefetchers** belong to a level and see its look-ups. What they ask for is fetched through the
//!   outer levels and fills this one; it is counted apart from the look-ups of the program. It is
//!   carried out when the access of the program is over, in the order it was asked for.
//!   A line that lies in the level or in its victim cache, or directly inside an exclusive one, is
//!   *redundant*. Outer caches are filled on the way (exclusive ones passed by or emptied of the line)
//!   and count no look-up; a victim cache that has the line serves it without moving it in.
//!   A *trigger* below is a look-up that missed, or that was the first use of a prefetched line.
//!   Prefetchers of a level learn of every look-up in the order they are described, and none asks for
//!   a line outside the 4 KiB page of the address looked up, or for the very line:
//!   - *next line*: a trigger asks for the line after it;
//!   - *adjacent pair*: a miss asks for the other line of its pair (numbers `2k` and `2k + 1`);
//!   - *stride*: 64 entries; a site has entry `site mod 64`, and takes it from another site, of which
//!     nothing is remembered. It holds the last address and the last two steps, in bytes. If these are
//!     equal and not 0, every look-up, hit or miss, asks for the line one such step on;
//!   - *stream*: the 16 pages with the latest triggers are followed, each with the line of its last
//!     trigger. A trigger in the line after that asks for the two lines after it, nearest first; one
//!     in the line before it, for the two before. A further page takes the place of that which had no
//!     trigger for longest.
//!
//!   A used line is *late* if fewer accesses of the program than the latency, in cycles, of the place
//!   it came from lie between its prefetch and its use (nanoseconds count as cycles where no clock is
//!   described).
//! - **Misses** have causes (Hill): *compulsory*, if neither a look-up nor a write-back named the line
//!   to this cache before; *capacity*, if a fully associative cache of as many lines, least recently
//!   used, that is told of the same look-ups and write-backs and allocates on all of them, misses
//!   too; else *conflict*. Hits which that cache misses are counted as well.
//! - **Line use**: a byte of a line is used in a cache if the program accesses it while the line lies
//!   there, also where an inner cache answers. It is counted when a line is evicted, in 64 parts to a
//!   line: to the byte for lines of up to 64 bytes, else a part counts as a whole. A line that is
//!   back-invalidated, or taken out by an exclusive hit, is not counted.
//! - **Address translation**: each page that a data access touches is one look-up of the first TLB;
//!   a miss there looks in the next. Least recently used. Instructions are not translated.
//! - **Random numbers**: the cache at distance `k` from the core draws from `seed + k`, the first for
//!   instructions too; of several side by side each draws the same. What is drawn when, each policy
//!   says.
//! - **The future** that Bélády's policy needs is that of the first core's first data cache, with the
//!   look-ups of all cores that share it. Such caches of other cores know of none.
//! - **Cores** are numbered from 0; higher numbers than there are wrap around. They
//!   have caches of their own up to where a level is shared. No coherence is kept between
//!   them here: a store does not invalidate other cores' copies.

use serde::{Deserialize, Serialize};

/// How an access that touches several lines is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Straddle {
    /// A look-up for every line.
    #[default]
    PerLine,
    /// One look-up a level: a miss if any of its lines missed there; served by the victim cache if
    /// that held all of them that did.
    Once,
}

/// Where known tools differ. The defaults are what the lab counts when nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Semantics {
    /// How an access that touches several lines is counted. Default: per line.
    pub straddle: Straddle,
    /// Whether a write-back arriving at a line counts as a use for the replacement policy.
    /// Default: no.
    pub write_back_refreshes: bool,
    /// Whether a prefetch of a line that is there already counts as a use. Default: no.
    pub prefetch_refreshes: bool,
    /// Whether a hit in an inner cache counts as a use in the outer ones that hold the line.
    /// Default: no.
    pub inner_hit_refreshes: bool,
    /// Whether the lowest free way is filled first; else the highest. Default: yes.
    pub lowest_free_way: bool,
    /// Whether a dirty line that is back-invalidated counts as a write-back of the inner cache.
    /// Default: yes.
    pub back_invalidation_writes_back: bool,
}

impl Default for Semantics {
    fn default() -> Self {
        Self {
            straddle: Straddle::PerLine,
            write_back_refreshes: false,
            prefetch_refreshes: false,
            inner_hit_refreshes: false,
            lowest_free_way: true,
            back_invalidation_writes_back: true,
        }
    }
}
