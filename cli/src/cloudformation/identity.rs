//! What `Ref` and `Fn::GetAtt` give of resources that are called by their names.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html>

use gatehouse_api::deployment::Deployment;
use gatehouse_api::partition;

use super::environment::suffix;

/// A kind of resource: the property that names one, and each attribute (`Ref` has none) with its form.
struct Kind {
    kinds: &'static [&'static str],
    property: Option<&'static str>,
    attributes: &'static [(&'static str, &'static str)],
}

const KINDS: &[Kind] = &[
    Kind {
        kinds: &["AWS::SQS::Queue"],
        property: Some("QueueName"),
        attributes: &[
            ("", "https://sqs.{region}.{suffix}/{account}/{name}"),
            ("QueueUrl", "https://sqs.{region}.{suffix}/{account}/{name}"),
            ("QueueName", "{name}"),
            ("Arn", "arn:{partition}:sqs:{region}:{account}:{name}"),
        ],
    },
    Kind {
        kinds: &["AWS::SNS::Topic"],
        property: Some("TopicName"),
        attributes: &[
            ("", "arn:{partition}:sns:{region}:{account}:{name}"),
            ("TopicArn", "arn:{partition}:sns:{region}:{account}:{name}"),
            ("TopicName", "{name}"),
        ],
    },
    Kind {
        kinds: &["AWS::DynamoDB::Table", "AWS::Serverless::SimpleTable"],
        property: Some("TableName"),
        attributes: &[("", "{name}"), ("Arn", "arn:{partition}:dynamodb:{region}:{account}:table/{name}")],
    },
    Kind {
        kinds: &["AWS::Kinesis::Stream"],
        property: Some("Name"),
        attributes: &[("", "{name}"), ("Arn", "arn:{partition}:kinesis:{region}:{account}:stream/{name}")],
    },
    Kind {
        kinds: &["AWS::KinesisFirehose::DeliveryStream"],
        property: Some("DeliveryStreamName"),
        attributes: &[("", "{name}"), ("Arn", "arn:{partition}:firehose:{region}:{account}:deliverystream/{name}")],
    },
    Kind {
        kinds: &["AWS::StepFunctions::StateMachine"],
        property: Some("StateMachineName"),
        attributes: STATE_MACHINE,
    },
    Kind { kinds: &["AWS::Serverless::StateMachine"], property: Some("Name"), attributes: STATE_MACHINE },
    Kind {
        kinds: &["AWS::Events::EventBus"],
        property: Some("Name"),
        attributes: &[
            ("", "{name}"),
            ("Name", "{name}"),
            ("Arn", "arn:{partition}:events:{region}:{account}:event-bus/{name}"),
        ],
    },
    Kind {
        kinds: &["AWS::S3::Bucket"],
        property: Some("BucketName"),
        attributes: &[
            ("", "{name}"),
            ("Arn", "arn:{partition}:s3:::{name}"),
            ("DomainName", "{name}.s3.{suffix}"),
            ("RegionalDomainName", "{name}.s3.{region}.{suffix}"),
        ],
    },
    // A role may have a path, a pool's id is AWS's own, and so on: what these are is only assumed.
    Kind {
        kinds: &["AWS::IAM::Role"],
        property: None,
        attributes: &[("", "{name}"), ("Arn", "arn:{partition}:iam::{account}:role/{name}")],
    },
    Kind {
        kinds: &["AWS::Cognito::UserPool"],
        property: None,
        attributes: &[
            ("", "{region}_{name}"),
            ("UserPoolId", "{region}_{name}"),
            ("Arn", "arn:{partition}:cognito-idp:{region}:{account}:userpool/{region}_{name}"),
            ("ProviderName", "cognito-idp.{region}.{suffix}/{region}_{name}"),
            ("ProviderURL", "https://cognito-idp.{region}.{suffix}/{region}_{name}"),
        ],
    },
    Kind {
        kinds: &["AWS::ElasticLoadBalancingV2::Listener"],
        property: None,
        attributes: &[("", LISTENER), ("ListenerArn", LISTENER)],
    },
    Kind {
        kinds: &["AWS::AppSync::GraphQLApi", "AWS::Serverless::GraphQLApi"],
        property: None,
        attributes: &[
            ("GraphQLUrl", "https://{name}.appsync-api.{region}.{suffix}/graphql"),
            ("GraphQLDns", "{name}.appsync-api.{region}.{suffix}"),
        ],
    },
    Kind {
        kinds: &["AWS::Lambda::Url"],
        property: None,
        attributes: &[("FunctionUrl", "https://{name}.lambda-url.{region}.on.aws/")],
    },
    Kind {
        kinds: &["AWS::ServiceDiscovery::Service"],
        property: None,
        attributes: &[("Arn", "arn:{partition}:servicediscovery:{region}:{account}:service/srv-{name}")],
    },
    Kind {
        kinds: &["AWS::Lambda::Function", "AWS::Serverless::Function"],
        property: None,
        attributes: &[("", "{name}"), ("Arn", "arn:{partition}:lambda:{region}:{account}:function:{name}")],
    },
    Kind {
        kinds: &["AWS::EC2::VPCEndpoint"],
        property: None,
        attributes: &[
            ("", "vpce-{name}"),
            ("Id", "vpce-{name}"),
            ("DnsEntries", "Z0:vpce-{name}-0.execute-api.{region}.vpce.{suffix}"),
        ],
    },
];

const LISTENER: &str = "arn:{partition}:elasticloadbalancing:{region}:{account}:listener/app/{name}/0/0";

const STATE_MACHINE: &[(&str, &str)] = &[
    ("", "arn:{partition}:states:{region}:{account}:stateMachine:{name}"),
    ("Arn", "arn:{partition}:states:{region}:{account}:stateMachine:{name}"),
    ("Name", "{name}"),
];

fn of(kind: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|it| it.kinds.contains(&kind))
}

/// The property by which a resource of that kind has its name.
pub(super) fn name_property(kind: &str) -> Option<&'static str> {
    of(kind)?.property
}

/// What a parameter, an export or an output could be whose name says what it is: what takes no other texts would refuse its name.
pub(super) fn likely(name: &str, deployment: &Deployment) -> String {
    let lower = name.to_lowercase();
    let resource: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let of = |kind| identity(kind, "Arn", &resource, deployment);
    let arn = match lower.ends_with("arn") {
        true if lower.contains("pool") => of("AWS::Cognito::UserPool"),
        true if lower.contains("role") => of("AWS::IAM::Role"),
        true if lower.contains("listener") => {
            identity("AWS::ElasticLoadBalancingV2::Listener", "", &resource, deployment)
        }
        true => of("AWS::Lambda::Function"),
        false => None,
    };
    match arn {
        Some(arn) => arn,
        None if lower.ends_with("url") || lower.ends_with("uri") => format!("https://{resource}.invalid"),
        None if lower.contains("vpce") || lower.contains("vpcendpointid") => format!("vpce-{resource}"),
        None if lower.ends_with("vpcid") => format!("vpc-{resource}"),
        None if lower.contains("cidr") => "192.0.2.0/24".into(),
        None if lower.contains("ipaddress") || name.ends_with("Ip") || name.ends_with("IP") => "192.0.2.1".into(),
        None => name.to_owned(),
    }
}

/// An attribute of a resource of that kind and name.
pub(crate) fn identity(kind: &str, attribute: &str, name: &str, deployment: &Deployment) -> Option<String> {
    let (_, form) = of(kind)?.attributes.iter().find(|(known, _)| *known == attribute)?;
    let Deployment { account_id, region, .. } = deployment;
    let parts = [
        ("{partition}", partition(region)),
        ("{suffix}", suffix(region)),
        ("{region}", region),
        ("{account}", account_id),
        ("{name}", name),
    ];
    Some(parts.iter().fold((*form).to_owned(), |text, (part, value)| text.replace(part, value)))
}
