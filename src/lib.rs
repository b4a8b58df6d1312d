//! watchdeck: the on-call engineer's deck in a terminal. The binary is [`cli::main`] and an exit code; everything else
//! is here. A pure middle decides, thin edges carry: facts go in as events, what is to be done comes out as effects.
//!
//! # The map
//!
//! | where | what |
//! |---|---|
//! | [`domain`] | pure: alert, lifecycle, rule, window, journal, outbox, text; the nouns and what may happen to them |
//! | [`domain::checklist`], [`domain::evidence`] | pure: what a box asks for, a period of a list, what proof ticks and un-ticks |
//! | [`domain::run`], [`domain::handoff`] | pure: a procedure being worked step by step; the watch offered, accepted, declined |
//! | [`domain::markdown`] | pure: a file's bytes to checklists, procedures, contacts, and what an author lost on the way |
//! | [`engine`] | pure: `Event` in, `Effect`s out, over the `Model`; one handler file per concern; `lists/` is its board |
//! | [`ui`] | pure: one operator's cursors, filters and popups, drawn into a buffer; a folder per tab, a row per command |
//! | [`report`] | pure: the handoff, a list as it was worked, its history, as Markdown and CSV |
//! | [`app`] | pure: engine and ui together, `handle(input, now)` and `render(buffer, now)` |
//! | [`config`] | a TOML file to checked values, every problem with its line and column; a kind's own part stays raw |
//! | [`sources`] | in: `probe/<kind>` and its poller, `stream/`, `evidence/<kind>`, a checklist's file in `document` |
//! | [`notify`] | out: a file per kind of channel; it sends once and says whether a retry can help |
//! | [`store`] | both: the journal and its projections; the trait, and `sqlite/` |
//! | [`runtime`] | the only place that wires: clocks, the two loops, the lease, effects, delivery, terminal, signals |
//! | [`demo`] | a simulated estate on loopback: services, feed, log, pager, faults |
//! | [`cli`] | one file per subcommand: open the store, ask, print |
//!
//! # Who may know whom
//!
//! `domain <- engine <- ui <- app`, `domain <- report <- ui`, `domain <- config <- sources, notify, store, demo`,
//! everything `<- runtime <- cli`. The edges know neither each other nor engine and ui. domain, engine, report, ui and app
//! neither wait, lock, spawn, read a clock nor print: they are told the time. `tests/architecture/rules.rs` has this as a
//! table and fails when it is broken.
//!
//! # What always holds
//!
//! - **One way to change a shared fact.** A `Change` is asked for, an `Entry` has happened and has a number. An alert
//!   changes only by [`domain::lifecycle::apply`] of an entry, whoever made it: this console, another one, the worker.
//!   [`domain::lifecycle::decide`] says which fact a change makes, inside the store's transaction, on the rows as they
//!   are there. Boxes, runs and handoffs each have the same pair, and no other way either.
//! - **A file proves nothing and runs nothing.** A checklist's text names evidence; only a config, or a file that a config
//!   trusts with `file_commands`, makes a command of it. A person's tick, evidence's tick and a value are told apart
//!   wherever they are shown.
//! - **Unknown evidence changes no box.** Only a good verdict ticks and only a bad one un-ticks, after it has held both
//!   ways; what a person settled against it stays until the evidence has turned once.
//! - **A box that nobody touched has no row.** A period is its opening, pinned; the boxes come from there.
//! - **Saved means saved.** The screen says an act is done after `Event::Committed`; until then the alert is `saving`, and
//!   an act the store did not take is offered again under its op id, which the store takes once.
//! - **An act carries what was seen.** The version in an `Intent` is that of the screen; another one in the store refuses
//!   it, and tells who was first and when.
//! - **A machine's change carries the epoch of its lease**, checked in its own transaction. A worker that slept past
//!   its lease changes nothing.
//! - **A list of alerts is read off shelves.** [`engine::book::Book::put`] moves an alert on [`engine::shelf`], by one
//!   function of the alert; `shape` rises with every move, and a list is made anew only then. `tests/listing.rs` makes each
//!   from nothing.
//! - **Nothing untrusted reaches a cell.** Foreign text is `Untrusted`; only `Clean` ([`domain::text`]) is shown, logged,
//!   printed or sent. `ui/scrub.rs` looks at every cell of every frame once more.
//! - **A loop never waits for network or disk.** Effects go to [`runtime::hands`], answers come back as events; frames go
//!   to a thread of their own ([`runtime::screen`]), newest wins.
//! - **Every queue is bounded**, and what a full one costs is counted or pushes back to the sender: a socket is not read
//!   while the store lags. `clippy.toml` forbids unbounded channels.
//! - **Deadlines are rows, looked at by a tick** (`engine/timers.rs`); nothing sleeps until one.
//! - **A panic is told.** The terminal comes back first, the message after it. A task is started again or ends the process
//!   ([`runtime::panics`]); its panic points, by the environment's `WATCHDECK_PANIC`, are in debug builds alone.
//! - **A file of the store is opened by SQLite alone** while anybody here uses it: to close it once more would drop our
//!   locks. And no connection on a replaced file meets one on the new (`store/sqlite/writer.rs`, `reader.rs`).
//! - **Unknown is not healthy.** No sample is `unknown`, an old one `stale`; neither raises, clears, nor counts as up.
//!
//! # Where one ack walks
//!
//! 1. `runtime/tty.rs` reads the key; `runtime/console.rs` hands it to `app.rs`.
//! 2. `ui/command.rs` finds the row for the key: a popup first, then the tab's table, then the global one.
//! 3. `ui/tabs/alerts/acts.rs` makes an `Intent { alert, seen, verb: Ack }` from what the operator saw.
//! 4. `engine/acts.rs` checks role and config, marks the alert as saving, and returns `Effect::Commit`.
//! 5. `runtime/hands.rs` puts it on the lane, in order; `store/sqlite/writer.rs` takes operators' work first.
//! 6. `store/sqlite/commit.rs`: op id, `lifecycle::decide` on the row as it is, the chained entry, the alert's row, pages;
//!    one transaction, synced.
//! 7. `Event::Committed` comes back; `engine/alerts.rs` applies the entry through `engine/book.rs` and
//!    `lifecycle::apply`, and says "acked, saved".
//! 8. Elsewhere `runtime/follow.rs` sees the file move, reads the entries after its last number, and its engine applies
//!    them by the same function.
//!
//! # Where one event of the feed walks
//!
//! 1. `sources/stream/session.rs` reads a message when there is room; `wire.rs` or `map.rs` decodes it, `report.rs` cleans
//!    it, and what cannot be read is counted.
//! 2. `sequence.rs` (or `seen.rs`, without numbers) finds repetitions and gaps, and asks for what is missing.
//! 3. `fold.rs` and `batch.rs` coalesce per alert; `dispatch.rs` hands on a batch with a ticket, four at most.
//! 4. `runtime/worker.rs` turns it into `Event::FeedArrived`; `engine/feeds.rs` makes one commit of it: the reports and
//!    the position they lead to.
//! 5. `store/sqlite/commit.rs` commits both in one transaction; `lifecycle::decide` says what each report does.
//! 6. `Event::FeedCommitted` gives the ticket back, and the socket is read further.
//!
//! # Where one tick walks
//!
//! 1. `ui/tabs/lists/` makes an `Intent` of the box and the version on the screen; `engine/lists/acts.rs` checks it on the
//!    board and asks for a commit, like an ack.
//! 2. `store/sqlite/commit/lists.rs` decides it by [`domain::checklist`] on the period as it is there. A period that has no
//!    row yet gets its opening in the same transaction.
//! 3. Evidence comes as `Event`s of `sources/evidence/` or from the model itself; `engine/evidence` judges it, and
//!    `engine/lists/evidence.rs` asks for the machine's tick, under the lease, once the verdict has held.
//! 4. `engine/lists/board.rs` applies the entry, here and on every console that follows; `engine/lists/told.rs` tells those
//!    whom it concerns.
//!
//! A sample goes from `sources/probe/poller` by `Event::SampleTaken` to `engine/watch.rs`: window, live row, rules. Only
//! a change of an alert is committed; samples are stored in batches, unjournaled. A page is a row of the same commit as
//! the escalation; `runtime/pages.rs` claims it, hands it to its channel, and journals the outcome.
//!
//! # What to touch
//!
//! - **A kind of probe:** a file in `sources/probe/`, a line in its `KINDS`. The config, its schema and its errors follow.
//! - **A kind of channel:** a file in `notify/`, a line in its `KINDS`.
//! - **A kind of evidence:** a file in `sources/evidence/`, a line in its `KINDS`. That it ran is never proof.
//! - **A key:** a row in `ui/global.rs` or in a tab's `commands`. Help, palette, footer and `[keys]` follow;
//!   [`ui::doc::markdown`] goes between the README's markers, and `tests/readme.rs` says so until it does.
//! - **A tab:** a folder in `ui/tabs/`, a line in `TABS`.
//! - **A document:** a file in `report/` over plain values of `domain`; the engine or the store's rows fill them.
//! - **A fault of the demo:** a row in `demo/fault.rs`, and the place that obeys it.
//! - **What may happen to an alert:** an `Act` and a `Fact` in `domain/journal.rs`, `decide` and `apply` in
//!   `domain/lifecycle.rs`. A released fact keeps its form: journals hold it.
//! - **What may happen to a box, a run, the watch:** the same three places in `domain/checklist`, `domain/run` or
//!   `domain/handoff`, and a row in `store/sqlite/commit/lists.rs`.
//! - **A table:** a further step in `store/sqlite/schema.rs`; a released step is never edited.

pub mod app;
pub mod cli;
pub mod config;
pub mod demo;
pub mod domain;
pub mod engine;
pub mod notify;
pub mod report;
pub mod runtime;
pub mod sources;
pub mod store;
pub mod ui;
