//! What the store remembers, to be read over the body: an alert's timeline, the times before, a service's alerts.

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::text::Line;

use super::{Places, Sheet, scrolled};
use crate::domain::ids::AlertId;
use crate::domain::text::Clean;
use crate::ui::chord::Chord;
use crate::ui::desk::Desk;
use crate::ui::scene::Scene;
use crate::ui::tabs::alerts::story;
use crate::ui::tabs::lists;

pub struct Page {
    pub what: What,
    pub top: usize,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    Timeline(AlertId),
    History(AlertId),
    /// All alerts of a service.
    Service(String),
}

impl What {
    pub fn alert(&self) -> Option<AlertId> {
        match self {
            Self::Timeline(id) | Self::History(id) => Some(*id),
            Self::Service(_) => None,
        }
    }
}

impl Page {
    pub fn key(self, desk: &mut Desk<'_>, key: KeyEvent) -> Option<Self> {
        // From what happened to an alert straight to its procedure.
        let follow = desk.ui.command(Chord::of(&key)).is_some_and(|c| c.id == "its-procedure");
        if let Some(alert) = self.what.alert().filter(|_| follow).and_then(|id| desk.model().book.get(id).cloned()) {
            lists::enter(desk, &alert);
            return None;
        }
        scrolled(self.top, key).map(|top| Self { top, ..self })
    }
    pub fn render(&self, scene: &Scene<'_>, places: Places, buf: &mut Buffer) {
        let width = usize::from(places.body.width);
        let past = scene.live.past.as_ref().filter(|(id, _)| Some(*id) == self.what.alert());
        let lines = match (past, &self.what) {
            (_, What::Service(name)) => {
                let of = scene.live.past_of.as_ref().filter(|(of, _)| of == name);
                of.map(|(_, alerts)| story::of_service(scene, alerts, width))
            }
            (Some((_, past)), What::Timeline(_)) => Some(story::timeline(scene, past, width)),
            (Some((_, past)), What::History(_)) => Some(story::history(scene, past, width)),
            (None, _) => None,
        };
        let lines = lines.unwrap_or_else(|| vec![Line::raw(" reading it from the store …")]);
        let title = match &self.what {
            What::Timeline(id) => format!("Timeline of {id}"),
            What::History(id) => format!("The times before {id}, 30 days"),
            What::Service(name) => format!("Alerts of {}, newest first", Clean::new(name)),
        };
        Sheet { title, lines, top: self.top }.render(scene, places, buf);
    }
}
