//! Where Lambda functions live: at AWS, unless the deployment document says otherwise.

use std::collections::BTreeMap;

use super::config;
use super::origin::{Origin, Scheme};
use crate::{Place, Problem};

/// Where functions live, by ARN with or without qualifier; `*` for every other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Functions(BTreeMap<String, Function>);

/// Where a function lives here, and what it is asked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// What to connect to.
    pub origin: Origin,
    /// The `Host` header to send.
    pub authority: String,
    /// How it is asked.
    pub protocol: FunctionProtocol,
    /// The region for which requests are signed; none where nobody asks for signatures.
    pub signing_region: Option<String>,
}

/// How a function is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FunctionProtocol {
    /// Lambda's own Invoke API: `POST /2015-03-31/functions/{arn}/invocations`.
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>
    Lambda,
    /// Any endpoint that takes the event as a POST to this path, and returns the result.
    Http {
        /// Path and query.
        path: String,
    },
}

impl Functions {
    /// Where the function of an ARN lives. What the document does not name lives at AWS, in the region of its ARN.
    #[must_use]
    pub fn find(&self, arn: &str) -> Function {
        let known = self.0.get(arn).or_else(|| self.0.get(unqualified(arn))).or_else(|| self.0.get("*"));
        known.cloned().unwrap_or_else(|| at_aws(arn))
    }

    /// Whether the document says where a function lives.
    #[must_use]
    pub fn place(&self, arn: &str) -> bool {
        self.0.contains_key("*") || self.0.contains_key(arn) || self.0.contains_key(unqualified(arn))
    }

    /// One place for every function, or none: then they live at AWS.
    ///
    /// # Errors
    /// The address is none.
    pub fn single(written: Option<config::Function>) -> Result<Self, Problem> {
        let mut problems = Vec::new();
        let written = written.map(|function| ("*".to_owned(), function));
        let functions = Self::new(written.into_iter().collect(), &Place::root(), &mut problems);
        problems.into_iter().next().map_or(Ok(functions), Err)
    }

    /// The ARNs that the document names.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(super) fn new(written: BTreeMap<String, config::Function>, place: &Place, problems: &mut Vec<Problem>) -> Self {
        let mut functions = BTreeMap::new();
        for (arn, function) in written {
            let place = place.then(&arn);
            if arn != "*" && !is_function_arn(&arn) {
                let message = format!(
                    "`{arn}` is no function's ARN: write `arn:aws:lambda:REGION:ACCOUNT:function:NAME`, or `*` for \
                     every other function"
                );
                problems.push(Problem::error(&place, message));
            }
            if let Some(function) = understood(function, &place, problems) {
                functions.insert(arn, function);
            }
        }
        Self(functions)
    }
}

fn understood(written: config::Function, place: &Place, problems: &mut Vec<Problem>) -> Option<Function> {
    let (url, protocol, host_header) = match written {
        config::Function::Url(url) => (url, config::FunctionType::Lambda, None),
        config::Function::At(at) => (at.url, at.kind, at.host_header),
    };
    let Some((origin, rest)) = Origin::split(&url).filter(|(_, rest)| !rest.starts_with(['?', '#'])) else {
        problems.push(super::not_an_origin(&url, place));
        return None;
    };
    let protocol = match protocol {
        config::FunctionType::Http => {
            FunctionProtocol::Http { path: if rest.is_empty() { "/" } else { rest }.to_owned() }
        }
        config::FunctionType::Lambda if matches!(rest, "" | "/") => FunctionProtocol::Lambda,
        config::FunctionType::Lambda => {
            let message = format!(
                "`{url}` has a path: Lambda's Invoke API has paths of its own. For an endpoint that takes the event \
                 itself, write `{{ type: HTTP, url: {url} }}`"
            );
            problems.push(Problem::error(place, message));
            return None;
        }
    };
    let authority = host_header.unwrap_or_else(|| origin.authority());
    Some(Function { origin, authority, protocol, signing_region: None })
}

fn at_aws(arn: &str) -> Function {
    let region = arn.split(':').nth(3).unwrap_or_default();
    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    let host = format!("lambda.{region}.{suffix}");
    Function {
        authority: host.clone(),
        origin: Origin { scheme: Scheme::Https, host, port: Scheme::Https.default_port() },
        protocol: FunctionProtocol::Lambda,
        signing_region: Some(region.to_owned()),
    }
}

/// `arn:{partition}:lambda:{region}:{account}:function:{name}` and, perhaps, a version or an alias.
///
/// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestParameters>
#[must_use]
pub fn is_function_arn(arn: &str) -> bool {
    let sections: Vec<&str> = arn.split(':').collect();
    let word = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let (head, qualifier) = match sections.as_slice() {
        [head @ .., qualifier] if sections.len() == 8 => (head, *qualifier),
        all => (all, "$LATEST"),
    };
    match head {
        ["arn", partition, "lambda", region, account, "function", name] => {
            word(partition)
                && word(region)
                && account.len() == 12
                && account.bytes().all(|byte| byte.is_ascii_digit())
                && word(name)
                && (qualifier == "$LATEST" || word(qualifier))
        }
        _ => false,
    }
}

/// A function's ARN without version or alias.
fn unqualified(arn: &str) -> &str {
    match arn.match_indices(':').nth(6) {
        Some((end, _)) => arn.get(..end).unwrap_or(arn),
        None => arn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:authorize";

    #[test]
    fn a_function_arn_is_known_when_seen() {
        for arn in [ARN, &format!("{ARN}:live"), &format!("{ARN}:$LATEST"), &format!("{ARN}:7")] {
            assert!(is_function_arn(arn), "{arn}");
        }
        let wrong = ["", "*", "authorize", &format!("{ARN}:"), &format!("{ARN}:a:b"), &ARN.replace("123", "x")];
        for arn in wrong {
            assert!(!is_function_arn(arn), "{arn}");
        }
    }

    #[test]
    fn what_is_not_named_lives_at_aws_in_the_region_of_its_arn() {
        let function = Functions::default().find(&format!("{ARN}:live"));
        assert_eq!(function.origin.to_string(), "https://lambda.eu-west-1.amazonaws.com");
        assert_eq!(function.signing_region.as_deref(), Some("eu-west-1"));
        let china = Functions::default().find("arn:aws-cn:lambda:cn-north-1:123456789012:function:f");
        assert_eq!(china.authority, "lambda.cn-north-1.amazonaws.com.cn");
    }

    #[test]
    fn the_most_exact_name_wins() {
        let url = |port: u16| config::Function::Url(format!("http://127.0.0.1:{port}"));
        let written = [(ARN.to_owned(), url(1)), (format!("{ARN}:live"), url(2)), ("*".to_owned(), url(3))];
        let mut problems = Vec::new();
        let functions = Functions::new(written.into(), &Place::root(), &mut problems);
        assert_eq!(problems, []);
        for (arn, port) in [(ARN, 1), (&format!("{ARN}:test"), 1), (&format!("{ARN}:live"), 2), ("other", 3)] {
            assert_eq!(functions.find(arn).origin.port, port, "{arn}");
        }
    }
}
