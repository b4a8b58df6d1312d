//! What is kept of a command's output: a few lines, masked and cleaned, how much there was, and a hash over all of it.

use std::sync::LazyLock;

use super::SHOWN_MAX;
use super::end::{End, Ran};
use crate::domain::evidence::Output;
use crate::domain::text::{Clean, Untrusted};
use crate::sources::evidence::mask::Mask;

/// Of more lines than both, the first and the last so many.
const FIRST: usize = 10;
const LAST: usize = 30;
/// Of one line, bytes.
const LINE_MAX: usize = 400;

/// `user@host`: whose result it is.
static BY: LazyLock<Clean> = LazyLock::new(|| {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Untrusted::new(format!("{}@{host}", login())).clean_to(120)
});

/// By the user's number; the environment says what it likes.
fn login() -> String {
    let uid = rustix::process::getuid().as_raw();
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let of_uid = |line: &str| {
        let mut fields = line.split(':');
        let (name, id) = (fields.next()?, fields.nth(1)?);
        (id.parse() == Ok(uid)).then(|| name.to_owned())
    };
    passwd.lines().find_map(of_uid).unwrap_or_else(|| format!("uid{uid}"))
}

/// `text` is all that it wrote, masked.
pub fn output(argv: &[String], ran: &Ran, mask: &Mask, text: &str) -> Output {
    let all: Vec<&str> = text.lines().collect();
    let kept: Vec<&str> = if all.len() > FIRST + LAST {
        all.iter().take(FIRST).chain(all.iter().skip(all.len() - LAST)).copied().collect()
    } else {
        all.clone()
    };
    let lines: Vec<Clean> = kept.iter().map(|line| Untrusted::new(*line).clean_to(LINE_MAX)).collect();
    // A line that was cut differs from itself uncut.
    let whole = |(clean, line): (&Clean, &&str)| line.len() <= LINE_MAX * 2 && *clean == Untrusted::new(*line).clean();
    let (exit, end) = match &ran.end {
        End::Exit(code) => (Some(*code), String::new()),
        End::Other(how) => (None, how.clone()),
    };
    Output {
        argv: Untrusted::new(mask.argv(argv)).clean_to(SHOWN_MAX),
        exit,
        end: Untrusted::new(mask.text(&end)).clean_to(SHOWN_MAX),
        took_ms: u64::try_from(ran.took.as_millis()).unwrap_or(u64::MAX),
        cut: kept.len() < all.len() || !lines.iter().zip(&kept).all(whole),
        lines,
        bytes: ran.heard.bytes as u64,
        sha256: ran.heard.sha256(),
        by: BY.clone(),
    }
}
