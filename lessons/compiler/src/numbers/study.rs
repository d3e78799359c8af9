//! Studies in expressions: readings at an x.

use std::sync::Arc;

use lab_core::{machine::Machine, parameters::Arguments, study::Study};
use minijinja::{
    Error, State, Value,
    value::{Enumerator, Kwargs, Object, Rest, from_args},
};

use super::{functions, machine, wrong};
use crate::check::listed;

/// `study("stride-sweep", "small-laptop", reach=2)`; its readings are `predicted(x)`, `simulated(x)`,
/// both with the variant behind the x where there are several, and `served(x)`, the shares of the levels.
#[derive(Debug)]
struct Asked {
    study: Study,
    machine: Machine,
    arguments: Arguments,
}

pub fn of(name: &str, on: Value, edits: Rest<Value>, words: Kwargs) -> Result<Value, Error> {
    let study = Study::from_name(name).ok_or_else(|| {
        let known = listed(Study::ALL.iter().map(|study| study.info().name));
        wrong(format!("there is no study `{name}`: choose from {known}"))
    })?;
    Ok(Value::from_object(Asked {
        study,
        machine: machine::edited(&machine::of(&on)?, &edits)?,
        arguments: functions::arguments(study.info().parameters, &words)?,
    }))
}

impl Object for Asked {
    fn get_value(self: &Arc<Self>, _: &Value) -> Option<Value> {
        None
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn call_method(
        self: &Arc<Self>,
        _: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        let (x, variant): (Value, Option<&str>) = from_args(args)?;
        let (x, variants) = (functions::quantity(&x)?, self.study.info().variants);
        let variant = match variant {
            None => variants[0],
            Some(name) => {
                let named = variants.iter().find(|variant| variant.name() == name);
                *named.ok_or_else(|| {
                    let known = listed(variants.iter().map(|variant| variant.name()));
                    wrong(format!("there is no variant `{name}`: choose from {known}"))
                })?
            }
        };
        let (study, machine, arguments) = (self.study, &self.machine, &self.arguments);
        let simulate = || {
            if let Some(why) = study.unsimulated() {
                return Err(wrong(why));
            }
            study
                .simulate(machine, arguments, variant, x)
                .map_err(|errors| wrong(lab_core::machine::describe_errors(&errors)))
        };
        match method {
            "predicted" => Ok(study.predict(machine, arguments, variant, x).y.into()),
            "simulated" => Ok(simulate()?.y.into()),
            "served" => Ok(simulate()?.served.into()),
            _ => Err(wrong(format!(
                "a study has no `{method}`: choose from `predicted`, `simulated`, `served`"
            ))),
        }
    }
}
