use super::*;

/// A condition on the key `k`, and what the request has there: `None` is absent, one value is a single one.
fn holds(operator: &str, policy: &[&str], context: Option<&[&str]>) -> Truth {
    let parsed = Operator::parse(operator).expect(operator);
    let test = Test::new(parsed, policy, parsed.allows_variables()).expect(operator);
    let condition = Condition::new(parsed, Key::new("k"), test, operator);
    let mut request = RequestContext::new();
    request.insert("user", "ann");
    request.insert("star", "*");
    match context {
        None => {}
        Some([single]) => request.insert("k", single),
        Some(values) => request.insert_many("k", values.iter().copied()),
    }
    condition.holds(&request)
}

const YES: Truth = Truth::Yes;
const NO: Truth = Truth::No;
const UNKNOWN: Truth = Truth::Unknown;

type Row<'a> = (&'a str, &'a [&'a str], Option<&'a [&'a str]>, Truth);

fn check(rows: &[Row<'_>]) {
    for (operator, policy, context, expected) in rows {
        assert_eq!(holds(operator, policy, *context), *expected, "{operator} {policy:?} on {context:?}");
    }
}

/// Iam.md 2.6, the rows of its table.
#[test]
fn strings_are_compared_exactly_without_case_or_with_wildcards() {
    check(&[
        ("StringEquals", &["a"], Some(&["a"]), YES),
        ("StringEquals", &["a"], Some(&["A"]), NO),
        ("StringEquals", &["a", "b"], Some(&["b"]), YES),
        ("StringEquals", &["a*"], Some(&["ab"]), NO),
        ("StringEquals", &["a*"], Some(&["a*"]), YES),
        ("StringEquals", &["${user}"], Some(&["ann"]), YES),
        ("StringEquals", &["${star}"], Some(&["ann"]), NO),
        ("StringEquals", &["${missing}"], Some(&["ann"]), NO),
        ("StringNotEquals", &["${missing}"], Some(&["ann"]), YES),
        ("StringEquals", &["${missing, 'ann'}"], Some(&["ann"]), YES),
        ("StringNotEquals", &["a", "b"], Some(&["c"]), YES),
        ("StringNotEquals", &["a", "b"], Some(&["b"]), NO),
        ("StringEqualsIgnoreCase", &["GRÜN"], Some(&["grün"]), YES),
        ("StringEqualsIgnoreCase", &["strasse"], Some(&["straße"]), NO),
        ("StringEqualsIgnoreCase", &["x${user}"], Some(&["XANN"]), YES),
        ("StringEqualsIgnoreCase", &["x${user}"], Some(&["XANNA"]), NO),
        ("StringNotEqualsIgnoreCase", &["A"], Some(&["a"]), NO),
        ("StringLike", &["a*c"], Some(&["abbc"]), YES),
        ("StringLike", &["a*c"], Some(&["a\nc"]), YES),
        ("StringLike", &["a?c"], Some(&["aéc"]), YES),
        ("StringLike", &["A*"], Some(&["abbc"]), NO),
        ("StringLike", &["${star}"], Some(&["anything"]), NO),
        ("StringLike", &["${*}"], Some(&["*"]), YES),
        ("StringNotLike", &["a*"], Some(&["b"]), YES),
        ("StringLike", &["*"], Some(&[""]), YES),
    ]);
}

#[test]
fn numbers_and_dates_are_compared_as_what_they_are_and_garbage_is_unknown() {
    check(&[
        ("NumericEquals", &["10"], Some(&["10.0"]), YES),
        ("NumericEquals", &["9007199254740993"], Some(&["9007199254740992"]), NO),
        ("NumericLessThan", &["10"], Some(&["9"]), YES),
        ("NumericLessThan", &["10"], Some(&["10"]), NO),
        ("NumericLessThanEquals", &["10"], Some(&["10"]), YES),
        ("NumericGreaterThan", &["-1"], Some(&["0"]), YES),
        ("NumericGreaterThanEquals", &["1.5"], Some(&["1.50"]), YES),
        ("NumericNotEquals", &["1", "2"], Some(&["3"]), YES),
        ("NumericNotEquals", &["1", "2"], Some(&["2"]), NO),
        ("NumericEquals", &["10"], Some(&["10abc"]), UNKNOWN),
        ("NumericNotEquals", &["10"], Some(&["NaN"]), UNKNOWN),
        ("DateLessThan", &["2024-01-02"], Some(&["2024-01-01T23:59:59Z"]), YES),
        ("DateGreaterThan", &["2024-01-01T00:00:00Z"], Some(&["1704067201"]), YES),
        ("DateEquals", &["1704067200"], Some(&["2024-01-01T00:00:00Z"]), YES),
        ("DateNotEquals", &["1704067200"], Some(&["2024-01-01T00:00:01Z"]), YES),
        ("DateLessThanEquals", &["2024-01-01"], Some(&["yesterday"]), UNKNOWN),
        ("DateNotEquals", &["2024-01-01"], Some(&["yesterday"]), UNKNOWN),
    ]);
}

#[test]
fn booleans_bytes_addresses_and_arns_have_operators_of_their_own() {
    check(&[
        ("Bool", &["true"], Some(&["TRUE"]), YES),
        ("Bool", &["false"], Some(&["true"]), NO),
        ("Bool", &["false"], Some(&["no"]), NO),
        ("Bool", &["True", "false"], Some(&["false"]), YES),
        ("BinaryEquals", &["Zm9v"], Some(&["Zm9v"]), YES),
        ("BinaryEquals", &["Zm9v"], Some(&["zm9v"]), NO),
        ("BinaryEquals", &["Zm9v"], Some(&["Zm9vZm9v"]), NO),
        ("BinaryEquals", &["Zm9v"], Some(&["Zm9w"]), NO),
        ("BinaryEquals", &["Zm9w", "Zm8=", "Zm9v"], Some(&["Zm9v"]), YES),
        ("BinaryEquals", &["Zm9v"], Some(&["%"]), UNKNOWN),
        ("BinaryEquals", &["Zm9v"], Some(&["Zm9v%"]), UNKNOWN),
        ("IpAddress", &["192.0.2.0/24"], Some(&["192.0.2.7"]), YES),
        ("IpAddress", &["192.0.2.0/24", "::1"], Some(&["::1"]), YES),
        ("NotIpAddress", &["192.0.2.0/24"], Some(&["192.0.3.7"]), YES),
        ("NotIpAddress", &["192.0.2.0/24"], Some(&["::ffff:192.0.2.7"]), NO),
        ("IpAddress", &["0.0.0.0/0"], Some(&["garbage"]), NO),
        ("NotIpAddress", &["192.0.2.0/24"], Some(&["garbage"]), UNKNOWN),
        ("ArnLike", &["arn:aws:iam::*:role/*"], Some(&["arn:aws:iam::1:role/x/y"]), YES),
        ("ArnEquals", &["arn:aws:iam::*:role/*"], Some(&["arn:aws:iam::1:role/x/y"]), YES),
        ("ArnEquals", &["arn:aws:iam::*:role/*"], Some(&["arn:aws:iam:x:1:role/x"]), NO),
        ("ArnNotLike", &["arn:aws:iam::1:role/x"], Some(&["arn:aws:iam::2:role/x"]), YES),
        ("ArnNotLike", &["arn:aws:iam::1:role/x"], Some(&["not an arn"]), NO),
        ("ArnLike", &["*"], Some(&["not an arn"]), NO),
        ("ArnLike", &["arn:aws:iam::1:user/${user}"], Some(&["arn:aws:iam::1:user/ann"]), YES),
        ("ArnNotEquals", &["arn:aws:iam"], Some(&["arn:aws:iam::1:user/ann"]), UNKNOWN),
    ]);
}

/// Iam.md 2.6: the column "key missing", and section 8.7.
#[test]
fn an_absent_key_fails_positive_operators_and_satisfies_negated_ones() {
    check(&[
        ("StringEquals", &["a"], None, NO),
        ("StringNotEquals", &["a"], None, YES),
        ("StringNotLike", &["a"], None, YES),
        ("NumericLessThan", &["1"], None, NO),
        ("NumericNotEquals", &["1"], None, YES),
        ("DateNotEquals", &["2024-01-01"], None, YES),
        ("Bool", &["false"], None, NO),
        ("BoolIfExists", &["false"], None, YES),
        ("BoolIfExists", &["false"], Some(&["true"]), NO),
        ("IpAddress", &["::/0"], None, NO),
        ("NotIpAddress", &["::/0"], None, YES),
        ("ArnLike", &["*"], None, NO),
        ("ArnNotLike", &["*"], None, YES),
        ("StringEqualsIfExists", &["a"], None, YES),
        ("StringEqualsIfExists", &["a"], Some(&["b"]), NO),
        ("StringNotEqualsIfExists", &["a"], None, YES),
        ("StringEquals", &["a"], Some(&[]), NO),
        ("StringEquals", &[""], Some(&[""]), YES),
    ]);
}

#[test]
fn null_asks_whether_a_key_is_there() {
    check(&[
        ("Null", &["true"], None, YES),
        ("Null", &["false"], None, NO),
        ("Null", &["true"], Some(&["x"]), NO),
        ("Null", &["false"], Some(&["x"]), YES),
        ("Null", &["false"], Some(&["x", "y"]), YES),
        ("Null", &["true"], Some(&[]), YES),
        ("Null", &["true"], Some(&[""]), YES),
        ("Null", &["true", "false"], None, YES),
        ("Null", &[], None, NO),
        ("ForAllValues:Null", &["false"], None, YES),
        ("ForAnyValue:Null", &["true"], None, NO),
    ]);
}

#[test]
fn several_values_need_a_qualifier() {
    check(&[
        ("StringEquals", &["a"], Some(&["a", "b"]), NO),
        ("StringNotEquals", &["c"], Some(&["a", "b"]), NO),
        ("ForAnyValue:StringEquals", &["a"], Some(&["a", "b"]), YES),
        ("ForAnyValue:StringEquals", &["c"], Some(&["a", "b"]), NO),
        ("ForAnyValue:StringEquals", &["a"], None, NO),
        ("ForAnyValue:StringEqualsIfExists", &["a"], None, YES),
        ("ForAnyValue:StringNotEquals", &["a"], Some(&["a", "b"]), YES),
        ("ForAnyValue:StringNotEquals", &["a", "b"], Some(&["a", "b"]), NO),
        ("ForAnyValue:StringNotEquals", &["a"], None, NO),
        ("ForAllValues:StringEquals", &["a", "b", "c"], Some(&["a", "b"]), YES),
        ("ForAllValues:StringEquals", &["a"], Some(&["a", "b"]), NO),
        ("ForAllValues:StringEquals", &["a"], None, YES),
        ("ForAllValues:StringEquals", &["a"], Some(&[]), YES),
        ("ForAllValues:StringEquals", &["a"], Some(&[""]), YES),
        ("ForAllValues:StringNotEquals", &["a"], Some(&["b", "c"]), YES),
        ("ForAllValues:StringNotEquals", &["a"], Some(&["b", "a"]), NO),
        ("ForAllValues:StringLike", &["a*"], Some(&["ab", "ac"]), YES),
        ("ForAllValues:StringEquals", &["a"], Some(&["a"]), YES),
        ("ForAnyValue:NumericEquals", &["1"], Some(&["x", "1"]), YES),
        ("ForAnyValue:NumericEquals", &["1"], Some(&["x", "2"]), UNKNOWN),
        ("ForAllValues:NumericEquals", &["1"], Some(&["x", "2"]), NO),
        ("ForAllValues:NumericEquals", &["1"], Some(&["x", "1"]), UNKNOWN),
    ]);
}

/// Access Analyzer's checks of empty arrays.
#[test]
fn an_empty_list_of_values_matches_nothing() {
    check(&[
        ("StringEquals", &[], Some(&["a"]), NO),
        ("StringEquals", &[], None, NO),
        ("StringNotEquals", &[], Some(&["a"]), YES),
        ("StringEqualsIfExists", &[], Some(&["a"]), NO),
        ("StringEqualsIfExists", &[], None, YES),
        ("ForAllValues:StringEquals", &[], Some(&["a"]), NO),
        ("ForAllValues:StringEquals", &[], None, YES),
        ("ForAnyValue:StringEquals", &[], Some(&["a"]), NO),
        ("ForAnyValue:StringEquals", &[], None, NO),
    ]);
}

/// A text is decoded once; for each value, this would take minutes.
#[test]
fn no_text_makes_bytes_slow_to_compare() {
    let (values, text) = (vec!["Zm9v"; 5_000], "Zm9v".repeat(100_000));
    assert_eq!(holds("BinaryEquals", &values, Some(&[&text])), NO);
}

#[test]
fn values_that_cannot_be_compared_with_are_refused() {
    for (operator, value) in [
        ("NumericEquals", "10abc"),
        ("NumericEquals", "NaN"),
        ("NumericEquals", "1e309"),
        ("NumericEquals", "${user}"),
        ("DateEquals", "soon"),
        ("Bool", "maybe"),
        ("BinaryEquals", "%"),
        ("IpAddress", "10.0.0.0/33"),
        ("IpAddress", "010.0.0.1"),
        ("Null", "maybe"),
        ("StringEquals", "${"),
        ("ArnLike", "arn:aws:iam::1:user/${}"),
    ] {
        let parsed = Operator::parse(operator).unwrap();
        assert!(Test::new(parsed, &["x"; 0], true).is_ok());
        assert_eq!(Test::new(parsed, &[value], true).map(|_| ()).map_err(|(at, _)| at), Err(0), "{operator} {value}");
    }
}
