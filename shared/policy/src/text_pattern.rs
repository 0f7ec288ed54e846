//! The text of a policy as tokens: characters, wildcards, policy variables.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>

use crate::key::Key;

/// One step of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// This character, and no other.
    Char(char),
    /// `?`: one character, whichever.
    One,
    /// `*`: any number of characters.
    Many,
    /// `${key}`: the value of a key, every character of it literal.
    Variable(Variable),
}

/// `${key}` or `${key, 'default'}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    pub(crate) key: Key,
    pub(crate) default: Option<Box<str>>,
}

/// Which characters of a text are more than themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Syntax {
    /// `*` and `?` are wildcards.
    pub(crate) wildcards: bool,
    /// `${…}` is a variable: in the 2012 version of the language only.
    pub(crate) variables: bool,
}

/// The tokens of a text.
///
/// # Errors
/// What is wrong with a variable, as a clause.
pub(crate) fn tokens(text: &str, syntax: Syntax) -> Result<Vec<Token>, &'static str> {
    let mut tokens = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("${").filter(|_| syntax.variables) {
            let (token, after) = variable(after)?;
            tokens.push(token);
            rest = after;
            continue;
        }
        tokens.push(match letter {
            '*' if syntax.wildcards => Token::Many,
            '?' if syntax.wildcards => Token::One,
            _ => Token::Char(letter),
        });
        rest = rest.strip_prefix(letter).unwrap_or_default();
    }
    Ok(tokens)
}

/// What follows a `${`, and the text after its `}`.
fn variable(text: &str) -> Result<(Token, &str), &'static str> {
    for (escape, letter) in [("*}", '*'), ("?}", '?'), ("$}", '$')] {
        if let Some(after) = text.strip_prefix(escape) {
            return Ok((Token::Char(letter), after));
        }
    }
    let end = text.find([',', '}']).ok_or("a variable without a closing brace")?;
    let (name, rest) = text.split_at_checked(end).unwrap_or_default();
    if name.is_empty() {
        return Err("a variable without a name");
    }
    if name.contains(|letter: char| letter.is_whitespace()) {
        return Err("a variable whose name holds a space");
    }
    if name.contains(['$', '{', '*', '?', '\'']) {
        return Err("a variable whose name holds an unsupported symbol");
    }
    let key = Key::new(name);
    if let Some(after) = rest.strip_prefix('}') {
        return Ok((Token::Variable(Variable { key, default: None }), after));
    }
    let rest = rest.strip_prefix(", ").or_else(|| rest.strip_prefix(',')).unwrap_or_default();
    let quoted = rest.strip_prefix('\'').ok_or("a variable whose default is not in single quotes")?;
    let (default, after) = quoted.split_once("'}").ok_or("a variable whose default has no closing quote")?;
    Ok((Token::Variable(Variable { key, default: Some(default.into()) }), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Syntax = Syntax { wildcards: true, variables: true };

    /// Tokens in a readable form: `‹*›`, `‹?›`, `‹key›`, `‹key=default›`.
    fn readable(text: &str, syntax: Syntax) -> String {
        let token = |token: &Token| match token {
            Token::Char(letter) => letter.to_string(),
            Token::One => "‹?›".to_owned(),
            Token::Many => "‹*›".to_owned(),
            Token::Variable(Variable { key, default: None }) => format!("‹{key}›"),
            Token::Variable(Variable { key, default: Some(default) }) => format!("‹{key}={default}›"),
        };
        tokens(text, syntax).map_or_else(str::to_owned, |tokens| tokens.iter().map(token).collect())
    }

    #[test]
    fn wildcards_and_variables_are_tokens_and_everything_else_is_itself() {
        for (text, expected) in [
            ("a*b?c", "a‹*›b‹?›c"),
            ("[a-z]+.$|\\", "[a-z]+.$|\\"),
            ("home/${aws:username}/*", "home/‹aws:username›/‹*›"),
            ("${AWS:UserName}", "‹aws:username›"),
            ("${aws:PrincipalTag/Team, 'none'}x", "‹aws:principaltag/team=none›x"),
            ("${aws:username,'a}b'}", "‹aws:username=a}b›"),
            ("${aws:username, ''}", "‹aws:username=›"),
            ("${*}${?}${$}{aws:username}", "*?${aws:username}"),
            ("$default/$connect/$", "$default/$connect/$"),
        ] {
            assert_eq!(readable(text, ALL), expected, "{text}");
        }
    }

    #[test]
    fn a_broken_variable_is_refused() {
        for (text, expected) in [
            ("${aws:username", "a variable without a closing brace"),
            ("${}", "a variable without a name"),
            ("${ aws:username}", "a variable whose name holds a space"),
            ("${aws:${x}}", "a variable whose name holds an unsupported symbol"),
            ("${aws:username, none}", "a variable whose default is not in single quotes"),
            ("${aws:username,  'none'}", "a variable whose default is not in single quotes"),
            ("${aws:username, 'none}", "a variable whose default has no closing quote"),
            ("${aws:username,", "a variable whose default is not in single quotes"),
        ] {
            assert_eq!(readable(text, ALL), expected, "{text}");
        }
    }

    #[test]
    fn what_is_switched_off_is_literal() {
        assert_eq!(readable("a*${aws:username}", Syntax { wildcards: true, variables: false }), "a‹*›${aws:username}");
        assert_eq!(readable("a*${*}", Syntax { wildcards: false, variables: true }), "a**");
        assert_eq!(readable("${", Syntax { wildcards: false, variables: false }), "${");
    }
}
