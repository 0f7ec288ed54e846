use super::*;

fn read(text: &str) -> Result<String, InvalidJson> {
    let mut tape = Tape::default();
    tape.read(text)?;
    Ok(crate::text::json(&tape.document(text).root()))
}

#[test]
fn what_is_json_is_read() {
    let check = |text: &str, expected: &str| assert_eq!(read(text).as_deref(), Ok(expected), "{text}");
    check("{}", "{}");
    check(" [ ] \n", "[]");
    check(r#"{"a":[1,-0,true,false,null,"x"],"b":{"c":{}}}"#, r#"{"a":[1,0,true,false,null,"x"],"b":{"c":{}}}"#);
    check(r#" { "a" : 1 , "b" : [ 2 , [ ] ] } "#, r#"{"a":1,"b":[2,[]]}"#);
    check(r#""\u0061\n\"\\\/\ud83d\udca9é""#, r#""a\n\"\\/💩é""#);
    check(r#""\ud800""#, "\"\u{fffd}\"");
    check("1e5", "1E+5");
    check("123456789", "123456789");
    check(
        r#""a string of more than eight bytes, and then a \" and more than that again""#,
        r#""a string of more than eight bytes, and then a \" and more than that again""#,
    );
}

#[test]
fn what_is_no_json_is_refused_where_it_is_wrong() {
    let check = |text: &str, at: usize, reason: &'static str| {
        assert_eq!(read(text), Err(InvalidJson { at, reason }), "{text}");
    };
    check("", 0, "no value");
    check("{} x", 3, "something after the value");
    check("\u{feff}{}", 0, "no value");
    check("[1", 2, "neither `,` nor `]` after a value");
    check("[1,]", 3, "no value");
    check("[1}", 2, "neither `,` nor `]` after a value");
    check(r#"{"a":1"#, 6, "neither `,` nor `}` after a value");
    check(r#"{"a":1,}"#, 7, "no key where one must be");
    check("{a:1}", 1, "no key where one must be");
    check(r#"{"a"}"#, 4, "no `:` after a key");
    check("01", 1, "a leading zero");
    check("1.", 2, "no digit where one must be");
    check("-", 1, "no digit where one must be");
    check("1e", 2, "no digit where one must be");
    check("+1", 0, "no value");
    check("NaN", 0, "no value");
    check("nul", 0, "no value");
    check("/**/1", 0, "no value");
    check("'a'", 0, "no value");
    check("\"a\tb\"", 2, "a control character in a string");
    check("\"a", 2, "a string without an end");
    check(r#""\x""#, 1, "no escape that JSON knows");
    check(r#""\u12g4""#, 1, "no four hex digits after `\\u`");
    check("1e99999999999", 13, "an exponent beyond what a number can have");
    check("1 2", 2, "something after the value");
}

#[test]
fn of_a_key_that_comes_twice_the_last_counts() {
    let check = |text: &str, expected: &str| assert_eq!(read(text).as_deref(), Ok(expected), "{text}");
    check(r#"{"a":1,"a":2}"#, r#"{"a":2}"#);
    check(r#"{"a":1,"b":2,"\u0061":{"c":3}}"#, r#"{"b":2,"a":{"c":3}}"#);
    check(r#"{"a":1,"a":[2],"a":3}"#, r#"{"a":3}"#);
    let many: String = (0..300).map(|n| format!("\"k{}\":{n},", n % 100)).collect();
    let text = format!("{{{}\"z\":0}}", many);
    let mut tape = Tape::default();
    tape.read(&text).unwrap();
    let document = tape.document(&text);
    let root = document.root();
    assert_eq!(root.len(), 101);
    assert_eq!(root.entries().count(), 101);
    assert_eq!(root.get("k7").and_then(|it| it.number()), Some("207"));
}

#[test]
fn depth_and_memory_are_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(read(&nested(MAX_DEPTH)).is_ok());
    for text in [nested(MAX_DEPTH + 1), "[".repeat(10_000_000), "{\"a\":".repeat(1_000_000)] {
        assert_eq!(read(&text).unwrap_err().reason, "too deep");
    }
    let mut tape = Tape::default();
    tape.read(&format!("[{}[]]", "[],".repeat(3_000_000))).unwrap();
    assert!(tape.nodes.len() * size_of::<Node>() < 25_000_000);
    tape.trim();
    assert_eq!(tape.nodes.capacity(), 0);
}
