//! Generated programs of the loop language against a naive interpreter of its own.
//!
//! The interpreter walks the program as it was generated, not as it was parsed: it shares neither
//! grammar, nor layout, nor lowering with the code under test.

use fastrand::Rng;
use lab_core::trace::{
    Access, Kind, NoProbe, Recorder,
    program::{Extent, Instance, Program, format},
};
use proptest::prelude::*;

const VALUES: u64 = 16;
const DECLARED: &str = "param K = 3
record P { x: f32, y: f64, id: u8 }
array A[7][5]: f32
array B[6][4]: f64 order column at 0x500
array p[8]: P align 16
array idx[16]: u16 = random(16, 3)
";

#[derive(Debug)]
enum Number {
    Known(i64),
    Name(String),
    Binary(&'static str, Box<Number>, Box<Number>),
    Index(Box<Number>),
}

#[derive(Debug)]
struct Element {
    /// 0 for `A`, 1 for `B`, 2 for `p`.
    array: usize,
    indices: Vec<Number>,
}

#[derive(Debug)]
enum Statement {
    For(String, Number, Number, i64, Vec<Statement>),
    If(&'static str, Number, Number, Vec<Statement>, Vec<Statement>),
    Let(String, Number),
    Set(String, Number),
    Store(Element, Vec<Element>),
    Update(Element, Vec<Element>),
    Read(Element),
}

/// Makes up programs.
struct Maker {
    random: Rng,
    names: Vec<String>,
    counters: Vec<String>,
    scalars: Vec<String>,
    made: usize,
}

impl Maker {
    fn number(&mut self, depth: u32) -> Number {
        let choice = self.random.u32(..10);
        match choice {
            0..=1 => Number::Known(self.random.i64(-3..8)),
            2..=5 if !self.names.is_empty() => {
                Number::Name(self.names[self.random.usize(..self.names.len())].clone())
            }
            6..=8 if depth > 0 => {
                let operator = *self
                    .random
                    .choice(&["+", "-", "*", "min", "max", "+", "-"])
                    .expect("some");
                let sides = [self.number(depth - 1), self.number(depth - 1)];
                let [a, b] = sides.map(Box::new);
                Number::Binary(operator, a, b)
            }
            9 if depth > 0 && !self.counters.is_empty() => {
                // A counter divides: no quotient of two constants, which would be told at once.
                let counter = self.counters[self.random.usize(..self.counters.len())].clone();
                let operator = *self.random.choice(&["/", "%"]).expect("some");
                let a = Box::new(Number::Name(counter.clone()));
                let b = match self.random.bool() {
                    true => Number::Known(self.random.i64(1..4)),
                    false => Number::Name(counter),
                };
                Number::Binary(operator, a, Box::new(b))
            }
            _ => Number::Known(self.random.i64(0..4)),
        }
    }

    /// A number that is mostly from 0 to below `size`.
    fn index(&mut self, size: i64) -> Number {
        let number = self.number(2);
        match self.random.u32(..12) {
            0 => number,
            1..=3 => Number::Index(Box::new(wrapped(number, VALUES as i64))),
            _ => number,
        }
        .then(size, &mut self.random)
    }

    fn element(&mut self) -> Element {
        let array = self.random.usize(..3);
        let sizes: &[i64] = [&[7, 5][..], &[6, 4], &[8]][array];
        Element {
            array,
            indices: sizes.iter().map(|size| self.index(*size)).collect(),
        }
    }

    fn block(&mut self, depth: u32) -> Vec<Statement> {
        let scope = (self.names.len(), self.counters.len(), self.scalars.len());
        let count = self.random.usize(1..4);
        let block = (0..count).map(|_| self.statement(depth)).collect();
        self.names.truncate(scope.0);
        self.counters.truncate(scope.1);
        self.scalars.truncate(scope.2);
        block
    }

    fn fresh(&mut self) -> String {
        self.made += 1;
        format!("v{}", self.made)
    }

    fn statement(&mut self, depth: u32) -> Statement {
        match self.random.u32(..10) {
            0..=3 if depth > 0 => {
                let [from, to] = [self.number(1), self.number(1)];
                let to = Number::Binary("+", Box::new(to), Box::new(Number::Known(3)));
                let to = match self.random.bool() {
                    // Short enough, whatever it is.
                    true => Number::Binary("min", Box::new(to), Box::new(Number::Known(6))),
                    false => Number::Known(self.random.i64(0..6)),
                };
                let from = Number::Binary("max", Box::new(from), Box::new(Number::Known(-4)));
                let step = *self.random.choice(&[1, 1, 1, 2, 3, -1, -2]).expect("some");
                let (from, to) = match step < 0 {
                    true => (to, from),
                    false => (from, to),
                };
                let name = self.fresh();
                let scope = (self.names.len(), self.counters.len());
                self.names.push(name.clone());
                self.counters.push(name.clone());
                let body = self.block(depth - 1);
                self.names.truncate(scope.0);
                self.counters.truncate(scope.1);
                Statement::For(name, from, to, step, body)
            }
            4 if depth > 0 => {
                let comparison = *self
                    .random
                    .choice(&["<", "<=", "==", "!=", ">", ">="])
                    .expect("some");
                let [a, b] = [self.number(2), self.number(1)];
                let [then, otherwise] = [self.block(depth - 1), self.block(depth - 1)];
                Statement::If(comparison, a, b, then, otherwise)
            }
            5 => {
                let value = self.number(2);
                let name = self.fresh();
                self.names.push(name.clone());
                self.scalars.push(name.clone());
                Statement::Let(name, value)
            }
            6 if !self.scalars.is_empty() => {
                let name = self.scalars[self.random.usize(..self.scalars.len())].clone();
                // Stays small.
                let value = wrapped(self.number(2), 11);
                Statement::Set(name, value)
            }
            7 => Statement::Update(self.element(), vec![self.element()]),
            8 => Statement::Read(self.element()),
            _ => Statement::Store(self.element(), vec![self.element(), self.element()]),
        }
    }
}

/// A number brought to 0..size.
fn wrapped(number: Number, size: i64) -> Number {
    let known = |value| Box::new(Number::Known(value));
    let rest = Number::Binary("%", Box::new(number), known(size));
    let shifted = Number::Binary("+", Box::new(rest), known(size));
    Number::Binary("%", Box::new(shifted), known(size))
}

impl Number {
    /// Mostly wrapped to the size.
    fn then(self, size: i64, random: &mut Rng) -> Number {
        match random.u32(..8) {
            0 => self,
            1 => Number::Known(random.i64(..size).abs() % size),
            _ => wrapped(self, size),
        }
    }

    fn write(&self, out: &mut Vec<String>) {
        let mut word = |word: &str| out.push(word.to_owned());
        match self {
            Number::Known(value) if *value < 0 => {
                word("-");
                word(&(-value).to_string());
            }
            Number::Known(value) => word(&value.to_string()),
            Number::Name(name) => word(name),
            Number::Index(index) => {
                word("idx");
                word("[");
                index.write(out);
                out.push("]".to_owned());
            }
            Number::Binary(operator @ ("min" | "max"), a, b) => {
                word(operator);
                word("(");
                a.write(out);
                out.push(",".to_owned());
                b.write(out);
                out.push(")".to_owned());
            }
            Number::Binary(operator, a, b) => {
                word("(");
                a.write(out);
                out.push((*operator).to_owned());
                b.write(out);
                out.push(")".to_owned());
            }
        }
    }
}

impl Element {
    fn write(&self, out: &mut Vec<String>) {
        out.push(["A", "B", "p"][self.array].to_owned());
        for index in &self.indices {
            out.push("[".to_owned());
            index.write(out);
            out.push("]".to_owned());
        }
        if self.array == 2 {
            out.extend([".", "y"].map(str::to_owned));
        }
    }
}

fn write(block: &[Statement], out: &mut Vec<String>) {
    for statement in block {
        match statement {
            Statement::For(name, from, to, step, body) => {
                out.extend(["for", name, "in"].map(str::to_owned));
                from.write(out);
                out.push("..".to_owned());
                to.write(out);
                out.push("step".to_owned());
                Number::Known(*step).write(out);
                out.push("{".to_owned());
                write(body, out);
                out.push("}".to_owned());
            }
            Statement::If(comparison, a, b, then, otherwise) => {
                out.push("if".to_owned());
                a.write(out);
                out.push((*comparison).to_owned());
                b.write(out);
                out.push("{".to_owned());
                write(then, out);
                out.extend(["}", "else", "{"].map(str::to_owned));
                write(otherwise, out);
                out.push("}".to_owned());
            }
            Statement::Let(name, value) | Statement::Set(name, value) => {
                if matches!(statement, Statement::Let(..)) {
                    out.push("let".to_owned());
                }
                out.extend([name.as_str(), "="].map(str::to_owned));
                value.write(out);
            }
            Statement::Store(target, reads) | Statement::Update(target, reads) => {
                target.write(out);
                let plain = matches!(statement, Statement::Store(..));
                out.push(if plain { "=" } else { "+=" }.to_owned());
                for read in reads {
                    read.write(out);
                    out.push("*".to_owned());
                }
                out.push("2".to_owned());
            }
            Statement::Read(element) => element.write(out),
        }
        out.push(";".to_owned());
    }
}

/// Walks a program.
struct Walk {
    variables: Vec<(String, i64)>,
    counters: Vec<(String, i64)>,
    values: Vec<i64>,
    bases: [u64; 4],
    accesses: Vec<(Kind, u64, u32)>,
    /// The loop variables at each access.
    positions: Vec<Vec<(String, i64)>>,
}

/// The program does what it must not.
struct Fault;

impl Walk {
    fn tell(&mut self, kind: Kind, address: u64, bytes: u32) {
        self.accesses.push((kind, address, bytes));
        self.positions.push(self.counters.clone());
    }

    fn number(&mut self, number: &Number) -> Result<i64, Fault> {
        Ok(match number {
            Number::Known(value) => *value,
            Number::Name(name) => {
                let known = self.variables.iter().rev().find(|(known, _)| known == name);
                known.expect("declared").1
            }
            Number::Binary(operator, a, b) => {
                let (a, b) = (self.number(a)?, self.number(b)?);
                match *operator {
                    "+" => a + b,
                    "-" => a - b,
                    "*" => a * b,
                    "/" | "%" if b == 0 => return Err(Fault),
                    "/" => a / b,
                    "%" => a % b,
                    "min" => a.min(b),
                    _ => a.max(b),
                }
            }
            Number::Index(index) => {
                let index = self.number(index)?;
                if !(0..VALUES as i64).contains(&index) {
                    return Err(Fault);
                }
                self.tell(Kind::Load, self.bases[3] + 2 * index as u64, 2);
                self.values[index as usize]
            }
        })
    }

    fn place(&mut self, element: &Element) -> Result<(u64, u32), Fault> {
        let mut at = Vec::new();
        for index in &element.indices {
            at.push(self.number(index)?);
        }
        let sizes: &[i64] = [&[7, 5][..], &[6, 4], &[8]][element.array];
        if at.iter().zip(sizes).any(|(at, size)| at < &0 || at >= size) {
            return Err(Fault);
        }
        let base = self.bases[element.array];
        Ok(match element.array {
            0 => (base + 4 * (5 * at[0] + at[1]) as u64, 4),
            1 => (base + 8 * (at[0] + 6 * at[1]) as u64, 8),
            _ => (base + 24 * at[0] as u64 + 8, 8),
        })
    }

    fn read(&mut self, element: &Element) -> Result<(), Fault> {
        let (address, bytes) = self.place(element)?;
        self.tell(Kind::Load, address, bytes);
        Ok(())
    }

    fn block(&mut self, block: &[Statement]) -> Result<(), Fault> {
        let outside = self.variables.len();
        for statement in block {
            self.statement(statement)?;
        }
        self.variables.truncate(outside);
        Ok(())
    }

    fn statement(&mut self, statement: &Statement) -> Result<(), Fault> {
        match statement {
            Statement::For(name, from, to, step, body) => {
                let (mut at, to) = (self.number(from)?, self.number(to)?);
                while *step > 0 && at < to || *step < 0 && at > to {
                    self.variables.push((name.clone(), at));
                    self.counters.push((name.clone(), at));
                    self.block(body)?;
                    self.variables.pop();
                    self.counters.pop();
                    at += step;
                }
            }
            Statement::If(comparison, a, b, then, otherwise) => {
                let (a, b) = (self.number(a)?, self.number(b)?);
                let holds = match *comparison {
                    "<" => a < b,
                    "<=" => a <= b,
                    "==" => a == b,
                    "!=" => a != b,
                    ">" => a > b,
                    _ => a >= b,
                };
                self.block(if holds { then } else { otherwise })?;
            }
            Statement::Let(name, value) => {
                let value = self.number(value)?;
                self.variables.push((name.clone(), value));
            }
            Statement::Set(name, value) => {
                let value = self.number(value)?;
                let mut known = self.variables.iter_mut().rev();
                known.find(|(known, _)| known == name).expect("declared").1 = value;
            }
            Statement::Store(target, reads) => {
                for read in reads {
                    self.read(read)?;
                }
                let (address, bytes) = self.place(target)?;
                self.tell(Kind::Store, address, bytes);
            }
            Statement::Update(target, reads) => {
                let (address, bytes) = self.place(target)?;
                self.tell(Kind::Load, address, bytes);
                for read in reads {
                    self.read(read)?;
                }
                self.tell(Kind::Store, address, bytes);
            }
            Statement::Read(element) => self.read(element)?,
        }
        Ok(())
    }
}

fn made(seed: u64) -> (Vec<Statement>, String) {
    let mut maker = Maker {
        random: Rng::with_seed(seed),
        names: vec!["K".to_owned()],
        counters: Vec::new(),
        scalars: Vec::new(),
        made: 0,
    };
    let count = maker.random.usize(1..4);
    let program: Vec<_> = (0..count).map(|_| maker.statement(4)).collect();
    let mut words = Vec::new();
    write(&program, &mut words);
    let mut source = DECLARED.to_owned();
    for word in words {
        source.push_str(&word);
        source.push_str(match maker.random.u32(..40) {
            0 => " // why\n",
            1 => "\n",
            2 => "\n\n\n// alone\n",
            _ => " ",
        });
    }
    (program, source)
}

fn told(instance: &Instance) -> Vec<(Kind, u64, u32)> {
    let mut recorder = Recorder::default();
    instance.start().run(1 << 20, &mut recorder);
    let tell = |access: &Access| (access.kind, access.address, access.bytes);
    recorder.accesses.iter().map(tell).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn programs_do_what_the_interpreter_does(seed: u64) {
        let (program, source) = made(seed);
        let mut random = Rng::with_seed(3);
        let mut walk = Walk {
            variables: vec![("K".to_owned(), 3)],
            counters: Vec::new(),
            values: (0..VALUES).map(|_| random.u32(..VALUES as u32).into()).collect(),
            // A, then around B at 0x500, at multiples of 64; records at multiples of 16.
            bases: [0x1_0000, 0x500, 0x1_0000 + 7 * 5 * 4 + 4, 0x1_0180],
            accesses: Vec::new(),
            positions: Vec::new(),
        };
        let sound = walk.block(&program).is_ok();
        let parsed = match Program::parse(&source) {
            Ok(parsed) => parsed,
            Err(problems) => {
                // What is told before the run really happens in it.
                for problem in &problems {
                    prop_assert!(problem.message.contains("outside"), "{source}\n{problem}");
                }
                prop_assert!(!sound, "{source}\n{problems:?}");
                return Ok(());
            }
        };
        let instance = parsed.with(&[]).expect("checked");
        prop_assert_eq!(&told(&instance), &walk.accesses, "{}", source);
        if sound {
            match instance.accesses() {
                Extent::Exact(count) => prop_assert_eq!(count, walk.accesses.len() as u64, "{}", source),
                Extent::AtMost(count) => prop_assert!(count >= walk.accesses.len() as u64),
            }
        }
        // Cut anywhere, and gone on with from a snapshot, it is the same run.
        let mut cut = Rng::with_seed(seed);
        let mut cursor = instance.start();
        let mut recorder = Recorder::default();
        let mut at = 0;
        loop {
            if let Some(position) = walk.positions.get(at) {
                prop_assert_eq!(&cursor.position(), position, "access {} of {}", at, source);
            }
            let most = cut.u64(1..7);
            cursor.clone().run(most, &mut NoProbe);
            let count = cursor.run(most, &mut recorder);
            at += count as usize;
            if count < most {
                break;
            }
        }
        prop_assert_eq!(at, walk.accesses.len());
        prop_assert_eq!(cursor.fault().is_none(), sound, "{}\n{:?}", source, cursor.fault());
        // Formatting changes nothing but the looks, and does so once.
        let formatted = format(&source).expect("it can be read");
        prop_assert_eq!(&format(&formatted).expect("as well"), &formatted);
        let again = Program::parse(&formatted).expect("the same program");
        prop_assert_eq!(told(&again.with(&[]).expect("checked")), walk.accesses, "{}", formatted);
        prop_assert_eq!(formatted.matches("//").count(), source.matches("//").count());
    }
}
