//! The help: every key that works in this tab, as it is bound now, those that apply to the row first in sight.

use ratatui::buffer::Buffer;
use ratatui::text::Line;

use super::{Places, Sheet};
use crate::ui::Ui;
use crate::ui::command::{self, Command, Ground};
use crate::ui::scene::Scene;
use crate::ui::text::Cells;
use crate::ui::theme::Tint;

pub fn render(ui: &Ui, scene: &Scene<'_>, top: usize, places: Places, buf: &mut Buffer) {
    let row = |c: &'static Command| {
        let keys = ui.keymap.keys(c.id);
        (!keys.is_empty())
            .then(|| Cells::default().gap(1).left(&keys, 18, scene.style(Tint::Strong)).text(c.help).line())
    };
    let ground = ui.ground();
    let own = |fits: fn(Ground, Ground) -> bool| {
        let of_tab = command::all().filter(|(scope, _)| *scope == Some(ui.tab)).map(|(_, c)| c);
        of_tab.filter(move |c| fits(c.needs.ground(), ground)).filter_map(row).collect::<Vec<_>>()
    };
    let here = own(|of, ground| of == Ground::Any || of == ground);
    let other = own(|of, ground| of != Ground::Any && of != ground);
    let everywhere = command::all().filter(|(scope, _)| scope.is_none()).filter_map(|(_, c)| row(c));
    let heading = |text: &str| Line::styled(format!(" {text}"), scene.label());
    let mut lines: Vec<Line<'static>> =
        vec![heading(if ground == Ground::Any { "in this tab" } else { "on this row" })];
    lines.extend(here);
    if !other.is_empty() {
        lines.extend([Line::default(), heading("on other rows of this tab")]);
        lines.extend(other);
    }
    lines.push(Line::default());
    lines.push(heading("everywhere"));
    lines.extend(everywhere);
    Sheet { title: format!("Keys in {}", ui.tab().long), lines, top }.render(scene, places, buf);
}
