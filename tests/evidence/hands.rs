use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use watchdeck::config::registry::Looked;
use watchdeck::domain::evidence::{Proof, Verdict};
use watchdeck::domain::time::Stamp;
use watchdeck::engine::event::{Effect, Event};
use watchdeck::sources::evidence::Gatherer;

use crate::kit::{PATIENCE, gatherer, hands, lines};

/// A kind with a fault of its own.
struct Falls;

impl Gatherer for Falls {
    fn looked(&self) -> Looked {
        Looked::default()
    }
    fn gather(&self, _: Stamp) -> BoxFuture<'_, Proof> {
        panic!("a kind may fall")
    }
}

#[tokio::test]
async fn evidence_is_fetched_by_its_key_and_always_answered() {
    let folder = tempfile::tempdir().expect("dir");
    let (hands, mut events) = hands(folder.path());
    let known: [(&str, Arc<dyn Gatherer>); 2] = [
        ("daily/backup", gatherer("command = { argv = ['/bin/echo', '60/60'], expect = [{ line = '60/60' }] }")),
        ("daily/falls", Arc::new(Falls)),
    ];
    hands.gatherers.set(HashMap::from(known.map(|(key, gatherer)| (key.to_owned(), gatherer))));
    for (key, verdict, part) in [
        ("daily/backup", Verdict::Good, "says `60/60`"),
        ("argv:echo 'a b'", Verdict::Unproven, "nothing in its output was looked at"),
        ("argv:echo a | tail", Verdict::NoSource, "means something to a shell"),
        ("daily/gone", Verdict::NoSource, "no config here says how to get it"),
        ("daily/falls", Verdict::Unknown, "the log says why"),
    ] {
        hands.perform(Effect::Gather { key: key.to_owned(), wish: None });
        let event = tokio::time::timeout(PATIENCE, events.recv()).await.expect("an answer");
        let Some(Event::EvidenceGathered { key: of, proof, .. }) = event else { panic!("{event:?}") };
        assert_eq!((of.as_str(), proof.verdict), (key, verdict), "{proof:?}");
        assert!(proof.says.as_str().contains(part) && proof.at.is_some(), "{proof:?}");
        if verdict == Verdict::Unproven {
            assert_eq!(lines(&proof), ["a b"]);
        }
    }
}
