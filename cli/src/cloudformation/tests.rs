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
  NamedLive: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref Named, Name: live}}
  FunctionLive: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref Function, Name: live}}
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
