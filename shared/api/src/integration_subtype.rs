//! First-class integrations of HTTP APIs: which action of which AWS service, and what it is told.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html>

use crate::named::named;

named! {
    /// An action of an AWS service behind a route of an HTTP API.
    IntegrationSubtype {
        /// An event for EventBridge.
        EventBridgePutEvents = "EventBridge-PutEvents",
        /// A message for a queue.
        SqsSendMessage = "SQS-SendMessage",
        /// Messages out of a queue.
        SqsReceiveMessage = "SQS-ReceiveMessage",
        /// The end of a message.
        SqsDeleteMessage = "SQS-DeleteMessage",
        /// The end of all messages of a queue.
        SqsPurgeQueue = "SQS-PurgeQueue",
        /// A configuration, as AppConfig has it.
        AppConfigGetConfiguration = "AppConfig-GetConfiguration",
        /// A record for a stream.
        KinesisPutRecord = "Kinesis-PutRecord",
        /// The start of a state machine.
        StepFunctionsStartExecution = "StepFunctions-StartExecution",
        /// A state machine, from its start to its end.
        StepFunctionsStartSyncExecution = "StepFunctions-StartSyncExecution",
        /// The end of a state machine's execution.
        StepFunctionsStopExecution = "StepFunctions-StopExecution",
    }
}

/// The parameter that says in which region the service is, which every subtype has.
pub const REGION: &str = "Region";

impl IntegrationSubtype {
    /// The parameters that there must be. Names are case-sensitive (recorded).
    #[must_use]
    pub fn required(self) -> &'static [&'static str] {
        match self {
            Self::EventBridgePutEvents => &["Detail", "DetailType", "Source"],
            Self::SqsSendMessage => &["QueueUrl", "MessageBody"],
            Self::SqsReceiveMessage | Self::SqsPurgeQueue => &["QueueUrl"],
            Self::SqsDeleteMessage => &["ReceiptHandle", "QueueUrl"],
            Self::AppConfigGetConfiguration => &["Application", "Environment", "Configuration", "ClientId"],
            Self::KinesisPutRecord => &["StreamName", "Data", "PartitionKey"],
            Self::StepFunctionsStartExecution | Self::StepFunctionsStartSyncExecution => &["StateMachineArn"],
            Self::StepFunctionsStopExecution => &["ExecutionArn"],
        }
    }

    /// The parameters that there may be, without [`REGION`].
    #[must_use]
    pub fn optional(self) -> &'static [&'static str] {
        match self {
            Self::EventBridgePutEvents => &["Time", "EventBusName", "Resources", "TraceHeader"],
            Self::SqsSendMessage => &[
                "DelaySeconds",
                "MessageAttributes",
                "MessageDeduplicationId",
                "MessageGroupId",
                "MessageSystemAttributes",
            ],
            Self::SqsReceiveMessage => &[
                "AttributeNames",
                "MaxNumberOfMessages",
                "MessageAttributeNames",
                "ReceiveRequestAttemptId",
                "VisibilityTimeout",
                "WaitTimeSeconds",
            ],
            Self::SqsDeleteMessage | Self::SqsPurgeQueue => &[],
            Self::AppConfigGetConfiguration => &["ClientConfigurationVersion"],
            Self::KinesisPutRecord => &["SequenceNumberForOrdering", "ExplicitHashKey"],
            Self::StepFunctionsStartExecution => &["Name", "Input"],
            Self::StepFunctionsStartSyncExecution => &["Name", "Input", "TraceHeader"],
            Self::StepFunctionsStopExecution => &["Cause", "Error"],
        }
    }

    /// Every parameter.
    pub fn parameters(self) -> impl Iterator<Item = &'static str> {
        self.required().iter().chain(self.optional()).copied().chain([REGION])
    }

    /// The service as a URI of an AWS integration names it, and its action: `sqs`, `SendMessage`.
    #[must_use]
    pub fn action(self) -> (&'static str, &'static str) {
        let (service, action) = self.name().split_once('-').unwrap_or_default();
        let service = match service {
            "EventBridge" => "events",
            "SQS" => "sqs",
            "AppConfig" => "appconfig",
            "Kinesis" => "kinesis",
            _ => "states",
        };
        (service, action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subtype_names_an_action_of_a_service() {
        let check = |name: &str, expected: (&str, &str)| {
            assert_eq!(IntegrationSubtype::parse(name).map(IntegrationSubtype::action), Some(expected), "{name}");
        };
        check("EventBridge-PutEvents", ("events", "PutEvents"));
        check("SQS-PurgeQueue", ("sqs", "PurgeQueue"));
        check("AppConfig-GetConfiguration", ("appconfig", "GetConfiguration"));
        check("Kinesis-PutRecord", ("kinesis", "PutRecord"));
        check("StepFunctions-StartSyncExecution", ("states", "StartSyncExecution"));
        assert_eq!(IntegrationSubtype::parse("SNS-Publish"), None);
    }
}
