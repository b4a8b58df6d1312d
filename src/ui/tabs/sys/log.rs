//! The console's own log, with levels per target: tui-logger's widgets. Its selection is the one thing of the ui that
//! lives in a library's state, shared by all frames of this process.

use std::sync::LazyLock;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget as _;
use tui_logger::{TuiLoggerLevelOutput, TuiLoggerSmartWidget, TuiLoggerWidget, TuiWidgetEvent, TuiWidgetState};

use super::LOG;
use crate::ui::desk::Desk;
use crate::ui::look::Form;
use crate::ui::scene::Scene;
use crate::ui::theme::Tint;

static STATE: LazyLock<TuiWidgetState> = LazyLock::new(|| TuiWidgetState::new().set_default_display_level(log_level()));

/// Shown at first; the file has the rest.
fn log_level() -> tui_logger::LevelFilter {
    tui_logger::LevelFilter::Info
}

pub fn render(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) -> bool {
    if area.width < 4 || area.height < 3 {
        return true;
    }
    if area.width < 80 || area.height < 8 || scene.look.form == Form::Plain {
        let widget = TuiLoggerWidget::default().output_file(false).output_line(false).output_separator(' ');
        widget
            .output_level(Some(TuiLoggerLevelOutput::Abbreviated))
            .style_error(scene.style(Tint::Critical))
            .style_warn(scene.style(Tint::Warning))
            .state(&STATE)
            .render(area, buf);
        return true;
    }
    TuiLoggerSmartWidget::default()
        .style_error(scene.style(Tint::Critical))
        .style_warn(scene.style(Tint::Warning))
        .highlight_style(scene.style(Tint::Here))
        .title_log("log")
        .title_target("targets")
        .output_separator(' ')
        .output_level(Some(TuiLoggerLevelOutput::Long))
        .output_file(false)
        .output_line(false)
        .state(&STATE)
        .render(area, buf);
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
