//! The long form: words, joined by `and`, `or` and `not`, with parentheses. `and` binds closer than `or`.
//!
//! A word is known by its place, so that `country = IN` and `event = did` mean what they say.

use super::condition::condition;
use super::did::{ONCE, PRODUCT_VERBS};
use super::words::{Word, words};
use super::{Did, FILTER_DEPTH_MAX, Node, Operator, Verb, bad};
use crate::error::QueryError;

/// Most days that a behaviour looks back: a hundred years.
const DAYS_MAX: u32 = 36_525;

/// Reads the whole of `text`.
pub(super) fn parse(text: &str) -> Result<Node, QueryError> {
    let mut reader = Reader { words: words(text)?, at: 0, depth: 0 };
    let node = reader.any()?;
    match reader.peek() {
        None => Ok(node),
        Some(word) => {
            let what = shown(word);
            Err(bad(&what, "join conditions by `and` or `or`; put a value of several words into quotation marks"))
        }
    }
}

struct Reader {
    words: Vec<Word>,
    at: usize,
    depth: usize,
}

impl Reader {
    fn peek(&self) -> Option<&Word> {
        self.words.get(self.at)
    }

    fn next(&mut self) -> Option<Word> {
        let word = self.words.get(self.at).cloned();
        self.at += usize::from(word.is_some());
        word
    }

    /// Takes the next word if it is `keyword`, in any case.
    fn took(&mut self, keyword: &str) -> bool {
        let found = matches!(self.peek(), Some(Word::Bare(word)) if word.eq_ignore_ascii_case(keyword));
        self.at += usize::from(found);
        found
    }

    fn took_word(&mut self, wanted: &Word) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn any(&mut self) -> Result<Node, QueryError> {
        let mut nodes = vec![self.all()?];
        while self.took("or") {
            nodes.push(self.all()?);
        }
        Ok(Node::any(nodes))
    }

    fn all(&mut self) -> Result<Node, QueryError> {
        let mut nodes = vec![self.one()?];
        while self.took("and") {
            nodes.push(self.one()?);
        }
        Ok(Node::all(nodes))
    }

    fn one(&mut self) -> Result<Node, QueryError> {
        self.depth += 1;
        if self.depth > FILTER_DEPTH_MAX {
            return Err(bad("(((...", format!("nest up to {FILTER_DEPTH_MAX} deep")));
        }
        let node = if self.took("not") {
            self.one()?.negated()
        } else if self.took_word(&Word::Open) {
            self.rest_of_parentheses()?
        } else if self.took("did") {
            self.deed()?
        } else if let Some(verb) = PRODUCT_VERBS.iter().find(|(name, _)| self.took(name)).map(|(_, verb)| verb.clone())
        {
            self.product(verb)?
        } else {
            self.comparison(None)?
        };
        self.depth -= 1;
        Ok(node)
    }

    fn rest_of_parentheses(&mut self) -> Result<Node, QueryError> {
        let node = self.any()?;
        if self.took_word(&Word::Close) { Ok(node) } else { Err(self.expected("`)`")) }
    }

    /// `did [not] NAME [where (...)] [>= N [times]] [in Nd]`
    fn deed(&mut self) -> Result<Node, QueryError> {
        let negated = self.took("not");
        let name = self.value().ok_or_else(|| self.expected("an event's name, such as `did purchase`"))?;
        let verb = Verb::of_deed(&name);
        let matching = if self.took("where") {
            if !self.took_word(&Word::Open) {
                return Err(self.expected("parentheses around what must hold, such as `did click where (page = /)`"));
            }
            Some(self.rest_of_parentheses()?)
        } else {
            None
        };
        let did = self.how_often(Did::once(verb, matching))?;
        Ok(if negated { did.negated() } else { did })
    }

    /// `viewed sku = A`, `viewed sku A`, `viewed (sku = A or brand = B)`, then how often.
    fn product(&mut self, verb: Verb) -> Result<Node, QueryError> {
        let matching = if self.took_word(&Word::Open) {
            self.rest_of_parentheses()?
        } else {
            self.comparison(Some(Operator::Is))?
        };
        self.how_often(Did::once(verb, Some(matching)))
    }

    fn how_often(&mut self, mut did: Did) -> Result<Node, QueryError> {
        if let Some(Word::Sign(sign)) = self.peek().cloned() {
            self.at += 1;
            let number = self.value().and_then(|text| text.parse().ok());
            did.times = (sign, number.ok_or_else(|| self.expected("how many times"))?);
            let _ = self.took("times");
        }
        if self.took("in") {
            let text = self.value().unwrap_or_default();
            let digits = text.trim_end_matches(['d', 'D']);
            let days = digits.parse().ok().filter(|days| (1..=DAYS_MAX).contains(days));
            did.days = Some(days.ok_or_else(|| self.expected("days, such as `in 90d`"))?);
            if text == digits && !self.took("days") {
                return Err(self.expected("days, such as `in 90d`"));
            }
        }
        debug_assert!(did.times != ONCE || !did.holds_for_none());
        Ok(Node::Did(did))
    }

    /// `FIELD OPERATOR VALUE`; where `default` is given, the operator may be left out.
    fn comparison(&mut self, default: Option<Operator>) -> Result<Node, QueryError> {
        let name = self.field()?;
        if let Some(Word::Sign(operator)) = self.peek().cloned() {
            self.at += 1;
            return self.compared(&name, operator);
        }
        if self.took("is") {
            return self.known(&name);
        }
        if self.took("exists") {
            return compare(&name, Operator::IsNot, String::new());
        }
        let negated = if self.took("does") {
            if !self.took("not") {
                return Err(self.expected("`does not contain`, `does not exist`"));
            }
            if self.took("exist") {
                return compare(&name, Operator::Is, String::new());
            }
            true
        } else {
            self.took("not")
        };
        let node = if self.took("in") {
            self.list(&name)?
        } else if self.took("contains") || negated && self.took("contain") {
            self.compared(&name, Operator::Contains)?
        } else if self.took("starts") || negated && self.took("start") {
            self.with(&name, Operator::Starts)?
        } else if self.took("ends") || negated && self.took("end") {
            self.with(&name, Operator::Ends)?
        } else if let (Some(operator), false) = (default, negated) {
            self.compared(&name, operator)?
        } else {
            return Err(self.expected(&format!(
                "`=`, `!=`, `<`, `<=`, `>`, `>=`, `contains`, `starts with`, `ends with`, `in (...)` or `is known` behind `{name}`"
            )));
        };
        Ok(if negated { node.negated() } else { node })
    }

    fn known(&mut self, name: &str) -> Result<Node, QueryError> {
        let negated = self.took("not");
        let known = if self.took("known") {
            !negated
        } else if self.took("unknown") {
            negated
        } else {
            return Err(self.expected("`is known` or `is unknown`"));
        };
        compare(name, if known { Operator::IsNot } else { Operator::Is }, String::new())
    }

    fn with(&mut self, name: &str, operator: Operator) -> Result<Node, QueryError> {
        if self.took("with") { self.compared(name, operator) } else { Err(self.expected("`with`")) }
    }

    fn compared(&mut self, name: &str, operator: Operator) -> Result<Node, QueryError> {
        let value = self.value().ok_or_else(|| self.expected(&format!("a value for `{name}`")))?;
        compare(name, operator, value)
    }

    fn list(&mut self, name: &str) -> Result<Node, QueryError> {
        if !self.took_word(&Word::Open) {
            return Err(self.expected("values in parentheses, such as `in (DE, AT)`"));
        }
        let mut nodes = Vec::new();
        loop {
            nodes.push(self.compared(name, Operator::Is)?);
            if self.took_word(&Word::Close) {
                return Ok(Node::any(nodes));
            }
            if !self.took_word(&Word::Comma) {
                return Err(self.expected("`,` or `)`"));
            }
        }
    }

    /// Takes a field's name: `property:"my plan"` is one.
    fn field(&mut self) -> Result<String, QueryError> {
        let Some(Word::Bare(mut name)) = self.peek().cloned() else {
            return Err(self.expected("a dimension or field, `not`, `did` or `(`"));
        };
        self.at += 1;
        if name.ends_with(':')
            && let Some(Word::Quoted(rest)) = self.peek().cloned()
        {
            self.at += 1;
            name.push_str(&rest);
        }
        Ok(name)
    }

    fn value(&mut self) -> Option<String> {
        let (Word::Bare(value) | Word::Quoted(value)) = self.peek().cloned()? else { return None };
        self.at += 1;
        Some(value)
    }

    fn expected(&mut self, what: &str) -> QueryError {
        let found = self.next().map_or_else(|| "its end".to_owned(), |word| shown(&word));
        bad(&found, format!("here stands {what}"))
    }
}

fn compare(name: &str, operator: Operator, value: String) -> Result<Node, QueryError> {
    condition(name, operator, value).map(Node::Compare)
}

fn shown(word: &Word) -> String {
    match word {
        Word::Bare(text) => text.clone(),
        Word::Quoted(text) => format!("\"{text}\""),
        Word::Sign(operator) => operator.sign().to_owned(),
        Word::Open => "(".to_owned(),
        Word::Close => ")".to_owned(),
        Word::Comma => ",".to_owned(),
    }
}
