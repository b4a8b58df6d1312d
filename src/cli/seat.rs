//! A seat at the watch for commands that run once: an engine that knows what a follower knows (alerts, live rows, lists,
//! runs, what the files say now), and acts carried out through the same intents and guards as a key press.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::context::Context;
use super::exit;
use super::output::{Out, remark};
use super::services::futures_executor;
use super::settle::{Ended, Settled, settle};
use crate::config::Config;
use crate::domain::checklist::{DocumentRead, Source};
use crate::domain::journal::{Commit, Everything};
use crate::domain::text::Clean;
use crate::domain::time::Stamp;
use crate::engine::event::{Effect, Event, Intent};
use crate::engine::lists::Shown;
use crate::engine::{Engine, Model};
use crate::report::Times;
use crate::runtime::clock;
use crate::sources::document::{self, Wish};
use crate::store::Store;
use crate::store::sqlite::SqliteStore;

pub struct Seat {
    pub store: SqliteStore,
    pub engine: Engine,
    pub config: Option<Config>,
    /// When the store was read: what is said is said of then.
    pub now: Stamp,
}

impl Seat {
    pub fn take(context: &Context) -> anyhow::Result<Self> {
        Ok(Self::with_everything(context)?.0)
    }

    /// With what it was made from.
    pub fn with_everything(context: &Context) -> anyhow::Result<(Self, Everything)> {
        let (setup, config) = context.setup()?;
        let store = context.open(config.as_ref(), false)?;
        let me = context.operator(&setup);
        let mut engine = Engine::new(Arc::clone(&setup), me, uuid::Uuid::now_v7().as_u128());
        let now = clock::now();
        engine.handle(Event::DocumentsRead(documents(&setup.sources, now.wall)?), now);
        let everything = futures_executor(store.everything(now))?;
        engine.handle(Event::Loaded(Box::new(everything.clone())), now);
        Ok((Self { store, engine, config, now: now.wall }, everything))
    }

    pub fn model(&self) -> &Model {
        &self.engine.model
    }
    pub fn times(&self) -> Times {
        Times::new(self.now, self.model().setup.zone())
    }
    pub fn me(&self) -> &Clean {
        &self.engine.model.me.name
    }

    /// What is wrong with the files, for whoever reads the screen.
    pub fn remark_problems(&self) {
        self.model().board.problems.iter().for_each(|p| remark(p.as_str()));
    }

    /// Every list to be worked now. Where no config names files, the store's lists are all there is: the latest period of
    /// each, even when it is over.
    pub fn lists(&self) -> Vec<Shown> {
        let board = &self.model().board;
        let mut all = board.shown(self.now);
        if self.model().setup.sources.is_empty() {
            let known: BTreeSet<String> = all.iter().map(|s| s.occurrence.opening.list.clone()).collect();
            let names: BTreeSet<&String> = board.occurrences.values().map(|o| &o.opening.list).collect();
            let missing = names.into_iter().filter(|list| !known.contains(*list));
            let latest = missing.filter_map(|list| board.latest(list));
            all.extend(latest.map(|o| Shown { occurrence: Arc::clone(o), template: None, fresh: false }));
        }
        all
    }

    /// Carries out an act, and what the engine wants done after it: each a line of its own.
    pub fn act(&mut self, intent: Intent, told: &Settled<'_>, out: &mut Out) -> anyhow::Result<Ended> {
        let effects = self.engine.intend(intent, clock::now());
        self.carry_out(effects, told, out)
    }

    pub fn carry_out(&mut self, effects: Vec<Effect>, told: &Settled<'_>, out: &mut Out) -> anyhow::Result<Ended> {
        let Some(commit) = effects.into_iter().find_map(commit_of) else { return self.refused(out) };
        let mut ended = settle(&self.store, &mut self.engine, told, commit, out)?;
        // What comes with the watch: its giver's alerts.
        for commit in std::mem::take(&mut ended.effects).into_iter().filter_map(commit_of) {
            let more = settle(&self.store, &mut self.engine, &Settled { past: "taken", name: "" }, commit, out)?;
            ended.code = ended.code.max(more.code);
        }
        Ok(ended)
    }

    /// The engine made no change of it: what it said, and the exit code of that.
    pub fn refused(&self, out: &mut Out) -> anyhow::Result<Ended> {
        let said = self.model().notices.last.as_ref();
        out.line(&said.map_or_else(String::new, |m| m.text.to_string()))?;
        let may = self.model().me.role.may_act();
        Ok(Ended::with(if may { exit::FAILED } else { exit::NOT_PERMITTED }))
    }
}

fn commit_of(effect: Effect) -> Option<Commit> {
    if let Effect::Commit(commit) = effect { Some(commit) } else { None }
}

/// The files as they are now, each read once.
fn documents(sources: &[Arc<Source>], now: Stamp) -> anyhow::Result<Vec<DocumentRead>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let read = |source: &Arc<Source>| {
        let wish = Wish { file: source.file.clone(), may_command: source.file_commands };
        runtime.block_on(async { document::start(wish, None, now).await })
    };
    let mut reads = Vec::with_capacity(sources.len());
    for source in sources {
        reads.extend(read(source)?.map(|reading| reading.read));
    }
    Ok(reads)
}
