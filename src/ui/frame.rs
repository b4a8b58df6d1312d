//! The frame every screen has: truth line, tabs, views, list, detail, message, keys. It hands out the space and draws what
//! the tab gives it; it never cuts a fault to make room for a list.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;

use super::list::{Pane, RowId};
use super::popup::{self, Places, Popup};
use super::scene::Scene;
use super::seen::Seen;
use super::tabs::{Space, TABS};
use super::text::{Cells, bare, fit, width, wrap};
use super::theme::Tint;
use super::{Drawn, Size, Ui, foot, scrub, truth, views};
use crate::domain::time::Now;
use crate::engine::Model;

/// Nobody reads more than this at once, and a window that claims more is no window.
pub const MAX: (u16, u16) = (500, 200);
const SMALLEST: (u16, u16) = (40, 10);
/// From this width on the detail stands beside the list.
const BESIDE: u16 = 150;

/// Writes a line at row `y` of the area, cut at its edge; outside of it nothing happens.
pub fn put(buf: &mut Buffer, area: Rect, y: usize, line: &Line<'_>) {
    let area = area.intersection(buf.area);
    let Ok(y) = u16::try_from(y) else { return };
    if y >= area.height {
        return;
    }
    let y = area.y + y;
    let mut x = area.x;
    for span in &line.spans {
        let room = area.right().saturating_sub(x);
        if room == 0 {
            break;
        }
        let style = line.style.patch(span.style);
        if width(&span.content) > usize::from(room) {
            buf.set_stringn(x, y, fit(&span.content, usize::from(room)), usize::from(room), style);
            break;
        }
        (x, _) = buf.set_stringn(x, y, &span.content, usize::from(room), style);
    }
}

pub fn clear(area: Rect, buf: &mut Buffer) {
    let area = area.intersection(buf.area);
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            if let Some(cell) = buf.cell_mut((x, y)) {
                cell.reset();
            }
        }
    }
}

pub fn rule(buf: &mut Buffer, area: Rect, style: Style) {
    let line = format!(" {}", "─".repeat(usize::from(area.width.saturating_sub(2))));
    put(buf, area, 0, &Line::styled(line, style));
}

/// Cuts lines off the top of an area.
struct Rest(Rect);

impl Rest {
    fn take(&mut self, lines: u16) -> Rect {
        let height = lines.min(self.0.height);
        let top = Rect { height, ..self.0 };
        self.0 = Rect { y: self.0.y + height, height: self.0.height - height, ..self.0 };
        top
    }
}

/// Draws the whole screen.
pub fn draw(ui: &mut Ui, live: &Model, buf: &mut Buffer, now: Now) {
    let area = buf.area;
    let area = Rect { width: area.width.min(MAX.0), height: area.height.min(MAX.1), ..area };
    clear(buf.area, buf);
    let clock = ui.clock(now);
    ui.drawn.seen = Seen::default();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        too_small(ui, live, buf);
        ui.drawn = Drawn { size: Size::Small, ..Drawn::default() };
        return;
    }
    ui.drawn.size = Size::Fits;
    ui.refresh(live, &clock);
    let mut rest = Rest(area);
    let scene = ui.scene(live, &clock);
    put(buf, rest.take(1), 0, &truth::line(&scene, usize::from(area.width)));
    put(buf, rest.take(1), 0, &tabs_line(ui, &scene, usize::from(area.width)));
    let foot = Rect { y: area.bottom() - 1, height: 1, ..area };
    let message = Rect { y: area.bottom() - 2, height: 1, ..area };
    let said = foot::message_lines(ui, &scene, usize::from(area.width));
    // A long one grows upwards: the list ends above it, so that the cursor is never below it.
    let above = (said.len() as u16).saturating_sub(1);
    rest.0.height = rest.0.height.saturating_sub(2 + above);
    let places = Places { body: rest.0, message, foot };
    let drawn = body(ui, &scene, rest, buf);
    let outcome = Rect { y: message.y - above, height: 1 + above, ..message };
    said.iter().enumerate().for_each(|(y, line)| put(buf, outcome, y, line));
    put(buf, foot, 0, &foot::foot_line(ui, &scene, usize::from(area.width)));
    popup::render(ui, &scene, places, buf);
    scrub::scrub(buf, &ui.look, ui.theme.colourless());
    ui.drawn.next = clock.next_change();
    if let Some(Popup::Ask(ask)) = &mut ui.popup {
        ask.drawn(now);
    }
    settle(ui, live, drawn);
}

/// Says what it needs, the counts, and whether to leave if that is asked: no other key does anything here.
fn too_small(ui: &Ui, live: &Model, buf: &mut Buffer) {
    let area = buf.area;
    let text = format!("terminal too small ({}x{}), needs {}x{}", area.width, area.height, SMALLEST.0, SMALLEST.1);
    let mut lines = wrap(&text, usize::from(area.width).max(1));
    let counts = live.book.counts;
    let all = [(counts.critical, "crit"), (counts.warning, "warn"), (counts.notice, "note")];
    let said: Vec<String> = all.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    if let Some(Popup::Ask(ask)) = ui.popup.as_ref().filter(|p| matches!(p, Popup::Ask(ask) if ask.leaving)) {
        lines = wrap(&format!("{} Enter leaves, Esc no", ask.question()), usize::from(area.width).max(1));
    } else if live.ready() {
        lines.push(said.join(" "));
    }
    for (y, line) in lines.iter().enumerate() {
        put(buf, area, y, &Line::raw(line.clone()));
    }
    scrub::scrub(buf, &ui.look, ui.theme.colourless());
}

#[derive(Clone, Copy)]
struct Shown {
    list: Rect,
    rows: usize,
    top: usize,
    /// Of a detail in full: its lines in sight, and how far down it goes.
    full: Option<(usize, usize)>,
}

impl Shown {
    const NOTHING: Self = Self { list: Rect::ZERO, rows: 0, top: 0, full: None };
}

/// Remembers what was on the screen: the versions acts will carry, and where a click lands.
fn settle(ui: &mut Ui, live: &Model, shown: Shown) {
    let model = ui.frozen.as_deref().unwrap_or(live);
    let Some(pane) = ui.panes.get_mut(ui.tab) else { return };
    pane.top = shown.top;
    let visible = pane.list.rows.iter().skip(shown.top).take(shown.rows).chain(pane.row());
    for row in visible {
        let alert = row.id.alert(&model.board).and_then(|id| Some((id, model.book.get(id)?.version)));
        ui.drawn.seen.own.extend(alert);
        if let RowId::Run(id) | RowId::Step(id, _) = row.id {
            ui.drawn.seen.runs.extend(model.board.runs.get(&id).map(|r| (id, r.version)));
        }
        if let RowId::Item(list, item) = &row.id {
            ui.drawn.seen.boxes.insert((*list, item.clone()), model.board.version_of(*list, item));
        }
        ui.drawn.seen.folds.extend(row.folded.clone());
    }
    ui.drawn.list = shown.list;
    ui.drawn.top = shown.top;
    ui.drawn.page = shown.full.map_or(shown.rows, |(height, _)| height).max(1);
    // Keys beyond its end are not to be pressed back one by one.
    pane.full = pane.full.map(|top| top.min(shown.full.map_or(top, |(_, deepest)| deepest)));
}

fn body(ui: &Ui, scene: &Scene<'_>, mut rest: Rest, buf: &mut Buffer) -> Shown {
    let Some(pane) = ui.pane() else { return Shown::NOTHING };
    let tab = ui.tab();
    if !scene.live.ready() {
        put(buf, rest.0, 1, &Line::raw(" reading store"));
        return Shown::NOTHING;
    }
    let roomy = rest.0.height >= 22;
    if roomy && rest.0.width >= 100 {
        rest.take(1);
    }
    let beside = rest.0.width >= BESIDE;
    match views::column(tab, scene, pane, rest.0, buf) {
        Some(left) => rest.0 = left,
        None => put(buf, rest.take(1), 0, &views::line(tab, scene, pane, usize::from(rest.0.width))),
    }
    if let Some(line) = filter_line(ui, scene, pane) {
        let place = rest.take(1);
        put(buf, place, 0, &line);
        if let Some(Popup::Filter(field)) = &ui.popup {
            let field_place = Rect { x: place.x + 2, width: place.width.saturating_sub(2).min(40), ..place };
            clear(field_place, buf);
            field.render(field_place, buf);
        }
    }
    if (tab.look.page)(scene, pane.view, rest.0, buf) {
        return Shown::NOTHING;
    }
    if let (Some(top), Some(row)) = (pane.full, pane.row()) {
        let space = Space { width: usize::from(rest.0.width), height: usize::from(rest.0.height), full: true };
        let lines = (tab.look.detail)(scene, row, space);
        scrolled(&lines, top, rest.0, buf);
        let deepest = lines.len().saturating_sub(space.height);
        if deepest > top {
            let last = Rect { y: rest.0.bottom().saturating_sub(1), height: 1, ..rest.0 };
            clear(last, buf);
            let more = format!("   {} more lines", deepest - top + 1);
            put(buf, last, 0, &Line::styled(more, scene.label()));
        }
        let page = space.height.saturating_sub(usize::from(deepest > 0));
        return Shown { top: pane.top, full: Some((page, deepest)), ..Shown::NOTHING };
    }
    split(scene, ui, rest, beside, buf)
}

fn scrolled(lines: &[Line<'_>], top: usize, area: Rect, buf: &mut Buffer) {
    let height = usize::from(area.height);
    let top = top.min(lines.len().saturating_sub(height));
    for (y, line) in lines.iter().skip(top).take(height).enumerate() {
        put(buf, area, y, line);
    }
}

/// List and detail: one below the other, side by side where there is room, the list alone where there is none.
fn split(scene: &Scene<'_>, ui: &Ui, mut rest: Rest, beside: bool, buf: &mut Buffer) -> Shown {
    let Some(pane) = ui.pane() else { return Shown::NOTHING };
    let tab = ui.tab();
    let small = rest.0.width < 60 || rest.0.height < 11;
    let mut detail = None;
    if beside && pane.row().is_some() {
        let list = rest.0.width * 3 / 5;
        let right = Rect { x: rest.0.x + list, width: rest.0.width - list, ..rest.0 };
        for y in right.top()..right.bottom() {
            put(buf, Rect { y, height: 1, ..right }, 0, &Line::styled("│", scene.label()));
        }
        detail = Some(Rect { x: right.x + 1, width: right.width.saturating_sub(1), ..right });
        rest.0.width = list;
    }
    let columns = usize::from(rest.0.width);
    if !small {
        let head = (tab.look.head)(scene, pane.view, columns);
        // What is looked at alone names itself.
        if !head.is_empty() && pane.only.is_none() {
            put(buf, rest.take(1), 0, &Line::styled(head, scene.label()));
        }
    }
    let rows = pane.list.rows.len();
    let mut list = rest.0;
    let below = pane.row().filter(|_| !small).map(|row| (tab.look.below)(scene, row, columns)).unwrap_or_default();
    if !small && pane.row().is_some() {
        let least = 3.min(list.height);
        let most = if beside { list.height.saturating_sub(below.len() as u16) } else { list.height / 2 };
        list.height = (rows.min(usize::from(u16::MAX)) as u16).clamp(least, most.max(least));
        rest.take(list.height);
        for line in &below {
            put(buf, rest.take(1), 0, line);
        }
    }
    if !small && !beside && pane.row().is_some() {
        rule(buf, rest.take(1), scene.label());
        detail = Some(rest.0);
    }
    if let (Some(area), Some(row)) = (detail, pane.row()) {
        let space = Space { width: usize::from(area.width), height: usize::from(area.height), full: false };
        for (y, line) in (tab.look.detail)(scene, row, space).iter().enumerate() {
            put(buf, area, y, line);
        }
    }
    let top = rows_of(scene, ui, pane, list, buf);
    if rows == 0 {
        put(buf, list, 1, &Line::raw(format!("   {}", (tab.look.empty)(scene, pane.view))));
    }
    Shown { list, rows: usize::from(list.height), top, full: None }
}

fn rows_of(scene: &Scene<'_>, ui: &Ui, pane: &Pane, area: Rect, buf: &mut Buffer) -> usize {
    let tab = ui.tab();
    let (height, columns) = (usize::from(area.height), usize::from(area.width));
    let at = pane.at();
    let top = pane.top.min(at).max((at + 1).saturating_sub(height)).min(pane.list.rows.len().saturating_sub(height));
    for (y, row) in pane.list.rows.iter().skip(top).take(height).enumerate() {
        let line = (tab.look.row)(scene, row, columns.saturating_sub(1));
        let here = Some(&row.id) == pane.cursor.as_ref();
        let place = Rect { y: area.y + y as u16, height: 1, ..area };
        put(buf, Rect { x: place.x + 1, width: place.width.saturating_sub(1), ..place }, 0, &line);
        if pane.marks.contains(&row.id) {
            put(buf, Rect { x: place.x + 2, width: 1, ..place }, 0, &Line::styled("*", scene.style(Tint::Strong)));
        }
        if here {
            put(buf, Rect { width: 1, ..place }, 0, &Line::styled("▌", scene.style(Tint::Strong)));
            reverse(scene, place, buf);
        }
    }
    top
}

/// The row under the cursor stands out, but for the glyph and what has a ground of its own.
fn reverse(scene: &Scene<'_>, place: Rect, buf: &mut Buffer) {
    if scene.slow() {
        return;
    }
    for x in (place.x + 3)..place.right() {
        if let Some(cell) = buf.cell_mut((x, place.y))
            && cell.bg == ratatui::style::Color::Reset
        {
            cell.modifier.insert(Modifier::REVERSED);
            cell.modifier.remove(Modifier::DIM);
        }
    }
}

fn tabs_line(ui: &Ui, scene: &Scene<'_>, columns: usize) -> Line<'static> {
    let ready = scene.live.ready();
    let piece = |i: usize, wide: bool| {
        let tab = TABS.get(i)?;
        let need = (tab.need)(scene);
        let count = if ready && need > 0 { format!(" {need}{}", tab.unit) } else { String::new() };
        let key = ui.keymap.first_key(tab.go.id).map_or_else(String::new, |k| format!("{k} "));
        Some((i == ui.tab, format!("{key}{}{count}", if wide { tab.long } else { tab.short })))
    };
    let wide = columns >= 100;
    let mut cells = Cells::default().gap(1);
    let last = TABS.len() - 1;
    for i in 0..last {
        let Some((here, text)) = piece(i, wide) else { continue };
        cells = cells.add(text, scene.style(if here { Tint::Here } else { Tint::Text })).gap(if wide { 3 } else { 2 });
    }
    let Some((here, text)) = piece(last, wide) else { return cells.line() };
    let column = columns.saturating_sub(width(&text) + 1).max(cells.used);
    cells.to(column).add(text, scene.style(if here { Tint::Here } else { Tint::Text })).line()
}

/// What is not ordinary about the list: a filter and what it hides, marks, a freeze.
fn filter_line(ui: &Ui, scene: &Scene<'_>, pane: &Pane) -> Option<Line<'static>> {
    let typing = matches!(ui.popup, Some(Popup::Filter(_)));
    let frozen = ui.held_back(scene.live).map(super::hand::Waiting::total);
    if pane.filter.is_empty() && !typing && pane.marks.is_empty() && frozen.is_none() {
        return None;
    }
    let mut cells = Cells::default().gap(1);
    if typing || !pane.filter.is_empty() {
        cells = cells.add(format!("/{}", fit(&pane.filter.text, 40)), scene.style(Tint::Strong)).gap(2);
        cells = if typing { cells.to(44) } else { cells };
        let (shown, hidden) = (pane.list.things(), pane.list.hidden);
        cells = cells.text(format!("{shown} of {}", shown + hidden));
        if let Some(why) = pane.filter.wrong() {
            cells = cells.gap(2).add(format!(" {why} "), scene.style(Tint::WarnBadge));
        } else if pane.list.hidden_needing > 0 {
            let text = format!(" HIDES {} {} ", pane.list.hidden_needing, ui.tab().look.hides);
            cells = cells.gap(2).add(text, scene.style(Tint::WarnBadge));
        }
        cells = cells.gap(3);
    }
    if !pane.marks.is_empty() {
        cells = cells.add(format!("marked {}", pane.marks.len()), scene.style(Tint::Strong)).gap(3);
    }
    if let Some(waiting) = frozen {
        cells = cells.add(format!(" FROZEN {waiting} waiting "), scene.style(Tint::WarnBadge)).gap(3);
    }
    Some(cells.text("Esc").line())
}

/// A buffer as lines of text, for tests and for plain output.
pub fn text_of(buf: &Buffer) -> Vec<String> {
    (buf.area.top()..buf.area.bottom())
        .map(|y| {
            let mut line = String::new();
            let mut skip = 0;
            for x in buf.area.left()..buf.area.right() {
                let symbol = buf.cell((x, y)).map_or(" ", |c| c.symbol());
                if skip == 0 {
                    line.push_str(symbol);
                }
                skip = if skip > 0 { skip - 1 } else { width(symbol).saturating_sub(1) };
            }
            bare(&Line::raw(line))
        })
        .collect()
}
