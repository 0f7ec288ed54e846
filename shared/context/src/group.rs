//! The groups of `$context`: `identity.…`, `error.…` and the like, each with its names and lookup from one table.

use serde::{Deserialize, Serialize};

use crate::Text;

macro_rules! group {
    ($(#[$doc:meta])* $Group:ident { $($field:ident: $name:literal,)* } $(nested { $($inner:ident: $Inner:ident = $prefix:literal,)* })?) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        #[allow(missing_docs, reason = "the fields are API Gateway's own names; its documentation describes them")]
        pub struct $Group {
            $(#[serde(rename = $name, skip_serializing_if = "Option::is_none")] pub $field: Option<Text>,)*
            $($(#[serde(rename = $prefix)] pub $inner: $Inner,)*)?
        }

        impl $Group {
            /// The value of the variable with this name inside the group.
            #[must_use]
            pub fn get(&self, name: &str) -> Option<&str> {
                match name {
                    $($name => self.$field.as_deref(),)*
                    _ => {
                        $($(if let Some(rest) = inside(name, $prefix) { return self.$inner.get(rest); })*)?
                        None
                    }
                }
            }

            /// Is there a variable with this name inside the group?
            #[must_use]
            pub fn knows(name: &str) -> bool {
                $($(if let Some(rest) = inside(name, $prefix) { return $Inner::knows(rest); })*)?
                [$($name),*].contains(&name)
            }
        }
    };
}

fn inside<'a>(name: &'a str, group: &str) -> Option<&'a str> {
    name.strip_prefix(group)?.strip_prefix('.')
}

group! {
    /// Who called, as far as it is known.
    Identity {
        access_key: "accessKey",
        account_id: "accountId",
        api_key: "apiKey",
        api_key_id: "apiKeyId",
        caller: "caller",
        cognito_authentication_provider: "cognitoAuthenticationProvider",
        cognito_authentication_type: "cognitoAuthenticationType",
        cognito_identity_id: "cognitoIdentityId",
        cognito_identity_pool_id: "cognitoIdentityPoolId",
        principal_org_id: "principalOrgId",
        source_ip: "sourceIp",
        user: "user",
        user_agent: "userAgent",
        user_arn: "userArn",
        vpc_id: "vpcId",
        vpce_id: "vpceId",
    }
    nested { client_cert: ClientCert = "clientCert", }
}

group! {
    /// The certificate that the client showed under mutual TLS.
    ClientCert {
        client_cert_pem: "clientCertPem",
        issuer_dn: "issuerDN",
        serial_number: "serialNumber",
        subject_dn: "subjectDN",
    }
    nested { validity: Validity = "validity", }
}

group! {
    /// When the client's certificate is valid.
    Validity {
        not_after: "notAfter",
        not_before: "notBefore",
    }
}

group! {
    /// The base path of a custom domain.
    CustomDomain {
        base_path_matched: "basePathMatched",
    }
}

group! {
    /// Why the gateway itself answered.
    ErrorDetail {
        message: "message",
        message_string: "messageString",
        response_type: "responseType",
        validation_error_string: "validationErrorString",
    }
}

group! {
    /// What a phase decided: `authorize`, `authenticate`, `waf`.
    Decision {
        error: "error",
        latency: "latency",
        status: "status",
    }
}

group! {
    /// What the integration answered, or an authorizer: `integrationStatus` is the status of who was called, of Lambda for a
    /// function, and `status` that of the function's own response, or the authorizer's verdict.
    Integration {
        error: "error",
        integration_status: "integrationStatus",
        latency: "latency",
        request_id: "requestId",
        status: "status",
    }
}
