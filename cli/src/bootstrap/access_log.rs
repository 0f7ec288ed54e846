//! The access log of each stage: the format's native variables are Envoy's, the rest the gateway leaves as filter state.

use gatehouse_api::deployment::Deployment;
use gatehouse_api::{AccessLogFormat, LogSegment, NativeVariable};

use super::text::quoted;

/// The access logs of all stages that have one, as a list.
pub(crate) fn access_logs(deployment: &Deployment) -> String {
    let mut logs = String::new();
    for api in &deployment.apis {
        for stage in &api.stages {
            let Some(settings) = &stage.access_log_settings else { continue };
            logs.push_str(&access_log(&format!("{}/{}", api.api_id, stage.stage_name), &settings.format));
        }
    }
    logs
}

fn access_log(stage: &str, format: &str) -> String {
    format!(
        r#"# {stage}: {written}
- name: envoy.access_loggers.stdout
  filter:
    extension_filter:
      name: envoy.access_loggers.extension_filters.cel
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter
        expression: {expression}
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog
    log_format:
      text_format_source: {{ inline_string: {line} }}
"#,
        written = quoted(format),
        // The gateway's filter state is bytes to CEL.
        expression = quoted(&format!("filter_state['wasm.gatehouse_stage'] == b'{stage}'")),
        line = quoted(&format!("{}\n", envoy_format(format))),
    )
}

/// A format in Envoy's words.
fn envoy_format(format: &str) -> String {
    let mut number = 0;
    let segments = AccessLogFormat::parse(format);
    let operator = |segment: &LogSegment| match segment {
        LogSegment::Native(NativeVariable::Status) => "%RESPONSE_CODE%".to_owned(),
        LogSegment::Native(NativeVariable::ResponseLength) => "%BYTES_SENT%".to_owned(),
        LogSegment::Native(NativeVariable::ResponseLatency) => "%DURATION%".to_owned(),
        LogSegment::Rendered(_) => {
            number += 1;
            format!("%FILTER_STATE(wasm.gatehouse_log_{}:PLAIN)%", number - 1)
        }
    };
    segments.segments().iter().map(operator).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_in_envoys_words() {
        let check = |format: &str, expected: &str| assert_eq!(envoy_format(format), expected, "{format}");
        check(
            "$context.requestId 100% $context.status $context.path",
            "%FILTER_STATE(wasm.gatehouse_log_0:PLAIN)%%RESPONSE_CODE%%FILTER_STATE(wasm.gatehouse_log_1:PLAIN)%",
        );
        check(
            "$context.responseLength/$context.responseLatency",
            "%BYTES_SENT%%FILTER_STATE(wasm.gatehouse_log_0:PLAIN)%%DURATION%",
        );
    }
}
