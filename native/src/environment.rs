//! The conditions of a measurement: what to know before believing a figure.

use std::fs;

use lab_core::report::{Environment, Fact, Unavailable};

use crate::measure::{counters::Tried, pin::Pinned, timer::Timer};

/// Gathers the conditions now.
pub fn gather(timer: Timer, pinned: Option<&Pinned<'_>>, tried: &[Tried]) -> Environment {
    let mut environment = Environment::default();
    let mut fact = |name: &str, value: Option<String>, missing: &str| match value {
        Some(value) => environment.facts.push(Fact {
            name: name.to_owned(),
            value,
        }),
        None => environment.unavailable.push(Unavailable {
            what: name.to_owned(),
            why: missing.to_owned(),
        }),
    };
    let uname = rustix::system::uname();
    let words = [uname.sysname(), uname.release(), uname.machine()];
    fact(
        "kernel",
        Some(
            words
                .map(|word| word.to_string_lossy().into_owned())
                .join(" "),
        ),
        "",
    );
    fact("processor", processor_name(), "the kernel does not name it");
    fact(
        "virtualisation",
        virtualisation(),
        "the kernel does not say whether this is a virtual machine",
    );
    fact(
        "frequency governor",
        first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        "this system shows no frequency control, as in most virtual machines",
    );
    fact(
        "transparent huge pages",
        first_line("/sys/kernel/mm/transparent_hugepage/enabled")
            .and_then(|line| chosen(&line).map(str::to_owned)),
        "this kernel has none",
    );
    fact(
        "load average at start",
        first_line("/proc/loadavg")
            .map(|line| line.split(' ').take(3).collect::<Vec<_>>().join(" ")),
        "the system does not tell",
    );
    fact("compiled for", Some(compiled_for()), "");
    fact(
        "intervals",
        Some(
            "of medians, exact by the ranks of the samples: 95 % or more from six samples on, less of \
             fewer"
                .to_owned(),
        ),
        "",
    );
    fact(
        "clock",
        Some(format!(
            "monotonic, {:.0} ns a reading, subtracted",
            timer.overhead_ns
        )),
        "",
    );
    fact(
        "measured on",
        pinned.map(|pinned| format!("CPU {}, one thread, pinned", pinned.processor)),
        "the system did not let the thread stay on one processor",
    );
    let memory = pinned.map_or_else(
        || Err("the measuring thread has no place to be near to".to_owned()),
        Pinned::memory,
    );
    fact(
        "memory binding",
        memory.as_ref().ok().cloned(),
        memory.as_ref().err().map_or("", String::as_str),
    );
    let version = hwlocality::hwloc_api_version();
    fact(
        "hwloc interface",
        Some(format!("{}.{}", version >> 16, (version >> 8) & 0xff)),
        "",
    );
    counters(tried, &mut environment);
    environment
}

/// Which counters can be read here, and why the others cannot.
fn counters(tried: &[Tried], environment: &mut Environment) {
    for (kind, hardware) in [("hardware counters", true), ("software counters", false)] {
        let of_kind = || tried.iter().filter(|counter| counter.hardware == hardware);
        let there: Vec<&str> = of_kind()
            .filter(|counter| counter.missing.is_none())
            .map(|counter| counter.what.name())
            .collect();
        if !there.is_empty() {
            environment.facts.push(Fact {
                name: kind.to_owned(),
                value: there.join(", "),
            });
        }
        // Those missing for one reason stand together.
        let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
        for counter in of_kind() {
            let Some(why) = &counter.missing else {
                continue;
            };
            match reasons.iter_mut().find(|(known, _)| known == why) {
                Some((_, names)) => names.push(counter.what.name()),
                None => reasons.push((why, vec![counter.what.name()])),
            }
        }
        for (why, names) in reasons {
            environment.unavailable.push(Unavailable {
                what: format!("{kind}: {}", names.join(", ")),
                why: why.to_owned(),
            });
        }
    }
}

fn first_line(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.lines().next()?.trim().to_owned()).filter(|line| !line.is_empty())
}

/// The word in brackets, as in `always [madvise] never`.
fn chosen(line: &str) -> Option<&str> {
    line.split_once('[')?
        .1
        .split_once(']')
        .map(|(word, _)| word)
}

/// The processor's name as it gives it itself.
pub fn processor_name() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text
        .lines()
        .find(|line| line.starts_with("model name") || line.starts_with("Processor"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn virtualisation() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let flags = text.lines().find(|line| line.starts_with("flags"))?;
    if !flags
        .split_ascii_whitespace()
        .any(|flag| flag == "hypervisor")
    {
        return Some("none seen".to_owned());
    }
    let product = first_line("/sys/class/dmi/id/product_name");
    let vendor = first_line("/sys/class/dmi/id/sys_vendor");
    let named: Vec<_> = vendor.into_iter().chain(product).collect();
    Some(if named.is_empty() {
        "a virtual machine (the processor says so)".to_owned()
    } else {
        format!("a virtual machine ({})", named.join(", "))
    })
}

/// The vector instructions the kernels were compiled with, beside those that the processor has.
fn compiled_for() -> String {
    #[cfg(target_arch = "x86_64")]
    {
        let compiled = [
            ("AVX-512", cfg!(target_feature = "avx512f")),
            ("AVX2", cfg!(target_feature = "avx2")),
            ("SSE2", cfg!(target_feature = "sse2")),
        ];
        let present = [
            ("AVX-512", std::is_x86_feature_detected!("avx512f")),
            ("AVX2", std::is_x86_feature_detected!("avx2")),
            ("SSE2", true),
        ];
        let best = |list: [(&'static str, bool); 3]| {
            list.into_iter()
                .find(|(_, has)| *has)
                .map_or("none", |(name, _)| name)
        };
        format!("{} (the processor has {})", best(compiled), best(present))
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        std::env::consts::ARCH.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::counters::tried;

    #[test]
    fn every_condition_is_a_fact_or_is_missing_for_a_reason() {
        let environment = gather(Timer::calibrated(), None, &tried());
        assert!(environment.facts.iter().all(|fact| !fact.value.is_empty()));
        assert!(
            environment
                .unavailable
                .iter()
                .all(|missing| !missing.why.is_empty())
        );
        assert!(
            environment
                .unavailable
                .iter()
                .any(|missing| missing.what == "measured on")
        );
        assert_eq!(chosen("always [madvise] never"), Some("madvise"));
        assert_eq!(chosen("none"), None);
    }
}
