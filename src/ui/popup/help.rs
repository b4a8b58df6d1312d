//! The help: every key that works in this tab, as it is bound now, those that apply to the row first in sight.

use ratatui::buffer::Buffer;
use ratatui::text::Line;

use super::{Places, Sheet};
use crate::ui::Ui;
use crate::ui::command::{self, Command};
use crate::ui::scene::Scene;
use crate::ui::text::Cells;
use crate::ui::theme::Tint;

pub fn render(ui: &Ui, scene: &Scene<'_>, top: usize, places: Places, buf: &mut Buffer) {
    let row = |c: &'static Command| {
        let keys = ui.keymap.keys(c.id);
        (!keys.is_empty())
            .then(|| Cells::default().gap(1).left(&keys, 18, scene.style(Tint::Strong)).text(c.help).line())
    };
    let here = command::all().filter(|(scope, _)| *scope == Some(ui.tab)).filter_map(|(_, c)| row(c));
    let everywhere = command::all().filter(|(scope, _)| scope.is_none()).filter_map(|(_, c)| row(c));
    let heading = |text: &str| Line::styled(format!(" {text}"), scene.label());
    let mut lines: Vec<Line<'static>> = vec![heading("in this tab")];
    lines.extend(here);
    lines.push(Line::default());
    lines.push(heading("everywhere"));
    lines.extend(everywhere);
    Sheet { title: format!("Keys in {}", ui.tab().long), lines, top }.render(scene, places, buf);
}
