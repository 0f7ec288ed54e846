//! What parameters of HTTP APIs are mapped to: text with `$request.header.x` in it, or `${context.y}`.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html>

use std::borrow::Cow;

use gatehouse_context::Context;
use gatehouse_http::{Headers, percent};
use gatehouse_mapping::{MethodRequest, StageVariables, header_name, joined};

use crate::body_source::BodySource;

/// How much of a body is looked at where a path into it is asked for, in bytes: 100 KB.
pub const BODY_READ: usize = 102_400;

/// Text with references in it.
#[derive(Clone, Debug)]
pub(crate) struct Expression(pub(crate) Vec<Piece>);

/// A part of an [`Expression`].
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Text(String),
    Header(String),
    QueryString(String),
    Path,
    PathParameter(String),
    Body(BodySource),
    /// All of it, as it came.
    WholeBody,
    Context(String),
    StageVariable(String),
}

/// Which message a mapping is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Request,
    Response,
}

/// What a [`Piece`] reads from.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) headers: &'a Headers,
    pub(crate) body: &'a [u8],
    pub(crate) context: &'a Context,
    pub(crate) stage_variables: &'a StageVariables,
    pub(crate) request: Option<&'a MethodRequest<'a>>,
}

impl Expression {
    /// Reads `${a} text ${b}`, or text with `$a` in it: a name ends where it can't go on.
    ///
    /// # Errors
    /// What is none of them, and what there is.
    pub(crate) fn parse(text: &str, side: Side) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            let (name, end) = match after.strip_prefix('{') {
                Some(inside) => {
                    let unclosed = || format!("`{text}` has a `${{` without its `}}`");
                    let (name, end) = inside.split_once('}').ok_or_else(unclosed)?;
                    (Some(name), end)
                }
                None => bare(after),
            };
            match name {
                Some(name) => {
                    pieces.push(Piece::Text(before.to_owned()));
                    pieces.push(Piece::parse(name, side)?);
                }
                // A dollar sign that begins no name is one.
                None => pieces.push(Piece::Text(format!("{before}$"))),
            }
            rest = end;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
        Ok(Self(pieces))
    }

    /// The value, where the definition says all of it.
    pub(crate) fn written(&self) -> Option<String> {
        let text = |piece: &Piece| if let Piece::Text(text) = piece { Some(text.clone()) } else { None };
        self.0.iter().map(text).collect()
    }

    /// The value; `None` where it is one reference, to what is not there.
    pub(crate) fn value(&self, source: Source<'_>) -> Option<Vec<u8>> {
        match self.0.as_slice() {
            [piece] => piece.value(source).map(Cow::into_owned),
            pieces => {
                let mut all = Vec::new();
                pieces.iter().filter_map(|piece| piece.value(source)).for_each(|value| all.extend_from_slice(&value));
                Some(all)
            }
        }
    }

    /// The value as a path: what the client sent stays one piece of it, but for its own path.
    pub(crate) fn path(&self, source: Source<'_>) -> Vec<u8> {
        let mut path = Vec::with_capacity(128);
        for piece in &self.0 {
            match (piece, source.request) {
                (Piece::Path, Some(from)) => path.extend_from_slice(from.request.path()),
                (Piece::PathParameter(name), Some(from)) => {
                    path.extend_from_slice(from.path_parameters.get(name).unwrap_or_default());
                }
                (Piece::Text(text), _) => percent::encode_path_into(&mut path, text.as_bytes()),
                (Piece::StageVariable(_) | Piece::Context(_), _) => {
                    percent::encode_path_into(&mut path, &piece.value(source).unwrap_or_default());
                }
                _ => percent::encode_into(&mut path, &piece.value(source).unwrap_or_default()),
            }
        }
        if path.first() != Some(&b'/') {
            path.insert(0, b'/');
        }
        path
    }
}

/// A name that begins here, if one does, and what follows it.
fn bare(text: &str) -> (Option<&str>, &str) {
    let starts = ["request.", "response.", "context.", "stageVariables."].iter().any(|root| text.starts_with(root));
    let mut is_index = false;
    let mut goes_on = |c: char| {
        is_index = (is_index || c == '[') && c != ']';
        is_index || c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ']')
    };
    let (name, rest) = text.split_at(text.find(|c| !goes_on(c)).unwrap_or(text.len()));
    // A sentence's own full stop is none of the name's.
    let trimmed = name.trim_end_matches('.');
    if starts { (Some(trimmed), text.get(trimmed.len()..).unwrap_or(rest)) } else { (None, text) }
}

impl Piece {
    fn parse(name: &str, side: Side) -> Result<Self, String> {
        let allowed = match side {
            Side::Request => {
                "`$request.{header|querystring|path|body}.NAME`, `$request.path`, `$context.NAME`, `$stageVariables.NAME`"
            }
            Side::Response => "`$response.{header|body}.NAME`, `$context.NAME`, `$stageVariables.NAME`",
        };
        let unknown = || format!("`${name}` is no value of a mapping here, use {allowed} or a static value");
        let (root, rest) = name.split_once('.').ok_or_else(unknown)?;
        let (kind, parameter) = rest.split_once('.').unwrap_or((rest, ""));
        let kind = kind.split('[').next().unwrap_or(kind);
        match (root, side, kind, parameter) {
            // Recorded: the last is taken, and has no value.
            ("context", ..) if Context::knows(rest) || rest == "identity.principalId" => {
                Ok(Piece::Context(rest.to_owned()))
            }
            ("stageVariables", ..) if !rest.is_empty() => Ok(Piece::StageVariable(rest.to_owned())),
            ("request", Side::Request, "body", _) | ("response", Side::Response, "body", _) => body(name),
            ("request", Side::Request, "path", "") => Ok(Piece::Path),
            ("request", Side::Request, "path", parameter) => Ok(Piece::PathParameter(parameter.to_owned())),
            (.., "") => Err(unknown()),
            ("request", Side::Request, "header", header) | ("response", Side::Response, "header", header) => {
                Ok(Piece::Header(header_name(header)))
            }
            ("request", Side::Request, "querystring", parameter) => Ok(Piece::QueryString(parameter.to_owned())),
            _ => Err(unknown()),
        }
    }

    /// `None` where it is not there.
    pub(crate) fn value<'a>(&'a self, source: Source<'a>) -> Option<Cow<'a, [u8]>> {
        match self {
            Piece::Text(text) => Some(Cow::Borrowed(text.as_bytes())),
            Piece::Header(name) => joined(source.headers.all(name).map(Cow::Borrowed)),
            Piece::QueryString(name) => joined(source.request?.request.query().all(name)),
            Piece::Path => Some(Cow::Borrowed(source.request?.request.path())),
            Piece::PathParameter(name) => source.request?.path_parameters.get(name).map(percent::decode),
            Piece::WholeBody => (!source.body.is_empty()).then_some(Cow::Borrowed(source.body)),
            Piece::Body(body) => body.value(source.body.get(..BODY_READ).unwrap_or(source.body)).ok().flatten(),
            Piece::Context(name) => source.context.lookup(name).map(|text| Cow::Owned(text.into_owned().into_bytes())),
            Piece::StageVariable(name) => source.stage_variables.get(name).map(|text| Cow::Borrowed(text.as_bytes())),
        }
    }
}

fn body(name: &str) -> Result<Piece, String> {
    if name.contains("..") || name.contains("?(") {
        return Err(format!("`${name}`: neither recursive descent (`..`) nor filters (`?()`) can be used here"));
    }
    let (_, path) = name.split_once('.').unwrap_or_default();
    match BodySource::parse(&format!("method.request.{path}")) {
        Some(Ok(source)) if source.is_whole() => Ok(Piece::WholeBody),
        Some(source) => source.map(Piece::Body).map_err(|reason| format!("`${name}`: {reason}")),
        None => Err(format!("`${name}` is no path into a body")),
    }
}
