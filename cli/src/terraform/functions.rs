//! Lambda functions: a plan does not know their ARNs, which their names, the account and the region make.

use super::argument::Argument;
use super::attributes::Attributes;
use super::document::Resource;
use super::references::Referred;
use crate::cloudformation::{call, function_uri, list};
use crate::source::{At, Tree};

const FUNCTIONS: &[&str] = &["aws_lambda_function", "aws_lambda_alias"];

impl<'d> Attributes<'d> {
    /// A URI: that of a function by the function, for a plan knows neither ARN.
    pub(super) fn uri(&mut self, argument: Argument<'d>) -> Option<Tree> {
        if argument.unknown.is_none() {
            return argument.value.cloned();
        }
        let Referred { found, is_open, is_by_key, count, .. } = self.referred(argument, FUNCTIONS);
        let is_bare = matches!(argument.name, "integration_uri" | "target");
        let is_authorizer = argument.name == "authorizer_uri";
        match found.as_slice() {
            // Of several references, or of an ARN in a longer text, that text is not told.
            [(function, attribute)] if !is_open && count == 1 && !(is_by_key && is_authorizer) => {
                match (attribute.as_str(), is_bare) {
                    ("invoke_arn", _) | ("", false) => {
                        let arn = function_arn(function, argument.at);
                        Some(function_uri(arn, "2015-03-31", "/invocations"))
                    }
                    ("arn" | "", true) => Some(function_arn(function, argument.at)),
                    _ => return self.plain(argument),
                }
                .inspect(|_| {
                    if is_by_key {
                        self.by_key(argument)
                    }
                })
            }
            _ => self.plain(argument),
        }
    }

    /// A function's own name, or which function an alias is of; nothing where that is not known.
    pub(super) fn function_name(&mut self, argument: Argument<'d>) -> Option<Tree> {
        if argument.unknown.is_none() {
            return argument.value.cloned();
        }
        match self.referred(argument, &["aws_lambda_function"]).found.as_slice() {
            [(function, _)] => Some(call("Ref", Tree::string(&function.address, argument.at))),
            _ => None,
        }
    }
}

fn function_arn(function: &Resource<'_>, at: At) -> Tree {
    let name = Tree::string(&function.address, at);
    match function.kind {
        "aws_lambda_alias" => call("Ref", name),
        _ => call("Fn::GetAtt", list(vec![name, Tree::string("Arn", at)], at)),
    }
}
