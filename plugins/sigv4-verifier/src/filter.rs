//! AWS_IAM as a filter of its own, in front of any route.

use gatehouse_api::{HttpMethod, Place, Problem, StageArn, path_in_stage};
use gatehouse_authorization::{Guard, Scene};
use gatehouse_context::Text;
use gatehouse_filter::{
    Exchange, Filter, InvalidConfig, Metric, MetricId, Outcome, Rejection, Reply, ResponseType, Step, Wanted,
    request_ids,
};
use gatehouse_http::{Request, ip_of};
use gatehouse_policy::{Policy, PolicyKind};
use gatehouse_sigv4::BodyHasher;

use crate::config;
use crate::document::policy;
use crate::metrics::Metrics;
use crate::phase::{Asking, Authenticated, IamPhase, Moment, Progress, Setting};

/// How many answers of credential providers shared data holds.
const SLOTS: u32 = 1_024;

/// AWS_IAM by itself.
#[derive(Debug)]
pub struct SigV4Verifier {
    phase: IamPhase,
    region: String,
    account_id: Text,
    api_id: Text,
    stage: Text,
    resource_policy: Option<Policy>,
    slots: u32,
}

/// What is remembered of a request: the digest of its body so far.
#[derive(Default)]
pub struct Memo(Option<Box<BodyHasher>>);

impl Filter for SigV4Verifier {
    type Config = config::SigV4Verifier;
    type Awaiting = Asking;
    type Memo = Memo;

    const NAME: &'static str = "sigv4-verifier";

    fn slots(&self) -> u32 {
        self.slots
    }

    fn configure(config: config::SigV4Verifier) -> Result<Self, InvalidConfig> {
        let mut problems = Vec::new();
        let cluster = match (&config.credential_provider_cluster, &config.iam.credential_provider) {
            (Some(cluster), Some(_)) => cluster.clone(),
            (None, None) => String::new(),
            (None, Some(_)) => {
                let reason = "the credential provider needs one: name the cluster that leads to it";
                return Err(InvalidConfig::new("credentialProviderCluster", reason));
            }
            (Some(_), None) => {
                let reason = "there is no `iam.credentialProvider` that would be asked by it";
                return Err(InvalidConfig::new("credentialProviderCluster", reason));
            }
        };
        let scope = format!("{config:?}").into_bytes();
        let place = Place::root().then("iam");
        let setting = Setting {
            region: &config.region,
            place: &place,
            cluster,
            scope: &scope,
            slots: SLOTS,
            metrics: Metrics::from(0),
        };
        let phase = IamPhase::compile(&config.iam, setting, &mut problems);
        let document = config.policy.as_ref();
        let place = Place::root().then("policy");
        let resource_policy =
            document.and_then(|document| policy(document, PolicyKind::Resource, &place, &mut problems));
        if let Some(problem) = problems.into_iter().find(Problem::is_error) {
            return Err(problem.into());
        }
        let mut phase = phase.ok_or_else(|| InvalidConfig::new("iam", "cannot be used"))?;
        phase.resolve(&|name| std::env::var(name).ok()).map_err(|name| {
            let reason = format!("environment variable `{name}` is not set: pass it on with `host_env_keys`");
            InvalidConfig::new("iam.accessKeys", reason)
        })?;
        Ok(Self {
            phase,
            account_id: config.account_id.as_str().into(),
            api_id: config.api_id.as_str().into(),
            stage: config.stage.as_str().into(),
            region: config.region,
            resource_policy,
            slots: SLOTS + IamPhase::replay_slots(&config.iam),
        })
    }

    fn wants_body(&self, request: &Request, exchange: &mut Exchange<'_, Memo>) -> Wanted {
        let wanted = self.phase.wants_body(request, &moment(exchange)).unwrap_or_default();
        if wanted == Wanted::Pieces {
            exchange.memo.0 = Some(Box::default());
        }
        wanted
    }

    fn on_piece(&self, piece: &[u8], exchange: &mut Exchange<'_, Memo>) {
        if let Some(hasher) = &mut exchange.memo.0 {
            hasher.update(piece);
        }
    }

    fn on_request(&self, request: &mut Request, exchange: &mut Exchange<'_, Memo>) -> Outcome<Self> {
        request_ids::ensure(request, exchange.context, exchange.host);
        self.begin(request, exchange)?;
        let progress = self.phase.authenticate(request, digest(exchange).as_ref(), &moment(exchange))?;
        self.go_on(progress, request, exchange)
    }

    fn on_reply(
        &self,
        asking: Asking,
        reply: Reply,
        request: &mut Request,
        exchange: &mut Exchange<'_, Memo>,
    ) -> Outcome<Self> {
        let progress = self.phase.on_reply(&asking, &reply, request, digest(exchange).as_ref(), &moment(exchange))?;
        self.go_on(progress, request, exchange)
    }

    fn on_wake(&self, asking: Asking, request: &mut Request, exchange: &mut Exchange<'_, Memo>) -> Outcome<Self> {
        let progress = self.phase.on_wake(&asking, request, digest(exchange).as_ref(), &moment(exchange))?;
        self.go_on(progress, request, exchange)
    }

    fn on_abandoned(&self, asking: Asking, exchange: &mut Exchange<'_, Memo>) {
        self.phase.on_abandoned(&asking, &moment(exchange));
    }

    fn metric(&self, id: MetricId) -> Metric {
        let (name, kind) = Metrics::name(id.0);
        Metric { name: format!("gatehouse.sigv4-verifier.{name}"), kind }
    }
}

impl SigV4Verifier {
    /// What method ARNs are made of, unless an earlier filter knows it.
    fn begin(&self, request: &Request, exchange: &mut Exchange<'_, Memo>) -> Result<(), Rejection> {
        let refused = || Rejection::new(ResponseType::MissingAuthenticationToken);
        let verb = std::str::from_utf8(request.method()).ok().and_then(HttpMethod::of_request).ok_or_else(refused)?;
        let context = &mut *exchange.context;
        context.account_id.get_or_insert_with(|| Text::clone(&self.account_id));
        context.api_id.get_or_insert_with(|| Text::clone(&self.api_id));
        context.stage.get_or_insert_with(|| Text::clone(&self.stage));
        context.http_method.get_or_insert_with(|| verb.name().into());
        context.request_time.get_or_insert(exchange.now);
        if context.identity.source_ip.is_none() {
            context.identity.source_ip = exchange.host.source_address().map(|peer| ip_of(&peer).into());
        }
        Ok(())
    }

    fn go_on(&self, progress: Progress, request: &mut Request, exchange: &mut Exchange<'_, Memo>) -> Outcome<Self> {
        match progress {
            Progress::Await(callout, asking) => Ok(Step::Await(callout, asking)),
            Progress::Wait(millis, asking) => Ok(Step::Wait(millis, asking)),
            Progress::Authenticated(authenticated) => self.authorize(&authenticated, request, exchange),
        }
    }

    fn authorize(
        &self,
        authenticated: &Authenticated,
        request: &mut Request,
        exchange: &mut Exchange<'_, Memo>,
    ) -> Outcome<Self> {
        authenticated.apply(exchange.context);
        authenticated.clean(request)?;
        let path = String::from_utf8_lossy(request.path()).into_owned();
        exchange.context.path = Some(path.as_str().into());
        let context = &*exchange.context;
        let [account_id, api_id, stage, verb] =
            [&context.account_id, &context.api_id, &context.stage, &context.http_method]
                .map(|text| text.as_deref().unwrap_or_default());
        let arn =
            StageArn::new(&self.region, account_id, api_id, stage).method(verb, path_in_stage(&path, &self.stage));
        let guard = Guard { resource_policy: self.resource_policy.as_ref(), ..Guard::default() };
        let scene =
            Scene { request, context, region: &self.region, endpoint: None, now: exchange.now, host: exchange.host };
        self.phase.authorize(authenticated, &arn, &guard, &scene)?;
        Ok(Step::Continue)
    }
}

fn digest(exchange: &Exchange<'_, Memo>) -> Option<gatehouse_sigv4::Digest> {
    exchange.memo.0.as_ref().map(|hasher| BodyHasher::clone(hasher).finish())
}

fn moment<'a>(exchange: &Exchange<'a, Memo>) -> Moment<'a> {
    Moment { now: exchange.now, here: exchange.here, host: exchange.host }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_of_the_page_works() {
        let page = include_str!("../README.md");
        let (_, config) = page.split_once("```json").unwrap();
        let config = serde_json::from_str(config.split_once("```").unwrap().0).unwrap();
        SigV4Verifier::configure(config).unwrap();
    }

    #[test]
    fn a_wrong_configuration_is_named() {
        let key = r#"{"accessKeyId":"AKIAIOSFODNN7EXAMPLE","secretAccessKey":{"plainText":"s"},
            "principal":{"arn":"arn:aws:iam::123456789012:root"}}"#;
        let check = |config: &str, expected: &str| {
            let invalid = match serde_json::from_str(config) {
                Ok(config) => SigV4Verifier::configure(config).unwrap_err().to_string(),
                Err(error) => error.to_string(),
            };
            assert!(invalid.contains(expected), "{invalid}");
        };
        check(r#"{"iam":{}}"#, "iam: nobody could sign");
        check(r#"{"iam":{},"more":1}"#, "unknown field `more`");
        check(
            r#"{"iam":{"credentialProvider":{"url":"http://p"}}}"#,
            "credentialProviderCluster: the credential provider",
        );
        check(
            &format!(r#"{{"iam":{{"accessKeys":[{key}]}},"credentialProviderCluster":"c"}}"#),
            "credentialProviderCluster: there is no `iam.credentialProvider`",
        );
        check(
            &format!(r#"{{"iam":{{"accessKeys":[{key}]}},"policy":{{"Statement":[{{"Effect":"Allow"}}]}}}}"#),
            "policy/Statement/0",
        );
        check(
            &format!(
                r#"{{"iam":{{"accessKeys":[{}]}}}}"#,
                key.replace(r#"{"plainText":"s"}"#, r#"{"environment":"GATEHOUSE_NO"}"#)
            ),
            "environment variable `GATEHOUSE_NO` is not set",
        );
    }
}
