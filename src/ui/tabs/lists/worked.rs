//! The lists to be worked now, looked up once for as long as nothing about them has changed: every row of every frame asks
//! for them. Evidence beside boxes is judged once for as long as what it rests on stands still. Not its job: what is said
//! of either.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::View;
use crate::domain::checklist::{Occurrence, OccurrenceId, PinnedItem, Tally, Template, TemplateItem};
use crate::domain::evidence::{Evidence, Proof};
use crate::domain::markdown::ItemId;
use crate::domain::text::Clean;
use crate::domain::time::Stamp;
use crate::engine::Model;
use crate::engine::evidence::{self, Moved};
use crate::engine::lists::Shown;
use crate::engine::model::Moves;
use crate::ui::list::{Row, RowId};
use crate::ui::scene::Scene;

/// Lists whose evidence is remembered; there are as many as somebody looks at.
const PROVEN_MAX: usize = 500;

/// A list for its period, with the view it stands in.
pub struct Worked {
    pub shown: Shown,
    pub tally: Tally,
    pub view: View,
}

impl Worked {
    fn new(shown: Shown) -> Self {
        Self { tally: shown.occurrence.tally(), view: View::of(&shown), shown }
    }
    pub fn occurrence(&self) -> &Occurrence {
        &self.shown.occurrence
    }
    pub fn items(&self) -> &[PinnedItem] {
        &self.occurrence().opening.pinned.items
    }
    pub fn title(&self) -> &str {
        self.occurrence().opening.pinned.title.as_str()
    }
    /// Since when something on it should have been done.
    pub fn late_since(&self, now: Stamp) -> Option<Stamp> {
        self.occurrence().due().filter(|due| *due <= now && self.tally.left > 0)
    }
    /// As the file has it now, with its place there; most often the place it has here.
    pub fn written(&self, place: usize, id: &ItemId) -> Option<(usize, &TemplateItem)> {
        let template = self.shown.template.as_deref()?;
        let here = template.items.get(place).filter(|i| i.id == *id).map(|i| (place, i));
        here.or_else(|| template.items.iter().enumerate().find(|(_, i)| i.id == *id))
    }
}

/// What was looked up, until it may be otherwise.
#[derive(Default)]
pub struct Memo {
    lists: RefCell<Option<Kept>>,
    proofs: RefCell<Proofs>,
    pub widest: RefCell<Option<super::items::KnownWidths>>,
    pub handoff: RefCell<Option<super::watch::Known>>,
}

struct Kept {
    revision: u64,
    frozen: bool,
    from: Stamp,
    until: Stamp,
    lists: Arc<[Worked]>,
    views: Arc<[View]>,
}

impl Kept {
    fn holds(&self, scene: &Scene<'_>) -> bool {
        let now = scene.now();
        self.revision == scene.model.board.revision
            && self.frozen == frozen(scene)
            && (self.from..self.until).contains(&now)
    }
}

fn frozen(scene: &Scene<'_>) -> bool {
    !std::ptr::eq(scene.model, scene.live)
}

/// In the order of the files.
pub fn lists(scene: &Scene<'_>) -> Arc<[Worked]> {
    with_kept(scene, |kept| Arc::clone(&kept.lists))
}

/// A daily list each, then the rarer ones together, then what is no list.
pub fn views(scene: &Scene<'_>) -> Arc<[View]> {
    with_kept(scene, |kept| Arc::clone(&kept.views))
}

fn with_kept<T>(scene: &Scene<'_>, ask: impl Fn(&Kept) -> T) -> T {
    if let Some(kept) = scene.memo.lists.borrow().as_ref().filter(|k| k.holds(scene)) {
        return ask(kept);
    }
    let kept = look_up(scene);
    let answer = ask(&kept);
    *scene.memo.lists.borrow_mut() = Some(kept);
    answer
}

fn look_up(scene: &Scene<'_>) -> Kept {
    let now = scene.now();
    let lists: Arc<[Worked]> = scene.model.board.shown(now).into_iter().map(Worked::new).collect();
    // The next period begins where the first of these ends; of a list that nobody opened the due time may move.
    let due = |l: &Worked| l.occurrence().opening.due.filter(|_| l.shown.fresh);
    let ends =
        lists.iter().flat_map(|l| [l.occurrence().opening.closes, due(l)]).flatten().filter(|at| *at > now).min();
    let mut views: Vec<View> = Vec::new();
    for list in lists.iter() {
        if !views.contains(&list.view) {
            views.push(list.view.clone());
        }
    }
    views.sort_by_key(View::place);
    if views.is_empty() {
        views.push(View::Nothing);
    }
    views.extend([View::Runs, View::Watch, View::History]);
    Kept {
        revision: scene.model.board.revision,
        frozen: frozen(scene),
        from: now,
        until: ends.unwrap_or(Stamp(i64::MAX)),
        lists,
        views: views.into(),
    }
}

/// The list of a row, and the place of its box; a heading has none.
pub fn locate<'a>(lists: &'a [Worked], row: &Row) -> Option<(&'a Worked, Option<usize>)> {
    let [at, place, _] = row.rank.map(|n| usize::try_from(n).unwrap_or(0));
    let (list, item) = match &row.id {
        RowId::List(list) => (list, None),
        RowId::Item(list, item) => (list, Some(item)),
        _ => return None,
    };
    let here = lists.get(at).filter(|l| l.occurrence().id == *list);
    let found = here.or_else(|| lists.iter().find(|l| l.occurrence().id == *list))?;
    let Some(item) = item else { return Some((found, None)) };
    Some((found, Some(place_of(found, place, item)?)))
}

/// Where only the row's name is known.
pub fn find<'a>(lists: &'a [Worked], id: &RowId) -> Option<(&'a Worked, Option<usize>)> {
    locate(lists, &Row::new(id.clone(), [0; 3]))
}

fn place_of(list: &Worked, hint: usize, id: &ItemId) -> Option<usize> {
    let here = list.items().get(hint).is_some_and(|i| i.id == *id);
    if here { Some(hint) } else { list.items().iter().position(|i| i.id == *id) }
}

/// Numbers that stand still while nothing that evidence rests on has moved; cheaper to ask than [`Moved`].
type Moment = (Stamp, Moves, u64, u64);

#[derive(Default)]
struct Proofs {
    moment: Option<Moment>,
    moved: Moved,
    known: HashMap<OccurrenceId, Judged>,
}

struct Judged {
    template: Arc<Template>,
    items: Vec<Option<Then>>,
    /// By the words of an expression: boxes that ask the same are answered once.
    asked: HashMap<Clean, Then>,
}

/// What was said, and what had moved by then.
type Then = (Moved, Option<Arc<Proof>>);

/// What stands beside a box, by its place in the file.
pub fn proof(scene: &Scene<'_>, list: &Worked, at: usize, item: &TemplateItem) -> Option<Arc<Proof>> {
    let template = list.shown.template.as_ref()?;
    let mut proofs = scene.memo.proofs.borrow_mut();
    let Proofs { moment, moved, known } = &mut *proofs;
    let asked = (scene.now(), scene.model.moved, scene.model.book.revision, scene.model.board.revision);
    if *moment != Some(asked) {
        (*moment, *moved) = (Some(asked), evidence::moved(scene.model, scene.now()));
    }
    let id = list.occurrence().id;
    if !known.contains_key(&id) && known.len() >= PROVEN_MAX {
        known.clear();
    }
    let judged = known.entry(id).or_insert_with(|| Judged::new(template));
    if !Arc::ptr_eq(&judged.template, template) {
        *judged = Judged::new(template);
    }
    let topics = evidence::topics(&item.evidence);
    let still = |then: &Then| then.0.same(moved, topics).then(|| then.1.clone());
    let slot = judged.items.get_mut(at)?;
    if let Some(proof) = slot.as_ref().and_then(still) {
        return proof;
    }
    let words = if let Evidence::Live { expr, .. } = &item.evidence { Some(&expr.text) } else { None };
    let asked = words.and_then(|words| judged.asked.get(words)).and_then(still);
    let proof = asked.unwrap_or_else(|| judge(scene.model, list, item, scene.now()));
    let then = (moved.clone(), proof.clone());
    if let Some(words) = words {
        judged.asked.insert(words.clone(), then.clone());
    }
    *slot = Some(then);
    proof
}

impl Judged {
    fn new(template: &Arc<Template>) -> Self {
        Self { template: Arc::clone(template), items: vec![None; template.items.len()], asked: HashMap::new() }
    }
}

fn judge(model: &Model, list: &Worked, item: &TemplateItem, now: Stamp) -> Option<Arc<Proof>> {
    evidence::proof_of(model, item, list.occurrence(), now).map(Arc::new)
}
