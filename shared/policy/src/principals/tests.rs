use super::*;

const ROOT: &str = "arn:aws:iam::111122223333:root";
const USER: &str = "arn:aws:iam::111122223333:user/team/ann";
const ROLE: &str = "arn:aws:iam::111122223333:role/service/app";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/app/i-1";
const FEDERATED: &str = "arn:aws:sts::111122223333:federated-user/bob";
/// CloudFront's, as its documentation writes it.
const OAI: &str = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity EH1HDMB1FH2TC";

fn grant(listed: &[&str], negated: bool, principal: Principal<'_>) -> Option<Grant> {
    let listed = listed.iter().map(|text| Listed::aws(text).unwrap()).collect();
    let mut context = RequestContext::new();
    context.set(GlobalKey::UserId, "AROAEXAMPLEEXAMPLE12:i-1");
    Principals { negated, listed }.grant(&principal, &context)
}

fn arn(arn: &str) -> Principal<'_> {
    Principal::parse(arn).unwrap()
}

/// The table of iam.md, section 2.4.
#[test]
fn how_far_a_grant_reaches_depends_on_how_the_caller_is_named() {
    for (listed, principal, expected) in [
        ("*", Principal::Anonymous, Some(Grant::Direct)),
        ("*", arn(USER), Some(Grant::Direct)),
        ("111122223333", arn(USER), Some(Grant::Account)),
        ("111122223333", arn(SESSION), Some(Grant::Account)),
        (ROOT, arn(FEDERATED), Some(Grant::Account)),
        (ROOT, arn(ROOT), Some(Grant::Account)),
        (ROOT, arn("111122223333"), Some(Grant::Account)),
        (ROOT, arn("arn:aws-cn:iam::111122223333:user/ann"), None),
        ("444455556666", arn(USER), None),
        (ROOT, Principal::Anonymous, None),
        (USER, arn(USER), Some(Grant::Direct)),
        (USER, arn("arn:aws:iam::111122223333:user/team/ANN"), None),
        (USER, arn("arn:aws:iam::111122223333:user/ann"), None),
        (OAI, arn(OAI), Some(Grant::Direct)),
        (OAI, arn(USER), None),
        (ROLE, arn(SESSION), Some(Grant::Role)),
        (ROLE, arn(ROLE), Some(Grant::Role)),
        (ROLE, arn("arn:aws:sts::111122223333:assumed-role/app1/i-1"), None),
        (ROLE, arn("arn:aws:sts::444455556666:assumed-role/app/i-1"), None),
        (SESSION, arn(SESSION), Some(Grant::Direct)),
        (SESSION, arn("arn:aws:sts::111122223333:assumed-role/app/i-2"), None),
        (SESSION, arn(ROLE), None),
        (FEDERATED, arn(FEDERATED), Some(Grant::Direct)),
        (USER, arn(FEDERATED), None),
        ("AROAEXAMPLEEXAMPLE12", arn(SESSION), Some(Grant::Role)),
        ("AROAEXAMPLEEXAMPLE13", arn(SESSION), None),
        (USER, Principal::Service("lambda.amazonaws.com"), None),
    ] {
        assert_eq!(grant(&[listed], false, principal), expected, "{listed} for {principal:?}");
    }
    let Principal::FederatedUser { account, session, .. } = arn(FEDERATED) else { panic!("not federated") };
    let by_ann = Principal::FederatedUser { account, session, user: Some(USER) };
    assert_eq!(grant(&[USER], false, by_ann), Some(Grant::Role));
}

#[test]
fn the_widest_of_several_grants_counts() {
    assert_eq!(grant(&[ROOT, ROLE, SESSION], false, arn(SESSION)), Some(Grant::Direct));
    assert_eq!(grant(&[ROOT, ROLE], false, arn(SESSION)), Some(Grant::Role));
}

#[test]
fn not_principal_is_for_everybody_who_is_not_listed() {
    assert_eq!(grant(&[USER], true, arn(USER)), None);
    assert_eq!(grant(&[USER], true, arn(SESSION)), Some(Grant::Direct));
    assert_eq!(grant(&[USER], true, Principal::Anonymous), Some(Grant::Direct));
    assert_eq!(grant(&[ROOT], true, arn(USER)), None);
}

#[test]
fn other_kinds_are_compared_exactly() {
    let context = RequestContext::new();
    for (listed, principal, expected) in [
        (Listed::Service("a.amazonaws.com".into()), Principal::Service("a.amazonaws.com"), true),
        (Listed::Service("a.amazonaws.com".into()), Principal::Service("a.amazonaws.com.evil"), false),
        (Listed::Federated("accounts.google.com".into()), Principal::Federated("accounts.google.com"), true),
        (Listed::Federated("accounts.google.com".into()), Principal::Federated("accounts.google.com.evil"), false),
        (Listed::CanonicalUser("79a5".into()), Principal::CanonicalUser("79a5"), true),
        (Listed::CanonicalUser("79a5".into()), Principal::Federated("79a5"), false),
    ] {
        assert_eq!(listed.grant(&principal, &context).is_some(), expected, "{listed:?} for {principal:?}");
    }
}

#[test]
fn strictly_a_deny_excepts_only_whose_parts_are_all_listed() {
    let context = RequestContext::new();
    let strict = |listed: &[&str], principal: &str| {
        let listed = listed.iter().map(|text| Listed::aws(text).unwrap()).collect();
        Principals { negated: true, listed }.excepts_every_part(&arn(principal), &context)
    };
    assert!(!strict(&[USER], USER));
    assert!(strict(&[USER, ROOT], USER));
    assert!(!strict(&[ROOT], USER));
    assert!(!strict(&[ROOT, SESSION], SESSION));
    assert!(strict(&[ROOT, ROLE, SESSION], SESSION));
    assert!(strict(&[ROOT, FEDERATED], FEDERATED));
    assert!(strict(&["*"], USER));
}

#[test]
fn what_aws_would_not_save_is_refused() {
    for text in [
        "arn:aws:iam::*:root",
        "arn:aws:iam::111122223333:user/*",
        "arn:aws:iam::111122223333:user/a?n",
        "arn:aws:sts::111122223333:assumed-role/app/*",
        "arn:aws:iam::111122223333:group/x",
        "arn:aws:iam::1:root",
        "11112222333",
        "ann",
        "",
        "${aws:username}",
        "arn:aws:iam::111122223333:user/${aws:username}",
        "arn:aws:iam::cloudfront:user/*",
        "arn:aws:iam::cloudfronts:user/x",
    ] {
        assert_eq!(Listed::aws(text), Err(()), "{text}");
    }
}
