//! Any words are arguments of a kernel, within their ranges, or are refused.
#![no_main]

use lab_core::{kernels::Kernel, parameters::Arguments};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for kernel in Kernel::ALL {
        let parameters = kernel.parameters();
        if let Ok(arguments) = Arguments::parse(parameters, text.split_whitespace()) {
            for parameter in parameters {
                let value = arguments.get(parameter);
                assert!((parameter.min..=parameter.max).contains(&value));
            }
        }
    }
});
