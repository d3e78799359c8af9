//! The situation: all choices that stand in the URL, so that a link leads to exactly this page.
//!
//! Keys: `machine` (a preset, `this`, or `sample`), `study` (the experiment shown by itself), `at` (a
//! heading of a lesson), `FIGURE.CONTROL` (a slider's value), `FIGURE.hide` (keys of hidden curves,
//! separated by `;`), `FIGURE.variant` (the one shown of very many), `VIEW.NAME` (choices of a view: see `lab_core::views`), `example` and
//! `versus.NAME` (of the cache view), `url` and `url-b` (reports to replay).

use std::{collections::BTreeMap, rc::Rc};

use lab_core::units::Unit;

/// The `machine` of the report at hand.
pub const THIS: &str = "this";

/// The `machine` of the sample report that comes with the page.
pub const SAMPLE: &str = "sample";

/// The key of the experiment shown by itself.
pub const STUDY: &str = "study";

/// Choices by key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Situation(BTreeMap<String, String>);

impl Situation {
    /// Reads a query, with or without its question mark. What is not understood is left out.
    pub fn parse(query: &str) -> Self {
        let query = query.trim_start_matches('?');
        let said: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
        let said = said.into_iter();
        Self(said.map(|(key, value)| (spelled(key), value)).collect())
    }

    /// The query, without question mark; empty when nothing was chosen.
    pub fn to_query(&self) -> String {
        serde_urlencoded::to_string(&self.0).unwrap_or_default()
    }

    /// The choice under a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// The choice under a key as a number.
    pub fn number(&self, key: &str) -> Option<f64> {
        self.get(key)?
            .parse()
            .ok()
            .filter(|value: &f64| value.is_finite())
    }

    /// What a link asks for and cannot have, as a sentence: a number of this range, in this unit.
    pub fn beyond(&self, key: &str, (min, max): (f64, f64), unit: Unit) -> Option<String> {
        let said = self.get(key)?;
        let fits = self.number(key).filter(|it| (min..=max).contains(it));
        fits.is_none().then(|| {
            let [min, max] = [min, max].map(|it| unit.format(it));
            format!("The link says {key}={said}: it has to be a number from {min} to {max}.")
        })
    }

    /// What a link asks for and is not there, as a sentence that names what is.
    pub fn unknown(&self, key: &str, known: &[&str]) -> Option<String> {
        let said = self.get(key).filter(|said| !known.contains(said))?;
        let known = known.join(", ");
        Some(format!(
            "The link says {key}={said}: there is no such choice. There are: {known}."
        ))
    }

    /// All choices whose key begins so, with the rest of their keys.
    pub fn below(&self, prefix: &str) -> impl Iterator<Item = (&str, &str)> {
        let choices = self.0.iter();
        choices.filter_map(move |(key, value)| Some((key.strip_prefix(prefix)?, value.as_str())))
    }

    /// All numbers whose key begins so, with the rest of their keys.
    pub fn numbers(&self, prefix: &str) -> Vec<(String, f64)> {
        let names = self.below(prefix).filter_map(|(name, _)| {
            let value = self.number(&format!("{prefix}{name}"))?;
            Some((name.to_owned(), value))
        });
        names.collect()
    }

    /// The choice under a key as a list.
    pub fn list(&self, key: &str) -> Rc<[String]> {
        let words = self.get(key).unwrap_or_default().split(';');
        words
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// With a choice made, or taken back.
    pub fn with(&self, key: &str, value: Option<String>) -> Self {
        let mut choices = self.0.clone();
        match value.filter(|value| !value.is_empty()) {
            Some(value) => choices.insert(key.to_owned(), value),
            None => choices.remove(key),
        };
        Self(choices)
    }

    /// Without the choices whose key is so.
    pub fn without(&self, gone: impl Fn(&str) -> bool) -> Self {
        let mut choices = self.0.clone();
        choices.retain(|key, _| !gone(key));
        Self(choices)
    }

    /// What remains when another page is opened: the machine.
    pub fn carried(&self) -> Self {
        self.without(|key| key != "machine")
    }
}

/// A key as it is spelled now. Settings of caches were once `FIGURE.cache-1-size` and `FIGURE.cache-line`,
/// and those of the Cache view's first cache `cache.size`.
fn spelled(key: String) -> String {
    let Some((place, name)) = key.split_once('.') else {
        return key;
    };
    let level = name
        .strip_prefix("cache-")
        .and_then(|it| it.split_once('-'));
    match (place, name, level) {
        (_, "cache-line", _) => format!("{place}.line"),
        ("cache" | "versus", "size" | "line" | "ways" | "policy", _) => {
            format!("{place}.l1.{name}")
        }
        (_, _, Some((level, property))) => format!("{place}.l{level}.{property}"),
        _ => key,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_survives_a_round_trip() {
        let situation = Situation::default()
            .with("machine", Some("laptop".into()))
            .with("ladder.l1.size", Some("65536".into()))
            .with(
                "ladder.hide",
                Some("measured:4 KiB pages;simulated:2ᵏ & more".into()),
            );
        let again = Situation::parse(&format!("?{}", situation.to_query()));
        assert_eq!(again, situation);
        assert_eq!(again.number("ladder.l1.size"), Some(65536.0));
        assert_eq!(again.list("ladder.hide").len(), 2);
        assert_eq!(again.carried().to_query(), "machine=laptop");
        assert_eq!(again.with("machine", None).get("machine"), None);
    }

    #[test]
    fn old_spellings_of_settings_are_read() {
        for (old, new) in [
            ("fig.cache-2-ways=4", "fig.l2.ways=4"),
            ("fig.cache-line=32", "fig.line=32"),
            ("reuse.cache-1-size=1024", "reuse.l1.size=1024"),
            ("cache.policy=fifo", "cache.l1.policy=fifo"),
            ("versus.ways=1", "versus.l1.ways=1"),
            ("cache.param.size=3", "cache.param.size=3"),
        ] {
            assert_eq!(Situation::parse(old).to_query(), new);
        }
    }

    #[test]
    fn what_a_link_cannot_have_is_said() {
        let link = Situation::parse("a.cores=99&a.rounds=many&a.size=64&a.kernel=nope");
        let beyond = |key, range| link.beyond(key, range, Unit::Count);
        let why = beyond("a.cores", (1.0, 8.0)).unwrap();
        assert_eq!(
            why,
            "The link says a.cores=99: it has to be a number from 1 to 8."
        );
        assert!(beyond("a.rounds", (1.0, 8.0)).is_some());
        assert_eq!(beyond("a.size", (1.0, 64.0)), None);
        assert_eq!(beyond("a.absent", (1.0, 64.0)), None);
        let why = link.unknown("a.kernel", &["copy", "sum"]).unwrap();
        assert!(why.ends_with("There are: copy, sum."), "{why}");
        assert_eq!(link.unknown("a.kernel", &["nope"]), None);
    }

    #[test]
    fn nonsense_is_left_out() {
        assert_eq!(Situation::parse("").to_query(), "");
        assert_eq!(Situation::parse("?a.b=NaN").number("a.b"), None);
        assert_eq!(Situation::parse("?a.b=many").number("a.b"), None);
    }
}
