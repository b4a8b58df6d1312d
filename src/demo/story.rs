//! The script of the estate as data: `assets/demo/story.toml` read into scenes, and the endless plan a seed makes of
//! them. The same seed gives the same plan. Pure; telling it in real time is the `narrator`'s job.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::Deserialize;

use super::fault::Fault;
use super::rng::Rng;

const SCRIPT: &str = include_str!("../../assets/demo/story.toml");

#[derive(Debug, thiserror::Error)]
#[error("assets/demo/story.toml, scene \"{scene}\": {why}")]
pub struct BadStory {
    scene: String,
    why: String,
}

#[derive(Clone, Debug)]
pub struct Story {
    opening: Scene,
    scenes: Vec<Scene>,
}

#[derive(Clone, Debug)]
struct Scene {
    name: String,
    beats: Vec<(f64, Act)>,
}

/// One thing that happens, when: time of the story since the start.
#[derive(Clone, PartialEq, Debug)]
pub struct Beat {
    pub at: Duration,
    pub act: Act,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Act {
    /// Level 0 ends the fault.
    Fault(Fault, f64),
    Raise(Notice),
    Update(Notice),
    Resolve(Notice),
}

/// What an alert event of the feed says; an update names only what changes.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    pub key: String,
    pub severity: Option<String>,
    pub title: Option<String>,
    pub service: Option<String>,
    pub value: Option<f64>,
    pub limit: Option<f64>,
    pub note: Option<String>,
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoryWire {
    opening: SceneWire,
    scene: Vec<SceneWire>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SceneWire {
    name: String,
    beat: Vec<BeatWire>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BeatWire {
    at: f64,
    start: Option<String>,
    stop: Option<String>,
    level: Option<f64>,
    raise: Option<Notice>,
    update: Option<Notice>,
    resolve: Option<Notice>,
}

impl BeatWire {
    fn act(self) -> Result<Act, String> {
        let fault = |text: String, level| Fault::parse(&text).map(|f| Act::Fault(f, level)).map_err(|e| e.to_string());
        match self {
            Self { start: Some(text), level, .. } => fault(text, level.unwrap_or(1.0)),
            Self { stop: Some(text), .. } => fault(text, 0.0),
            Self { raise: Some(notice), .. } => Ok(Act::Raise(notice)),
            Self { update: Some(notice), .. } => Ok(Act::Update(notice)),
            Self { resolve: Some(notice), .. } => Ok(Act::Resolve(notice)),
            _ => Err(format!("the beat at {} does nothing", self.at)),
        }
    }
}

impl SceneWire {
    fn scene(self) -> Result<Scene, BadStory> {
        let Self { name, beat } = self;
        let beats = beat.into_iter().map(|b| Ok((b.at.max(0.0), b.act()?))).collect::<Result<_, String>>();
        beats.map(|beats| Scene { name: name.clone(), beats }).map_err(|why| BadStory { scene: name, why })
    }
}

impl Story {
    /// The shipped story.
    pub fn shipped() -> Result<Self, BadStory> {
        Self::parse(SCRIPT)
    }
    pub fn parse(text: &str) -> Result<Self, BadStory> {
        let wire: StoryWire =
            toml::from_str(text).map_err(|e| BadStory { scene: "any".into(), why: e.message().to_owned() })?;
        let scenes = wire.scene.into_iter().map(SceneWire::scene).collect::<Result<Vec<_>, _>>()?;
        if scenes.is_empty() {
            return Err(BadStory { scene: "any".into(), why: "there is none".into() });
        }
        Ok(Self { opening: wire.opening.scene()?, scenes })
    }
    /// Never ends.
    pub fn plan(self, seed: u64) -> Plan {
        let mut plan =
            Plan { rng: Rng::new(seed, "story"), order: Vec::new(), queue: VecDeque::new(), end: 0.0, story: self };
        plan.queue = plan.story.opening.beats.iter().map(|(at, act)| beat(*at, act.clone())).collect();
        plan.end = plan.queue.back().map_or(0.0, |b| b.at.as_secs_f64());
        plan
    }
}

fn beat(at: f64, act: Act) -> Beat {
    Beat { at: Duration::from_secs_f64(at), act }
}

/// The beats in order of time.
#[derive(Debug)]
pub struct Plan {
    story: Story,
    rng: Rng,
    /// Scenes still to be told before the bag is filled again.
    order: Vec<usize>,
    queue: VecDeque<Beat>,
    end: f64,
}

impl Plan {
    fn next_scene(&mut self) {
        if self.order.is_empty() {
            self.order = (0..self.story.scenes.len()).collect();
        }
        let at = self.rng.below(self.order.len());
        let Some(scene) = self.story.scenes.get(self.order.swap_remove(at)) else { return };
        let (pace, figure) = (self.rng.between(0.8, 1.3), self.rng.between(0.8, 1.4));
        let start = self.end + self.rng.between(15.0, 50.0);
        tracing::debug!(scene = scene.name, start, "the story goes on");
        self.queue.extend(scene.beats.iter().map(|(at, act)| beat(start + at * pace, varied(act, figure))));
        self.end = self.queue.back().map_or(start, |b| b.at.as_secs_f64());
    }
}

/// The same act with its figures drawn anew.
fn varied(act: &Act, figure: f64) -> Act {
    let notice = |n: &Notice| Notice { value: n.value.map(|v| (v * figure).round()), ..n.clone() };
    match act {
        // A level around 1 decides whether a limit is passed, so it varies less than the figures do.
        Act::Fault(fault, level) => Act::Fault(*fault, (level * (0.7 + 0.3 * figure)).min(1.0)),
        Act::Raise(n) => Act::Raise(notice(n)),
        Act::Update(n) => Act::Update(notice(n)),
        Act::Resolve(n) => Act::Resolve(n.clone()),
    }
}

impl Iterator for Plan {
    type Item = Beat;
    fn next(&mut self) -> Option<Beat> {
        if self.queue.is_empty() {
            self.next_scene();
        }
        self.queue.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(seed: u64) -> Vec<Beat> {
        Story::shipped().unwrap().plan(seed).take(300).collect()
    }

    #[test]
    fn the_same_seed_tells_the_same_story_and_another_seed_another() {
        assert_eq!(told(7), told(7));
        assert_ne!(told(7), told(8));
        assert!(told(7).is_sorted_by_key(|b| b.at));
    }

    #[test]
    fn something_to_ack_comes_at_once_and_everything_that_starts_ends() {
        let beats = told(1);
        assert!(matches!(&beats[0], Beat { at, act: Act::Raise(n) }
            if *at < Duration::from_secs(1) && n.severity.as_deref() == Some("critical")));
        let (mut faults, mut alerts) = (BTreeMap::new(), BTreeMap::new());
        for beat in &beats {
            match &beat.act {
                Act::Fault(f, level) if *level > 0.0 => drop(faults.insert(f.to_string(), beat.at)),
                Act::Fault(f, _) => drop(faults.remove(&f.to_string())),
                Act::Raise(n) => drop(alerts.insert(n.key.clone(), beat.at)),
                Act::Update(n) => assert!(alerts.contains_key(&n.key)),
                Act::Resolve(n) => assert!(alerts.remove(&n.key).is_some()),
            }
        }
        // Only the last scene may be cut off.
        let late = beats[beats.len() - 20].at;
        assert!(faults.values().chain(alerts.values()).all(|at| *at >= late), "{faults:?} {alerts:?}");
    }

    #[test]
    fn a_beat_that_does_nothing_is_named() {
        let text = "scene = []\n[opening]\nname = \"x\"\nbeat = [{ at = 3 }]";
        assert!(Story::parse(text).is_err());
        let text = text.replace("scene = []", "scene = [{ name = \"y\", beat = [{ at = 1, start = \"slo:x\" }] }]");
        assert!(Story::parse(&text).unwrap_err().to_string().contains("scene \"y\""));
    }
}
