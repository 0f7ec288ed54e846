//! Templates that hold no Velocity: they render as they are. One that holds a reference or a directive is refused
//! by name until the template engine lands, for rendering it as text would be wrong.

use std::fmt;

/// A template that renders to its own text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal(String);

/// The first piece of Velocity in a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotLiteral {
    /// What was found, e.g. `$input` or `#foreach`.
    pub construct: String,
    /// Line in the template, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// The directives of Velocity 1.7. Another word behind `#` is text.
const DIRECTIVES: [&str; 14] = [
    "set", "if", "elseif", "else", "end", "foreach", "include", "parse", "stop", "break", "evaluate", "define",
    "macro", "literal",
];

impl Literal {
    /// Takes a template that holds no reference, directive, comment or escape of one.
    ///
    /// # Errors
    /// [`NotLiteral`] with the first piece of Velocity.
    pub fn parse(template: &str) -> Result<Self, NotLiteral> {
        for (at, sign) in template.match_indices(['$', '#']) {
            let rest = template.get(at..).unwrap_or_default();
            let construct = if sign == "$" { reference(rest) } else { directive(rest) };
            if let Some(construct) = construct {
                return Err(not_literal(template.get(..at).unwrap_or_default(), construct));
            }
        }
        Ok(Self(template.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// `$name`, `${name`, `$!name`, `$!{name`; a `$` at the very end too, which API Gateway refuses when it renders.
fn reference(text: &str) -> Option<String> {
    let body = text.strip_prefix('$')?;
    let name = body.strip_prefix('!').unwrap_or(body);
    let name = name.strip_prefix('{').unwrap_or(name);
    let word: String = name.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).collect();
    let starts = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    (starts || body.is_empty()).then(|| format!("${word}"))
}

/// `#word` and `#{word}` for the words of Velocity; `##`, `#*` and `#[[` begin a comment or a block.
fn directive(text: &str) -> Option<String> {
    let body = text.strip_prefix('#')?;
    for block in ["#", "*", "[["] {
        if body.starts_with(block) {
            return Some(format!("#{block}"));
        }
    }
    let name = body.strip_prefix('@').unwrap_or(body);
    let name = name.strip_prefix('{').unwrap_or(name);
    let word: String = name.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).collect();
    // Velocity reads `#elsex` as `#else` and text: the block words need no end of word.
    let known = DIRECTIVES.contains(&word.as_str()) || word.starts_with("else") || word.starts_with("end");
    known.then(|| format!("#{word}"))
}

fn not_literal(before: &str, construct: String) -> NotLiteral {
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    NotLiteral { construct, line, column }
}

impl fmt::Display for NotLiteral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { construct, line, column } = self;
        write!(f, "`{construct}` at line {line}, column {column} of the template: Velocity is not served yet")
    }
}

impl std::error::Error for NotLiteral {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_without_velocity_is_literal() {
        for text in [
            "",
            r#"{"statusCode": 200}"#,
            "costs $5 and 5$ more",
            "color: #333; #header { } #foo(1)",
            "# heading\n$ $( $. $[ #",
            "<a href=\"#top\">£</a>",
        ] {
            assert_eq!(Literal::parse(text).map(|literal| literal.0), Ok(text.to_owned()), "{text}");
        }
    }

    #[test]
    fn velocity_is_named_with_its_place() {
        let check = |text: &str, construct: &str, line, column| {
            let expected = NotLiteral { construct: construct.into(), line, column };
            assert_eq!(Literal::parse(text), Err(expected), "{text}");
        };
        check("a\n  $input.json('$')", "$input", 2, 3);
        check("$!{name}", "$name", 1, 1);
        check("${stageVariables.x}", "$stageVariables", 1, 1);
        check("é #if(true)#end", "#if", 1, 3);
        check("x#{else}", "#else", 1, 2);
        check("## comment", "##", 1, 1);
        check("#* block *#", "#*", 1, 1);
        check("#endx", "#endx", 1, 1);
        check("\\$name", "$name", 1, 2);
        check("costs 5$", "$", 1, 8);
    }
}
