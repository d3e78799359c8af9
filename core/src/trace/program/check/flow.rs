//! Loops and conditions.

use super::{
    super::{
        ast::{Condition, For, Operator},
        tree::{Interval, Loop, Node, Test, Value, trips},
    },
    Checker, Entity, MOST_THREADS, Role, fold,
};

impl Checker<'_> {
    pub(super) fn for_loop(&mut self, looped: &For, nodes: &mut Vec<Node>) {
        let [from, mut to] = [&looped.from, &looped.to].map(|bound| self.whole(bound));
        let step = match &looped.step {
            Some(step) => self.whole(step),
            None => Some(Value::Known(1)),
        };
        if looped.inclusive {
            // One further in the direction of the loop.
            let further = match step.as_ref().map(Value::known) {
                Some(Some(step)) => step.signum(),
                Some(None) => {
                    let message = "whether `..=` counts up or down is not known";
                    self.fixable(
                        looped.to.span,
                        message,
                        "write `..` and the value behind the last",
                    );
                    1
                }
                None => 1,
            };
            let place = looped.to.span;
            to = to.map(|to| fold(Operator::Add, to, Value::Known(further), place));
        }
        let place = looped
            .step
            .as_ref()
            .map_or(looped.name.span, |step| step.span);
        if step == Some(Value::Known(0)) {
            self.fixable(
                place,
                "a step of 0 never gets to the end",
                "write a step such as 1",
            );
        }
        if looped.parallel && self.parallel {
            let message = "`parallel for` stands inside another one";
            self.fixable(looped.name.span, message, "leave out one `parallel`");
        }
        let head = looped.name.span.to(place).to(looped.to.span);
        let found = from.zip(to).zip(step);
        let bounds = found.as_ref().map(|((from, to), step)| {
            let [from, to, step] = [from, to, step].map(|value| self.interval(value));
            // With a step that may lead down the start is the largest; the end is not reached.
            if step.least > 0 {
                Interval::new(from.least, (to.most - 1).max(from.least))
            } else if step.most < 0 {
                Interval::new((to.least + 1).min(from.most), from.most)
            } else {
                Interval::new(from.least.min(to.least), from.most.max(to.most))
            }
        });
        let bounds = bounds.unwrap_or(Interval::ANY);
        let slot = self.slot(&looped.name.text, bounds, Role::Counter);
        let outer = self.ranges.clone();
        self.ranges = found
            .as_ref()
            .and_then(|((from, to), step)| Some((from.known()?, to.known()?, step.known()?)))
            .and_then(|(from, to, step)| {
                let count = trips(from, to, step).filter(|count| *count > 0)?;
                if looped.parallel && count > MOST_THREADS {
                    self.fixable(
                        head,
                        format!("this starts {count} threads"),
                        format!("run at most {MOST_THREADS}: give each a share of the work"),
                    );
                }
                let last = i128::from(from) + (i128::from(count) - 1) * i128::from(step);
                let mut ranges = self.ranges.take()?;
                ranges.insert(slot, (from, last as i64));
                Some(ranges)
            });
        let outside = self.scope.len();
        self.declare(&looped.name, Entity::Counter(slot));
        let parallel = self.parallel;
        self.parallel |= looped.parallel;
        self.depth += 1;
        let body = self.block(&looped.body);
        self.depth -= 1;
        self.parallel = parallel;
        self.scope.remove(outside);
        self.ranges = outer;
        if let Some(((from, to), step)) = found {
            nodes.push(Node::For(Box::new(Loop {
                slot,
                from,
                to,
                step,
                parallel: looped.parallel,
                body,
                span: head,
            })));
        }
    }

    pub(super) fn condition(&mut self, condition: &Condition) -> Option<Test> {
        Some(match condition {
            Condition::Compare(comparison, sides) => {
                let (left, right) = &**sides;
                let [left, right] = [left, right].map(|side| self.whole(side));
                Test::Compare(*comparison, left?, right?)
            }
            Condition::And(left, right) => {
                let [left, right] = [left, right].map(|side| self.condition(side));
                Test::And(Box::new(left?), Box::new(right?))
            }
            Condition::Or(left, right) => {
                let [left, right] = [left, right].map(|side| self.condition(side));
                Test::Or(Box::new(left?), Box::new(right?))
            }
            Condition::Not(inner) => Test::Not(Box::new(self.condition(inner)?)),
        })
    }
}
