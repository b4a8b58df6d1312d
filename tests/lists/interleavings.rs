//! Any order of two operators, evidence and the end of the period, each with what it saw: no mark is lost or overwritten,
//! and whoever is told "done" is in the journal.

use std::sync::Arc;

use proptest::prelude::*;
use watchdeck::domain::alert::Actor;
use watchdeck::domain::checklist::{
    Around, ItemAct, ListAct, ListFact, Mark, Occurrence, OccurrenceId, Opening, Pinned, PinnedItem, apply, decide,
};
use watchdeck::domain::evidence::{Proof, Verdict};
use watchdeck::domain::ids::OpId;
use watchdeck::domain::journal::{Act, Change, Entry, Fact, Target};
use watchdeck::domain::markdown::{Cadence, ItemId};
use watchdeck::domain::time::Stamp;

const ID: OccurrenceId = OccurrenceId(7);

#[derive(Clone, Debug)]
struct Move {
    who: usize,
    item: usize,
    what: usize,
    /// How many changes ago this actor looked.
    behind: u32,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = (0..3_usize, 0..3_usize, 0..7_usize, 0..2_u32).prop_map(|(who, item, what, behind)| Move {
        who,
        item,
        what,
        behind,
    });
    prop::collection::vec(one, 1..60)
}

fn item(n: usize) -> ItemId {
    ItemId::from_stored(&format!("item-{n}"))
}

fn opened() -> Occurrence {
    let items = (0..3)
        .map(|n| PinnedItem { id: item(n), text: format!("item {n}").as_str().into(), depth: 0, two_person: n == 2 })
        .collect();
    let pinned = Pinned { title: "l".into(), version: "v".into(), budget_ms: None, items };
    let opening = Opening {
        list: "l".into(),
        cadence: Cadence::Daily,
        period: "p".into(),
        zone: "UTC".into(),
        opens: Stamp(0),
        due: None,
        closes: Some(Stamp(1_000_000)),
        pinned,
    };
    let fact =
        Fact::List { occurrence: ID, what: ListFact::Opened { opening: Box::new(opening), carried: Vec::new() } };
    apply(None, &entry(1, 0, Actor::Worker("w".into()), fact)).unwrap()
}

fn entry(seq: i64, at: i64, actor: Actor, fact: Fact) -> Entry {
    Entry {
        seq,
        op: OpId(uuid::Uuid::from_u128(u128::from(seq.cast_unsigned()))),
        at: Stamp(at),
        actor,
        alert: None,
        fact,
    }
}

fn act_of(m: &Move) -> (Actor, ItemAct) {
    let proof = |verdict| Box::new(Proof::new(verdict, "says"));
    if m.who == 2 {
        let act = if m.what.is_multiple_of(2) {
            ItemAct::Prove(proof(Verdict::Good))
        } else {
            ItemAct::Disprove(proof(Verdict::Bad))
        };
        return (Actor::Worker("w".into()), act);
    }
    let tick = |reason: &str, verdict| ItemAct::Tick { reason: reason.into(), proof: Some(proof(verdict)) };
    let act = match m.what {
        0 => tick("", Verdict::Good),
        1 => tick("", Verdict::Bad),
        2 => tick("because", Verdict::Bad),
        3 => ItemAct::SetAside { mark: Mark::Skipped, reason: "no need".into() },
        4 => ItemAct::Untick { reason: "again".into() },
        5 => ItemAct::Note("seen".into()),
        _ => ItemAct::SetAside { mark: Mark::Na, reason: "".into() },
    };
    (Actor::Operator(if m.who == 0 { "alice" } else { "bob" }.into()), act)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn s2_no_interleaving_overwrites_what_somebody_did(moves in moves(), close_after in 0..60_usize) {
        let mut list = opened();
        let mut journal = Vec::new();
        for (n, m) in moves.iter().enumerate() {
            let seq = journal.len() as i64 + 2;
            if n == close_after {
                let change = Change { op: OpId(uuid::Uuid::nil()), actor: Actor::Worker("w".into()), at: Stamp(2_000_000),
                    target: Target::Occurrence(ID), seen: None, act: Act::List(ListAct::Close) };
                let around = Around { occurrence: Some(&list), previous: None };
                if let Ok(Some(what)) = decide(around, &change, &ListAct::Close) {
                    let e = entry(seq, 2_000_000, change.actor, Fact::List { occurrence: ID, what });
                    list = apply(Some(&list), &e).unwrap();
                    journal.push(e);
                }
                continue;
            }
            let id = item(m.item);
            let now = list.items.get(&id).map(Arc::clone);
            let version = now.as_ref().map_or(0, |s| s.version);
            let seen = (m.who < 2).then(|| version.saturating_sub(m.behind));
            let (actor, item_act) = act_of(m);
            let at = Stamp(n as i64 * 10);
            let act = ListAct::Item { item: id.clone(), act: item_act.clone() };
            let change = Change { op: OpId(uuid::Uuid::nil()), actor: actor.clone(), at, target: Target::Occurrence(ID),
                seen, act: Act::List(act.clone()) };
            let around = Around { occurrence: Some(&list), previous: None };
            match decide(around, &change, &act) {
                Ok(Some(what)) => {
                    prop_assert!(list.closing.is_none(), "nothing happens after the end");
                    let note = matches!(item_act, ItemAct::Note(_));
                    prop_assert!(m.who == 2 || note || seen == Some(version), "only whoever saw the latest may change it");
                    let e = entry(seq, at.0, actor, Fact::List { occurrence: ID, what });
                    let after = apply(Some(&list), &e).unwrap();
                    prop_assert_eq!(&apply(Some(&after), &e).unwrap(), &after, "twice is once");
                    let state = &after.items[&id];
                    prop_assert_eq!(state.version, version + u32::from(!note));
                    if state.held.mark == Mark::Against || state.held.mark == Mark::Skipped {
                        prop_assert!(!state.held.reason.is_empty());
                    }
                    if m.item == 2 && state.held.mark.done() {
                        let first = state.held.first.clone();
                        prop_assert!(first.is_some() && first.as_ref() != Some(state.held.by.as_ref().unwrap().name()));
                    }
                    list = after;
                    journal.push(e);
                }
                Ok(None) | Err(_) => {
                    prop_assert_eq!(list.items.get(&id).map(Arc::clone), now, "what is refused changes nothing");
                }
            }
        }
        let again = journal.iter().fold(opened(), |list, e| apply(Some(&list), e).unwrap());
        prop_assert_eq!(again, list);
    }
}
