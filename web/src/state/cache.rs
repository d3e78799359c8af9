//! What the cache view asks for: which program, with which parameters, on which machine, which step.

use lab_core::{
    machine::Machine,
    trace::program::{EXAMPLES, Param, Problem, Program, example},
};
use lab_lessons::Scale;

use super::{
    setup::{self, Slider},
    situation::Situation,
};
use crate::simulation::protocol::Recorded;

/// The machine when none was chosen: one whose every line can be drawn.
pub const FALLBACK: &str = "teaching";

/// Name of a choice in the URL: `example`, `program` (a text), `step`, `p-NAME` (a parameter).
pub fn key(name: &str) -> String {
    format!("cache.{name}")
}

/// Name of a parameter's choice.
pub fn param_key(name: &str) -> String {
    key(&format!("p-{name}"))
}

/// All choices of the view.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The program as it stands in the editor.
    pub source: String,
    /// The example it is, unchanged.
    pub example: Option<&'static str>,
    /// Its parameters, or what is wrong with it.
    pub params: Result<Vec<Param>, Vec<Problem>>,
    /// What the worker is to record, where it can.
    pub recorded: Option<Recorded>,
    /// Which access, from 0.
    pub step: u64,
    /// Whether the machine is the report's.
    pub this_machine: bool,
}

impl Choice {
    /// What the situation says.
    pub fn of(machine: Option<&str>, situation: &Situation, this: Option<&Machine>) -> Self {
        let text = situation.get(&key("program"));
        let named = situation
            .get(&key("example"))
            .or_else(|| situation.get("example"))
            .and_then(example)
            .or(EXAMPLES.first());
        let (source, example) = match (text, named) {
            (Some(text), _) => (text.to_owned(), None),
            (None, Some(named)) => (named.source.to_owned(), Some(named.name)),
            (None, None) => (String::new(), None),
        };
        let params = Program::parse(&source).map(|program| program.params().to_vec());
        let (machine, this_machine) = setup::machine(machine, FALLBACK, this);
        let values = |params: &Vec<Param>| {
            let value = |param: &Param| {
                let value = situation.number(&param_key(&param.name))?;
                Some((param.name.clone(), value as i64))
            };
            params.iter().filter_map(value).collect()
        };
        let recorded = params.as_ref().ok().map(|params| Recorded {
            source: source.clone(),
            values: values(params),
            machine,
        });
        Self {
            source,
            example,
            params,
            recorded,
            step: situation.number(&key("step")).unwrap_or(0.0).max(0.0) as u64,
            this_machine,
        }
    }

    /// A parameter's value.
    pub fn value(&self, param: &Param) -> i64 {
        let values = self.recorded.iter().flat_map(|recorded| &recorded.values);
        let mut own = values.filter(|(name, _)| *name == param.name);
        own.next().map_or(param.default, |(_, value)| *value)
    }
}

/// The slider of a parameter.
pub fn range(param: &Param) -> Slider {
    let scale = if param.doubling && param.min > 0 {
        Scale::Powers
    } else {
        Scale::Linear(1.0)
    };
    Slider::new((param.min as f64, param.max as f64), scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_opened_by_name_and_a_text_takes_its_place() {
        let open = |query: &str| Choice::of(None, &Situation::parse(query), None);
        assert_eq!(open("").example, Some(EXAMPLES[0].name));
        assert_eq!(open("example=aos").example, Some("aos"));
        let choice = open("cache.example=scan&cache.p-N=64&cache.step=7");
        assert_eq!((choice.example, choice.step), (Some("scan"), 7));
        let recorded = choice.recorded.unwrap();
        assert_eq!(recorded.values, [("N".to_owned(), 64)]);
        let own = open("cache.program=array+A%5B4%5D%3A+f32%0AA%5B1%5D");
        assert_eq!(
            (own.example, own.source.as_str()),
            (None, "array A[4]: f32\nA[1]")
        );
        assert!(own.params.is_ok());
    }

    #[test]
    fn what_is_wrong_with_a_program_is_kept_and_nothing_is_recorded() {
        let choice = Choice::of(None, &Situation::parse("cache.program=arry+A"), None);
        assert!(choice.recorded.is_none());
        assert_eq!(choice.params.unwrap_err()[0].line, 1);
    }
}
