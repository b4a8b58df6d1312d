//! Every byte that reaches the terminal is one that our own encoder sends, whatever comes in.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::e2e::Home;
use crate::pty::Term;
use crate::{READY, console, quiet, sequences, ws_server};

/// Copies to the clipboard, moves the cursor, clears, sets the title, links, asks the terminal, turns the text around.
const HOSTILE: &str = "\u{1b}]52;c;ZXZpbA==\u{7}\u{1b}[2J\u{1b}[31mred\u{1b}]0;title\u{7}\u{1b}]8;;http://evil\u{1b}\\link\
    \u{1b}P1$r\u{1b}\\\u{9b}6n\u{9d}52;c;eA==\u{9c}\u{202e}txt.exe\u{200b}\u{2066}\u{61c}\r\n\u{8}\u{7f}\u{0}\u{e0041}end";

/// A feed that raises hostile alerts, and a service whose answer is hostile too; both for as long as the test.
fn hostile_world() -> (String, String, tokio::runtime::Runtime) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (feed, service) = runtime.block_on(async {
        let (listener, feed) = ws_server::listen().await;
        tokio::spawn(async move {
            loop {
                let Ok((tcp, _)) = listener.accept().await else { return };
                let Some(mut link) = ws_server::upgrade(tcp).await else { continue };
                tokio::spawn(async move {
                    let _hello = link.hear().await;
                    for n in 1..5_u64 {
                        let data = json!({ "key": format!("k{n}{HOSTILE}"), "severity": "critical", "value": 3, "limit": 2,
                            "title": format!("evil {n} {HOSTILE}"), "service": format!("svc{HOSTILE}"),
                            "labels": { "team": HOSTILE, HOSTILE: "x" } });
                        link.say(ws_server::event("alert.raised", &format!("e{n}{HOSTILE}"), Some(n), &data)).await;
                    }
                    std::future::pending::<()>().await;
                });
            }
        });
        let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let service = format!("http://{}/health", server.local_addr().unwrap());
        tokio::spawn(async move {
            loop {
                let Ok((mut tcp, _)) = server.accept().await else { return };
                let mut request = [0; 4096];
                let _ = tcp.read(&mut request).await;
                let body = json!({ "status": HOSTILE, "version": HOSTILE, "detail": HOSTILE }).to_string();
                let head = format!("HTTP/1.1 500 no\r\ncontent-length: {}\r\n\r\n", body.len());
                let _ = tcp.write_all(head.as_bytes()).await;
                let _ = tcp.write_all(body.as_bytes()).await;
            }
        });
        (feed, service)
    });
    (feed, service, runtime)
}

/// Through every tab, the detail, the palette, a filter and the help.
fn tour(term: &mut Term) {
    for key in [
        &b"\r"[..],
        b"\x1b",
        b"\t",
        b"\r",
        b"\x1b",
        b"\t",
        b"\t",
        b"\t",
        b"\t",
        b"?",
        b"\x1b",
        b":",
        b"evil",
        b"\x1b\x1b",
        b"/evil",
        b"\x1b\x1b",
    ] {
        term.send(key);
        term.settle(Duration::from_millis(60));
    }
}

#[test]
fn l4_no_sequence_from_outside_reaches_the_terminal() {
    let (feed, service, _runtime) = hostile_world();
    let home = Home::with(&format!(
        "[console]\nbell = \"never\"\n[[stream]]\nname = \"events\"\nurl = \"{feed}\"\n\
         [[service]]\nname = \"web\"\nprobe.http = {{ url = \"{service}\", interval = \"1s\", timeout = \"900ms\", \
         expect = {{ status = \"2xx\", json = [{{ path = \"$.status\", equals = \"healthy\" }}] }} }}"
    ));
    let mut term = console(&home).size(160, 45).run();
    term.wait("2 Alerts 4");
    term.send(b"2");
    term.wait("evil 4");
    tour(&mut term);
    term.signal(Signal::TERM);
    term.ends_within(Duration::from_secs(3));
    term.restored();
    sequences::all_ours(&term.bytes());
    // What hid is shown, and on the command line too.
    let listed = home.on_store(&["alerts"]).is(0).out;
    assert!(listed.contains("evil 4") && listed.contains("52;c;"), "{listed}");
    for args in
        [&["alerts"][..], &["alerts", "show", "1"], &["status"], &["services"], &["outbox"], &["alerts", "--json"]]
    {
        let said = home.on_store(args).is(0).out;
        let odd = said.chars().find(|c| (c.is_control() && *c != '\n') || sequences::hidden(*c));
        assert_eq!(odd, None, "{args:?}: {said:?}");
    }
}

#[test]
fn l4_the_demo_sends_only_our_own_sequences() {
    let home = Home::new();
    let mut term = crate::pty::program(home.path(), &["demo", "--speed", "20"]).size(160, 45).run();
    term.wait("webhook-processor");
    tour(&mut term);
    term.signal(Signal::TERM);
    term.ends_within(Duration::from_secs(3));
    sequences::all_ours(&term.bytes());
}

#[test]
fn p6_a_locale_without_utf8_gets_ascii_alone() {
    let (home, _) = quiet();
    let mut term = console(&home).env("LANG", "C").env("LC_ALL", "C").size(160, 45).run();
    term.wait(READY);
    tour(&mut term);
    term.signal(Signal::TERM);
    term.ends_within(Duration::from_secs(3));
    let bytes = term.bytes();
    let odd = bytes.iter().position(|b| !b.is_ascii());
    assert_eq!(
        odd,
        None,
        "{:?}",
        odd.map(|i| String::from_utf8_lossy(&bytes[i.saturating_sub(40)..(i + 40).min(bytes.len())]))
    );
    sequences::all_ours(&bytes);
}

#[test]
fn no_color_sends_no_colour() {
    let (home, _) = quiet();
    let coloured = |no_color: &str| {
        let mut term = console(&home).env("NO_COLOR", no_color).env("COLORTERM", "truecolor").run();
        term.wait(READY);
        tour(&mut term);
        term.signal(Signal::TERM);
        term.ends_within(Duration::from_secs(3));
        term.restored();
        let all = sequences::attributes(&term.bytes());
        all.into_iter().any(|n| n >= 30)
    };
    assert!(!coloured("1"));
    assert!(coloured(""), "an empty NO_COLOR is none");
}
