//! Parameters, records and arrays.

use super::{
    super::{
        ast::{Array, Expression, ExpressionKind, Name, Param, Record, Span},
        generate::{Generator, LARGEST_VALUE, MOST_RANKS, MOST_VALUES},
        layout::{self, ADDRESSES, ALIGNMENT, Kind, LARGEST, Order, PlacedArray, size_of_type},
        problem::similar,
        token::TYPES,
        tree::Interval,
    },
    Checker, Entity,
};

/// Arrays of a program.
const MOST_ARRAYS: usize = 256;

impl Checker<'_> {
    /// Tells of a declaration inside a block.
    fn outermost(&mut self, span: Span, what: &str) {
        if self.depth > 0 {
            let message = format!("{what} is declared inside a block");
            self.fixable(span, message, "declare it before the loops");
        }
    }

    pub(super) fn param(&mut self, param: &Param) {
        self.outermost(param.name.span, "a parameter");
        if let Some((least, most)) = param.range {
            let name = &param.name.text;
            if least > most {
                let message = format!("the range of `{name}` is empty");
                self.fixable(param.default_span, message, "write the smaller end first");
            } else if !(least..=most).contains(&param.default) {
                let message = format!(
                    "`{name}` is {}, outside its own range from {least} to {most}",
                    param.default
                );
                self.fixable(param.default_span, message, "widen the range");
            }
        }
        let given = self.values.iter().rev();
        let given = given.clone().find(|(name, _)| *name == param.name.text);
        let value = given.map_or(param.default, |(_, value)| *value);
        if let Some((least, most)) = param.range
            && given.is_some()
            && least <= most
            && !(least..=most).contains(&value)
        {
            let message = format!(
                "`{}` is set to {value}, outside its range from {least} to {most}",
                param.name.text
            );
            self.fixable(param.name.span, message, "choose a value in the range");
        }
        let declared = None;
        self.declare(&param.name, Entity::Constant { value, declared });
    }

    pub(super) fn record(&mut self, record: &Record) {
        self.outermost(record.name.span, "a record");
        if record.fields.is_empty() {
            let message = format!("`{}` has no fields", record.name.text);
            self.fixable(
                record.name.span,
                message,
                "write some, such as `{ x: f32 }`",
            );
        }
        let mut fields: Vec<(String, u64)> = Vec::new();
        for (field, element) in &record.fields {
            if fields.iter().any(|(known, _)| *known == field.text) {
                let message = format!("there are two fields `{}`", field.text);
                self.fixable(field.span, message, "choose another name");
                continue;
            }
            match size_of_type(&element.text) {
                Some(bytes) => fields.push((field.text.clone(), bytes)),
                None => self.no_type(element, "a field"),
            }
        }
        self.declare(&record.name, Entity::Record(Kind::record(fields)));
    }

    fn no_type(&mut self, element: &Name, of: &str) {
        let known = TYPES.iter().map(|(name, _)| *name);
        let records = self.scope.iter().filter_map(|(name, entity)| {
            matches!(entity, Entity::Record(_)).then_some(name.text.as_str())
        });
        // What other languages call them.
        let others = [
            ("float", "f32"),
            ("double", "f64"),
            ("int", "i32"),
            ("char", "u8"),
            ("byte", "u8"),
            ("bool", "u8"),
        ];
        let meant = similar(&element.text, known.clone().chain(records)).or_else(|| {
            let other = similar(&element.text, others.iter().map(|(name, _)| *name))?;
            let found = others.iter().find(|(name, _)| *name == other);
            found.map(|(_, meant)| *meant)
        });
        let fix = match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("declare it: `record {} {{ x: f32 }}`", element.text),
        };
        let message = format!("`{}` is no type of {of}", element.text);
        let expected = known.collect::<Vec<_>>().join(", ");
        self.note(element.span, message, Some(expected), Some(fix));
    }

    pub(super) fn array(&mut self, array: &Array) {
        self.outermost(array.name.span, "an array");
        match self.sized(array) {
            Some(at) => self.declare(&array.name, Entity::Array(at)),
            None => self.declare(&array.name, Entity::Unknown),
        }
    }

    /// A whole number that has to be known before the program runs.
    fn constant(&mut self, expression: &Expression, what: &str) -> Option<i64> {
        let value = self.whole(expression)?;
        if value.known().is_none() {
            self.fixable(
                expression.span,
                format!("{what} has to be known before the program runs"),
                "make it of numbers and parameters",
            );
        }
        value.known()
    }

    fn sized(&mut self, array: &Array) -> Option<usize> {
        let name = &array.name.text;
        let dims: Vec<Option<i64>> = array
            .dims
            .iter()
            .map(|dim| self.constant(dim, "the size of an array"))
            .collect();
        let element = match size_of_type(&array.element.text) {
            Some(bytes) => Some(Kind {
                bytes,
                fields: Vec::new(),
            }),
            None => match self.find(&array.element.text) {
                Some(Entity::Record(kind)) => Some(kind.clone()),
                Some(Entity::Unknown) => None,
                _ if self.doubtful.contains(&array.element.text) => None,
                _ => {
                    self.no_type(&array.element, "an element");
                    None
                }
            },
        };
        let align = self.alignment(array);
        let base = self.base(array);
        let dims: Vec<i64> = dims.into_iter().collect::<Option<_>>()?;
        let element = element?;
        if element.bytes == 0 {
            return None;
        }
        for (dim, written) in dims.iter().zip(&array.dims) {
            if *dim < 1 {
                let message = format!("a dimension of `{name}` has {dim} elements");
                self.fixable(written.span, message, "give it at least 1");
                return None;
            }
        }
        let count = dims.iter().map(|dim| *dim as u128);
        let bytes = count.fold(u128::from(element.bytes), u128::saturating_mul);
        let whole = Span {
            end: array.dims.last().map_or(0, |dim| dim.span.end),
            ..array.name.span
        };
        if bytes > u128::from(LARGEST) {
            let size = crate::units::format_bytes(bytes as f64);
            let message = format!("`{name}` would take {size}, more than 1 TiB");
            self.fixable(whole, message, "choose smaller dimensions");
            return None;
        }
        if self.out.arrays.len() >= MOST_ARRAYS {
            let message = format!("there are more than {MOST_ARRAYS} arrays");
            self.fixable(array.name.span, message, "make one array of several");
            return None;
        }
        let count = bytes as u64 / element.bytes;
        let generator = self.generator(array, count, element.bytes);
        let contents = generator.map_or(Interval::ANY, |generator| {
            Interval::new(0, i128::from(generator.bound(count)) - 1)
        });
        self.contents.push(contents);
        self.out.generators.push(generator);
        self.wanted.push((base.is_some(), align));
        self.out.arrays.push(PlacedArray {
            name: name.clone(),
            base: base.unwrap_or(0),
            bytes: bytes as u64,
            element_bytes: element.bytes,
            dims: dims.iter().map(|dim| *dim as u64).collect(),
            order: if array.column {
                Order::Column
            } else {
                Order::Row
            },
            fields: element.fields,
        });
        Some(self.out.arrays.len() - 1)
    }

    fn alignment(&mut self, array: &Array) -> u64 {
        let Some(written) = &array.align else {
            return ALIGNMENT;
        };
        let align = self.constant(written, "an alignment");
        match align {
            Some(align) if (1..=1 << 30).contains(&align) && align.count_ones() == 1 => {
                align as u64
            }
            Some(align) => {
                let message = format!("{align} is no alignment");
                let fix = "write a power of two, such as 64";
                self.fixable(written.span, message, fix);
                ALIGNMENT
            }
            None => ALIGNMENT,
        }
    }

    fn base(&mut self, array: &Array) -> Option<u64> {
        let written = array.at.as_ref()?;
        let base = self.constant(written, "an address")?;
        match u64::try_from(base) {
            Ok(base) if base < ADDRESSES - LARGEST => Some(base),
            _ => {
                let message = format!("{base} is no address of this machine");
                let fix = "write one from 0 to 0xfeffffffffff";
                self.fixable(written.span, message, fix);
                None
            }
        }
    }

    fn generator(&mut self, array: &Array, count: u64, bytes: u64) -> Option<Generator> {
        let (name, arguments) = array.generator.as_ref()?;
        let known = Generator::ALL.iter().find(|(known, _)| *known == name.text);
        let Some((kind, usage)) = known else {
            let names = Generator::ALL.iter().map(|(name, _)| *name);
            let expected = Generator::ALL.map(|(_, usage)| usage).join(", ");
            let fix = similar(&name.text, names).map(|meant| format!("did you mean `{meant}`?"));
            let message = format!("`{}` makes no values", name.text);
            self.note(name.span, message, Some(expected), fix);
            return None;
        };
        if !array.element.text.starts_with(['u', 'i'])
            || size_of_type(&array.element.text).is_none()
        {
            let message = format!(
                "values are whole numbers, and `{}` is not",
                array.element.text
            );
            self.fixable(array.element.span, message, "write a type such as u32");
            return None;
        }
        // The seed may be left out.
        let takes = usage.matches(',').count() + 1;
        let right = match *kind {
            "iota" => arguments.is_empty(),
            _ => (takes - 1..=takes).contains(&arguments.len()),
        };
        if !right {
            let message = format!("`{kind}` does not take {} values", arguments.len());
            let place = arguments
                .last()
                .map_or(name.span, |last| name.span.to(last.span));
            self.note(place, message, Some(format!("`{usage}`")), None);
            return None;
        }
        let seed = match arguments.get(takes - 1) {
            Some(seed) => self.constant(seed, "a seed")? as u64,
            None => 1,
        };
        let generator = match *kind {
            "iota" => Generator::Iota,
            "permutation" => Generator::Permutation { seed },
            "cycle" => Generator::Cycle { seed },
            "random" => Generator::Random {
                bound: self.limit(&arguments[0], LARGEST_VALUE)?,
                seed,
            },
            _ => Generator::Zipf {
                bound: self.limit(&arguments[0], MOST_RANKS)?,
                skew: self.skew(&arguments[1])?,
                seed,
            },
        };
        self.fits(array, generator, count, bytes)
    }

    /// Whether there is room for the values, and for each in its element.
    fn fits(
        &mut self,
        array: &Array,
        generator: Generator,
        count: u64,
        bytes: u64,
    ) -> Option<Generator> {
        let arrays = self.out.generators.iter().zip(&self.out.arrays);
        let others: u64 = arrays
            .filter(|(generator, _)| generator.is_some())
            .map(|(_, array)| array.bytes / array.element_bytes)
            .sum();
        let name = &array.name;
        if others + count > MOST_VALUES {
            let message = format!("there are more than {MOST_VALUES} generated values");
            self.fixable(name.span, message, "choose smaller dimensions");
            return None;
        }
        let signed = array.element.text.starts_with('i');
        let bits = 8 * bytes - u64::from(signed);
        let largest = generator.bound(count) - 1;
        if bits < 64 && largest >> bits > 0 {
            let message = format!(
                "values up to {largest} do not fit into {}",
                array.element.text
            );
            self.fixable(
                array.element.span,
                message,
                "write a wider type, such as u32",
            );
            return None;
        }
        Some(generator)
    }

    fn limit(&mut self, written: &Expression, most: u64) -> Option<u64> {
        let bound = self.constant(written, "a bound")?;
        match u64::try_from(bound) {
            Ok(bound) if (1..=most).contains(&bound) => Some(bound),
            _ => {
                let message = format!("{bound} is no bound for values");
                self.fixable(written.span, message, format!("write one from 1 to {most}"));
                None
            }
        }
    }

    fn skew(&mut self, written: &Expression) -> Option<f64> {
        let skew = match written.kind {
            ExpressionKind::Real(skew) => skew,
            _ => self.constant(written, "a skew")? as f64,
        };
        if (0.0..=10.0).contains(&skew) {
            return Some(skew);
        }
        let fix = "write one from 0 (all alike) to 10";
        self.fixable(written.span, format!("{skew} is no skew"), fix);
        None
    }

    /// Gives every array its place, and tells of those that lie in one another.
    pub(super) fn place(&mut self) {
        layout::place(&mut self.out.arrays, &self.wanted);
        let arrays = &self.out.arrays;
        let mut clashes = Vec::new();
        for (at, array) in arrays.iter().enumerate() {
            let earlier = arrays[..at].iter().find(|other| array.overlaps(other));
            clashes.extend(earlier.map(|other| (array.name.clone(), other.clone())));
        }
        for (name, other) in clashes {
            let declared = self.scope.iter().find(|(known, _)| known.text == name);
            let span = declared.map(|(name, _)| name.span).unwrap_or_default();
            let message = format!("`{name}` lies in the memory of `{}`", other.name);
            let fix = format!(
                "move it behind, `at {:#x}` or later",
                other.base + other.bytes
            );
            self.fixable(span, message, fix);
        }
    }
}
