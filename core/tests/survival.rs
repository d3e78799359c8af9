//! Claim P1: how long an unused line stays, simulated against the closed form.

use lab_core::{
    machine::Replacement,
    model::replacement::{lru_survival, random_survival},
    sim::survival,
};

const TRIALS: u64 = 20_000;

fn policy(name: &str) -> Replacement {
    let found = Replacement::ALL.iter().find(|policy| policy.name() == name);
    *found.unwrap()
}

#[test]
fn random_replacement_forgets_exponentially() {
    for lines in [2, 8, 64] {
        let ages: Vec<u64> = (0..=16).map(|step| step * lines / 4).collect();
        let simulated = survival(policy("random"), lines, &ages, TRIALS, 7);
        for (age, share) in ages.into_iter().zip(simulated) {
            let expected = random_survival(lines as f64, age as f64);
            // Five standard errors; lines followed at the same time compete for the same ways, which
            // makes the shares of a small cache vary less, not more.
            let error = 5.0 * (expected * (1.0 - expected) / TRIALS as f64).sqrt();
            assert!(
                (share - expected).abs() <= error,
                "{lines} lines, {age} misses: {share} against {expected} ± {error}"
            );
        }
    }
}

#[test]
fn lru_keeps_all_and_then_none() {
    let ages: Vec<u64> = (0..40).collect();
    for (age, share) in ages.iter().zip(survival(policy("lru"), 16, &ages, 100, 0)) {
        assert_eq!(share, lru_survival(16.0, *age as f64), "{age}");
    }
}
