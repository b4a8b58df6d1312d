//! A text to read over the body: an alert's timeline, the times before, or what could not be copied.

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::text::Line;

use super::{Places, Sheet, scrolled};
use crate::domain::ids::AlertId;
use crate::ui::desk::Desk;
use crate::ui::scene::Scene;
use crate::ui::tabs::alerts::story;

pub struct Page {
    pub what: What,
    pub top: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    Timeline(AlertId),
    History(AlertId),
}

impl What {
    pub fn alert(self) -> AlertId {
        let (Self::Timeline(id) | Self::History(id)) = self;
        id
    }
}

impl Page {
    pub fn key(self, _: &mut Desk<'_>, key: KeyEvent) -> Option<Self> {
        scrolled(self.top, key).map(|top| Self { top, ..self })
    }
    pub fn render(&self, scene: &Scene<'_>, places: Places, buf: &mut Buffer) {
        let width = usize::from(places.body.width);
        let past = scene.live.past.as_ref().filter(|(id, _)| *id == self.what.alert());
        let lines = match (past, self.what) {
            (None, _) => vec![Line::raw(" reading it from the store …")],
            (Some((_, past)), What::Timeline(_)) => story::timeline(scene, past, width),
            (Some((_, past)), What::History(_)) => story::history(scene, past, width),
        };
        let title = match self.what {
            What::Timeline(id) => format!("Timeline of {id}"),
            What::History(id) => format!("The times before {id}, 30 days"),
        };
        Sheet { title, lines, top: self.top }.render(scene, places, buf);
    }
}
