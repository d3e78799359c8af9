//! Any text is a program or is refused; what was read can be formatted, counted and run.
#![no_main]

use lab_core::trace::{
    NoProbe,
    program::{Program, format, tokens},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for token in tokens(text) {
        assert!(!text[token.start..token.end].is_empty());
    }
    if let Ok(formatted) = format(text) {
        assert_eq!(format(&formatted).as_deref(), Ok(formatted.as_str()));
    }
    match Program::parse(text) {
        Err(problems) => {
            assert!(!problems.is_empty());
            for problem in problems {
                assert!(problem.line > 0 && problem.column > 0 && problem.length > 0);
                assert!(!problem.to_string().is_empty());
            }
        }
        Ok(program) => {
            let Ok(instance) = program.with(&[]) else {
                panic!("checked already");
            };
            // Larger tables are sound too, but slow to fill; and so are loops without accesses.
            let values: u64 = instance.arrays().iter().map(|array| array.bytes).sum();
            instance.accesses();
            if values < 1 << 20 {
                let mut cursor = instance.start();
                let told = cursor.run(3000, &mut NoProbe);
                assert_eq!(told, cursor.told());
                cursor.position();
            }
        }
    }
});
