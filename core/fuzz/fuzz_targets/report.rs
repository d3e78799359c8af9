//! Any text is a report or is refused; a report that was read is written and read again unchanged.
#![no_main]

use lab_core::report::Report;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(report) = Report::from_json(text) {
        assert_eq!(Report::from_json(&report.to_json()), Ok(report));
    }
});
