//! `$filter` expressions (DSP0266, "The $filter query parameter"): parse once, test each member.
//!
//! - Comparisons `eq ne gt ge lt le` of a property (`A/B` for a nested one) with a string, number, boolean or `null`.
//! - `and`, `or`, `not` and parentheses; nesting is bounded, so that an expression cannot exhaust the stack.
//! - A property that a member does not have makes its comparison false.

use serde_json::Value;

const MAX_DEPTH: usize = 16;

/// A parsed expression.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Filter {
    Compare(String, Operator, Value),
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

impl Filter {
    /// Parses an expression; `None` when it is not one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let tokens = tokens(text)?;
        let mut parser = Parser { tokens: &tokens, at: 0 };
        let filter = parser.disjunction(0)?;
        (parser.at == tokens.len()).then_some(filter)
    }

    /// Whether a member satisfies the expression.
    pub(crate) fn accepts(&self, member: &Value) -> bool {
        match self {
            Self::And(left, right) => left.accepts(member) && right.accepts(member),
            Self::Or(left, right) => left.accepts(member) || right.accepts(member),
            Self::Not(inner) => !inner.accepts(member),
            Self::Compare(path, operator, literal) => {
                let found = path.split('/').try_fold(member, |at, name| at.get(name));
                found.is_some_and(|found| compare(found, *operator, literal))
            }
        }
    }
}

fn compare(found: &Value, operator: Operator, literal: &Value) -> bool {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let order = match (found, literal) {
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Number(a), Value::Number(b)) => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => a.partial_cmp(&b),
            _ => None,
        },
        (a, b) if a == b => Some(Equal),
        _ => None,
    };
    match operator {
        Operator::Eq => order == Some(Equal),
        Operator::Ne => order != Some(Equal),
        Operator::Gt => order == Some(Greater),
        Operator::Ge => matches!(order, Some(Greater | Equal)),
        Operator::Lt => order == Some(Less),
        Operator::Le => matches!(order, Some(Less | Equal)),
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Open,
    Close,
    Word(String),
    Text(String),
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut out = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(&next) = rest.peek() {
        match next {
            ' ' => {
                rest.next();
            }
            '(' | ')' => {
                out.push(if next == '(' { Token::Open } else { Token::Close });
                rest.next();
            }
            '\'' => {
                rest.next();
                let mut literal = String::new();
                loop {
                    match rest.next()? {
                        // A doubled quote stands for one quote.
                        '\'' if rest.peek() == Some(&'\'') => {
                            rest.next();
                            literal.push('\'');
                        }
                        '\'' => break,
                        other => literal.push(other),
                    }
                }
                out.push(Token::Text(literal));
            }
            _ => {
                let mut word = String::new();
                while let Some(&letter) = rest.peek() {
                    if matches!(letter, ' ' | '(' | ')' | '\'') {
                        break;
                    }
                    word.push(letter);
                    rest.next();
                }
                out.push(Token::Word(word));
            }
        }
    }
    Some(out)
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl Parser<'_> {
    fn word(&mut self, wanted: &str) -> bool {
        let hit = matches!(self.tokens.get(self.at), Some(Token::Word(word)) if word == wanted);
        self.at += usize::from(hit);
        hit
    }

    fn next(&mut self) -> Option<&Token> {
        let token = self.tokens.get(self.at);
        self.at += 1;
        token
    }

    fn disjunction(&mut self, depth: usize) -> Option<Filter> {
        let mut left = self.conjunction(depth)?;
        while self.word("or") {
            left = Filter::Or(Box::new(left), Box::new(self.conjunction(depth)?));
        }
        Some(left)
    }

    fn conjunction(&mut self, depth: usize) -> Option<Filter> {
        let mut left = self.term(depth)?;
        while self.word("and") {
            left = Filter::And(Box::new(left), Box::new(self.term(depth)?));
        }
        Some(left)
    }

    fn term(&mut self, depth: usize) -> Option<Filter> {
        if depth > MAX_DEPTH {
            return None;
        }
        if self.word("not") {
            return Some(Filter::Not(Box::new(self.term(depth + 1)?)));
        }
        match self.next()?.clone() {
            Token::Open => {
                let inner = self.disjunction(depth + 1)?;
                (self.next()? == &Token::Close).then_some(inner)
            }
            Token::Word(property) => {
                let Token::Word(operator) = self.next()?.clone() else { return None };
                let operator = match operator.as_str() {
                    "eq" => Operator::Eq,
                    "ne" => Operator::Ne,
                    "gt" => Operator::Gt,
                    "ge" => Operator::Ge,
                    "lt" => Operator::Lt,
                    "le" => Operator::Le,
                    _ => return None,
                };
                let literal = match self.next()?.clone() {
                    Token::Text(text) => Value::String(text),
                    // Numbers, true, false and null are written as in JSON.
                    Token::Word(word) => serde_json::from_str(&word).ok()?,
                    Token::Open | Token::Close => return None,
                };
                Some(Filter::Compare(property, operator, literal))
            }
            Token::Close | Token::Text(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn accepts(filter: &str) -> bool {
        let member = json!({"Id": "Administrator", "Speed": 25, "Status": {"Health": "OK"}, "Lit": false});
        Filter::parse(filter).is_some_and(|filter| filter.accepts(&member))
    }

    #[test]
    fn comparisons_and_logic() {
        assert!(accepts("Id eq 'Administrator'"));
        assert!(!accepts("Id ne 'Administrator'"));
        assert!(accepts("Speed ge 25 and Status/Health eq 'OK'"));
        assert!(accepts("not (Speed lt 25 or Lit eq true)"));
        assert!(!accepts("Colour eq 'red'"));
        assert!(!accepts("not Speed gt 24"));
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        let deep = format!("{}Id eq 'x'{}", "(".repeat(40), ")".repeat(40));
        for text in [
            "",
            "Id",
            "Id eq",
            "Id like 'x'",
            "Id eq 'x",
            "(Id eq 'x'",
            "Id eq 'x' and",
            "Id eq x",
            deep.as_str(),
        ] {
            assert_eq!(Filter::parse(text), None, "{text}");
        }
    }
}
