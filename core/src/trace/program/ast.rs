//! A program as it is written.

/// Bytes of the source, from the first to behind the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    /// From the start of this one to the end of the other.
    pub fn to(self, other: Span) -> Span {
        Span {
            start: self.start,
            end: other.end.max(self.end),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Name {
    pub text: String,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum Statement {
    Param(Param),
    Record(Record),
    Array(Box<Array>),
    /// `let name = value`
    Let {
        name: Name,
        value: Expression,
    },
    /// `target = value`, or with `operator`, `target += value`
    Assign {
        target: Expression,
        operator: Option<Operator>,
        value: Expression,
        stream: bool,
    },
    /// An expression for its reads.
    Read {
        value: Expression,
        stream: bool,
    },
    For(Box<For>),
    If {
        condition: Condition,
        then: Vec<Statement>,
        otherwise: Vec<Statement>,
    },
    /// A loop or branch whose head could not be read: what stands in it is still looked at.
    Headless {
        names: Vec<Name>,
        body: Vec<Statement>,
    },
}

#[derive(Clone, Debug)]
pub struct Param {
    pub name: Name,
    pub default: i64,
    pub default_span: Span,
    /// As written, both ends included.
    pub range: Option<(i64, i64)>,
    pub doubling: bool,
}

#[derive(Clone, Debug)]
pub struct Record {
    pub name: Name,
    /// Names of fields and of their types.
    pub fields: Vec<(Name, Name)>,
}

#[derive(Clone, Debug)]
pub struct Array {
    pub name: Name,
    pub dims: Vec<Expression>,
    pub element: Name,
    pub align: Option<Expression>,
    pub column: bool,
    pub at: Option<Expression>,
    pub generator: Option<(Name, Vec<Expression>)>,
}

#[derive(Clone, Debug)]
pub struct For {
    pub parallel: bool,
    pub name: Name,
    pub from: Expression,
    pub to: Expression,
    /// Whether `to` is the last value (`..=`), not the one behind it.
    pub inclusive: bool,
    pub step: Option<Expression>,
    pub body: Vec<Statement>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Min,
    Max,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Comparison {
    /// What holds where this does not.
    pub fn opposite(self) -> Self {
        match self {
            Comparison::Equal => Comparison::Unequal,
            Comparison::Unequal => Comparison::Equal,
            Comparison::Less => Comparison::AtLeast,
            Comparison::AtMost => Comparison::More,
            Comparison::More => Comparison::AtMost,
            Comparison::AtLeast => Comparison::Less,
        }
    }
}

#[derive(Clone, Debug)]
pub enum Condition {
    Compare(Comparison, Box<(Expression, Expression)>),
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Not(Box<Condition>),
}

#[derive(Clone, Debug)]
pub struct Expression {
    pub kind: ExpressionKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum ExpressionKind {
    Integer(i64),
    /// A number whose value does not matter.
    Real(f64),
    Name(String),
    Element {
        array: Name,
        indices: Vec<Expression>,
        field: Option<Name>,
    },
    Binary(Operator, Box<Expression>, Box<Expression>),
}
