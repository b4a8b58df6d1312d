//! What reading a checklist of 10,000 items costs: `markdown::parse` against a bare pulldown-cmark loop that only counts
//! boxes, in the same run, on the same bytes. Prints milliseconds of each, the best and the median of the rounds.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, reason = "a measurement")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use pulldown_cmark::{Event, Options, Parser};
use watchdeck::domain::markdown::parse;

const ITEMS: usize = 10_000;
const ROUNDS: usize = 21;

fn main() {
    measure("plain", "- [ ] Confirm that service {n} is healthy and responsive");
    measure("rich", "- [ ] **Step {n}**: look at `service-{n}` and confirm that it answers <!-- id=item-{n} -->");
}

fn measure(name: &str, item: &str) {
    let mut text = String::from("# ðŸ“‹ Operations\n");
    for n in 0..ITEMS {
        if n % 10 == 0 {
            let _ = writeln!(text, "\n## âœ… **Daily check {n}** (5 minutes)\n");
        }
        let _ = writeln!(text, "{}", item.replace("{n}", &n.to_string()));
    }
    println!("{name}: {ITEMS} items, {} kB", text.len() / 1000);
    let (mut bare, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(time(|| boxes(&text)));
        ours.push(time(|| parse(text.as_bytes()).unwrap().items().count()));
    }
    for (name, mut took) in [("bare loop", bare), ("watchdeck", ours)] {
        took.sort_by(f64::total_cmp);
        println!("  {name:10} best {:6.2} ms  median {:6.2} ms", took.first().unwrap(), took.get(ROUNDS / 2).unwrap());
    }
}

fn boxes(text: &str) -> usize {
    let options = Options::ENABLE_TASKLISTS | Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let boxes = |(event, _): &(Event<'_>, _)| matches!(event, Event::TaskListMarker(_));
    Parser::new_ext(text, options).into_offset_iter().filter(boxes).count()
}

fn time(work: impl FnOnce() -> usize) -> f64 {
    let began = Instant::now();
    assert_eq!(black_box(work()), ITEMS);
    began.elapsed().as_secs_f64() * 1000.0
}
