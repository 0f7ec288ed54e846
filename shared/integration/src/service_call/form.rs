//! A request in AWS's query protocol: `Action=…&Name.1=…`.
//!
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-xml.html>

use std::collections::BTreeMap;

use gatehouse_http::percent;

use super::Malformed;

/// What of a message attribute the service has.
///
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_MessageAttributeValue.html>
const ATTRIBUTE: [&str; 3] = ["DataType", "StringValue", "BinaryValue"];

/// Names and values, encoded.
#[derive(Default)]
pub(super) struct Form(Vec<u8>);

impl Form {
    pub(super) fn add(&mut self, name: &str, value: &[u8]) {
        if !self.0.is_empty() {
            self.0.push(b'&');
        }
        percent::encode_into(&mut self.0, name.as_bytes());
        self.0.push(b'=');
        percent::encode_into(&mut self.0, value);
    }

    /// `NAME.1`, `NAME.2`, …
    pub(super) fn list(&mut self, name: &str, value: &[u8]) -> Result<(), Malformed> {
        for (index, item) in items(value)?.iter().enumerate() {
            self.add(&format!("{name}.{}", index.saturating_add(1)), item.as_bytes());
        }
        Ok(())
    }

    /// `NAME.1.Name`, `NAME.1.Value.DataType`, `NAME.1.Value.StringValue`, …, of a map in JSON.
    pub(super) fn attributes(&mut self, name: &str, value: &[u8]) -> Result<(), Malformed> {
        let attributes: BTreeMap<String, BTreeMap<String, String>> =
            serde_json::from_slice(value).map_err(|_| Malformed)?;
        for (index, (attribute, value)) in attributes.iter().enumerate() {
            let prefix = format!("{name}.{}", index.saturating_add(1));
            self.add(&format!("{prefix}.Name"), attribute.as_bytes());
            for (field, text) in value {
                if !ATTRIBUTE.contains(&field.as_str()) {
                    return Err(Malformed);
                }
                self.add(&format!("{prefix}.Value.{field}"), text.as_bytes());
            }
        }
        Ok(())
    }

    pub(super) fn written(self) -> Vec<u8> {
        self.0
    }
}

/// The texts of a list in JSON, or those between commas.
pub(super) fn items(value: &[u8]) -> Result<Vec<String>, Malformed> {
    let text = std::str::from_utf8(value).map_err(|_| Malformed)?.trim();
    if text.starts_with(['[', '{']) {
        return serde_json::from_str(text).map_err(|_| Malformed);
    }
    Ok(text.split(',').map(|item| item.trim().to_owned()).collect())
}
