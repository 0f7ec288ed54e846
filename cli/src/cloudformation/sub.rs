//! `Fn::Sub`: a text with `${names}`.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html>

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// As it is.
    Text(&'a str),
    /// `${name}`
    Name(&'a str),
}

/// The pieces of a text: `${!x}` is the text `${x}`, and so is API Gateway's own `${stageVariables.x}`.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after_name)) = after.split_once('}') else { break };
        pieces.push(Piece::Text(before));
        match name.strip_prefix('!') {
            Some(literal) => pieces.extend([Piece::Text("${"), Piece::Text(literal), Piece::Text("}")]),
            None if is_name(name) => pieces.push(Piece::Name(name)),
            None => pieces.extend([Piece::Text("${"), Piece::Text(name), Piece::Text("}")]),
        }
        rest = after_name;
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// Whether CloudFormation could know a name: `Env`, `AWS::Region`, `Function.Arn`.
fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'.' | b'_');
    !name.is_empty() && !name.starts_with("stageVariables.") && name.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_texts() {
        let check = |text: &str, expected: &str| {
            let shown: Vec<String> = pieces(text)
                .iter()
                .map(|piece| match piece {
                    Piece::Text(text) => (*text).to_owned(),
                    Piece::Name(name) => format!("<{name}>"),
                })
                .collect();
            assert_eq!(shown.concat(), expected, "{text}");
        };
        check("arn:${AWS::Partition}:${F.Arn}/x", "arn:<AWS::Partition>:<F.Arn>/x");
        check(
            "${!Literal} ${stageVariables.x} ${!stageVariables.y}",
            "${Literal} ${stageVariables.x} ${stageVariables.y}",
        );
        check("$input.body ${open $5 {proxy}", "$input.body ${open $5 {proxy}");
        check("$${Name} ${}", "$<Name> ${}");
        check("${a b} #if($x)#end", "${a b} #if($x)#end");
    }
}
