//! `[?(@.price < 10 && @.category == 'fiction')]`

use super::{MAX_DEPTH, Path};
use gatehouse_pattern::Pattern;

#[derive(Debug)]
pub(crate) enum Condition {
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    /// A path that leads somewhere.
    Exists(Path, bool),
    Compared(Box<Operand>, Relation, Box<Operand>),
}

#[derive(Debug)]
pub(crate) enum Operand {
    /// And whether it begins at the document's root.
    Path(Path, bool),
    Text(String),
    /// And as it was written.
    Number(f64, String),
    Bool(bool),
    Null,
    List(Vec<Operand>),
    Pattern(Box<Pattern>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Equal,
    NotEqual,
    /// `===`: of one kind, too.
    Same,
    NotSame,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Matches,
    In,
    NotIn,
    Size,
    Empty,
    Contains,
    All,
    SubsetOf,
    AnyOf,
    NoneOf,
}

const SIGNS: [(&str, Relation); 9] = [
    ("===", Relation::Same),
    ("!==", Relation::NotSame),
    ("==", Relation::Equal),
    ("!=", Relation::NotEqual),
    ("<=", Relation::LessEqual),
    (">=", Relation::GreaterEqual),
    ("=~", Relation::Matches),
    ("<", Relation::Less),
    (">", Relation::Greater),
];

/// In any case, a space behind them.
const WORDS: [(&str, Relation); 9] = [
    ("in", Relation::In),
    ("nin", Relation::NotIn),
    ("size", Relation::Size),
    ("empty", Relation::Empty),
    ("contains", Relation::Contains),
    ("all", Relation::All),
    ("subsetof", Relation::SubsetOf),
    ("anyof", Relation::AnyOf),
    ("noneof", Relation::NoneOf),
];

impl Condition {
    /// Reads what follows the question mark.
    pub(super) fn parse(text: &str, depth: u32, room: &mut usize) -> Result<Self, String> {
        let Some(inner) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) else {
            return Err("a filter stands in parentheses".into());
        };
        let mut reader = Reader { rest: inner.trim(), depth: depth + 1, room };
        let condition = reader.or()?;
        if reader.rest.trim().is_empty() { Ok(condition) } else { Err("a filter goes on too long".into()) }
    }
}

struct Reader<'t, 'r> {
    rest: &'t str,
    depth: u32,
    /// What patterns may still take, in bytes.
    room: &'r mut usize,
}

impl Reader<'_, '_> {
    fn found(&mut self, text: &str) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn or(&mut self) -> Result<Condition, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH * 2 {
            return Err("a filter nests too deep".into());
        }
        let mut all = vec![self.and()?];
        while self.found("||") {
            all.push(self.and()?);
        }
        self.depth -= 1;
        Ok(match all.pop() {
            Some(only) if all.is_empty() => only,
            last => {
                all.extend(last);
                Condition::Or(all)
            }
        })
    }

    fn and(&mut self) -> Result<Condition, String> {
        let mut all = vec![self.one()?];
        while self.found("&&") {
            all.push(self.one()?);
        }
        Ok(match all.pop() {
            Some(only) if all.is_empty() => only,
            last => {
                all.extend(last);
                Condition::And(all)
            }
        })
    }

    fn one(&mut self) -> Result<Condition, String> {
        if self.found("!") {
            self.depth += 1;
            if self.depth > MAX_DEPTH * 2 {
                return Err("a filter nests too deep".into());
            }
            let is_of_path = self.rest.trim_start().starts_with(['@', '$']);
            let inner = self.one()?;
            self.depth -= 1;
            return Ok(match inner {
                // Before a path that is compared Jayway reads over it.
                Condition::Compared(..) if is_of_path => inner,
                inner => Condition::Not(Box::new(inner)),
            });
        }
        if self.found("(") {
            let inner = self.or()?;
            return if self.found(")") { Ok(inner) } else { Err("a parenthesis is not closed".into()) };
        }
        let left = self.operand()?;
        if let Some(relation) = self.relation() {
            let right = self.operand()?;
            return Ok(Condition::Compared(Box::new(left), relation, Box::new(right)));
        }
        match left {
            Operand::Path(path, root) => Ok(Condition::Exists(path, root)),
            _ => Err("a filter compares nothing".into()),
        }
    }

    fn relation(&mut self) -> Option<Relation> {
        self.rest = self.rest.trim_start();
        for (sign, relation) in SIGNS {
            if self.found(sign) {
                return Some(relation);
            }
        }
        let (word, rest) = self.rest.split_once(' ')?;
        let (_, relation) = WORDS.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(word))?;
        self.rest = rest;
        Some(relation)
    }

    fn operand(&mut self) -> Result<Operand, String> {
        self.rest = self.rest.trim_start();
        let Some(first) = self.rest.chars().next() else { return Err("a filter ends too early".into()) };
        match first {
            '@' | '$' => {
                let end = path_end(self.rest);
                let (path, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
                self.rest = rest;
                Ok(Operand::Path(Path::parse_at(path, self.depth, self.room)?, first == '$'))
            }
            '\'' | '"' => self.delimited(first).map(Operand::Text),
            '/' => {
                let pattern = self.delimited('/')?;
                let flags = self.rest.bytes().take_while(u8::is_ascii_alphabetic).count();
                let (flags, rest) = self.rest.split_at_checked(flags).unwrap_or(("", self.rest));
                self.rest = rest;
                let pattern = if flags.contains('i') { format!("(?i){pattern}") } else { pattern };
                let pattern = Pattern::parse_whole(&pattern).map_err(|why| format!("a pattern with {}", why.reason))?;
                match self.room.checked_sub(pattern.size()) {
                    Some(room) => *self.room = room,
                    None => return Err("its patterns are too large together".into()),
                }
                Ok(Operand::Pattern(Box::new(pattern)))
            }
            '[' => {
                self.found("[");
                self.depth += 1;
                if self.depth > MAX_DEPTH * 2 {
                    return Err("a filter nests too deep".into());
                }
                let mut list = Vec::new();
                if !self.found("]") {
                    loop {
                        list.push(self.operand()?);
                        if self.found("]") {
                            break;
                        }
                        if !self.found(",") {
                            return Err("a list is not closed".into());
                        }
                    }
                }
                self.depth -= 1;
                Ok(Operand::List(list))
            }
            _ => self.word(),
        }
    }

    /// What stands between two of these, a backslash keeping the next one.
    fn delimited(&mut self, quote: char) -> Result<String, String> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, char)) = chars.next() {
            match char {
                '\\' => match chars.next() {
                    Some((_, next)) if next == quote => text.push(next),
                    Some((_, next)) if quote == '/' => text.extend(['\\', next]),
                    Some((_, next)) => text.push(next),
                    None => break,
                },
                char if char == quote => {
                    self.rest = self.rest.get(at + char.len_utf8()..).unwrap_or("");
                    return Ok(text);
                }
                char => text.push(char),
            }
        }
        Err("a quote is not closed".into())
    }

    fn word(&mut self) -> Result<Operand, String> {
        let end = self.rest.find([' ', ')', ',', ']', '&', '|', '=', '<', '>', '!']).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        match word {
            "true" => Ok(Operand::Bool(true)),
            "false" => Ok(Operand::Bool(false)),
            "null" => Ok(Operand::Null),
            number => match number.parse() {
                Ok(value) => Ok(Operand::Number(value, number.to_owned())),
                Err(_) => Err(format!("`{number}` is no value")),
            },
        }
    }
}

/// Where a path in a filter ends.
fn path_end(text: &str) -> usize {
    let (mut depth, mut round, mut quote) = (0u32, 0u32, None);
    for (at, char) in text.char_indices() {
        match (quote, char) {
            (Some(open), char) if open == char => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') if depth > 0 => quote = Some(char),
            (None, '[') => depth += 1,
            (None, ']') if depth > 0 => depth -= 1,
            (None, '(') => round += 1,
            (None, ')') if round > 0 => round -= 1,
            (None, ' ' | ')' | ',' | ']' | '=' | '<' | '>' | '!' | '&' | '|') if depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}
