//! What is measured of tokens and of their issuers' keys.

gatehouse_filter::metrics! {
    /// The metrics of an authorizer.
    pub Metrics: Measure {
        Verified: Counter "JwtVerified",
        Unauthorized: Counter "JwtUnauthorized",
        Failure: Counter "JwtError",
        Hit: Counter "JwtCacheHitCount",
        Signature: Counter "JwtSignatureCount",
    }
}

gatehouse_filter::metrics! {
    /// The metrics of issuers' keys.
    pub KeyMetrics: KeyMeasure {
        Fetched: Counter "JwksCount",
        Failed: Counter "JwksError",
        Latency: Histogram "JwksLatency",
    }
}
