//! Ticks under fire: two at once, and a process that dies in the middle.

use std::process::Stdio;
use std::sync::Barrier;

use crate::checklists::noon;
use crate::e2e::{Home, Running};

fn home(boxes: usize) -> Home {
    let home = Home::with(&format!("[[checklist]]\nfile = \"list.md\"\nzone = \"{}\"", noon()));
    let items: String = (0..boxes).fold(String::new(), |text, n| format!("{text}- [ ] box {n} of many\n"));
    home.write("list.md", &format!("# Weekly list\n{items}"));
    home
}

#[test]
fn s2_two_processes_tick_one_box_at_once_and_the_loser_hears_who_won() {
    const ROUNDS: usize = 25;
    let home = home(ROUNDS);
    for round in 0..ROUNDS {
        let barrier = Barrier::new(2);
        // The first round also opens the list: both want to, and one does.
        let number = (round + 1).to_string();
        let (a, b) = std::thread::scope(|scope| {
            let run = |who: &'static str| {
                let (home, barrier, number) = (&home, &barrier, number.as_str());
                scope.spawn(move || {
                    barrier.wait();
                    home.on_config(&["--operator", who, "checklists", "tick", "weekly", number])
                })
            };
            let (a, b) = (run("ann"), run("bob"));
            (a.join().unwrap(), b.join().unwrap())
        });
        let (won, lost, winner) = if a.code == 0 { (a, b, "ann") } else { (b, a, "bob") };
        let line = format!("ticked \"box {round} of many\"\n");
        assert!(won.code == 0 && won.out.starts_with(&line), "{}{}", won.out, won.err);
        assert_eq!(lost.code, 5, "{}{}", lost.out, lost.err);
        assert!(lost.out.contains("NOT ticked") && lost.out.contains(winner), "{}", lost.out);
    }
    let check = home.on_store(&["store", "check", "--json"]).is(0).json();
    assert_eq!(check["entries"], ROUNDS + 1, "opened once, and each ticked once");
}

/// What was said to be ticked is ticked, wherever the process died.
#[test]
fn p1_a_tick_that_was_printed_survives_kill_9() {
    const TICKS: usize = 100;
    let home = home(TICKS);
    let url = home.url();
    let config = home.config().display().to_string();
    // How long one takes here, to die at any moment of that.
    let begun = std::time::Instant::now();
    home.on_config(&["checklists", "tick", "weekly", "1"]).is(0);
    let mut whole = u64::try_from(begun.elapsed().as_micros()).unwrap() * 2;
    let (mut seed, mut promised, mut unheard) = (5_u64, 0, 0);
    for number in 2..=TICKS {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut command = home.command();
        let number = number.to_string();
        command.args([
            "--config",
            &config,
            "--store",
            &url,
            "--operator",
            "ann",
            "checklists",
            "tick",
            "weekly",
            &number,
        ]);
        let mut child = Running(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
        let mut out = child.0.stdout.take().unwrap();
        // Somewhere between its birth and its end.
        std::thread::sleep(std::time::Duration::from_micros((seed >> 33) % whole));
        drop(child);
        let mut said = String::new();
        std::io::Read::read_to_string(&mut out, &mut said).unwrap();
        let list = home.on_config(&["checklists", "show", "weekly", "--json"]).is(0).json()["list"].clone();
        let item = &list["items"][number.parse::<usize>().unwrap() - 1];
        let done = item["state"] == "done";
        let printed = said.contains(&format!("ticked {}\n", item["text"]));
        assert!(done || !printed, "box {number} was said to be ticked, and is {}", item["state"]);
        // A machine with more to do, or less, than when it was measured: half of them are to come through.
        whole = if printed { whole - whole / 16 } else { whole + whole / 16 };
        promised += usize::from(printed);
        unheard += usize::from(!printed && !done);
    }
    assert!(promised > 10 && unheard > 10, "{promised} came through and {unheard} did not: the kills missed");
    home.on_store(&["store", "check"]).is(0);
    home.on_store(&["audit", "verify"]).is(0);
}
