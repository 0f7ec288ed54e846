mod apis;
mod functions;
mod loops;
mod resources;
mod routes;

use std::path::Path;

use super::*;
use crate::source::{Files, Tree};

const TEMPLATE: &str = "
AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Env: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Host: {Type: String}
  Subnets: {Type: CommaDelimitedList, Default: 'a, b,c'}
  Secret: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /path}
Mappings:
  Hosts: {dev: {name: d.example}, prod: {name: p.example}}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsNotProd: !Not [!Condition IsProd]
  Either: !Or [!Condition IsProd, !Condition IsNotProd]
  Loop: !Not [!Condition Loop]
Resources:
  Api: {Type: AWS::Serverless::Api}
  Function: {Type: AWS::Serverless::Function}
  Named: {Type: AWS::Lambda::Function, Properties: {FunctionName: orders}}
  Made: {Type: AWS::Lambda::Function, Properties: {FunctionName: !Sub '${Env}-made'}}
  NamedLive: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref Named, Name: live}}
  FunctionLive: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref Function, Name: live}}
  Orders: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub '${Env}-orders'}}
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: news}}
  Table: {Type: AWS::DynamoDB::Table, Properties: {TableName: pets}}
  Flow: {Type: AWS::Serverless::StateMachine, Properties: {Name: flow}}
  Files: {Type: AWS::S3::Bucket, Properties: {BucketName: files}}
  Nameless: {Type: AWS::SQS::Queue}
  OfStack: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub '${AWS::StackName}-orders'}}
  Role: {Type: AWS::IAM::Role, Properties: {RoleName: caller, Path: /apis/}}
  Nested: {Type: AWS::CloudFormation::Stack}
  Endpoint: {Type: AWS::EC2::VPCEndpoint}
";

const OF_ROUTES: &str = "\
Resources:
  H: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: orders, ProtocolType: HTTP}}
  B: {Type: AWS::CloudFormation::CustomResource}
  I:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref H
      IntegrationType: HTTP_PROXY
      IntegrationMethod: ANY
      IntegrationUri: u
      PayloadFormatVersion: '1.0'
      RequestParameters: {append:header.x: y}
      ResponseParameters: {'200': {ResponseParameters: [{Destination: remove:header.z, Source: ''}]}}
  Jwt:
    Type: AWS::ApiGatewayV2::Authorizer
    Properties: {ApiId: !Ref H, AuthorizerType: JWT, Name: j, IdentitySource: [$request.header.A], JwtConfiguration: {Audience: [a], Issuer: i}}
  Fn:
    Type: AWS::ApiGatewayV2::Authorizer
    Properties: {ApiId: !Ref H, AuthorizerType: REQUEST, Name: f, AuthorizerUri: f, EnableSimpleResponses: true, IdentitySource: [$request.header.A, $context.stage]}
  Get: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref H, RouteKey: GET /a, Target: !Join [/, [integrations, !Ref I]], AuthorizationType: JWT, AuthorizerId: !Ref Jwt, AuthorizationScopes: [s]}}
  Any: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref H, RouteKey: ANY /a, Target: !Sub 'integrations/${I}', AuthorizationType: CUSTOM, AuthorizerId: !Ref Fn}}
  Iam: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref H, RouteKey: PUT /a, Target: !Sub 'integrations/${I}', AuthorizationType: AWS_IAM}}
  Rest: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref H, RouteKey: $default, Target: !Join ['', [integrations/, !Ref I]], AuthorizationType: NONE}}
  Other: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref B, RouteKey: GET /b}}
";

fn parse(text: &str) -> Tree {
    Files::default().parse(Path::new("t.yaml"), format!("---\n{text}")).unwrap()
}

fn found(template: &str, named: Option<&str>) -> String {
    match find(&parse(template), named) {
        Ok(Found { resource, definition, additions, warnings, .. }) => {
            let definition = match definition {
                Definition::Inline(body) => {
                    let mut body = body.clone();
                    if let Err(findings) = add(&mut body, &additions) {
                        return findings.iter().map(|it| it.message.as_str()).collect::<Vec<_>>().join("; ");
                    }
                    serde_json::to_string(&body.node()).unwrap()
                }
                Definition::Made(body) => serde_json::to_string(&body.node()).unwrap(),
                Definition::File(path) => format!("file {}", path.text().unwrap()),
            };
            let warnings = warnings.iter().map(|it| format!("; {}", it.message));
            format!("{resource}: {definition}{}", warnings.collect::<String>())
        }
        Err(findings) => findings.iter().map(|it| it.message.as_str()).collect::<Vec<_>>().join("; "),
    }
}
