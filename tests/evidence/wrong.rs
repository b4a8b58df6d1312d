use watchdeck::sources::evidence::KINDS;

use crate::kit::{gatherer, raw, try_gatherer};

#[test]
fn every_example_decodes_and_every_kind_has_a_schema() {
    for kind in KINDS {
        assert_eq!(raw(kind.example).kind, kind.name);
        assert!(!gatherer(kind.example).looked().what.is_empty(), "{}", kind.example);
        assert!(!kind.help.is_empty() && !kind.help.contains('\n'));
        let schema = (kind.schema)(&mut schemars::SchemaGenerator::default());
        assert!(schema.as_object().is_some_and(|s| !s.is_empty()), "{}", kind.name);
    }
}

#[test]
fn l6_what_cannot_be_meant_is_refused_with_its_place() {
    let huge = format!("command = {{ argv = ['x'], expect = [{{ pattern = '{}' }}] }}", "(a?){500}".repeat(8));
    let long = format!("command = {{ argv = ['x'], expect = [{{ pattern = '{}' }}] }}", "a".repeat(2000));
    for (line, part) in [
        ("comand = {}", "unknown kind of evidence"),
        ("command = { argv = [] }", "names no program"),
        ("command = { argv = ['x', \"a\\u0000\"] }", "names no program"),
        ("command = { argv = ['x'], shell = true }", "unknown field `shell`"),
        ("command = { argv = ['x'], timeout = '0s' }", "`timeout` is out of range"),
        ("command = { argv = ['x'], timeout = '11m' }", "`timeout` is out of range"),
        ("command = { argv = ['x'], env = ['A=1'] }", "not a variable's name"),
        ("command = { argv = ['x'], cwd = 'here' }", "`cwd` is a relative path"),
        ("command = { argv = ['x'], every = '1s' }", "`every` is too short"),
        ("command = { argv = ['x'], every = '1h', fresh = '1m' }", "prove nothing before the next"),
        ("command = { argv = ['x'], expect = [{}] }", "names no place"),
        ("command = { argv = ['x'], expect = [{ line = 'a', exit = 0 }] }", "names no place, or several"),
        ("command = { argv = ['x'], expect = [{ line = ' ' }] }", "names no place"),
        ("command = { argv = ['x'], expect = [{ json = 'summary' }] }", "not a JSONPath"),
        ("command = { argv = ['x'], expect = [{ json = '$.a' }] }", "nothing is said of the value"),
        ("command = { argv = ['x'], expect = [{ json = '$.a', same = true }] }", "`same` compares groups"),
        ("command = { argv = ['x'], expect = [{ json = '$.a', at_least = 'seven' }] }", "seven"),
        ("command = { argv = ['x'], expect = [{ pattern = 'a', at_least = 1 }] }", "has no group"),
        ("command = { argv = ['x'], expect = [{ pattern = '(a)', same = true }] }", "compares two groups"),
        ("command = { argv = ['x'], expect = [{ pattern = '(' }] }", "no regular expression: unclosed group"),
        ("command = { argv = ['x'], expect = [{ pattern = '(a)\\1' }] }", "no regular expression"),
        ("command = { argv = ['x'], expect = [{ line = 'a', equals = 1 }] }", "compares nothing"),
        ("command = { argv = ['x'], expect = [{ exit = 0, at_least = 1 }] }", "compares nothing"),
        (huge.as_str(), "the pattern is too large"),
        (long.as_str(), "longer than"),
        ("file = { path = 'a.dump', newer_than = '1h' }", "relative path"),
        ("file = { path = '/var/*/a.dump', newer_than = '1h' }", "only the last part"),
        ("file = { path = '/var/backups/', newer_than = '1h' }", "names no file"),
        ("file = { path = '/', newer_than = '1h' }", "names no file"),
        ("file = { path = '/var/..', newer_than = '1h' }", "names no file"),
        ("file = { path = '/a' }", "missing field `newer_than`"),
        ("file = { path = '/a', newer_than = '0s' }", "no file is newer"),
        ("file = { path = '/a', newer_than = '1h', at_least = 0 }", "no files at all"),
        ("file = { path = '/a', newer_than = '1h', every = '1s' }", "`every` is too short"),
    ] {
        let problem = try_gatherer(line).err().unwrap_or_else(|| panic!("accepted: {line}"));
        let told = format!("{} ({})", problem.what, problem.hint);
        assert!(told.contains(part), "{line}: {told}");
        assert!(problem.span.end <= line.len(), "{line}");
    }
}

#[test]
fn l6_a_pattern_that_others_choke_on_is_taken() {
    gatherer("command = { argv = ['x'], expect = [{ pattern = '(a+)+$' }] }");
}
