//! The usage plans and API keys of a template are those of its API, beside what the deployment document says.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a panic is a failed test")]

mod common;

use common::{DEPLOYMENT, TEMPLATE as TEMPLATE_FILE};
use gatehouse_cli::project::Project;
use gatehouse_cli::source::Files;
use gatehouse_usage_plan::{UsagePlans, config};
use serde_json::{Value, json};

const TEMPLATE: &str = "
Parameters:
  Env: { Type: String, Default: prod }
  Rate: { Type: Number, Default: 10 }
  Id: { Type: String }
  Secret: { Type: String, NoEcho: true }
Conditions: { IsProd: !Equals [!Ref Env, prod] }
Resources:
  Pets:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Body:
        openapi: 3.0.1
        info: { title: pets, version: '1' }
        components: { securitySchemes: { api_key: { type: apiKey, name: x-api-key, in: header } } }
        paths:
          /pets: { get: { security: [{ api_key: [] }], x-amazon-apigateway-integration: { type: MOCK, responses: { default: { statusCode: '200' } } } } }
  Orders:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Body:
        openapi: 3.0.1
        info: { title: orders, version: '1' }
        components: { securitySchemes: { api_key: { type: apiKey, name: x-api-key, in: header } } }
        paths:
          /orders: { get: { security: [{ api_key: [] }], x-amazon-apigateway-integration: { type: MOCK, responses: { default: { statusCode: '200' } } } } }
  Prod: { Type: AWS::ApiGateway::Stage, Properties: { RestApiId: !Ref Pets, StageName: !Sub '${Env}' } }
";
const ANN: &str = "
  Ann: { Type: AWS::ApiGateway::ApiKey, Properties: { Name: ann, Value: anns-key-0123456789abcdef, Enabled: true } }
  AnnInBasic: { Type: AWS::ApiGateway::UsagePlanKey, Properties: { KeyId: !Ref Ann, KeyType: API_KEY, UsagePlanId: !Ref Basic } }
";
const BOB: &str = "
  Bob: { Type: AWS::ApiGateway::ApiKey, Properties: { Name: bob, Enabled: true } }
  BobInBasic: { Type: AWS::ApiGateway::UsagePlanKey, Properties: { KeyId: !Ref Bob, KeyType: API_KEY, UsagePlanId: !Ref Basic } }
";
const VALUE: &[u8] = b"anns-key-0123456789abcdef";
const PETS: &str = "
  - { apiId: p1, definition: 'template.yaml#Pets', stages: [{ stageName: prod }] }
";
const BOTH: &str = "
  - { apiId: p1, definition: 'template.yaml#Pets', stages: [{ stageName: prod }] }
  - { apiId: o1, definition: 'template.yaml#Orders', stages: [{ stageName: prod }, { stageName: test }] }
";

fn basic(properties: &str) -> String {
    format!("  Basic: {{ Type: AWS::ApiGateway::UsagePlan, Properties: {{ {properties} }} }}\n")
}

const STAGE: &str = "ApiStages: [{ ApiId: !Ref Pets, Stage: !Ref Prod }]";

/// What is made of a template and a deployment document.
struct Made {
    project: Project,
    told: Vec<String>,
    /// The stages of which it is told that no key is of use there.
    closed: Vec<String>,
}

/// In a folder of its own, with other files beside.
fn load(resources: &str, deployment: &str, others: &[(&str, &str)]) -> Result<Made, String> {
    let mut files: Vec<(&str, String)> = others.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
    files.push((TEMPLATE_FILE, format!("{TEMPLATE}{resources}")));
    files.push((DEPLOYMENT, format!("accountId: '123456789012'\nregion: us-east-1\n{deployment}")));
    let (project, told) = common::load(&files)?;
    let is_closed = |message: &String| message.starts_with("no usage plan has the stage");
    let (closed, told) = told.into_iter().partition(is_closed);
    Ok(Made { project, told, closed })
}

fn of_pets(resources: &str, deployment: &str) -> Result<Made, String> {
    load(resources, &format!("{deployment}\napis:{PETS}"), &[])
}

impl Made {
    fn json(&self, field: &str) -> Value {
        self.project.document.get(field).map_or(Value::Null, |it| serde_json::to_value(it.node()).unwrap())
    }

    /// Which plan a value has on a stage, or why none.
    fn plan_of(&self, value: &[u8], api: &str, stage: &str) -> String {
        let packed = self.project.document.get("packedApiKeys").and_then(|it| it.text()).map(str::to_owned);
        let written = config::UsagePlans {
            usage_plans: serde_json::from_value(self.json("usagePlans")).unwrap_or_default(),
            api_keys: serde_json::from_value(self.json("apiKeys")).unwrap_or_default(),
            packed_api_keys: packed,
            usage_store: None,
        };
        let plans = UsagePlans::compile(written).unwrap();
        match plans.client(Some(value), api, stage) {
            Ok(client) => format!("{} in {}", client.api_key_id(), client.usage_plan_id()),
            Err(wrong) => wrong.to_string(),
        }
    }
}

#[test]
fn a_plan_of_a_template_is_one_of_the_deployment_document() {
    let limits = "Throttle: { RateLimit: !Ref Rate, BurstLimit: '20' }, \
                  Quota: { Limit: !If [IsProd, 100, 1], Offset: 0, Period: WEEK }, UsagePlanName: !Sub '${AWS::StackName}-x', Tags: []";
    let stages = "ApiStages: [{ ApiId: !Ref Pets, Stage: !Ref Prod, Throttle: { /pets/GET: { RateLimit: 0.5, BurstLimit: 1 } } }]";
    let made = of_pets(&format!("{}{ANN}", basic(&format!("{stages}, {limits}"))), "").unwrap();
    let method = json!({"/pets/GET": {"rateLimit": 0.5, "burstLimit": 1}});
    let expected = json!([{
        "id": "Basic", "throttle": {"rateLimit": 10, "burstLimit": 20}, "quota": {"limit": 100, "offset": 0, "period": "WEEK"},
        "apiStages": [{"apiId": "p1", "stage": "prod", "throttle": method}], "keys": ["Ann"]
    }]);
    assert_eq!((made.json("usagePlans"), made.told.join("; ")), (expected, String::new()));
    assert_eq!(made.plan_of(VALUE, "p1", "prod"), "Ann in Basic");
    assert_eq!(made.plan_of(b"somebody-elses-key-123456", "p1", "prod"), "the API key is unknown");
    // With the ids that AWS has given.
    let made = of_pets(&format!("{}{ANN}", basic(STAGE)), "parameters: { Ann: k7, Basic: c7 }").unwrap();
    assert_eq!(made.plan_of(VALUE, "p1", "prod"), "k7 in c7");
}

#[test]
fn a_stage_is_named_as_cloudformation_lets_it() {
    let check = |stages: &str, expected: &str| {
        let made = of_pets(&format!("{}{ANN}", basic(&format!("ApiStages: {stages}"))), "");
        let found = made.map_or_else(
            |wrong| wrong,
            |made| [vec![made.plan_of(VALUE, "p1", "prod")], made.told].concat().join("; "),
        );
        assert_eq!(found, expected, "{stages}");
    };
    let ann = "Ann in Basic";
    check("[{ ApiId: !Ref Pets, Stage: !Ref Prod }]", ann);
    check("[{ ApiId: !GetAtt Pets.RestApiId, Stage: !Ref Env }]", ann);
    check("[{ ApiId: !Sub '${Pets}', Stage: prod }]", ann);
    check("[{ ApiId: p1, Stage: !Sub '${Env}' }]", ann);
    check("[{ ApiId: !If [IsProd, !Ref Pets, x], Stage: prod }]", ann);
    check("!If [IsProd, [{ ApiId: !Ref Pets, Stage: prod }], !Ref AWS::NoValue]", ann);
    check("[!If [IsProd, { ApiId: !Ref Pets, Stage: prod }, !Ref AWS::NoValue]]", ann);
    // Of another API, or of one that is not known.
    let none = "the API key is unknown";
    check("[{ ApiId: !Ref Orders, Stage: prod }]", none);
    check("[{ ApiId: another, Stage: prod }]", none);
    check("[{ ApiId: !GetAtt Pets.RootResourceId, Stage: prod }]", none);
    check("!If [IsProd, !Ref AWS::NoValue, [{ ApiId: !Ref Pets, Stage: prod }]]", none);
    let left_out = "is not known: it is left out, and opens nothing";
    let which = format!("{none}; which API a stage of the usage plan `Basic` is of {left_out}");
    check("[{ ApiId: !Ref Id, Stage: prod }]", &which);
    check("[{ ApiId: !ImportValue pets, Stage: prod }]", &which);
    let stages = format!("{none}; which stages the usage plan `Basic` has {left_out}");
    check("!Ref Id", &stages);
    check("!If [IsNothing, [{ ApiId: !Ref Pets, Stage: prod }], []]", "the condition `IsNothing` is not defined");
    check("[{ ApiId: !Ref Pets, Stage: !Ref Id }]", "the parameter `Id` has no value");
    check("[{ ApiId: !Ref Pets }]", "a stage of the usage plan `Basic` has no `Stage`");
    check("[{ ApiId: !Ref Pets, Stage: prod, Throtle: {} }]", "`Throtle` of the usage plan `Basic` is not understood");
    let no_stage =
        "the API key is in no usage plan of the stage; the API `p1` has no stage `test`: the plan does not apply there";
    check("[{ ApiId: !Ref Pets, Stage: test }]", no_stage);
}

#[test]
fn a_limit_that_is_not_known_is_refused() {
    let check = |limits: &str, expected: &str| {
        let wrong = of_pets(&basic(&format!("{STAGE}, {limits}")), "").err().unwrap_or_default();
        assert_eq!(wrong, expected, "{limits}");
    };
    check("Throttle: { RateLimit: !Ref Id, BurstLimit: 1 }", "the parameter `Id` has no value");
    check("Throttle: !Ref Id", "the parameter `Id` has no value");
    check("Quota: { Limit: 1, Period: !ImportValue period }", "`period` has no value");
    check("Quota: { Limit: 1, Period: YEAR }", "`YEAR` is no period: use `DAY`, `WEEK` or `MONTH`");
    check("Quota: { Limit: 1, Periods: DAY }", "`Periods` of the usage plan `Basic` is not understood");
    check("Throttle: { RateLimit: 1 }", "needs `rateLimit` and `burstLimit`: requests a second, and at once");
    check("Throttles: { RateLimit: 1 }", "`Throttles` of the usage plan `Basic` is not understood");
    check("Throttle: { Fn::Other: x }", "`Fn::Other` is not resolved: write the value itself");
}

#[test]
fn a_key_whose_value_nobody_knows_opens_nothing() {
    let check = |key: &str, expected: &str| {
        let bob = BOB.replace("Name: bob, Enabled: true", key);
        let made = of_pets(&format!("{}{bob}", basic(STAGE)), "").unwrap();
        assert_eq!((made.told.join("; "), made.json("apiKeys")), (expected.to_owned(), Value::Null), "{key}");
        assert_eq!(made.json("usagePlans")[0]["keys"], Value::Null);
    };
    let nobody = "nobody can call with it here";
    check("Enabled: true", &format!("the value of the API key `Bob` is made by AWS: {nobody}"));
    check(
        "Enabled: true, Value: !Ref AWS::NoValue",
        &format!("the value of the API key `Bob` is made by AWS: {nobody}"),
    );
    let unknown = |why: &str| format!("the value of the API key `Bob` is not known ({why}): {nobody}");
    check("Enabled: true, Value: !Ref Secret", &unknown("the parameter `Secret` has no value"));
    let dynamic = "dynamic references (`{{resolve:…}}`) are not resolved: write the value itself";
    check("Enabled: true, Value: '{{resolve:secretsmanager:bob}}'", &unknown(dynamic));
    let wrong = of_pets(&format!("{}{}", basic(STAGE), ANN.replace("anns-key-", "")), "").err().unwrap();
    assert_eq!(wrong, "API key value should be at least 20 characters: 20 to 128 are allowed");
}

#[test]
fn a_key_is_enabled_only_if_all_say_so() {
    let check = |enabled: &str, deployment: &str, expected: &str| {
        let ann = ANN.replace(", Enabled: true", enabled);
        let made = of_pets(&format!("{}{ann}", basic(STAGE)), deployment).unwrap();
        let found = [vec![made.plan_of(VALUE, "p1", "prod")], made.told].concat().join("; ");
        assert_eq!(found, expected, "{enabled} {deployment}");
    };
    check(", Enabled: 'True'", "", "Ann in Basic");
    check(", Enabled: 'False'", "", "the API key is disabled");
    check(", Enabled: false", "", "the API key is disabled");
    let absent = "the API key is disabled; the API key `Ann` has no `Enabled: true`: it is disabled, as AWS makes it";
    check("", "", absent);
    check(", Enabled: false", "apiKeys: [{ id: Ann, enabled: true }]", "the API key is disabled");
    check(", Enabled: true", "apiKeys: [{ id: Ann, enabled: false }]", "the API key is disabled");
    let wrong = of_pets(&format!("{}{}", basic(STAGE), ANN.replace("Enabled: true", "Enabled: yes-of-course")), "");
    assert_eq!(wrong.err().unwrap(), "`Enabled` of the API key `Ann` is neither `true` nor `false`");
}

#[test]
fn what_a_template_does_not_know_of_a_key_the_deployment_document_says() {
    let resources = format!("{}{BOB}", basic(STAGE));
    let check = |deployment: &str, csv: &str, expected: &str| {
        let made = load(&resources, &format!("{deployment}\napis:{PETS}"), &[("keys.csv", csv)]);
        let found = made.map_or_else(
            |wrong| wrong,
            |made| [vec![made.plan_of(VALUE, "p1", "prod")], made.told].concat().join("; "),
        );
        assert_eq!(found, expected, "{deployment} {csv}");
    };
    let bob = "Bob in Basic";
    check("apiKeys: [{ id: Bob, value: anns-key-0123456789abcdef }]", "", bob);
    check("apiKeys: [{ name: bob, value: anns-key-0123456789abcdef }]", "", bob);
    check("apiKeys: { items: [{ name: Bob, value: anns-key-0123456789abcdef }] }", "", bob);
    check("apiKeys: keys.csv", "name,key\nbob,anns-key-0123456789abcdef\n", bob);
    check("apiKeys: keys.csv", "name,key\nBob,anns-key-0123456789abcdef\n", bob);
    check("apiKeys: keys.csv", "name,key,enabled\nbob,anns-key-0123456789abcdef,false\n", "the API key is disabled");
    let unknown = "; the value of the API key `Bob` is made by AWS: nobody can call with it here";
    let not_in_plan = format!("the API key is in no usage plan of the stage{unknown}");
    check("apiKeys: [{ id: carol, value: anns-key-0123456789abcdef }]", "", &not_in_plan);
    check("apiKeys: keys.csv", "name,key\ncarol,anns-key-0123456789abcdef\n", &not_in_plan);
    let in_plan = "name,key,usageplanids\ncarol,anns-key-0123456789abcdef,Basic\n";
    check(
        "apiKeys: [{ id: carol, value: anns-key-0123456789abcdef, usagePlanIds: [Basic] }]",
        "",
        &format!("carol in Basic{unknown}"),
    );
    let made = load(&resources, &format!("apiKeys: keys.csv\napis:{PETS}"), &[("keys.csv", in_plan)]).unwrap();
    assert!(made.plan_of(VALUE, "p1", "prod").ends_with(" in Basic"));
    check("apiKeys: [{ id: Bob }]", "", "needs either `value` or `valueSha256`");
    let csv = "name,key\nstack-Ann-A1B2C3,anns-key-0123456789abcdef\n";
    let known = format!("{}{ANN}", basic(STAGE));
    let made = load(&known, &format!("apiKeys: keys.csv\napis:{PETS}"), &[("keys.csv", csv)]).unwrap();
    assert_eq!(made.plan_of(VALUE, "p1", "prod"), "Ann in Basic", "a key is known by its value, too");
    let disabled = format!("{}{}", basic(STAGE), BOB.replace("Enabled: true", "Enabled: false"));
    let csv = "name,key,enabled\nbob,anns-key-0123456789abcdef,true\n";
    let made = load(&disabled, &format!("apiKeys: keys.csv\napis:{PETS}"), &[("keys.csv", csv)]).unwrap();
    assert_eq!(made.plan_of(VALUE, "p1", "prod"), "the API key is disabled");
}

#[test]
fn when_a_key_was_made_the_deployment_document_says_where_an_offset_needs_it() {
    let resources = format!("{}{ANN}", basic(&format!("{STAGE}, Quota: {{ Limit: 5, Offset: 2, Period: WEEK }}")));
    let wrong = of_pets(&resources, "").err().unwrap();
    assert!(wrong.starts_with("the key `Ann` needs `createdDate`"), "{wrong}");
    let made = of_pets(&resources, "apiKeys: [{ id: Ann, createdDate: '2026-11-01' }]").unwrap();
    assert_eq!(made.plan_of(VALUE, "p1", "prod"), "Ann in Basic");
}

#[test]
fn a_file_with_two_keys_of_that_name_says_nothing() {
    let csv = "name,key\nbob,anns-key-0123456789abcdef\nBob,anns-key-0123456789abcdeg\n";
    let resources = format!("{}{BOB}", basic(STAGE));
    let wrong = load(&resources, &format!("apiKeys: keys.csv\napis:{PETS}"), &[("keys.csv", csv)]).err().unwrap();
    assert!(wrong.ends_with("keys.csv` has several keys that could be `Bob` of the template"), "{wrong}");
}

#[test]
fn what_the_deployment_document_says_of_a_stage_counts() {
    let resources = format!("{}{ANN}", basic(&format!("{STAGE}, Quota: {{ Limit: 1, Period: DAY }}")));
    // A plan of the same id takes the place of the template's, with its keys.
    let own = "usagePlans: [{ id: Basic, apiStages: [{ apiId: p1, stage: prod }] }]";
    let made = of_pets(&resources, own).unwrap();
    let expected = json!([{"id": "Basic", "apiStages": [{"apiId": "p1", "stage": "prod"}], "keys": ["Ann"]}]);
    assert_eq!((made.json("usagePlans"), made.told.join("; ")), (expected, String::new()));
    // Any other of the stage, too, and the template's keys are in none.
    let other = "usagePlans: [{ id: other, apiStages: [{ apiId: p1, stage: prod }] }]\n\
                 apiKeys: [{ id: carol, value: carols-key-0123456789abc, usagePlanIds: [other] }]";
    let made = of_pets(&resources, other).unwrap();
    let told = "the usage plan `Basic` of the template is left out for the stage `prod`: the deployment document has plans of it";
    assert_eq!(
        (made.plan_of(VALUE, "p1", "prod"), made.told.join("; ")),
        ("the API key is unknown".into(), told.into())
    );
    assert_eq!(made.plan_of(b"carols-key-0123456789abc", "p1", "prod"), "carol in other");
    // A plan of another stage beside it, and a key of the template in it.
    let beside = "usagePlans: [{ id: other, apiStages: [{ apiId: o1, stage: prod }], keys: [Ann] }]";
    let made = load(&resources, &format!("{beside}\napis:{BOTH}"), &[]).unwrap();
    assert_eq!(made.plan_of(VALUE, "p1", "prod"), "Ann in Basic");
    assert_eq!(made.plan_of(VALUE, "o1", "prod"), "Ann in other");
    // What is wrong with a plan that does not count is nobody's business.
    let broken = format!("{}{ANN}", basic(&format!("{STAGE}, Quota: !Ref Id")));
    assert!(of_pets(&broken, own).is_ok());
}

#[test]
fn a_plan_of_several_apis_is_one() {
    let stages = "ApiStages: [{ ApiId: !Ref Pets, Stage: prod }, { ApiId: !Ref Orders, Stage: test }]";
    let made = load(&format!("{}{ANN}", basic(stages)), &format!("apis:{BOTH}"), &[]).unwrap();
    let expected = json!([{"id": "Basic", "keys": ["Ann"], "apiStages": [
        {"apiId": "p1", "stage": "prod"}, {"apiId": "o1", "stage": "test"}]}]);
    assert_eq!((made.json("usagePlans"), made.told.join("; ")), (expected, String::new()));
    assert_eq!(made.plan_of(VALUE, "o1", "prod"), "the API key is in no usage plan of the stage");
    let closed = "no usage plan has the stage `prod` of the API `o1`: its methods that need an API key let nobody in";
    assert_eq!(made.closed, [closed]);
}

#[test]
fn plans_of_two_templates_with_one_name_are_told_apart_by_nobody() {
    let resources = format!("{}{ANN}", basic(STAGE));
    let apis =
        format!("apis:{PETS}  - {{ apiId: x1, definition: 'other.yaml#Pets', stages: [{{ stageName: prod }}] }}\n");
    let wrong = load(&resources, &apis, &[("other.yaml", &format!("{TEMPLATE}{resources}"))]).err().unwrap();
    assert_eq!(wrong, "two templates have a usage plan `Basic`; two templates have an API key `Ann`");
}

#[test]
fn which_key_is_in_which_plan_is_not_guessed_at() {
    let check = |member: &str, deployment: &str, expected: &str| {
        let (ann, _) = ANN.split_once("  AnnInBasic").unwrap();
        let member = format!(
            "  Member: {{ Type: AWS::ApiGateway::UsagePlanKey, Properties: {{ {member}, KeyType: API_KEY }} }}\n"
        );
        let made = of_pets(&format!("{}{ann}{member}", basic(STAGE)), deployment).unwrap();
        let found = [vec![made.plan_of(VALUE, "p1", "prod")], made.told].concat().join("; ");
        assert_eq!(found, expected, "{member} {deployment}");
    };
    check("KeyId: !GetAtt Ann.APIKeyId, UsagePlanId: !GetAtt Basic.Id", "", "Ann in Basic");
    check("KeyId: !Ref Id, UsagePlanId: !Ref Basic", "parameters: { Id: Ann }", "Ann in Basic");
    let nobody =
        "the API key is unknown; there is no API key with the id `zoe` that could be in the usage plan `Basic`";
    check("KeyId: zoe, UsagePlanId: !Ref Basic", "", nobody);
    let left_out = "the API key is unknown; which key `Member` puts into which plan is not known: it is left out, and opens nothing";
    check("KeyId: !Ref Id, UsagePlanId: !Ref Basic", "", left_out);
    check("KeyId: !Ref Ann, UsagePlanId: !Ref Id", "", left_out);
    check("KeyId: !Ref Ann, UsagePlanId: another", "", "the API key is unknown");
    let carol = "apiKeys: [{ id: carol, value: anns-key-0123456789abcdef }]";
    check("KeyId: carol, UsagePlanId: !Ref Basic", carol, "carol in Basic");
    let elsewhere = "usagePlans: [{ id: p9, apiStages: [{ apiId: p1, stage: prod }] }]\nparameters: { Id: p9 }";
    let told = "; the usage plan `Basic` of the template is left out for the stage `prod`: the deployment document has plans of it";
    check("KeyId: !Ref Ann, UsagePlanId: !Ref Id", elsewhere, &format!("Ann in p9{told}"));
}

/// Every place of a plan and of what belongs to it, as JSON pointers.
fn places(value: &Value, place: &str, found: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(entries) => entries.iter().map(|(key, value)| (key.replace('/', "~1"), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (key, value) in children {
        let place = format!("{place}/{key}");
        places(value, &place, found);
        found.push(place);
    }
}

#[test]
fn what_is_wrong_with_a_plan_lets_nobody_in_and_loses_no_limit() {
    let limits = "Throttle: { RateLimit: 10, BurstLimit: 20 }, Quota: { Limit: 100, Offset: 0, Period: WEEK }";
    let stages = "ApiStages: [{ ApiId: !Ref Pets, Stage: !Ref Prod, Throttle: { /pets/GET: { RateLimit: 0.5, BurstLimit: 1 } } }]";
    let text = format!("Resources:\n{}{ANN}", basic(&format!("{stages}, {limits}")));
    let tree = Files::default().parse(std::path::Path::new("usage.yaml"), text).unwrap();
    let written: Value = serde_json::to_value(tree.node()).unwrap();
    let resources = |all: &Value| -> String {
        let entries = all["Resources"].as_object().unwrap().iter();
        entries.map(|(name, resource)| format!("  {name}: {resource}\n")).collect()
    };
    let whole = of_pets(&resources(&written), "").unwrap();
    assert_eq!(whole.plan_of(VALUE, "p1", "prod"), "Ann in Basic");
    let limits = |made: &Made| {
        let plan = &made.json("usagePlans")[0];
        json!([plan["throttle"], plan["quota"], plan["apiStages"][0]["throttle"]])
    };
    let (mut found, mut refused) = (Vec::new(), 0);
    places(&written["Resources"], "/Resources", &mut found);
    for place in &found {
        for wrong in
            [Value::Null, json!({"Fn::Nothing": "x"}), json!({"Ref": "Nobody"}), json!([]), json!("x"), json!(-1)]
        {
            let mut broken = written.clone();
            *broken.pointer_mut(place).unwrap() = wrong.clone();
            let Ok(made) = of_pets(&resources(&broken), "") else {
                refused += 1;
                continue;
            };
            let client = made.plan_of(VALUE, "p1", "prod");
            if client.contains(" in ") {
                assert!(!place.ends_with("/Enabled") && !place.ends_with("Id"), "{place} as {wrong}: {client}");
                let (now, before) = (limits(&made), limits(&whole));
                assert!(now == before, "{place} as {wrong} has other limits: {now}");
            }
        }
    }
    assert!(found.len() > 30 && refused > 50, "{} {refused}", found.len());
}
