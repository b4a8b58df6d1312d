//! Ticks into the file itself: one byte per box, whatever stands around it, and nothing where it is no longer the same.

use std::os::unix::fs::PermissionsExt as _;

use crate::checklists::{by, noon};
use crate::e2e::Home;

/// What a careless toggle would break: a byte order mark, CRLF, boxes in fences and comments, nesting, an upper-case X.
const FILE: &[u8] = b"\xef\xbb\xbf# Weekly list\r\n\r\n- [ ] first\r\n  * [X] nested *one*\r\n- [x] last\r\n\r\n```\r\n- [ ] no box\r\n\
    ```\r\n<!-- - [ ] nor this -->\r\n\xff broken \xc3\r\n\r\n2) [ ] counted";

fn home(file: &[u8]) -> Home {
    let home = Home::with(&format!("[[checklist]]\nfile = \"list.md\"\nzone = \"{}\"", noon()));
    home.write("list.md", "");
    std::fs::write(home.file("list.md"), file).unwrap();
    home
}

fn bytes(home: &Home) -> Vec<u8> {
    std::fs::read(home.file("list.md")).unwrap()
}

/// Where two files of one length differ.
fn changed(before: &[u8], after: &[u8]) -> Vec<(usize, u8, u8)> {
    assert_eq!(before.len(), after.len());
    let pairs = before.iter().zip(after).enumerate();
    pairs.filter(|(_, (a, b))| a != b).map(|(at, (a, b))| (at, *a, *b)).collect()
}

#[test]
fn one_byte_per_box_is_written_and_nothing_else() {
    let home = home(FILE);
    std::fs::set_permissions(home.file("list.md"), std::fs::Permissions::from_mode(0o640)).unwrap();
    by(&home, "ann", &["checklists", "tick", "weekly", "first", "nested", "counted"]).is(0);
    let dry = by(&home, "ann", &["checklists", "write-back", "weekly", "--dry-run"]).is(0);
    assert!(dry.out.contains("list.md:3: [x] first") && dry.out.contains("would write 3 of 4 boxes"), "{}", dry.out);
    assert_eq!(bytes(&home), FILE);
    let done = by(&home, "ann", &["checklists", "write-back", "weekly"]).is(0);
    assert!(done.out.contains("list.md:5: [ ] last") && done.out.contains("wrote 3 of 4 boxes"), "{}", done.out);
    let after = bytes(&home);
    let marks: Vec<(u8, u8)> = changed(FILE, &after).iter().map(|(_, a, b)| (*a, *b)).collect();
    assert_eq!(marks, [(b' ', b'x'), (b'x', b' '), (b' ', b'x')], "the nested X stays as it was written");
    let meta = std::fs::metadata(home.file("list.md")).unwrap();
    assert_eq!(meta.permissions().mode() & 0o7777, 0o640);
    // Once more changes nothing, and what is in the file ticks nothing.
    assert!(by(&home, "ann", &["checklists", "write-back", "weekly"]).is(0).out.contains("wrote 0 of 4"));
    assert_eq!(bytes(&home), after);
    let left: Vec<_> = std::fs::read_dir(home.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!left.iter().any(|n| n.to_string_lossy().contains(".tmp")), "{left:?}");
    let list = home.on_config(&["checklists", "show", "weekly", "--json"]).is(0).json()["list"].clone();
    assert_eq!((&list["items_done"], &list["changed_since"]), (&3.into(), &false.into()));
}

#[test]
fn what_the_file_no_longer_says_is_left_and_named() {
    let home = home(b"# Weekly list\n- [ ] keep me\n- [ ] change me <!-- id=two -->\n- [ ] drop me\n");
    by(&home, "ann", &["checklists", "tick", "weekly", "1", "2", "3"]).is(0);
    let text = "# Weekly list\n- [ ] keep me\n- [ ] changed now <!-- id=two -->\n- [ ] added\n";
    home.write("list.md", text);
    let said = by(&home, "ann", &["checklists", "write-back", "weekly"]).is(1);
    for line in [
        "list.md:2: [x] keep me",
        "list.md:3: it says \"changed now\" now, and \"change me\" was worked",
        "list.md:1: \"drop me\" is no longer in the file",
        "list.md:4: \"added\" is new in the file",
        "wrote 1 of 3 boxes",
    ] {
        assert!(said.out.contains(line), "{line}: {}", said.out);
    }
    assert_eq!(String::from_utf8(bytes(&home)).unwrap(), text.replace("[ ] keep", "[x] keep"));
}

#[test]
fn l2_a_link_is_not_written_through() {
    let home = home(FILE);
    by(&home, "ann", &["checklists", "tick", "weekly", "first"]).is(0);
    std::fs::hard_link(home.file("list.md"), home.file("twin.md")).unwrap();
    let twin = by(&home, "ann", &["checklists", "write-back", "weekly"]).is(1);
    assert!(twin.out.contains("2 names"), "{}", twin.out);
    std::fs::remove_file(home.file("list.md")).unwrap();
    std::os::unix::fs::symlink("twin.md", home.file("list.md")).unwrap();
    let link = by(&home, "ann", &["checklists", "write-back", "weekly"]).is(1);
    assert!(link.out.contains("NOT written"), "{}", link.out);
    assert!(home.on_config(&["checklists"]).is(0).err.contains("is a symlink"));
    assert_eq!(std::fs::read(home.file("twin.md")).unwrap(), FILE);
    // Where the folder takes no file, the old one stays whole.
    std::fs::remove_file(home.file("list.md")).unwrap();
    by(&home, "ann", &["checklists", "write-back", "weekly"]).is(1);
    // Nothing names a file: there is nothing to write to.
    let alone = home.on_store(&["checklists", "write-back", "weekly"]).is(1);
    assert!(alone.out.contains("its config is needed"), "{}", alone.out);
}
