//! Which stage and method a request is for, and what its path says.

use std::borrow::Cow;

use gatehouse_api::{HttpMethod, ProtocolType};
use gatehouse_filter::{Exchange, Rejection, ResponseType, request_ids};
use gatehouse_http::{Request, percent};
use gatehouse_mapping::{MethodRequest, PathParameters};

use super::{Memo, unforeseen};
use crate::Gateway;
use crate::hosts::Found;
use crate::stage::{CompiledMethod, Stage};
use crate::{mutual_tls, unknown_route};

impl Gateway {
    /// Finds the method that a request is for, once: what was found is remembered.
    pub(super) fn route(
        &self,
        request: &Request,
        exchange: &mut Exchange<'_, Memo>,
    ) -> Result<(&Stage, &CompiledMethod), Rejection> {
        if exchange.memo.method.is_some() {
            return self.routed(exchange.memo);
        }
        let (stage, inside) = self.enter(request, exchange)?;
        let unknown = || unknown_route::rejection(stage.protocol, request);
        let (verb, index) = stage.route(request, inside).ok_or_else(unknown)?;
        let method = stage.methods.get(index).ok_or_else(unforeseen)?;
        let endpoint = self.endpoints_of_vpcs.of_request(exchange.host, exchange.context);
        if !stage.guard.is_reached(&self.endpoints_of_vpcs, endpoint.as_deref()) {
            return Err(Rejection::new(ResponseType::WafFiltered));
        }
        exchange.memo.method = Some(index);
        stage.routed(verb, method, exchange.context);
        exchange.memo.endpoint = endpoint;
        Ok((stage, method))
    }

    /// Finds the stage that a request is for, and what of its path lies within it.
    pub(super) fn enter<'r>(
        &self,
        request: &'r Request,
        exchange: &mut Exchange<'_, Memo>,
    ) -> Result<(&Stage, &'r str), Rejection> {
        request_ids::ensure(request, exchange.context, exchange.host);
        exchange.memo.began = exchange.now;
        let unknown = || unknown_route::rejection(ProtocolType::Rest, request);
        // What is not UTF-8 is no resource's path.
        let path = std::str::from_utf8(request.path()).map_err(|_| unknown())?;
        let authority = std::str::from_utf8(request.authority()).map_err(|_| unknown())?;
        // Several `Host` headers come joined: who names two hosts names none.
        if authority.contains(',') {
            return Err(Rejection::new(ResponseType::WafFiltered));
        }
        if self.hosts.asks_for_certificate(authority) {
            mutual_tls::identify(authority, exchange.host, exchange.context)?;
        }
        let (index, inside, mapping) = match self.hosts.find(authority, path) {
            Found::Stage(index, inside) => (index, inside, None),
            Found::Mapped(index, inside, key) => (index, inside, Some(key)),
            Found::NoStage(protocol) => {
                exchange.memo.speak(protocol, exchange.context);
                return Err(unknown_route::no_stage(protocol));
            }
            Found::NoApi => return Err(Rejection::new(ResponseType::WafFiltered)),
        };
        let index = self.release(index, exchange);
        let stage = self.stages.get(index).ok_or_else(unforeseen)?;
        exchange.memo.stage = Some(index);
        exchange.memo.inside = path.len().saturating_sub(inside.len());
        exchange.memo.speak(stage.protocol, exchange.context);
        exchange.memo.origin = stage.cors.as_ref().and_then(|cors| cors.origin(request));
        let shown = path_shown(stage.protocol, path, inside);
        exchange.memo.hidden = path.len().saturating_sub(shown.len());
        stage.begin(request, shown, exchange.context, exchange.now, exchange.host);
        if let Some(key) = mapping {
            stage.mapped(key, inside, exchange.context);
        }
        // `/ordersandmore` by the mapping `orders`: no resource is without a slash.
        if !inside.is_empty() && !inside.starts_with('/') {
            return Err(unknown_route::rejection(stage.protocol, request));
        }
        Ok((stage, inside))
    }

    /// The stage itself or its canary: thrown for at random, once for a request.
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/canary-release.html>
    fn release(&self, stage: usize, exchange: &mut Exchange<'_, Memo>) -> usize {
        let percent = self.stages.get(stage).and_then(|stage| stage.percent_to_canary);
        let Some(percent) = percent else { return stage };
        let host = exchange.host;
        let is_canary = *exchange.context.is_canary_request.get_or_insert_with(|| {
            let mut random = [0; 4];
            host.fill_random(&mut random);
            goes_to_canary(percent, u32::from_le_bytes(random))
        });
        stage + usize::from(is_canary)
    }

    /// What routing found before.
    pub(crate) fn routed(&self, memo: &Memo) -> Result<(&Stage, &CompiledMethod), Rejection> {
        let stage = memo.stage.and_then(|stage| self.stages.get(stage)).ok_or_else(unforeseen)?;
        let method = memo.method.and_then(|method| stage.methods.get(method)).ok_or_else(unforeseen)?;
        Ok((stage, method))
    }

    /// What of a routed request's path lies within its stage.
    pub(super) fn path_in_stage<'r>(&self, request: &'r Request, memo: &Memo) -> Result<&'r str, Rejection> {
        let path = std::str::from_utf8(request.path()).map_err(|_| unforeseen())?;
        path.get(memo.inside..).ok_or_else(unforeseen)
    }

    /// The same as it was compared with the routes' paths: what an ARN says, which policies are about.
    pub(super) fn routed_path<'r>(&self, request: &'r Request, memo: &Memo) -> Result<Cow<'r, str>, Rejection> {
        Ok(routed_path(memo.protocol, self.path_in_stage(request, memo)?))
    }

    /// The path parameters of a routed request with this path.
    pub(super) fn path_parameters<'a>(&'a self, memo: &Memo, path: &'a str) -> Vec<(&'a str, &'a [u8])> {
        self.parameters_inside(memo, path.get(memo.inside..))
    }

    /// The same of `$context.path`.
    pub(super) fn path_parameters_shown<'a>(&'a self, memo: &Memo, path: &'a str) -> Vec<(&'a str, &'a [u8])> {
        self.parameters_inside(memo, path.get(memo.inside.saturating_sub(memo.hidden)..))
    }

    fn parameters_inside<'a>(&'a self, memo: &Memo, inside: Option<&'a str>) -> Vec<(&'a str, &'a [u8])> {
        match (self.routed(memo), inside) {
            (Ok((stage, method)), Some(inside)) => method.parameters(stage.protocol, inside),
            _ => Vec::new(),
        }
    }

    pub(crate) fn with_method_request<T>(
        &self,
        request: &Request,
        exchange: &Exchange<'_, Memo>,
        then: impl FnOnce(&MethodRequest<'_>) -> Result<T, Rejection>,
    ) -> Result<T, Rejection> {
        let stage = exchange.memo.stage.and_then(|stage| self.stages.get(stage)).ok_or_else(unforeseen)?;
        let path: Cow<'_, str> = String::from_utf8_lossy(request.path());
        let parameters = self.path_parameters(exchange.memo, &path);
        then(&MethodRequest {
            request,
            path_parameters: PathParameters(&parameters),
            context: exchange.context,
            stage_variables: &stage.variables,
        })
    }
}

impl Stage {
    /// The verb of a request, and which of the methods it is for. `inside` is the path within the stage.
    pub(super) fn route(&self, request: &Request, inside: &str) -> Option<(HttpMethod, usize)> {
        let verb = verb(self.protocol, request)?;
        let found = self.router.find(verb, &routed_path(self.protocol, inside)).map(|found| *found.value());
        Some((verb, found.or(self.default_route)?))
    }
}

/// What is compared with the paths of routes. An HTTP API decodes a path before it routes it, and ends it at a `?`: recorded, as
/// `decoded_path` of events says, and retold of routes.
fn routed_path(protocol: ProtocolType, inside: &str) -> Cow<'_, str> {
    if protocol == ProtocolType::Rest {
        return Cow::Borrowed(inside);
    }
    let Cow::Owned(decoded) = percent::decode(inside.as_bytes()) else { return Cow::Borrowed(inside) };
    let path = decoded.split(|byte| *byte == b'?').next().unwrap_or_default();
    Cow::Owned(String::from_utf8_lossy(path).into_owned())
}

/// Of all random numbers so many in a hundred.
fn goes_to_canary(percent: f64, random: u32) -> bool {
    f64::from(random) / (f64::from(u32::MAX) + 1.0) * 100.0 < percent
}

/// What `$context` has for a path: of a REST API's, slashes before the stage are one (recorded).
fn path_shown<'p>(protocol: ProtocolType, path: &'p str, inside: &str) -> &'p str {
    if protocol == ProtocolType::Http || inside.len() == path.len() {
        return path;
    }
    let slashes = path.bytes().take_while(|byte| *byte == b'/').count();
    path.get(slashes.saturating_sub(1)..).unwrap_or(path)
}

/// The verb of a request; a client of a REST API behind a proxy that knows few verbs names its own in a header. One that
/// names several has none: the backend could take another than the routing.
fn verb(protocol: ProtocolType, request: &Request) -> Option<HttpMethod> {
    let named = match protocol {
        ProtocolType::Rest => request.headers.single("x-http-method-override").ok()?,
        ProtocolType::Http => None,
    };
    HttpMethod::of_request(std::str::from_utf8(named.unwrap_or(request.method())).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canary_gets_as_many_of_a_hundred_as_it_is_to() {
        let check = |percent, gets| {
            let evenly = (0..1024).map(|step: u32| step << 22);
            assert_eq!(evenly.filter(|random| goes_to_canary(percent, *random)).count(), gets, "{percent}");
        };
        check(0.0, 0);
        check(12.5, 128);
        check(50.0, 512);
        check(100.0, 1024);
        assert!(goes_to_canary(100.0, u32::MAX));
        assert!(!goes_to_canary(0.0, 0));
    }
}
