//! A request in AWS's query protocol: `Action=…&Name.1=…`.
//!
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-xml.html>

use gatehouse_api::Node;
use gatehouse_http::percent;

use super::Malformed;

/// What of a message attribute the service has.
///
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_MessageAttributeValue.html>
const ATTRIBUTE: [&str; 3] = ["DataType", "StringValue", "BinaryValue"];

/// How many items a list or a map may have: each becomes longer than it was written. No service takes as many.
const MOST_ITEMS: usize = 1_000;

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
            self.add(&[name, ".", &index.saturating_add(1).to_string()].concat(), item.as_bytes());
        }
        Ok(())
    }

    /// `NAME.1.Name`, `NAME.1.Value.DataType`, `NAME.1.Value.StringValue`, …, of a map in JSON.
    pub(super) fn attributes(&mut self, name: &str, value: &[u8]) -> Result<(), Malformed> {
        let Ok(Node::Map(attributes)) = serde_json::from_slice(value) else { return Err(Malformed) };
        if attributes.len() > MOST_ITEMS {
            return Err(Malformed);
        }
        for (index, (attribute, value)) in attributes.iter().enumerate() {
            let prefix = [name, ".", &index.saturating_add(1).to_string()].concat();
            self.add(&[&prefix, ".Name"].concat(), attribute.as_bytes());
            let Node::Map(value) = value else { return Err(Malformed) };
            for (field, text) in value {
                let Node::String(text) = text else { return Err(Malformed) };
                if !ATTRIBUTE.contains(&field.as_str()) {
                    return Err(Malformed);
                }
                self.add(&[&prefix, ".Value.", field].concat(), text.as_bytes());
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
    let items: Vec<String> = if text.starts_with(['[', '{']) {
        let Ok(Node::List(items)) = serde_json::from_slice(text.as_bytes()) else { return Err(Malformed) };
        let texts = items.into_iter().map(|item| if let Node::String(text) = item { Ok(text) } else { Err(Malformed) });
        texts.collect::<Result<_, _>>()?
    } else {
        text.split(',').take(MOST_ITEMS.saturating_add(1)).map(|item| item.trim().to_owned()).collect()
    };
    if items.len() > MOST_ITEMS { Err(Malformed) } else { Ok(items) }
}
