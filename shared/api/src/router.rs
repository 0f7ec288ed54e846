//! Routing: which method of which resource a request is for.
//!
//! As API Gateway's REST APIs route:
//! - Resource and method are matched together: a more specific resource without the method does not hide a less specific
//!   one that has it.
//! - Segment by segment, a literal comes before a `{parameter}`, and that before a `{greedy+}` one. Within a resource,
//!   the verb comes before `ANY`. `GET` does not imply `HEAD`.
//! - Slashes after the last segment say nothing, however many (recorded), those before the first one neither; inside a
//!   greedy value, `//` is kept. A parameter is never empty, and a greedy one holds at least one segment that is not
//!   empty, so `/{proxy+}` does not match `/`.
//! - Paths are compared byte by byte, case and percent-encoding included: `/%70ets` is not `/pets`, and `%2F` does not
//!   end a segment. The values of parameters are what the client wrote. (Whether API Gateway decodes literals is not
//!   documented; comparing what policies and ARNs will see never lets a request around them.)
//!
//! As HTTP APIs do, which differ in this:
//! - Whatever matches without a greedy parameter comes before whatever matches with one, and of those the longest prefix.
//! - A trailing slash says something: `/pets/` is not `/pets`, but it is for `/pets/{proxy+}`, whose value is then empty
//!   (recorded).
//! - Parameters at the same place may have several names.
//! - Paths are compared decoded, once: `%2F` ends a segment, and a literal may be written with escapes. [`Router::find`] is
//!   given the decoded path; [`parameters_of`] finds the values in the path that the client wrote, as he wrote them.
//!   (Retold from recordings: `/{x}/thing` is no route of `/a%2Fb/thing`, but of `/a%252Fb/thing`.)
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html#http-api-develop-routes.evaluation>

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};

use crate::{HttpMethod, InvalidResourcePath, ProtocolType, ResourcePath, Segment};

/// Finds what a request is for in time that depends on the request's path, not on the number of resources.
///
/// A tree with one level for each segment. At a level a lookup tries the literal and then the parameter; each node of the
/// tree is reached in one way only, so no path can make it visit a node twice.
#[derive(Clone, Debug)]
pub struct Router<T> {
    root: Branch<T>,
    protocol: ProtocolType,
}

/// Which resources are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    All,
    /// Those without a greedy parameter.
    Full,
    /// Those with one.
    Greedy,
}

/// What the tree knows after a number of segments.
#[derive(Clone, Debug)]
struct Branch<T> {
    literals: HashMap<String, Branch<T>, BuildHasherDefault<Fnv>>,
    parameter: Option<(String, Box<Branch<T>>)>,
    /// The methods of the resource that ends here.
    here: Methods<T>,
    /// The methods of the resource that takes whatever follows.
    greedy: Option<(String, Methods<T>)>,
}

/// The methods of a resource: eight at most.
#[derive(Clone, Debug)]
struct Methods<T>(Vec<Route<T>>);

#[derive(Clone, Debug)]
struct Route<T> {
    method: HttpMethod,
    path: ResourcePath,
    value: T,
}

/// A request's route: what was found, and the values of the path's parameters.
#[derive(Clone, Copy, Debug)]
pub struct Match<'r, 'p, T> {
    route: &'r Route<T>,
    /// The request's path from its first segment on; for REST APIs without the last slash.
    path: &'p str,
}

impl<T> Default for Router<T> {
    fn default() -> Self {
        Self::new(ProtocolType::Rest)
    }
}

impl<T> Router<T> {
    /// Without any resource yet, for an API that speaks this protocol.
    #[must_use]
    pub fn new(protocol: ProtocolType) -> Self {
        Self { root: Branch::default(), protocol }
    }

    /// Adds a method of a resource.
    ///
    /// # Errors
    /// If the path is none, if the method is there already, or if a resource at the same place has a parameter of another
    /// name: API Gateway does not allow it for REST APIs, because no request could tell the two apart.
    pub fn insert(&mut self, path: &str, method: HttpMethod, value: T) -> Result<(), InvalidRoute> {
        let path = ResourcePath::parse(path).map_err(InvalidRoute::Path)?;
        let Methods(routes) = self.root.methods(&path, self.protocol)?;
        if routes.iter().any(|route| route.method == method) {
            return Err(InvalidRoute::Twice(method));
        }
        routes.push(Route { method, path, value });
        Ok(())
    }

    /// What a request with this method and path is for; the path is that within the stage, without a query.
    #[must_use]
    pub fn find<'r, 'p>(&'r self, method: HttpMethod, path: &'p str) -> Option<Match<'r, 'p, T>> {
        let path = from_first_segment(path, self.protocol);
        let segments = match self.protocol {
            ProtocolType::Rest => path.trim_end_matches('/'),
            ProtocolType::Http => path,
        };
        let find = |look| self.root.find(method, (!segments.is_empty()).then_some(segments), look);
        let route = match self.protocol {
            ProtocolType::Rest => find(Look::All),
            ProtocolType::Http => find(Look::Full).or_else(|| find(Look::Greedy)),
        };
        Some(Match { route: route?, path })
    }
}

impl<T> Branch<T> {
    /// The best route from here on; `rest` is what follows of the path, none if it ends here. Recursion is as deep as
    /// resources are nested, and that has a limit.
    fn find(&self, method: HttpMethod, rest: Option<&str>, look: Look) -> Option<&Route<T>> {
        #[cfg(test)]
        tests::VISITS.set(tests::VISITS.get() + 1);
        let Some(rest) = rest else { return self.here.of(method).filter(|_| look != Look::Greedy) };
        let (segment, after) = rest.split_once('/').map_or((rest, None), |(segment, after)| (segment, Some(after)));
        if let Some(route) = self.literals.get(segment).and_then(|next| next.find(method, after, look)) {
            return Some(route);
        }
        let parameter = self.parameter.as_ref().filter(|_| !segment.is_empty());
        if let Some(route) = parameter.and_then(|(_, next)| next.find(method, after, look)) {
            return Some(route);
        }
        let (_, greedy) = self.greedy.as_ref().filter(|_| look != Look::Full)?;
        let is_empty_but_there = look == Look::Greedy && rest.is_empty();
        greedy.of(method).filter(|_| is_empty_but_there || rest.bytes().any(|byte| byte != b'/'))
    }

    /// Where the routes of a resource belong.
    fn methods(&mut self, path: &ResourcePath, protocol: ProtocolType) -> Result<&mut Methods<T>, InvalidRoute> {
        let same_name = |known: &str, name: &str, plus| match protocol {
            ProtocolType::Rest => same_name(known, name, plus),
            ProtocolType::Http => Ok(()),
        };
        let mut at = self;
        for segment in path.segments() {
            at = match segment {
                Segment::Literal(text) => at.literals.entry(text.clone()).or_default(),
                Segment::Parameter(name) => {
                    let (known, next) = at.parameter.get_or_insert_with(|| (name.clone(), Box::default()));
                    same_name(known, name, "")?;
                    next
                }
                Segment::Greedy(name) => {
                    let (known, methods) = at.greedy.get_or_insert_with(|| (name.clone(), Methods(Vec::new())));
                    same_name(known, name, "+")?;
                    return Ok(methods);
                }
            };
        }
        Ok(&mut at.here)
    }
}

impl<T> Default for Branch<T> {
    fn default() -> Self {
        Self { literals: HashMap::default(), parameter: None, here: Methods(Vec::new()), greedy: None }
    }
}

fn same_name(known: &str, name: &str, plus: &str) -> Result<(), InvalidRoute> {
    match known == name {
        true => Ok(()),
        false => Err(InvalidRoute::Sibling { known: format!("{{{known}{plus}}}"), new: format!("{{{name}{plus}}}") }),
    }
}

impl<T> Methods<T> {
    fn of(&self, method: HttpMethod) -> Option<&Route<T>> {
        let of = |method: HttpMethod| self.0.iter().find(|route| route.method == method);
        of(method).or_else(|| of(HttpMethod::Any))
    }
}

/// The values of a resource's parameters in the path of a request that was routed to it, as the client wrote them, in their order.
/// The path is that within the stage, without a query.
pub fn parameters_of<'r, 'p>(
    resource: &'r ResourcePath,
    protocol: ProtocolType,
    path: &'p str,
) -> impl Iterator<Item = (&'r str, &'p str)> + use<'r, 'p> {
    match protocol {
        ProtocolType::Rest => values(resource, from_first_segment(path, protocol), split_at_slash),
        ProtocolType::Http => values(resource, from_first_segment_encoded(path), split_at_encoded_slash),
    }
}

/// A segment, and what follows the slash after it.
type Split = for<'p> fn(&'p str) -> Option<(&'p str, &'p str)>;

fn split_at_slash(path: &str) -> Option<(&str, &str)> {
    path.split_once('/')
}

/// Splits at a slash that is one when the path is decoded.
fn split_at_encoded_slash(path: &str) -> Option<(&str, &str)> {
    let at = path.bytes().enumerate().find_map(|(at, byte)| match byte {
        b'/' => Some(at),
        b'%' => path.get(at..at + 3).filter(|escape| escape.eq_ignore_ascii_case(SLASH)).map(|_| at),
        _ => None,
    })?;
    let (segment, slash) = path.split_at_checked(at)?;
    Some((segment, after_slash(slash)?))
}

fn from_first_segment_encoded(mut path: &str) -> &str {
    while let Some(after) = after_slash(path) {
        path = after;
    }
    path
}

/// What follows the slash, or the encoded one, that this begins with.
fn after_slash(path: &str) -> Option<&str> {
    path.strip_prefix('/').or_else(|| path.strip_prefix(SLASH)).or_else(|| path.strip_prefix("%2f"))
}

const SLASH: &str = "%2F";

fn from_first_segment(path: &str, protocol: ProtocolType) -> &str {
    let path = path.trim_start_matches('/');
    match protocol {
        ProtocolType::Rest => path.strip_suffix('/').unwrap_or(path),
        ProtocolType::Http => path,
    }
}

fn values<'r, 'p>(
    resource: &'r ResourcePath,
    mut rest: &'p str,
    split: Split,
) -> impl Iterator<Item = (&'r str, &'p str)> + use<'r, 'p> {
    resource.segments().iter().filter_map(move |segment| {
        let whole = rest;
        let (value, after) = split(rest).unwrap_or((rest, ""));
        rest = after;
        match segment {
            Segment::Literal(_) => None,
            Segment::Parameter(name) => Some((name.as_str(), value)),
            Segment::Greedy(name) => Some((name.as_str(), whole)),
        }
    })
}

impl<'r, 'p, T> Match<'r, 'p, T> {
    /// What was found.
    #[must_use]
    pub fn value(&self) -> &'r T {
        &self.route.value
    }

    /// The values of the path's parameters, as the client wrote them, in their order.
    pub fn parameters(&self) -> impl Iterator<Item = (&'r str, &'p str)> + use<'r, 'p, T> {
        values(&self.route.path, self.path, split_at_slash)
    }

    /// The value of one of the path's parameters.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&'p str> {
        self.parameters().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

/// Why a method can't be added to a router: a clause that follows the path in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidRoute {
    /// The path is no resource's path.
    Path(InvalidResourcePath),
    /// The method is there already.
    Twice(HttpMethod),
    /// A resource at the same place has a parameter of another name.
    Sibling {
        /// The parameter that is there.
        known: String,
        /// The parameter that can't be there too.
        new: String,
    },
}

impl fmt::Display for InvalidRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InvalidRoute::Path(why) => why.fmt(f),
            InvalidRoute::Twice(method) => write!(f, "has `{method}` twice"),
            InvalidRoute::Sibling { known, new } => {
                write!(f, "has `{new}` where another resource has `{known}`: only one name is allowed at a place")
            }
        }
    }
}

impl std::error::Error for InvalidRoute {}

/// FNV-1a: short keys, chosen by the operator, so nobody can make them collide.
#[derive(Clone, Copy)]
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    }
}

#[cfg(test)]
mod tests;
