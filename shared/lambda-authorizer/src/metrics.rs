//! What is measured of a Lambda authorizer.

gatehouse_filter::metrics! {
    /// The metrics of one authorizer.
    pub Metrics: Measure {
        Call: Counter "AuthorizerCount",
        Latency: Histogram "AuthorizerLatency",
        Hit: Counter "AuthorizerCacheHitCount",
        Miss: Counter "AuthorizerCacheMissCount",
        Eviction: Counter "AuthorizerCacheEvictionCount",
        Unauthorized: Counter "AuthorizerUnauthorized",
        ImplicitDeny: Counter "AuthorizerImplicitDeny",
        ExplicitDeny: Counter "AuthorizerExplicitDeny",
        Failure: Counter "AuthorizerError",
    }
}
