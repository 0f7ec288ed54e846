//! Loops that are written out.

use gatehouse_api::deployment::Deployment;

use super::*;

/// A template with its loops written out, as JSON; or the first finding.
fn written_out(text: &str) -> String {
    let deployment = "accountId: '012345678901'\nregion: eu-west-1\napis: [{apiId: a1, stages: [{stageName: s}]}]";
    let deployment = Deployment::read(&parse(deployment).node()).unwrap();
    let (template, given, written) = (parse(TEMPLATE), parse("{Given: [x, y]}"), parse(text));
    let environment =
        Environment { given: Some(&given), template: Some(&template), api: None, deployment: &deployment };
    match for_each(&written, environment) {
        Ok(tree) => serde_json::to_string(&tree.node()).unwrap(),
        Err(findings) => findings[0].message.clone(),
    }
}

#[test]
fn loops_are_written_out() {
    let check = |text: &str, expected: &str| assert_eq!(written_out(text), expected, "{text}");
    check("{a: ['${V}', {Ref: V}]}", r#"{"a":["${V}",{"Ref":"V"}]}"#);
    check(
        "{Resources: {first: 1, Fn::ForEach::L: [V, [a, 'b-2', 3], {'M${V}': {p: [!Ref V, 'x${V}&{V}', '${Other}', !Ref Other]}}], last: 2}}",
        r#"{"Resources":{"first":1,"Ma":{"p":["a","xaa","${Other}",{"Ref":"Other"}]},"Mb-2":{"p":["b-2","xb-2b2","${Other}",{"Ref":"Other"}]},"M3":{"p":["3","x33","${Other}",{"Ref":"Other"}]},"last":2}}"#,
    );
    check(
        "{Fn::ForEach::L: [A, [1, 2], {Fn::ForEach::K: [B, ['${A}', x], {'k${A}${B}': {'Fn::ForEach::P': [C, [q], {'${C}${A}': !Ref B}]}}]}]}",
        r#"{"k11":{"q1":"1"},"k1x":{"q1":"x"},"k22":{"q2":"2"},"k2x":{"q2":"x"}}"#,
    );
    for items in ["!Ref Subnets", "!Split [',', 'a,b,c']", "[a, !Sub 'b', c]"] {
        check(&format!("{{Fn::ForEach::L: [V, {items}, {{'${{V}}': 1}}]}}"), r#"{"a":1,"b":1,"c":1}"#);
    }
    check("{Fn::ForEach::L: [V, !Ref Given, {'${V}': 1}]}", r#"{"x":1,"y":1}"#);
    check("{Fn::ForEach::L: [V, [], {'${V}': 1}]}", "{}");
}

#[test]
fn a_loop_that_cannot_be_written_out_is_refused() {
    let check = |text: &str, expected: &str| {
        let found = written_out(text);
        assert!(found.contains(expected), "{text}: {found}");
    };
    for wrong in ["{}", "[V, [a]]", "[V, [a], x]", "[V, [a], {}, {}]", "null", "[]"] {
        check(&format!("{{Fn::ForEach::L: {wrong}}}"), "`Fn::ForEach::L` is no list of an identifier");
    }
    check("{Fn::ForEach::L: [[V], [a], {}]}", "the identifier of `Fn::ForEach::L` is no name");
    check("{Fn::ForEach::L: ['', [a], {}]}", "the identifier of `Fn::ForEach::L` is no name");
    check("{Fn::ForEach::L: [V, a, {}]}", "the items of `Fn::ForEach::L` are no list of texts");
    check("{Fn::ForEach::L: [V, [[a]], {}]}", "the items of `Fn::ForEach::L` are no list of texts");
    check("{Fn::ForEach::L: [V, !Ref Nothing, {}]}", "`Nothing` has no value");
    check("{Fn::ForEach::L: [V, [a, b], {same: 1}]}", "`same` is there twice");
    check("{a1: 0, Fn::ForEach::L: [V, ['1'], {'a${V}': 1}]}", "`a1` is there twice");
    let many = ["v"; 100].join(",");
    let nested =
        (0..6).fold("{x: 1}".to_owned(), |inner, at| format!("{{Fn::ForEach::L{at}: [V{at}, [{many}], {inner}]}}"));
    check(&nested, "is there twice");
    let items: Vec<String> = (0..100).map(|item| format!("a{item}")).collect();
    let (items, long) = (items.join(","), "x".repeat(64_000));
    let fragment = format!("{{'${{V}}${{W}}': {long}}}");
    let distinct = format!("{{Fn::ForEach::L: [V, [{items}], {{Fn::ForEach::K: [W, [{items}], {fragment}]}}]}}");
    check(&distinct, "loops write out more than 1000000 values");
    let long = "x".repeat(100_000);
    check(
        &format!("{{Fn::ForEach::L: [V, [{long}], {{a: '{}'}}]}}", "${V}".repeat(1_000)),
        "loops write out more than",
    );
}
