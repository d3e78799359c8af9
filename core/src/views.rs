//! The views of the page: what they are called, where they stand, what their addresses carry.
//!
//! One entry a view, for whoever has to know them: the page's router and menu, the links of lessons
//! (`view:NAME`) and the tests. What draws a view stands in the page, in a `match` over [`View`].

use crate::study::Study;

/// What is said of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info {
    /// Its name in links of lessons.
    pub name: &'static str,
    /// Its route in the page's address, behind the `#`.
    pub route: &'static str,
    /// The title of its page.
    pub title: &'static str,
    /// Its name in the menu.
    pub menu: &'static str,
    /// What it is for, in a sentence.
    pub help: &'static str,
    /// The keys of its state in the address, beside `machine`; one that ends with a dot begins many.
    pub state: &'static [&'static str],
    /// Whether it shows figures of studies, whose choices are keys that begin with the study's name.
    pub figures: bool,
}

/// The enum, the list of its variants and what is said of each, from one entry a view.
macro_rules! views {
    ($($view:ident { $($field:ident: $value:expr,)* })*) => {
        /// A view of the page.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs)] // Each is described by its entry.
        pub enum View { $($view),* }

        impl View {
            /// All of them, as the menu lists them.
            pub const ALL: &[Self] = &[$(Self::$view),*];

            /// What is said of it.
            pub const fn info(self) -> &'static Info {
                match self { $(Self::$view => &Info { $($field: $value),* }),* }
            }
        }
    };
}

views! {
    Home {
        name: "start",
        route: "/",
        title: "One loop, three readings",
        menu: "Start",
        help: "What the lab is, a loop to swap, and the course.",
        state: &["start."],
        figures: false,
    }
    Cache {
        name: "cache",
        route: "/cache",
        title: "Cache",
        menu: "Cache",
        help: "Type a loop nest and watch what every cache does with it, access by access.",
        state: &["cache.", "example", "versus."],
        figures: false,
    }
    Reuse {
        name: "reuse",
        route: "/reuse",
        title: "Reuse distance",
        menu: "Reuse",
        help: "How soon a loop comes back to its data, and what that means for caches of every size.",
        state: &["reuse."],
        figures: false,
    }
    Coherence {
        name: "coherence",
        route: "/coherence",
        title: "Coherence",
        menu: "Coherence",
        help: "Who has a line, and in which state, as several cores read and write it.",
        state: &["coherence."],
        figures: false,
    }
    Machine {
        name: "machine",
        route: "/machine",
        title: "Machine",
        menu: "Machine",
        help: "A machine: its parts, its levels, and every experiment on it.",
        state: &[],
        figures: true,
    }
    Experiments {
        name: "experiments",
        route: "/experiments",
        title: "Experiments",
        menu: "Experiments",
        help: "Experiments by their questions: predicted, simulated, and measured again.",
        state: &["study", "experiments."],
        figures: true,
    }
    Kernels {
        name: "kernels",
        route: "/kernels",
        title: "Kernels",
        menu: "Kernels",
        help: "The short loops (kernels) of a data loader: what they move, compute and reach.",
        state: &["kernels."],
        figures: true,
    }
    Replay {
        name: "replay",
        route: "/replay",
        title: "Replay",
        menu: "Replay",
        help: "Reports from elsewhere, by themselves or two side by side.",
        state: &["url", "url-b"],
        figures: true,
    }
    Teach {
        name: "teach",
        route: "/teach",
        title: "For teachers",
        menu: "For teachers",
        help: "Every lesson and exercise: goals, minutes, what it assesses, how to hand in and grade.",
        state: &[],
        figures: false,
    }
    Get {
        name: "get",
        route: "/get",
        title: "Get the lab",
        menu: "Get the lab",
        help: "How to get the lab, measure your own machine, and put a copy on the web.",
        state: &[],
        figures: false,
    }
}

impl View {
    /// The view of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|view| view.info().name == name)
    }

    /// The view at that route.
    pub fn at(route: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|view| view.info().route == route)
    }

    /// Whether a key of an address belongs to its state.
    pub fn takes(self, key: &str) -> bool {
        let info = self.info();
        let study = key.split_once('.').map(|(study, _)| study);
        key == "machine"
            || info.figures && study.and_then(Study::from_name).is_some()
            || info.state.iter().any(|own| match own.strip_suffix('.') {
                Some(_) => key.len() > own.len() && key.starts_with(own),
                None => key == *own,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_routes_lead_back_to_their_view() {
        for view in View::ALL {
            let info = view.info();
            assert_eq!(View::from_name(info.name), Some(*view));
            assert_eq!(View::at(info.route), Some(*view));
            assert!(info.help.ends_with('.'), "{}", info.help);
        }
    }

    #[test]
    fn a_view_takes_its_own_keys() {
        for (view, key) in [
            (View::Cache, "machine"),
            (View::Cache, "cache.step"),
            (View::Experiments, "study"),
            (View::Machine, "latency-ladder.hide"),
        ] {
            assert!(view.takes(key), "{key}");
        }
        for (view, key) in [
            (View::Cache, "cache."),
            (View::Cache, "reuse.kernel"),
            (View::Cache, "latency-ladder.hide"),
            (View::Experiments, "study.x"),
            (View::Replay, "url-c"),
        ] {
            assert!(!view.takes(key), "{key}");
        }
    }
}
