//! JSONPath as Jayway's library reads it, not as RFC 9535 does.

mod comparison;
mod evaluate;
mod filter;

pub(crate) use filter::{Condition, Operand, Relation};

/// A path, read.
#[derive(Debug)]
pub(crate) struct Path {
    steps: Vec<Step>,
    /// A function at its end.
    function: Option<Function>,
    /// What its patterns take, compiled, in bytes.
    pub(crate) patterns: usize,
}

#[derive(Debug)]
enum Step {
    /// `.a`, `['a']`, `['a','b']`
    Names(Vec<String>),
    /// `[0]`, `[0,1]`, `[-1]`
    Indices(Vec<i32>),
    /// `[a:b]`, either end missing.
    Slice(Option<i32>, Option<i32>),
    Wildcard,
    /// `..`, before another step.
    Scan,
    /// `[?(...)]`
    Filter(Condition),
}

/// What a path may end with: Jayway's since 2.1; the version AWS runs is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    Length,
    Min,
    Max,
    Sum,
    Avg,
    StdDev,
    Keys,
}

/// Is this a path that `$input.path` takes?
///
/// # Errors
/// Why not.
pub fn check_path(text: &str) -> Result<(), String> {
    Path::parse(text).map(|_| ())
}

/// How many steps a path may have, and how deep its filters may nest.
const MAX_STEPS: usize = 256;
const MAX_DEPTH: u32 = 16;
/// How much its patterns may take together, compiled, in bytes.
const MAX_PATTERNS: usize = 1 << 20;

impl Path {
    /// Reads a path; without `$` in front it is taken from there.
    ///
    /// # Errors
    /// What Jayway would throw `InvalidPathException` for.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut room = MAX_PATTERNS;
        let mut path = Self::parse_at(text, 0, &mut room)?;
        path.patterns = MAX_PATTERNS - room;
        Ok(path)
    }

    /// `room` is what patterns may still take.
    fn parse_at(text: &str, depth: u32, room: &mut usize) -> Result<Self, String> {
        let text = text.trim();
        let wrong = |why: &str| Err(format!("`{}` is no path: {why}", text.chars().take(100).collect::<String>()));
        if text.is_empty() {
            return wrong("it is empty");
        }
        if text.ends_with("..") {
            return wrong("it ends with a scan");
        }
        let rest = match text.strip_prefix(['$', '@']) {
            Some(rest) if rest.is_empty() || rest.starts_with(['.', '[']) => rest.to_owned(),
            Some(_) => return wrong("`$` is followed by neither a dot nor a bracket"),
            None => format!(".{text}"),
        };
        let mut path = Self { steps: Vec::new(), function: None, patterns: 0 };
        let mut rest = rest.as_str();
        while !rest.is_empty() {
            if path.function.is_some() || path.steps.len() > MAX_STEPS {
                return wrong("it is too long");
            }
            rest = match path.step(rest, depth, room) {
                Ok(rest) => rest,
                Err(why) => return wrong(&why),
            };
        }
        if matches!(path.steps.last(), Some(Step::Scan)) {
            return wrong("it ends with a scan");
        }
        if path.function == Some(Function::Length) && path.begins_with_scan() {
            // The length of all that is found together is how many elements that has.
            path.steps.push(Step::Wildcard);
        }
        Ok(path)
    }

    /// Whether it leads to one value at most. Several names at the end lead to one map of them.
    pub(crate) fn is_definite(&self) -> bool {
        let last = self.steps.len().saturating_sub(1);
        self.steps.iter().enumerate().all(|(at, step)| match step {
            Step::Names(names) => names.len() == 1 || at == last,
            Step::Indices(indices) => indices.len() == 1,
            Step::Slice(..) | Step::Wildcard | Step::Scan | Step::Filter(_) => false,
        })
    }

    fn begins_with_scan(&self) -> bool {
        matches!(self.steps.first(), Some(Step::Scan))
    }

    fn step<'t>(&mut self, text: &'t str, depth: u32, room: &mut usize) -> Result<&'t str, String> {
        if let Some(rest) = text.strip_prefix("..") {
            self.steps.push(Step::Scan);
            return if rest.starts_with(['[', '.']) { Ok(rest) } else { self.name(rest) };
        }
        if let Some(rest) = text.strip_prefix('.') {
            return if rest.starts_with('[') { Ok(rest) } else { self.name(rest) };
        }
        let Some(inner) = text.strip_prefix('[') else { return Err("a bracket or a dot is missing".into()) };
        let (content, rest) = bracketed(inner)?;
        let content = content.trim();
        self.steps.push(if content == "*" {
            Step::Wildcard
        } else if content.starts_with(['\'', '"']) {
            Step::Names(names(content)?)
        } else if let Some(filter) = content.strip_prefix('?') {
            if depth >= MAX_DEPTH {
                return Err("its filters nest too deep".into());
            }
            Step::Filter(Condition::parse(filter.trim(), depth, room)?)
        } else {
            indices(content)?
        });
        Ok(rest)
    }

    /// A name after a dot, `*`, or a function.
    fn name<'t>(&mut self, text: &'t str) -> Result<&'t str, String> {
        let end = text.find(['.', '[', ' ', '(']).unwrap_or(text.len());
        let (name, rest) = text.split_at_checked(end).unwrap_or((text, ""));
        if let Some(rest) = rest.strip_prefix('(') {
            self.function = Some(match name {
                "length" | "size" => Function::Length,
                "min" => Function::Min,
                "max" => Function::Max,
                "sum" => Function::Sum,
                "avg" => Function::Avg,
                "stddev" => Function::StdDev,
                "keys" => Function::Keys,
                _ => return Err(format!("`{name}` is no function")),
            });
            return match rest.trim_start().strip_prefix(')') {
                Some("") => Ok(""),
                _ => Err("a function ends a path, and takes nothing".into()),
            };
        }
        if rest.starts_with(' ') {
            return Err("a space in it".into());
        }
        match name {
            "" => return Err("a name is missing".into()),
            "*" => self.steps.push(Step::Wildcard),
            name => self.steps.push(Step::Names(vec![name.to_owned()])),
        }
        Ok(rest)
    }
}

/// What stands in brackets, and what follows them.
fn bracketed(text: &str) -> Result<(&str, &str), String> {
    let (mut depth, mut quote, mut escaped) = (0u32, None, false);
    for (at, char) in text.char_indices() {
        match (quote, char) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), char) if open == char => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(char),
            (None, '[') => depth += 1,
            (None, ']') if depth > 0 => depth -= 1,
            (None, ']') => {
                let (content, rest) = text.split_at_checked(at).unwrap_or((text, ""));
                return Ok((content, rest.get(1..).unwrap_or("")));
            }
            _ => {}
        }
    }
    Err("a bracket is not closed".into())
}

/// `'a', "b"`
fn names(text: &str) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    let mut rest = text;
    loop {
        let Some(quote) = rest.chars().next().filter(|char| matches!(char, '\'' | '"')) else {
            return Err("a name is not quoted".into());
        };
        let mut name = String::new();
        let mut chars = rest.char_indices().skip(1);
        let end = loop {
            match chars.next() {
                None => return Err("a quote is not closed".into()),
                Some((_, '\\')) => name.extend(chars.next().map(|(_, char)| char)),
                Some((at, char)) if char == quote => break at + 1,
                Some((_, char)) => name.push(char),
            }
        };
        names.push(name);
        rest = rest.get(end..).unwrap_or("").trim_start();
        match rest.strip_prefix(',') {
            Some(more) => rest = more.trim_start(),
            None if rest.is_empty() => return Ok(names),
            None => return Err("a comma is missing".into()),
        }
    }
}

/// `0`, `0,1`, `1:2`, `:2`, `-1:`
fn indices(text: &str) -> Result<Step, String> {
    let number = |text: &str| text.trim().parse::<i32>().map_err(|_| format!("`{text}` is no index"));
    if text.contains(':') {
        // A step is read over, as by Jayway.
        let mut parts = text.splitn(3, ':').map(str::trim);
        let mut end = || match parts.next() {
            None | Some("") => Ok(None),
            Some(text) => number(text).map(Some),
        };
        return match (end()?, end()?) {
            (None, None) => Err("a slice without ends".into()),
            (from, to) => Ok(Step::Slice(from, to)),
        };
    }
    text.split(',').map(number).collect::<Result<_, _>>().map(Step::Indices)
}
