//! Samples, and what disturbed them.

use serde::{Deserialize, Serialize};

/// One timed sample.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The value, in the unit of y.
    pub value: f64,
    /// In which round it was taken, from 0: samples of one round are pairs. Absent where it was
    /// taken again, later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<u32>,
    /// Processor time others took meanwhile, percent of the machine; absent where unknown.
    #[serde(default)]
    pub other_cpu_percent: Option<f64>,
    /// Time the hypervisor took away, percent of the machine; absent where unknown.
    #[serde(default)]
    pub steal_percent: Option<f64>,
    /// Time the measuring thread was off its processor, percent of the sample; absent where unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub off_cpu_percent: Option<f64>,
    /// How often the measuring thread was switched away; absent where unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub switches: Option<Switches>,
    /// Whether the guard called it disturbed.
    #[serde(default)]
    pub dirty: bool,
    /// Why it did. A disturbed sample of an older report has no reasons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disturbed_by: Vec<Disturbance>,
    /// Whether it lies outside Tukey's fences.
    #[serde(default)]
    pub outlier: bool,
}

impl Sample {
    /// Marks it as disturbed, for this reason beside any others.
    pub fn disturb(&mut self, by: impl IntoIterator<Item = Disturbance>) {
        self.disturbed_by.extend(by);
        self.dirty |= !self.disturbed_by.is_empty();
    }
}

/// Context switches of the measuring thread (proc_pid_status(5)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switches {
    /// It waited for something: it slept, or needed a page from a disk.
    pub voluntary: u64,
    /// The system gave its processor to another thread.
    pub involuntary: u64,
}

/// What disturbed a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disturbance {
    /// Other processes used the machine.
    OtherProcesses,
    /// The hypervisor took processor time away.
    Hypervisor,
    /// The measuring thread was kept off its processor.
    OffProcessor,
    /// The measuring thread was switched away more often than a quiet system does.
    Switches,
}

impl Disturbance {
    /// All of them.
    pub const ALL: [Disturbance; 4] = [
        Disturbance::OtherProcesses,
        Disturbance::Hypervisor,
        Disturbance::OffProcessor,
        Disturbance::Switches,
    ];

    /// What happened, as a phrase.
    pub fn phrase(self) -> &'static str {
        match self {
            Disturbance::OtherProcesses => "other processes ran",
            Disturbance::Hypervisor => "the hypervisor took time away",
            Disturbance::OffProcessor => "the thread was kept off its processor",
            Disturbance::Switches => "the thread was switched away too often",
        }
    }
}
