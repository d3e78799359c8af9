//! Re-reference interval prediction: what SRRIP, BRRIP and DRRIP have in common.
//!
//! A. Jaleel, K. B. Theobald, S. C. Steely Jr., J. Emer, "High performance cache replacement using
//! re-reference interval prediction (RRIP)", ISCA 2010. Every line carries a prediction of how far its
//! next use is off, its RRPV, of two bits as in the paper: 0 soon, 2 long, 3 distant. The victim is
//! the lowest way predicted 3; where there is none, all predictions of the set grow by one until there
//! is. A hit predicts 0 (the paper's *hit priority*). The policies differ in what a fill predicts.
//!
//! Choices: a line that is demoted or taken out is predicted 3.

/// The prediction of a fill that is not expected to be used soon.
pub const LONG: u8 = 2;
/// The greatest prediction: such lines leave.
pub const DISTANT: u8 = 3;

/// The predictions of all lines.
#[derive(Clone, Debug)]
pub struct Predictions {
    ways: usize,
    rrpv: Vec<u8>,
}

impl Predictions {
    pub fn new(sets: usize, ways: usize) -> Self {
        Self {
            ways,
            rrpv: vec![DISTANT; sets * ways],
        }
    }

    #[inline(always)]
    pub fn predict(&mut self, set: usize, way: usize, rrpv: u8) {
        self.rrpv[set * self.ways + way] = rrpv;
    }

    #[inline(always)]
    pub fn of(&self, set: usize, way: usize) -> u8 {
        self.rrpv[set * self.ways + way]
    }

    /// The lowest way of the greatest prediction, which becomes 3; the others grow as much.
    #[inline(always)]
    pub fn victim(&mut self, set: usize) -> usize {
        let row = &mut self.rrpv[set * self.ways..][..self.ways];
        let mut furthest = 0;
        for way in 1..row.len() {
            if row[way] > row[furthest] {
                furthest = way;
            }
        }
        let growth = DISTANT - row[furthest];
        if growth > 0 {
            row.iter_mut().for_each(|rrpv| *rrpv += growth);
        }
        furthest
    }
}
