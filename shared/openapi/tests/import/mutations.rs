//! Whatever a document is made into, importing it says what is wrong, and never panics.

use std::fs;
use std::path::PathBuf;

use gatehouse_api::deployment::Deployment;
use gatehouse_api::{Node, Place};
use gatehouse_openapi::import;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::support::node;

fn samples() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../envoy/samples");
    let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.extension().is_some_and(|extension| extension == "yaml" || extension == "json"));
    names.sort();
    let read = |path: PathBuf| (path.display().to_string(), fs::read_to_string(&path).unwrap());
    names.into_iter().map(read).collect()
}

/// Imports a document, checks what it says about it, and reads it as a deployment too.
fn check(document: &Node) {
    let _ = Deployment::read(document);
    let problems = match import(document) {
        Ok(import) => {
            assert!(import.warnings.iter().all(|problem| !problem.is_error()));
            import.warnings
        }
        Err(problems) => {
            assert!(problems.iter().any(gatehouse_api::Problem::is_error));
            problems
        }
    };
    for problem in problems {
        let parent = problem.place.as_str().rsplit_once('/').map_or("", |(parent, _)| parent);
        assert!(document.pointer(parent).is_some(), "{problem} is nowhere");
        assert!(!problem.message.ends_with('.') && !problem.message.contains('\n'), "{problem}");
    }
}

/// Every place of a document, the root first.
fn places(node: &Node, place: &Place, places: &mut Vec<Place>) {
    places.push(place.clone());
    match node {
        Node::Map(entries) => entries.iter().for_each(|(key, value)| self::places(value, &place.then(key), places)),
        Node::List(items) => {
            items.iter().enumerate().for_each(|(index, item)| self::places(item, &place.then(index), places));
        }
        _ => {}
    }
}

fn at<'a>(node: &'a mut Node, place: &Place) -> Option<&'a mut Node> {
    place.as_str().split('/').skip(1).try_fold(node, |node, step| {
        let key = step.replace("~1", "/").replace("~0", "~");
        match node {
            Node::List(items) => items.get_mut(key.parse::<usize>().ok()?),
            Node::Map(entries) => entries.iter_mut().find(|(name, _)| *name == key).map(|(_, value)| value),
            _ => None,
        }
    })
}

#[derive(Clone, Debug)]
enum Mutation {
    Replace(Node),
    Remove(Index),
    Rename(Index, String),
    Copy(Index),
    Cut(Index),
}

fn values() -> impl Strategy<Value = Node> {
    let texts = select(vec![
        "",
        "default",
        "#",
        "#/",
        "#/paths",
        "#/components/schemas/Pet",
        "#/definitions/Weather",
        "${",
        "${a}",
        "{",
        "/",
        "{proxy+}",
        "method.request.",
        "method.request.path.",
        "2.0",
        "3.1.0",
        "mock",
        "HTTP_PROXY",
        "aws",
        "jwt",
        "token",
        "ü\u{0}\n`",
        "-1",
        "99999999999999999999",
        "x,y,,",
        "http://",
        "gatewayresponse.header.",
    ]);
    let leaf = prop_oneof![
        Just(Node::Null),
        any::<bool>().prop_map(Node::Bool),
        any::<i64>().prop_map(|number| Node::Number(number.into())),
        texts.prop_map(|text| Node::String(text.to_owned())),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let entries = prop::collection::vec((keys(), inner.clone()), 0..4);
        prop_oneof![prop::collection::vec(inner, 0..4).prop_map(Node::List), entries.prop_map(Node::Map)]
    })
}

fn keys() -> impl Strategy<Value = String> {
    select(vec![
        "$ref",
        "Ref",
        "Fn::Sub",
        "get",
        "parameters",
        "x-amazon-apigateway-any-method",
        "/{a}/{a}",
        "/{x+}",
        "type",
        "x-amazon-apigateway-integration",
        "x-amazon-apigateway-integraton",
        "x-amazon-apigateway-authorizer",
        "~1/",
        "security",
        "responses",
        "",
        "200",
        "x-",
        "statusCode",
        "in",
        "name",
        "content",
        "schema",
        "$default",
        "x-amazon-apigateway-gateway-responses",
        "x-amazon-apigateway-request-validators",
        "components",
        "paths",
        "securitySchemes",
        "securityDefinitions",
        "schemas",
        "openapi",
        "swagger",
        "requestTemplates",
    ])
    .prop_map(str::to_owned)
}

fn mutations() -> impl Strategy<Value = (Index, Mutation)> {
    let mutation = prop_oneof![
        values().prop_map(Mutation::Replace),
        any::<Index>().prop_map(Mutation::Remove),
        (any::<Index>(), keys()).prop_map(|(index, key)| Mutation::Rename(index, key)),
        any::<Index>().prop_map(Mutation::Copy),
        any::<Index>().prop_map(Mutation::Cut),
    ];
    (any::<Index>(), mutation)
}

fn mutate(document: &mut Node, index: &Index, mutation: Mutation) {
    let mut all = Vec::new();
    places(document, &Place::root(), &mut all);
    let target = index.get(&all).clone();
    let copied = match &mutation {
        Mutation::Copy(from) => document.pointer(from.get(&all).as_str()).cloned(),
        _ => None,
    };
    let Some(node) = at(document, &target) else { return };
    match (mutation, node) {
        (Mutation::Replace(value), node) => *node = value,
        (Mutation::Copy(_), node) => *node = copied.unwrap_or(Node::Null),
        (Mutation::Remove(index), Node::Map(entries)) if !entries.is_empty() => {
            entries.remove(index.index(entries.len()));
        }
        (Mutation::Remove(index), Node::List(items)) if !items.is_empty() => {
            items.remove(index.index(items.len()));
        }
        (Mutation::Rename(index, key), Node::Map(entries)) if !entries.iter().any(|(known, _)| *known == key) => {
            let count = entries.len().max(1);
            if let Some((name, _)) = entries.get_mut(index.index(count)) {
                *name = key;
            }
        }
        (Mutation::Cut(index), Node::String(text)) => {
            *text = text.chars().take(index.index(text.chars().count() + 1)).collect();
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_sample_with_anything_replaced_removed_or_renamed_is_reported_on(
        sample in any::<Index>(),
        mutations in prop::collection::vec(mutations(), 1..6),
    ) {
        let samples = samples();
        let mut document = node(&sample.get(&samples).1);
        for (index, mutation) in mutations {
            mutate(&mut document, &index, mutation);
        }
        check(&document);
    }

    #[test]
    fn a_sample_that_is_cut_off_is_no_document_or_is_reported_on(sample in any::<Index>(), end in any::<Index>()) {
        let samples = samples();
        let (_, text) = sample.get(&samples);
        let text: String = text.chars().take(end.index(text.chars().count())).collect();
        if let Ok(document) = serde_norway::from_str::<Node>(&text) {
            check(&document);
        }
        if let Ok(document) = serde_json::from_str::<Node>(&text) {
            check(&document);
        }
    }

    #[test]
    fn any_value_at_all_is_reported_on(document in values()) {
        check(&document);
    }
}
