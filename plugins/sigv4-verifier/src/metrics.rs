//! What is measured of AWS_IAM.

gatehouse_filter::metrics! {
    /// The metrics of AWS_IAM.
    pub Metrics: Measure {
        Verified: Counter "IamVerified",
        Unsigned: Counter "IamUnsigned",
        Invalid: Counter "IamInvalidSignature",
        Denied: Counter "IamDenied",
        Replayed: Counter "IamReplayed",
        Failure: Counter "IamError",
        ProviderCall: Counter "CredentialProviderCount",
        ProviderLatency: Histogram "CredentialProviderLatency",
        ProviderHit: Counter "CredentialProviderCacheHitCount",
        ProviderMiss: Counter "CredentialProviderCacheMissCount",
    }
}
