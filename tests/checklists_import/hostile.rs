//! What is no checklist, no config, or no place to write to: each is said in one line, and nothing is left behind.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::Path;

use crate::e2e::{Home, said};
use crate::{ESTATE, WRITTEN, files, home, load, mode, own, refused, text};

fn fifo(path: &Path) {
    rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
}

#[test]
fn what_is_no_markdown_file_is_refused() {
    let home = Home::new();
    fifo(&home.file("pipe.md"));
    std::fs::create_dir(home.file("folder.md")).unwrap();
    std::fs::File::create(home.file("huge.md")).unwrap().set_len(100 << 20).unwrap();
    std::fs::write(home.file("wide.md"), b"\xff\xfe#\0").unwrap();
    home.write("empty.md", "");
    home.write("prose.md", "# Notes\nNothing to tick.\n");
    home.write("many.md", &format!("# Daily\n{}", "- [ ] a\n".repeat(50_001)));
    symlink("nowhere", home.file("dangling.md")).unwrap();
    let before = files(home.path());
    for (name, says) in [
        ("pipe.md", "is no regular file"),
        ("folder.md", "is no regular file"),
        ("huge.md", "is 104857600 bytes long"),
        ("wide.md", "the file is UTF-16"),
        ("empty.md", "no list and no procedure is in it"),
        ("prose.md", "no list and no procedure is in it"),
        ("many.md", "split the file"),
        ("dangling.md", "cannot be opened"),
        ("none.md", "cannot be opened"),
        ("/dev/zero", "is no regular file"),
    ] {
        refused(home.run(&["checklists", "import", name]), says);
    }
    assert_eq!(files(home.path()), before);
}

#[test]
fn a_config_that_is_wrong_stays_as_it_is() {
    let home = home();
    for (config, says) in [
        ("[worker]\nlaese = \"1s\"\n", "config.toml:2:1: unknown field `laese`"),
        ("checklist = [{ file = \"other.md\" }]\n", "nothing is written"),
        ("[[checklist]]\nfile = \"other.md\"\nmapping = \"none.toml\"\n", "config.toml:3:11: "),
        ("environment = \"\u{0}\"\n", "config.toml:1:"),
    ] {
        home.write("config.toml", config);
        let before = files(home.path());
        let answer = home.on_config(&["checklists", "import", "ops.md"]).is(3);
        assert!(answer.err.contains(says) && answer.out.is_empty(), "{}{}", answer.out, answer.err);
        assert_eq!((text(&home.config()).as_str(), files(home.path())), (config, before));
    }
    std::fs::remove_file(home.config()).unwrap();
    fifo(&home.config());
    assert!(home.on_config(&["checklists", "import", "ops.md"]).is(3).err.contains("is no regular file"));
    std::fs::remove_file(home.config()).unwrap();
    std::fs::create_dir(home.config()).unwrap();
    assert!(home.on_config(&["checklists", "import", "ops.md"]).is(3).err.contains("is no regular file"));
}

#[test]
fn a_linked_config_is_written_where_it_lies_and_stays_linked() {
    let home = home();
    std::fs::create_dir(home.file("dotfiles")).unwrap();
    home.write("dotfiles/watch.toml", ESTATE);
    symlink("dotfiles/watch.toml", home.config()).unwrap();
    home.on_config(&["checklists", "import", "ops.md"]).is(0);
    assert!(home.config().is_symlink() && text(&home.file("dotfiles/watch.toml")).contains("[[checklist]]"));
    // Names in a config count from the folder of the name it goes by.
    assert!(home.file("ops.map.toml").is_file());
    assert!(home.on_config(&["config", "check"]).is(0).err.is_empty());
    std::fs::remove_file(home.config()).unwrap();
    symlink("nowhere", home.config()).unwrap();
    home.write("b.md", WRITTEN);
    refused(home.on_config(&["checklists", "import", "b.md"]), "cannot be found");
}

#[test]
fn a_mapping_that_is_there_is_never_written_over() {
    let home = home();
    home.write("config.toml", "");
    home.write("ops.map.toml", "[[item]]\nitem = \"services\"\nmode = \"assist\"\n");
    refused(home.on_config(&["checklists", "import", "ops.md"]), "ops.map.toml is there already: --mapping");
    for dead in ["nowhere", "ops.md"] {
        let _ = std::fs::remove_file(home.file("ops.map.toml"));
        symlink(dead, home.file("ops.map.toml")).unwrap();
        refused(home.on_config(&["checklists", "import", "ops.md"]), "ops.map.toml is there already");
    }
    assert_eq!(text(&home.config()), "");
    // Named, it is used as it is.
    home.write("ours.toml", "[[item]]\nitem = \"services\"\nmode = \"assist\"\n");
    let told = home.on_config(&["checklists", "import", "ops.md", "--mapping", "ours.toml"]).is(0).out;
    assert!(told.contains("ours.toml is used as it is"), "{told}");
    assert_eq!(load(&home.config()).setup.sources[0].items.len(), 1);
    // And a named one that is not there is written there; a wrong one is told with its own line.
    home.write("b.md", WRITTEN);
    home.write("wrong.toml", "[[item]]\nitem = \"services\"\nmode = \"asist\"\n");
    let answer = home.on_config(&["checklists", "import", "b.md", "--mapping", "wrong.toml"]).is(3);
    assert!(answer.err.contains("wrong.toml:3:8: unknown variant `asist`"), "{}", answer.err);
    fifo(&home.file("pipe.toml"));
    let answer = home.on_config(&["checklists", "import", "b.md", "--mapping", "pipe.toml"]).is(3);
    assert!(answer.err.contains("is no regular file"), "{}", answer.err);
    home.on_config(&["checklists", "import", "b.md", "--mapping", "new.toml"]).is(0);
    assert!(text(&home.file("new.toml")).contains("services.healthy == 7"));
}

#[test]
fn a_place_that_cannot_be_written_is_said_and_nothing_is_left() {
    let home = home();
    home.write("file", "");
    let under = home.file("file/config.toml").display().to_string();
    let answer = home.run(&["--config", &under, "checklists", "import", "ops.md"]);
    assert!(answer.code == 1 && answer.err.contains("file"), "{}", answer.err);
    // The mapping can be written and the config cannot: the mapping goes again.
    let elsewhere = home.file("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let config = home.write("config.toml", ESTATE);
    let shut = |mode| std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(mode)).unwrap();
    for path in [&elsewhere, &config, &home.file("ops.md")] {
        let owner = rustix::process::geteuid().is_root().then_some(65_534);
        std::os::unix::fs::chown(path, owner, owner).unwrap();
    }
    shut(0o555);
    let mapping = elsewhere.join("ops.map.toml").display().to_string();
    let mut command = home.command();
    command.args(["--config", config.to_str().unwrap(), "checklists", "import", "ops.md", "--mapping", &mapping]);
    if rustix::process::geteuid().is_root() {
        command.uid(65_534).gid(65_534);
    }
    let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| said(&mut command)));
    shut(0o700);
    // Where another user may not run our binary there is nothing to see.
    if let Ok(answer) = ran {
        refused(answer, "config.toml cannot be written: Permission denied");
        assert_eq!(files(&elsewhere), Vec::<std::path::PathBuf>::new());
    }
    assert_eq!(text(&config), ESTATE);
}

#[test]
fn a_config_of_the_host_is_not_hidden_by_a_new_one_of_the_users() {
    let home = home();
    home.write("config.toml", ESTATE);
    // Named by the environment it is the one.
    let named = said(home.command().args(["checklists", "import", "ops.md"]).env("WATCHDECK_CONFIG", home.config()));
    assert_eq!(named.code, 0, "{}", named.err);
    assert!(!own(&home).exists() && text(&home.config()).contains("[[checklist]]"));
    assert_eq!(mode(&home.config()), 0o600);
}

#[test]
fn names_that_toml_must_escape_are_written_so_that_they_are_read_again() {
    let home = Home::new();
    home.write("config.toml", "");
    for (n, name) in
        ["it's \"mine\".md", "back\\slash.md", "größe 📋.md", "]] # x.md", "no-extension"].iter().enumerate()
    {
        home.write(name, &WRITTEN.replace("Run production", "Run"));
        home.on_config(&["checklists", "import", name]).is(0);
        let config = load(&home.config());
        assert_eq!(config.setup.sources.len(), n + 1);
        assert_eq!(config.setup.sources[n].file, home.file(name).to_str().unwrap());
    }
    let before = text(&home.config());
    home.write("new\nline.md", WRITTEN);
    refused(home.on_config(&["checklists", "import", "new\nline.md"]), "its name is no plain text");
    // The config would read it as a value of the environment.
    home.write("${HOME}.md", WRITTEN);
    assert!(home.on_config(&["checklists", "import", "${HOME}.md"]).is(3).err.contains("nothing is written"));
    assert_eq!(text(&home.config()), before);
    assert!(!home.file("${HOME}.map.toml").exists());
}
