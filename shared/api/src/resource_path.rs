//! Resource paths: `/pets/{petId}/{proxy+}`.

use std::fmt;

/// How deep resources may be nested; it bounds what a lookup can cost.
const MAX_SEGMENTS: usize = 256;

/// A resource's path, taken apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResourcePath {
    segments: Vec<Segment>,
}

/// One segment of a resource's path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Segment {
    /// A text, matched byte by byte.
    Literal(String),
    /// `{name}`: one segment that is not empty.
    Parameter(String),
    /// `{name+}`: everything that follows, at least one segment that is not empty. Always the last.
    Greedy(String),
}

/// Why a text is no resource's path: a clause that follows the path in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidResourcePath(String);

impl ResourcePath {
    /// Takes a path apart. A trailing slash says nothing, as in a request.
    ///
    /// # Errors
    /// What API Gateway does not allow in a resource's path.
    pub fn parse(path: &str) -> Result<Self, InvalidResourcePath> {
        let Some(inside) = path.strip_prefix('/') else { return Err(invalid("does not start with a slash")) };
        if inside.is_empty() {
            return Ok(Self { segments: Vec::new() });
        }
        let inside = inside.strip_suffix('/').unwrap_or(inside);
        let segments = inside.split('/').map(Segment::parse).collect::<Result<Vec<_>, _>>()?;
        if segments.len() > MAX_SEGMENTS {
            return Err(invalid(format!("has {} segments: {MAX_SEGMENTS} are allowed", segments.len())));
        }
        check_order(&segments)?;
        Ok(Self { segments })
    }

    /// Its segments; the root has none.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The names of its parameters, greedy or not.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(Segment::parameter)
    }
}

impl Segment {
    /// The name that the segment's value has, if it is not a literal.
    #[must_use]
    pub fn parameter(&self) -> Option<&str> {
        match self {
            Segment::Literal(_) => None,
            Segment::Parameter(name) | Segment::Greedy(name) => Some(name),
        }
    }

    fn parse(text: &str) -> Result<Self, InvalidResourcePath> {
        if text.is_empty() {
            return Err(invalid("has an empty segment"));
        }
        let Some(inside) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
            return match text.contains(['{', '}']) {
                true => Err(invalid(format!("mixes text and parameters in `{text}`: a parameter is a whole segment"))),
                false => Ok(Segment::Literal(text.to_owned())),
            };
        };
        let (name, greedy) = inside.strip_suffix('+').map_or((inside, false), |name| (name, true));
        if name.is_empty() || name.contains(['{', '}', '+']) {
            return Err(invalid(format!("has `{text}`, which is no parameter: write `{{name}}` or `{{name+}}`")));
        }
        let name = name.to_owned();
        Ok(if greedy { Segment::Greedy(name) } else { Segment::Parameter(name) })
    }
}

fn check_order(segments: &[Segment]) -> Result<(), InvalidResourcePath> {
    let mut names = Vec::new();
    for (index, segment) in segments.iter().enumerate() {
        if let Segment::Greedy(name) = segment
            && index + 1 < segments.len()
        {
            return Err(invalid(format!("goes on after `{{{name}+}}`: a greedy parameter is the last segment")));
        }
        let Some(name) = segment.parameter() else { continue };
        if names.contains(&name) {
            return Err(invalid(format!("has the parameter `{name}` twice")));
        }
        names.push(name);
    }
    Ok(())
}

fn invalid(why: impl Into<String>) -> InvalidResourcePath {
    InvalidResourcePath(why.into())
}

impl fmt::Display for InvalidResourcePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidResourcePath {}

/// The path as API Gateway writes it: no trailing slash.
impl fmt::Display for ResourcePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.segments.is_empty() {
            return f.write_str("/");
        }
        self.segments.iter().try_for_each(|segment| match segment {
            Segment::Literal(text) => write!(f, "/{text}"),
            Segment::Parameter(name) => write!(f, "/{{{name}}}"),
            Segment::Greedy(name) => write!(f, "/{{{name}+}}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expected: &str) {
        let found = ResourcePath::parse(path).map_or_else(|why| why.to_string(), |path| path.to_string());
        assert_eq!(found, expected, "{path}");
    }

    #[test]
    fn a_path_is_literals_parameters_and_at_most_one_greedy_parameter_at_the_end() {
        check("/", "/");
        check("/pets", "/pets");
        check("/pets/", "/pets");
        check("/pets/{petId}/{rest+}", "/pets/{petId}/{rest+}");
        check("/a:b/v1.0", "/a:b/v1.0");
        check("pets", "does not start with a slash");
        check("", "does not start with a slash");
        check("/pets//x", "has an empty segment");
        check("//", "has an empty segment");
        check("/{proxy+}/x", "goes on after `{proxy+}`: a greedy parameter is the last segment");
        check("/a{x}", "mixes text and parameters in `a{x}`: a parameter is a whole segment");
        check("/{a}-{b}", "has `{a}-{b}`, which is no parameter: write `{name}` or `{name+}`");
        check("/{}", "has `{}`, which is no parameter: write `{name}` or `{name+}`");
        check("/{x}/{x}", "has the parameter `x` twice");
        check(&"/a".repeat(257), "has 257 segments: 256 are allowed");
    }
}
