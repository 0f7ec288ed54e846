//! Where secret access keys come from: Envoy's environment, and files that Envoy reads.

use std::collections::BTreeSet;

use gatehouse_api::deployment::Deployment;
use gatehouse_api::deployment::config::Secret;
use gatehouse_sigv4_verifier::secret_files;

use super::text::quoted;

/// The files that Envoy reads secrets from.
pub(super) fn files(deployment: &Deployment) -> String {
    let Some(iam) = &deployment.iam else { return String::new() };
    let files = secret_files(iam);
    if files.is_empty() {
        return String::new();
    }
    let secrets = files.iter().map(|(state, path)| {
        let (name, path) = (quoted(state), quoted(path));
        format!("  - {{ name: {name}, generic_secret: {{ secret: {{ filename: {path} }} }} }}\n")
    });
    format!("  secrets:\n{}", secrets.collect::<String>())
}

/// The filter that hands the secrets of files to the gateway: no client sees them, and no header has them.
pub(super) fn filter(deployment: &Deployment) -> String {
    let files = deployment.iam.as_ref().map(secret_files).unwrap_or_default();
    if files.is_empty() {
        return String::new();
    }
    let mut text = String::from(
        "# Secret access keys, for the gateway alone.\n\
         - name: gatehouse.secrets\n  typed_config:\n    \
         \"@type\": type.googleapis.com/envoy.extensions.filters.http.set_filter_state.v3.Config\n    \
         on_request_headers:\n",
    );
    for (state, _) in &files {
        let state = quoted(state);
        text.push_str(&format!(
            "    - object_key: {state}\n      factory_key: envoy.string\n      format_string:\n        \
             text_format_source: {{ inline_string: \"%SECRET(secret)%\" }}\n        formatters:\n        \
             - name: envoy.formatter.generic_secret\n          typed_config:\n            \
             \"@type\": type.googleapis.com/envoy.extensions.formatter.generic_secret.v3.GenericSecret\n            \
             secret_configs: {{ secret: {{ name: {state} }} }}\n",
        ));
    }
    text
}

/// The environment variables of Envoy's that the gateway may read.
pub(crate) fn variables(deployment: &Deployment) -> BTreeSet<&str> {
    let keys = deployment.iam.iter().flat_map(|iam| &iam.access_keys);
    let secrets = keys.flat_map(|key| std::iter::once(&key.secret_access_key).chain(&key.session_token));
    secrets
        .filter_map(|secret| match secret {
            Secret::Environment(name) => Some(name.as_str()),
            Secret::File(_) | Secret::FilterState(_) | Secret::PlainText(_) => None,
        })
        .collect()
}

/// The same for the filter's VM.
pub(super) fn environment(deployment: &Deployment) -> String {
    let names: Vec<String> = variables(deployment).into_iter().map(quoted).collect();
    match names.is_empty() {
        true => String::new(),
        false => format!(
            "  # Secret access keys are in these variables of Envoy's.\n  \
             environment_variables: {{ host_env_keys: [{}] }}\n",
            names.join(", ")
        ),
    }
}
