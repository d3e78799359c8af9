//! The kernels measured in this browser, at the reader's click.

use std::rc::Rc;

use lab_core::{kernels::loader::LoaderKernel, units::format_bytes};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::simulation::{
    Asked,
    jobs::time::{Time, Timing},
    use_job,
};

/// Working sets to choose from, bytes: in the first cache of most machines, in the second, beyond the
/// last.
const SIZES: [usize; 3] = [16 << 10, 256 << 10, 32 << 20];

/// What was measured in this browser so far, and how to measure more.
pub struct Timings {
    /// The newest timing of each kernel.
    pub found: Rc<Vec<Timing>>,
    run: Asked<Time>,
    size: usize,
    asked: UseStateHandle<Option<Rc<Time>>>,
    choose: Callback<Event>,
}

/// Keeps what was measured in this browser while the view is open.
#[hook]
pub fn use_timings() -> Timings {
    let asked = use_state(|| None::<Rc<Time>>);
    let size = use_state_eq(|| SIZES[1]);
    let run = use_job((*asked).clone(), None);
    let found = use_memo(run.shown.clone(), |shown| {
        shown
            .as_ref()
            .map_or_else(Vec::new, |shown| shown.1.clone())
    });
    let choose = {
        let size = size.setter();
        Callback::from(move |event: Event| {
            let value = event.target_unchecked_into::<HtmlSelectElement>().value();
            size.set(value.parse().unwrap_or(SIZES[1]));
        })
    };
    Timings {
        found,
        run,
        size: *size,
        asked,
        choose,
    }
}

impl Timings {
    /// The button that starts or stops, how far it is, and what the numbers are.
    pub fn controls(&self) -> Html {
        let running = self.run.running;
        let asked = (*self.asked).as_deref();
        let kernels = LoaderKernel::ALL.iter().copied();
        let next = (!running).then(|| {
            Rc::new(Time {
                kernels: kernels
                    .filter(|kernel| kernel.untimed().is_none())
                    .collect(),
                bytes: self.size,
                round: asked.map_or(0, |asked| asked.round) + 1,
            })
        });
        let set = self.asked.setter();
        let onclick = Callback::from(move |_: MouseEvent| set.set(next.clone()));
        let (here, all) = (
            self.found.len(),
            asked.map_or(0, |asked| asked.kernels.len()),
        );
        html! {
            <div class="controls" data-testid="browser-controls" data-running={running.to_string()}>
                <label class="control"><span>{ "Working set in your browser" }</span>
                    <select disabled={running} onchange={self.choose.clone()}
                        data-testid="browser-size">
                        { for SIZES.iter().map(|size| html! {
                            <option value={size.to_string()} selected={*size == self.size}>
                                { format_bytes(*size as f64) }
                            </option>
                        }) }
                    </select>
                </label>
                <button type="button" data-testid="browser-run" {onclick}>
                    { if running { "Stop" } else { "Measure in your browser" } }
                </button>
                <p class="hint" role="status" data-testid="browser-status">
                    if self.run.failed {
                        { "The worker did not start in this browser: nothing can be measured here." }
                    } else if let Some(why) = &self.run.stopped {
                        { why }
                    } else if running {
                        { format!("Measuring in your browser: {:.0} % of {all} kernels.",
                            100.0 * self.run.progress.unwrap_or_default()) }
                    } else if here > 0 {
                        { said(&self.found) }
                    } else {
                        { "The same kernels, compiled to WebAssembly with vectors of 128 bits (simd128), \
                            run in this page: compare them with each other, and with the native ones \
                            only knowing that." }
                    }
                </p>
            </div>
        }
    }
}

/// What the timings are, and how sure.
fn said(found: &[Timing]) -> String {
    let resolution = found.iter().map(|timing| timing.resolution);
    let resolution = resolution.fold(f64::INFINITY, f64::min);
    let shortest = found.iter().map(|timing| timing.shortest);
    let shortest = shortest.fold(f64::INFINITY, f64::min);
    format!(
        "{} kernels measured in your browser (WebAssembly, simd128), medians of seven samples of \
         {shortest:.0} ms or more; its clock moves in steps of {} ms.",
        found.len(),
        lab_core::units::format_number(resolution)
    )
}
