//! `$input`, `$util`, `$context`, `$stageVariables`.

use super::Machine;
use crate::encoding;
use crate::error::{Run, thrown};
use crate::heap::MapKind;
use crate::jsonpath::Path;
use crate::method::Method;
use crate::op::Site;
use crate::print::Slashes;
use crate::rendered::{Override, Overrides};
use crate::value::{Builtin, Of, Text, Val};

/// What of `$context` is a map. AWS prints none of them.
const GROUPS: [&str; 3] = ["identity", "authorizer", "error"];

/// Of `$context`, the time of the request in milliseconds is a number: templates divide it. All else is text.
fn number(name: &str, value: &str) -> Option<Val> {
    if name == "requestTimeEpoch" { value.parse().ok().map(Val::Long) } else { None }
}

impl Machine<'_> {
    pub(super) fn body_text(&self) -> Val {
        Val::Str(Text { of: Of::Body, start: 0, len: u32::try_from(self.heap.body.len()).unwrap_or(u32::MAX) })
    }

    /// A call on `$input`.
    pub(crate) fn call_input(&mut self, site: &Site, arguments: &[Val]) -> Run<Val> {
        match (site.method, arguments) {
            (Method::Path, [Val::Str(path)]) => Ok(self.at_path(site, *path)?.unwrap_or(Val::Null)),
            (Method::Json, [Val::Str(path)]) => {
                let value = self.at_path(site, *path)?.unwrap_or(Val::Null);
                if value.is_null() {
                    return self.heap.keep("\"\"");
                }
                // What is printed may be pieces of what was made: it is written beside it.
                let mut out = String::new();
                self.heap.json(value, Slashes::Bare, &mut out, 0)?;
                self.heap.keep(&out)
            }
            (Method::Params, []) => self.all_parameters(),
            (Method::Params, [Val::Str(name)]) => {
                let name = self.heap.str(*name);
                let last = |values: crate::Values<'_>, same: fn(&str, &str) -> bool| {
                    values.iter().rev().find(|(known, _)| same(known, name)).map(|(_, value)| (*value).to_owned())
                };
                let value = last(self.input.path, str::eq)
                    .or_else(|| last(self.input.querystring, str::eq))
                    .or_else(|| last(self.input.header, str::eq_ignore_ascii_case));
                value.map_or(Ok(Val::Null), |value| self.heap.keep(&value))
            }
            _ => Ok(Val::Null),
        }
    }

    /// Where a path leads in the body. A body that is no JSON leads nowhere.
    fn at_path(&mut self, site: &Site, text: Text) -> Run<Option<Val>> {
        let body = match self.body.clone() {
            Some(body) => body,
            None => {
                let body = self.heap.read_body();
                self.body = Some(body.clone());
                body
            }
        };
        let body = match body {
            Ok(body) => body,
            Err(crate::RenderError::Exception(_)) => Val::Null,
            Err(error) => return Err(error),
        };
        let refused = |why: &String| thrown(why.clone());
        if let Some(path) = &site.path {
            return match path {
                Ok(path) => path.read(&mut self.heap, body),
                Err(why) => refused(why),
            };
        }
        let source = self.heap.str(text).to_owned();
        self.heap.pay(source.len() * 8)?;
        let path = match self.paths.take(&source) {
            Some(path) => path,
            None => {
                let path = Path::parse(&source).map_err(crate::RenderError::Exception)?;
                self.heap.pay(path.patterns)?;
                path
            }
        };
        let result = path.read(&mut self.heap, body);
        self.paths.keep(source, path.patterns, path);
        result
    }

    /// `{path={}, querystring={}, header={}}`: of several values the last, of a header the first.
    fn all_parameters(&mut self) -> Run<Val> {
        let kinds = [
            ("path", self.input.path, false),
            ("querystring", self.input.querystring, false),
            ("header", self.input.header, true),
        ];
        let mut all = Vec::with_capacity(3);
        for (kind, values, first) in kinds {
            let map = self.heap.map(if first { MapKind::Headers } else { MapKind::Linked }, &[])?;
            if let Val::Map(id) = map {
                for (name, value) in values {
                    let name = self.heap.keep(name)?;
                    if first && self.heap.has(id, name) {
                        continue;
                    }
                    let value = self.heap.keep(value)?;
                    self.heap.put(id, name, value)?;
                }
            }
            all.push((self.heap.keep(kind)?, map));
        }
        self.heap.map(MapKind::Linked, &all)
    }

    /// A call on `$util`.
    pub(crate) fn call_util(&mut self, method: Method, arguments: &[Val]) -> Run<Val> {
        let [Val::Str(text)] = arguments else { return Ok(Val::Null) };
        self.heap.pay(text.len as usize)?;
        let source = self.heap.str(*text);
        let mut out = String::with_capacity(source.len() + 8);
        match method {
            Method::EscapeJavaScript => encoding::escape_javascript(source, &mut out),
            Method::UrlEncode => encoding::url_encode(source, &mut out),
            Method::Base64Encode => encoding::base64_encode(source, &mut out),
            Method::UrlDecode => match encoding::url_decode(source) {
                Some(decoded) => out = decoded,
                None => return thrown("`$util.urlDecode` of what is not encoded"),
            },
            Method::Base64Decode => match encoding::base64_decode(source) {
                Some(decoded) => out = decoded,
                None => return thrown("`$util.base64Decode` of what is no base64"),
            },
            Method::ParseJson => return self.heap.read_json(*text),
            _ => return Ok(Val::Null),
        }
        self.heap.keep(&out)
    }

    /// A dotted name of an object that nobody has looked at as a whole yet.
    pub(super) fn dotted(&mut self, slot: u32, name: Text) -> Run<Option<Val>> {
        let name = self.heap.str(name);
        let value = match self.variable(slot) {
            Val::Builtin(Builtin::Context) if self.context.is_none() => {
                let value = self.input.context.get(name).map(std::borrow::Cow::into_owned);
                if let Some(millis) = value.as_deref().and_then(|value| number(name, value)) {
                    return Ok(Some(millis));
                }
                value
            }
            Val::Builtin(Builtin::StageVariables) if self.stage_variables.is_none() => {
                let known = self.input.stage_variables.iter().find(|(known, _)| *known == name);
                known.map(|(_, value)| (*value).to_owned())
            }
            _ => None,
        };
        value.map(|value| self.heap.keep(&value)).transpose()
    }

    /// `$context` or `$stageVariables` as a map.
    pub(crate) fn map_of_builtin(&mut self, builtin: Builtin) -> Run<u32> {
        let known = if builtin == Builtin::Context { self.context } else { self.stage_variables };
        if let Some(map) = known {
            return Ok(map);
        }
        let map = self.new_map(MapKind::Hash)?;
        if builtin == Builtin::Context {
            self.context = Some(map);
            self.fill_context(map)?;
        } else {
            self.stage_variables = Some(map);
            for (name, value) in self.input.stage_variables {
                self.put_text(map, name, value)?;
            }
        }
        Ok(map)
    }

    fn new_map(&mut self, kind: MapKind) -> Run<u32> {
        match self.heap.map(kind, &[])? {
            Val::Map(map) => Ok(map),
            _ => thrown("no map"),
        }
    }

    fn put_text(&mut self, map: u32, name: &str, value: &str) -> Run<()> {
        let (name, value) = (self.heap.keep(name)?, self.heap.keep(value)?);
        self.heap.put(map, name, value).map(|_| ())
    }

    /// The map of that name in a map, made if it is not there.
    fn group(&mut self, map: u32, name: &str) -> Run<u32> {
        if let Some(Val::Map(group)) = self.heap.get_str(map, name) {
            return Ok(group);
        }
        let group = self.new_map(MapKind::Silent)?;
        let name = self.heap.keep(name)?;
        self.heap.put(map, name, Val::Map(group))?;
        Ok(group)
    }

    fn fill_context(&mut self, map: u32) -> Run<()> {
        let mut values = Vec::new();
        self.input.context.each(&mut |name, value| values.push((name.to_owned(), value.to_owned())));
        for (name, value) in values {
            let Some((group, rest)) = name.split_once('.').filter(|(group, _)| GROUPS.contains(group)) else {
                match number(&name, &value) {
                    Some(value) => {
                        let name = self.heap.keep(&name)?;
                        self.heap.put(map, name, value)?;
                    }
                    None => self.put_text(map, &name, &value)?,
                }
                continue;
            };
            let into = self.group(map, group)?;
            match rest.split_once('.').filter(|(group, _)| matches!(*group, "claims" | "clientCert")) {
                Some((group, rest)) => {
                    let into = self.group(into, group)?;
                    self.put_text(into, rest, &value)?;
                }
                None => self.put_text(into, rest, &value)?,
            }
        }
        let request = self.group(map, "requestOverride")?;
        let none = Overrides::default();
        let carried = self.input.carried.unwrap_or(&none);
        let kinds = [
            ("header", &carried.request_header),
            ("path", &carried.request_path),
            ("querystring", &carried.request_querystring),
        ];
        for (kind, values) in kinds {
            let into = self.group(request, kind)?;
            for (name, values) in values {
                self.put_text(into, name, &values.join(","))?;
            }
            self.heap.take_once(into, false);
        }
        let response = self.group(map, "responseOverride")?;
        let header = self.group(response, "header")?;
        for (name, values) in &carried.response_header {
            self.put_text(header, name, &values.join(","))?;
        }
        for (name, value) in &carried.custom {
            self.put_text(response, name, value)?;
        }
        if let Some(status) = carried.status {
            let name = self.heap.keep("status")?;
            self.heap.put(response, name, Val::Int(i32::from(status)))?;
        }
        self.heap.take_once(header, false);
        self.heap.take_once(response, true);
        Ok(())
    }

    /// What stands in the override maps at the end.
    pub(super) fn overrides(&mut self) -> Run<Overrides> {
        let Some(context) = self.context else { return Ok(self.input.carried.cloned().unwrap_or_default()) };
        let map = |map: Option<Val>| if let Some(Val::Map(map)) = map { Some(map) } else { None };
        let mut overrides = Overrides::default();
        if let Some(request) = map(self.heap.get_str(context, "requestOverride")) {
            overrides.request_header = self.values(map(self.heap.get_str(request, "header")))?;
            overrides.request_path = self.values(map(self.heap.get_str(request, "path")))?;
            overrides.request_querystring = self.values(map(self.heap.get_str(request, "querystring")))?;
        }
        let Some(response) = map(self.heap.get_str(context, "responseOverride")) else { return Ok(overrides) };
        overrides.response_header = self.values(map(self.heap.get_str(response, "header")))?;
        for (name, values) in self.values(Some(response))? {
            let value = values.into_iter().next().unwrap_or_default();
            match name.as_str() {
                "header" => {}
                "status" => overrides.status = value.parse().ok().filter(|status| (100..=599).contains(status)),
                _ => overrides.custom.push((name, value)),
            }
        }
        Ok(overrides)
    }

    fn values(&mut self, map: Option<u32>) -> Run<Vec<Override>> {
        let Some(map) = map else { return Ok(Vec::new()) };
        let mut all = Vec::new();
        for (name, value) in self.heap.entries(map) {
            let mut text = String::new();
            self.print_to(name, &mut text)?;
            let items = match value {
                Val::List(list) => self.heap.items(list).to_vec(),
                value => vec![value],
            };
            let mut values = Vec::with_capacity(items.len());
            for item in items {
                let mut value = String::new();
                self.print_to(item, &mut value)?;
                values.push(value);
            }
            all.push((text, values));
        }
        Ok(all)
    }
}
