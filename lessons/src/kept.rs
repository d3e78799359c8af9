//! Reads what lessons consist of for good, so that a lesson that was fetched is of the same types as
//! one that was compiled in.

use serde::{Deserialize, Deserializer};

pub fn text<'de, D: Deserializer<'de>>(from: D) -> Result<&'static str, D::Error> {
    String::deserialize(from).map(|text| &*text.leak())
}

pub fn list<'de, D: Deserializer<'de>, T: Deserialize<'de> + 'static>(
    from: D,
) -> Result<&'static [T], D::Error> {
    Vec::deserialize(from).map(|list| &*list.leak())
}

pub fn texts<'de, D: Deserializer<'de>>(from: D) -> Result<&'static [&'static str], D::Error> {
    let texts = Vec::<String>::deserialize(from)?.into_iter();
    Ok(texts.map(|text| &*text.leak()).collect::<Vec<_>>().leak())
}

pub fn settings<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<&'static [(&'static str, f64)], D::Error> {
    let settings = Vec::<(String, f64)>::deserialize(from)?.into_iter();
    let kept = settings.map(|(name, value)| (&*name.leak(), value));
    Ok(kept.collect::<Vec<_>>().leak())
}
