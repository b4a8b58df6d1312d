//! The command line as a script meets it: shapes, exit codes, races, crashes, full disks. The names carry the rows of
//! the fault matrix.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)]
#![allow(clippy::too_many_lines, reason = "one story, told in order")]

#[path = "support/e2e.rs"]
mod e2e;
#[path = "support/faulty.rs"]
mod faulty;

#[path = "cli/checklists.rs"]
mod checklists;
#[path = "cli/contract.rs"]
mod contract;
#[path = "cli/disk.rs"]
mod disk;
#[path = "cli/faults.rs"]
mod faults;
#[path = "cli/newcomer.rs"]
mod newcomer;
#[path = "cli/races.rs"]
mod races;
#[path = "cli/ticks.rs"]
mod ticks;
#[path = "cli/watch.rs"]
mod watch;
#[path = "cli/write_back.rs"]
mod write_back;
