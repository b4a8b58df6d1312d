use toml::de::DeTable;

use super::*;

/// The piece under `probe.` of a line of TOML, as the config's loader hands it over.
pub fn raw(line: &str) -> Raw {
    let mut doc = DeTable::parse(line.to_owned().leak()).expect("TOML");
    doc.get_mut().make_owned();
    let doc = doc.into_inner();
    let probe = doc.get("probe").expect("probe").get_ref().as_table().expect("table").clone();
    let (key, value) = probe.into_iter().next().expect("a kind");
    let span = key.span();
    Raw::new(key.into_inner().into_owned(), span, value)
}

fn refused(line: &str) -> Problem {
    build(&"svc".into(), &raw(line)).err().unwrap_or_else(|| panic!("accepted: {line}"))
}

#[test]
fn every_kind_has_a_help_line_a_schema_and_an_example_that_decodes() {
    let mut generator = SchemaGenerator::default();
    for kind in KINDS {
        let probe = build(&"svc".into(), &raw(kind.example)).unwrap_or_else(|e| panic!("{}: {e}", kind.name));
        assert!(probe.target().starts_with(kind.name), "{}", probe.target());
        assert!(!kind.help.is_empty() && !kind.help.contains('\n'));
        (kind.schema)(&mut generator);
    }
    assert_eq!(generator.definitions().keys().filter(|k| k.ends_with("Section")).count(), KINDS.len());
}

#[test]
fn an_unknown_kind_names_the_nearest_one() {
    let problem = refused("probe.htp = { url = 'http://a' }");
    assert!(problem.hint.contains("`http`"), "{}", problem.hint);
    assert_eq!(problem.span, 6..9);
}

#[test]
fn a_wrong_key_or_value_points_at_itself() {
    for (line, at, says) in [
        ("probe.http = { url = 'http://a', intervall = '30s' }", "intervall", "unknown field"),
        ("probe.http = { url = 'http://a', interval = '5s', timeout = '6s' }", "'6s'", "longer than the interval"),
        ("probe.http = { url = 'http://a', interval = '1ms' }", "'1ms'", "too short"),
        ("probe.http = { url = 'ftp://a' }", "'ftp://a'", "http:// or https://"),
        ("probe.http = { url = 'http://u:p@a' }", "'http://u:p@a'", "name or a password"),
        ("probe.http = { url = 'http://a', headers = { 'a b' = 'x' } }", "'a b'", "header"),
        ("probe.http = { url = 'http://a', expect = { status = '2x' } }", "'2x'", "2x"),
        ("probe.http = { url = 'http://a', expect = { json = [{ path = 'x[' }] } }", "'x['", "JSONPath"),
        (
            "probe.http = { url = 'https://a', extra_ca = '/nonexistent/ca.pem' }",
            "'/nonexistent/ca.pem'",
            "cannot read",
        ),
        ("probe.http = { url = 'http://a', extra_ca = '/ca.pem' }", "'/ca.pem'", "no certificate"),
        ("probe.tcp = { address = 'nowhere' }", "'nowhere'", "host:port"),
        ("probe.command = { argv = [] }", "[]", "names no program"),
    ] {
        let problem = refused(line);
        assert!(problem.what.contains(says) || problem.hint.contains(says), "{line}: {problem:?}");
        let shown = line.get(problem.span.clone()).unwrap_or_default();
        assert!(shown.contains(at) || at.contains(shown), "{line}: points at {shown}");
    }
}

#[test]
fn the_timeout_follows_a_short_interval() {
    let probe = build(&"svc".into(), &raw("probe.tcp = { address = '[::1]:80', interval = '5s' }")).expect("built");
    assert_eq!(probe.pace().timeout, probe.pace().interval);
    assert_eq!(probe.host_key(), "[::1]:80");
}
