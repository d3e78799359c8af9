//! The jobs, a file each: a question, what is found, and the run that finds it.
//!
//! Another one is a file here and its line in the list.

use wasm_split_helpers::{SplitLoaderError, wasm_split};

use crate::{
    Job,
    job::{Begin, begin},
};

/// The modules of the jobs, and the part of the page's program in which each is run.
macro_rules! jobs {
    ($($module:ident::$job:ident in $part:ident,)*) => {
        $(pub mod $module;)*

        $(
            #[wasm_split($part, fallible)]
            fn $part() -> Result<Begin, SplitLoaderError> {
                Ok(begin::<$module::$job>)
            }
        )*

        /// How the job of a name is begun, once its part is there; nothing where there is no such job.
        pub(crate) async fn fetch(name: &str) -> Option<Result<Begin, SplitLoaderError>> {
            $(
                if name == <$module::$job as Job>::NAME {
                    return Some($part().await);
                }
            )*
            None
        }
    };
}

jobs! {
    coherence::Coherent in run_coherence,
    grade::Grade in run_grade,
    read::Read in run_read,
    record::Record in run_record,
    reuse::Reuse in run_reuse,
    sweep::Sweep in run_sweep,
    time::Time in run_time,
}
