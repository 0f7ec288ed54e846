//! What a stage sets for its methods.

use gatehouse_sort::sort_by_key;

use super::config;
use crate::named::named;
use crate::{HttpMethod, Place, Problem};

/// The settings that a stage's `methodSettings` give its methods.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MethodSettingsTable {
    /// `*/*`, then the others.
    entries: Vec<Entry>,
}

/// What stands under one key.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    key: String,
    scope: Scope,
    settings: config::MethodSettings,
}

/// The settings of one method, API Gateway's defaults filled in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MethodSettings {
    /// Whether the method has metrics of its own.
    pub metrics_enabled: bool,
    /// What the execution log tells.
    pub logging_level: LoggingLevel,
    /// Whether the execution log holds whole requests.
    pub data_trace_enabled: bool,
    /// Requests a second; none is only the account's limit.
    pub throttling_rate_limit: Option<f64>,
    /// Requests at once; none is only the account's limit.
    pub throttling_burst_limit: Option<i64>,
    /// Whether responses are cached.
    pub caching_enabled: bool,
    /// How long.
    pub cache_ttl_in_seconds: u32,
    /// Whether the cache is encrypted.
    pub cache_data_encrypted: bool,
    /// Whether a client must be allowed to invalidate the cache.
    pub require_authorization_for_cache_control: bool,
    /// What happens to a client that is not.
    pub unauthorized_cache_control_header_strategy: CacheControlStrategy,
}

named! {
    /// What the execution log tells.
    LoggingLevel {
        /// Nothing.
        Off = "OFF",
        /// Errors.
        Error = "ERROR",
        /// Everything.
        Info = "INFO",
    }
}

named! {
    /// What happens to a client that may not invalidate the cache and tries to.
    CacheControlStrategy {
        /// It is refused.
        FailWith403 = "FAIL_WITH_403",
        /// It is served, with a warning.
        SucceedWithResponseHeader = "SUCCEED_WITH_RESPONSE_HEADER",
        /// It is served.
        SucceedWithoutResponseHeader = "SUCCEED_WITHOUT_RESPONSE_HEADER",
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Scope {
    All,
    One { resource_path: String, http_method: HttpMethod },
}

impl MethodSettingsTable {
    /// The settings of a method: its own, else those of `*/*`, else API Gateway's defaults, field by field.
    #[must_use]
    pub fn of(&self, resource_path: &str, http_method: HttpMethod) -> MethodSettings {
        let mut settings = MethodSettings::default();
        for own in self.entries.iter().filter(|entry| entry.scope.is_for(resource_path, http_method)) {
            settings.set(&own.settings);
        }
        settings
    }

    /// Whether two keys set the same methods, however they spell a path.
    #[must_use]
    pub fn is_same_key(one: &str, other: &str) -> bool {
        one == other || Scope::parse(one).is_some_and(|scope| Scope::parse(other) == Some(scope))
    }

    /// The keys that name none of these methods: what they set applies to nothing.
    pub fn unused<'a>(&'a self, methods: &'a [(&str, HttpMethod)]) -> impl Iterator<Item = &'a str> {
        let is_used = |entry: &Entry| methods.iter().any(|(path, method)| entry.scope.is_for(path, *method));
        let single = self.entries.iter().filter(|entry| entry.scope != Scope::All);
        single.filter(move |entry| !is_used(entry)).map(|entry| entry.key.as_str())
    }

    /// Understands `methodSettings`, noting what is wrong and what is not served yet.
    pub(super) fn new(
        written: impl IntoIterator<Item = (String, config::MethodSettings)>,
        place: &Place,
        problems: &mut Vec<Problem>,
        unserved: &mut Vec<Problem>,
    ) -> Self {
        let mut entries = Vec::new();
        for (key, settings) in written {
            let place = place.then(&key);
            check(&settings, &place, problems);
            note_unserved(&settings, &place, unserved);
            match Scope::parse(&key) {
                Some(scope) if entries.iter().any(|other: &Entry| other.scope == scope) => {
                    problems.push(Problem::error(&place, format!("`{key}` sets a method that another key sets")));
                }
                Some(scope) => entries.push(Entry { key, scope, settings }),
                None => problems.push(Problem::error(
                    &place,
                    format!("`{key}` is no method: write `*/*` or a resource's path and a method, such as `pets/GET`"),
                )),
            }
        }
        // General settings first, so that a method's own come after them and win.
        sort_by_key(&mut entries, |entry| entry.scope != Scope::All);
        Self { entries }
    }
}

impl Scope {
    /// `*/*`, or a path and a method. API Gateway writes the path's slashes as `~1`, `~1` alone being the root, and leaves
    /// the leading one out or not.
    fn parse(key: &str) -> Option<Self> {
        let (path, method) = key.rsplit_once('/')?;
        let path = path.replace("~1", "/");
        let path = path.trim_start_matches('/');
        match (path, method) {
            ("*", "*") => Some(Scope::All),
            (path, method) => {
                let http_method = HttpMethod::parse(method)?;
                Some(Scope::One { resource_path: format!("/{path}"), http_method })
            }
        }
    }

    fn is_for(&self, resource_path: &str, http_method: HttpMethod) -> bool {
        match self {
            Scope::All => true,
            Scope::One { resource_path: path, http_method: method } => {
                // The route `$default` has no path that begins with a slash.
                let same = path == resource_path || path.strip_prefix('/') == Some(resource_path);
                same && *method == http_method
            }
        }
    }
}

fn check(settings: &config::MethodSettings, place: &Place, problems: &mut Vec<Problem>) {
    if let Some(level) = settings.logging_level.as_deref().filter(|level| LoggingLevel::parse(level).is_none()) {
        let message = format!("`{level}` is no logging level: use `OFF`, `ERROR` or `INFO`");
        problems.push(Problem::error(&place.then("loggingLevel"), message));
    }
    let strategy = settings.unauthorized_cache_control_header_strategy.as_deref();
    if let Some(strategy) = strategy.filter(|strategy| CacheControlStrategy::parse(strategy).is_none()) {
        let allowed = "use `FAIL_WITH_403`, `SUCCEED_WITH_RESPONSE_HEADER` or `SUCCEED_WITHOUT_RESPONSE_HEADER`";
        let place = place.then("unauthorizedCacheControlHeaderStrategy");
        problems.push(Problem::error(&place, format!("`{strategy}` is no strategy: {allowed}")));
    }
    if let Some(ttl) = settings.cache_ttl_in_seconds.filter(|ttl| *ttl > 3600) {
        let message = format!("`{ttl}` seconds are too long: 0 to 3600 are allowed");
        problems.push(Problem::error(&place.then("cacheTtlInSeconds"), message));
    }
    // -1 means "no limit of its own" to API Gateway.
    if let Some(rate) = settings.throttling_rate_limit.filter(|rate| *rate < 0.0 && *rate != -1.0) {
        let message = format!("`{rate}` is no rate: use requests a second, or -1 for no limit");
        problems.push(Problem::error(&place.then("throttlingRateLimit"), message));
    }
    if let Some(burst) = settings.throttling_burst_limit.filter(|burst| *burst < -1) {
        let message = format!("`{burst}` is no burst: use a number of requests, or -1 for no limit");
        problems.push(Problem::error(&place.then("throttlingBurstLimit"), message));
    }
}

fn note_unserved(settings: &config::MethodSettings, place: &Place, unserved: &mut Vec<Problem>) {
    let level = settings.logging_level.as_deref().and_then(LoggingLevel::parse);
    if level.is_some_and(|level| level != LoggingLevel::Off) {
        unserved.push(Problem::warning(&place.then("loggingLevel"), "there is no execution log yet"));
    }
    if settings.data_trace_enabled == Some(true) {
        unserved.push(Problem::warning(&place.then("dataTraceEnabled"), "there is no execution log yet"));
    }
    if settings.caching_enabled == Some(true) {
        unserved.push(Problem::error(&place.then("cachingEnabled"), "responses are not cached yet"));
    }
}

impl Default for MethodSettings {
    fn default() -> Self {
        Self {
            metrics_enabled: false,
            logging_level: LoggingLevel::Off,
            data_trace_enabled: false,
            throttling_rate_limit: None,
            throttling_burst_limit: None,
            caching_enabled: false,
            cache_ttl_in_seconds: 300,
            cache_data_encrypted: false,
            require_authorization_for_cache_control: true,
            unauthorized_cache_control_header_strategy: CacheControlStrategy::SucceedWithResponseHeader,
        }
    }
}

impl MethodSettings {
    fn set(&mut self, own: &config::MethodSettings) {
        let level = own.logging_level.as_deref().and_then(LoggingLevel::parse);
        let strategy = own.unauthorized_cache_control_header_strategy.as_deref().and_then(CacheControlStrategy::parse);
        set(&mut self.metrics_enabled, own.metrics_enabled);
        set(&mut self.logging_level, level);
        set(&mut self.data_trace_enabled, own.data_trace_enabled);
        set(&mut self.throttling_rate_limit, own.throttling_rate_limit.map(|rate| (rate >= 0.0).then_some(rate)));
        set(&mut self.throttling_burst_limit, own.throttling_burst_limit.map(|burst| (burst >= 0).then_some(burst)));
        set(&mut self.caching_enabled, own.caching_enabled);
        set(&mut self.cache_ttl_in_seconds, own.cache_ttl_in_seconds);
        set(&mut self.cache_data_encrypted, own.cache_data_encrypted);
        set(&mut self.require_authorization_for_cache_control, own.require_authorization_for_cache_control);
        set(&mut self.unauthorized_cache_control_header_strategy, strategy);
    }
}

fn set<T>(field: &mut T, own: Option<T>) {
    if let Some(own) = own {
        *field = own;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> (MethodSettingsTable, Vec<String>) {
        let node: crate::Node = serde_json::from_str(text).unwrap();
        let written: std::collections::BTreeMap<_, _> = node.read().unwrap();
        let (mut problems, mut unserved) = (Vec::new(), Vec::new());
        let table = MethodSettingsTable::new(written, &Place::root(), &mut problems, &mut unserved);
        problems.extend(unserved);
        (table, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_methods_own_settings_win_over_those_of_all_methods() {
        let (table, problems) = table(
            r#"{"pets/GET": {"metricsEnabled": false}, "*/*": {"metricsEnabled": true, "cacheTtlInSeconds": 5},
                "$default/ANY": {"cacheTtlInSeconds": 3}, "~1/GET": {"cacheTtlInSeconds": 1}, "~1pets~1{petId}/PUT": {"cacheTtlInSeconds": 2}}"#,
        );
        assert_eq!(problems, Vec::<String>::new());
        let check = |path, method, metrics_enabled, ttl| {
            let settings = table.of(path, method);
            let found = (settings.metrics_enabled, settings.cache_ttl_in_seconds);
            assert_eq!(found, (metrics_enabled, ttl), "{method} {path}");
        };
        check("/pets", HttpMethod::Get, false, 5);
        check("/pets", HttpMethod::Post, true, 5);
        check("/", HttpMethod::Get, true, 1);
        check("/pets/{petId}", HttpMethod::Put, true, 2);
        check("$default", HttpMethod::Any, true, 3);
    }

    #[test]
    fn settings_of_methods_that_there_are_not_are_found() {
        let (table, _) = table(r#"{"*/*": {}, "pets/GET": {}, "~1/GET": {}, "$default/ANY": {}, "~1pets/POST": {}}"#);
        let methods = [("/pets", HttpMethod::Get), ("$default", HttpMethod::Any)];
        assert_eq!(table.unused(&methods).collect::<Vec<_>>(), ["~1/GET", "~1pets/POST"]);
        assert_eq!(table.unused(&[]).count(), 4);
    }

    #[test]
    fn what_is_wrong_or_not_served_is_named() {
        let check = |text: &str, expected: &[&str]| assert_eq!(table(text).1, expected, "{text}");
        check(
            r#"{"pets": {}}"#,
            &["error: /pets: `pets` is no method: write `*/*` or a resource's path and a method, such as `pets/GET`"],
        );
        check(
            r#"{"*/*": {"loggingLevel": "DEBUG"}}"#,
            &["error: /*~1*/loggingLevel: `DEBUG` is no logging level: use `OFF`, `ERROR` or `INFO`"],
        );
        check(r#"{"a/GET": {}, "/a/get": {}}"#, &["error: /a~1GET: `a/GET` sets a method that another key sets"]);
        check(
            r#"{"*/*": {"throttlingRateLimit": 5.5, "throttlingBurstLimit": -1, "loggingLevel": "info"}}"#,
            &["warning: /*~1*/loggingLevel: there is no execution log yet"],
        );
        check(
            r#"{"*/*": {"cacheTtlInSeconds": 3601, "cachingEnabled": true}}"#,
            &[
                "error: /*~1*/cacheTtlInSeconds: `3601` seconds are too long: 0 to 3600 are allowed",
                "error: /*~1*/cachingEnabled: responses are not cached yet",
            ],
        );
    }
}
