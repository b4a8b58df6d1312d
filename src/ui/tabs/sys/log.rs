//! The console's own log, with levels per target: tui-logger's two widgets, not its joined one, whose title is a rate that
//! never rests. Its selection is the one thing of the ui that
//! lives in a library's state, shared by all frames of this process.

use std::sync::LazyLock;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Widget as _;
use tui_logger::{TuiLoggerLevelOutput, TuiLoggerTargetWidget, TuiLoggerWidget, TuiWidgetEvent, TuiWidgetState};

use super::LOG;
use crate::ui::desk::Desk;
use crate::ui::frame;
use crate::ui::look::Form;
use crate::ui::scene::Scene;
use crate::ui::text::fit;
use crate::ui::theme::Tint;

static STATE: LazyLock<TuiWidgetState> = LazyLock::new(|| TuiWidgetState::new().set_default_display_level(log_level()));

/// Shown at first; the file has the rest.
fn log_level() -> tui_logger::LevelFilter {
    tui_logger::LevelFilter::Info
}

/// Columns of the targets: their five level letters, a name, a gap.
const TARGETS: u16 = 20;
const LEGEND: &str = " EWIDT: error warn info debug trace, reversed is shown;  j k choose a target";

pub fn render(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) -> bool {
    if area.width < 4 || area.height < 3 {
        return true;
    }
    let mut log = area;
    if area.width >= 80 && area.height >= 8 && scene.look.form == Form::Screen {
        let legend = fit(LEGEND, usize::from(area.width));
        frame::put(buf, Rect { height: 1, ..area }, 0, &Line::styled(legend, scene.label()));
        let below = Rect { y: area.y + 1, height: area.height - 1, ..area };
        let targets = Rect { x: below.x + 1, width: TARGETS - 1, ..below };
        TuiLoggerTargetWidget::default().highlight_style(scene.style(Tint::Here)).state(&STATE).render(targets, buf);
        log = Rect { x: below.x + TARGETS, width: below.width - TARGETS, ..below };
    }
    TuiLoggerWidget::default()
        .output_file(false)
        .output_line(false)
        .output_separator(' ')
        .output_level(Some(TuiLoggerLevelOutput::Long))
        .style_error(scene.style(Tint::Critical))
        .style_warn(scene.style(Tint::Warning))
        .state(&STATE)
        .render(log, buf);
    true
}

fn shown(desk: &Desk<'_>) -> bool {
    desk.tab().id == super::TAB.id && desk.view() == LOG
}

/// Moves in the targets; true when the log is what is shown.
pub fn log_step(desk: &Desk<'_>, by: isize) -> bool {
    if shown(desk) {
        STATE.transition(if by > 0 { TuiWidgetEvent::DownKey } else { TuiWidgetEvent::UpKey });
    }
    shown(desk)
}
pub fn log_page(desk: &Desk<'_>, by: isize) -> bool {
    if shown(desk) {
        STATE.transition(if by > 0 { TuiWidgetEvent::NextPageKey } else { TuiWidgetEvent::PrevPageKey });
    }
    shown(desk)
}
pub fn level(desk: &mut Desk<'_>, more: bool) {
    if shown(desk) {
        STATE.transition(if more { TuiWidgetEvent::RightKey } else { TuiWidgetEvent::LeftKey });
    }
}
