//! Small pictures of figures over time, made of text: a sparkline for a row, a stepped line with its limits for a detail.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::text::{figure, right};
use crate::domain::live::{Bucket, SPARK_LEN, SPARK_STEP};
use crate::domain::time::{Stamp, ms};

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// One column of time: the slowest answer in milliseconds, and whether something failed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Slot {
    pub ms: Option<f64>,
    pub failed: bool,
}

/// The last half hour in so many columns; what was not observed stays empty.
pub fn slots(history: &[Bucket], now: Stamp, columns: usize) -> Vec<Slot> {
    let mut out = vec![Slot::default(); columns];
    let step = ms(SPARK_STEP).max(1);
    for bucket in history {
        let ago = (now.0.div_euclid(step) - bucket.start.0.div_euclid(step)).max(0) as usize;
        let Some(place) = SPARK_LEN.checked_sub(1 + ago) else { continue };
        let Some(slot) = out.get_mut(place * columns / SPARK_LEN) else { continue };
        if bucket.max_us > 0 {
            let value = f64::from(bucket.max_us) / 1000.0;
            slot.ms = Some(slot.ms.map_or(value, |known| known.max(value)));
        }
        slot.failed |= bucket.failed > 0;
    }
    out
}

pub fn spark(history: &[Bucket], now: Stamp, columns: usize, top_ms: f64) -> String {
    let bar = |slot: Slot| match slot {
        Slot { failed: true, .. } => '×',
        Slot { ms: None, .. } => ' ',
        Slot { ms: Some(v), .. } => {
            let level = (v / top_ms.max(f64::EPSILON) * BARS.len() as f64) as usize;
            BARS.get(level).copied().unwrap_or('█')
        }
    };
    slots(history, now, columns.clamp(1, SPARK_LEN)).into_iter().map(bar).collect()
}

/// The next round number at or above.
pub fn nice(value: f64) -> f64 {
    if !(value.is_finite() && value > 0.0) {
        return 1.0;
    }
    let base = 10f64.powf(value.log10().floor());
    let steps = [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    steps.iter().map(|s| s * base).find(|s| *s >= value * 0.9999).unwrap_or(base * 10.0)
}

/// A stepped line over time with its limits drawn in.
pub struct Chart<'a> {
    pub slots: &'a [Slot],
    /// Value and name, `200.0, "critical"`.
    pub limits: &'a [(f64, &'static str)],
    pub rows: usize,
    pub line: Style,
    pub label: Style,
}

impl Chart<'_> {
    pub fn lines(&self) -> Vec<Line<'static>> {
        let highest = self.slots.iter().filter_map(|s| s.ms).fold(0.0, f64::max);
        let limit = self.limits.iter().map(|(v, _)| *v).fold(0.0, f64::max);
        let top = nice(highest.max(limit * 1.1));
        let rows = self.rows.max(2);
        let row_of = |v: f64| ((v / top * (rows - 1) as f64).round() as usize).min(rows - 1);
        let mut grid = vec![vec![' '; self.slots.len()]; rows];
        for (value, _) in self.limits {
            if let Some(row) = grid.get_mut(row_of(*value)) {
                row.fill('┄');
            }
        }
        self.draw(&mut grid, row_of);
        (0..rows).rev().map(|r| self.row(&grid, r, top, row_of)).collect()
    }

    fn draw(&self, grid: &mut [Vec<char>], row_of: impl Fn(f64) -> usize) {
        let mut before: Option<usize> = None;
        let mut put = |row: usize, x: usize, c: char| {
            if let Some(cell) = grid.get_mut(row).and_then(|r| r.get_mut(x)) {
                *cell = c;
            }
        };
        for (x, slot) in self.slots.iter().enumerate() {
            let here = slot.ms.map(&row_of);
            match (before, here) {
                (Some(from), Some(to)) if from < to => {
                    put(from, x, '╯');
                    (from + 1..to).for_each(|r| put(r, x, '│'));
                    put(to, x, '╭');
                }
                (Some(from), Some(to)) if from > to => {
                    put(from, x, '╮');
                    (to + 1..from).for_each(|r| put(r, x, '│'));
                    put(to, x, '╰');
                }
                (_, Some(to)) => put(to, x, '─'),
                (_, None) => {}
            }
            if slot.failed {
                put(0, x, '×');
            }
            before = here;
        }
    }

    fn row(&self, grid: &[Vec<char>], row: usize, top: f64, row_of: impl Fn(f64) -> usize) -> Line<'static> {
        let here = self.limits.iter().find(|(v, _)| row_of(*v) == row);
        let value = match here {
            Some((v, _)) => figure(*v),
            None if row + 1 == grid.len() => figure(top),
            None if row == 0 => "0".to_owned(),
            None => String::new(),
        };
        let axis = if value.is_empty() { '│' } else { '┤' };
        let mut spans = vec![Span::styled(format!(" {} {axis}", right(&value, 5)), self.label)];
        let mut run = String::new();
        let mut faint = false;
        for c in grid.get(row).into_iter().flatten() {
            let is_faint = matches!(c, '┄' | ' ');
            if is_faint != faint && !run.is_empty() {
                spans.push(Span::styled(std::mem::take(&mut run), if faint { self.label } else { self.line }));
            }
            faint = is_faint;
            run.push(*c);
        }
        spans.push(Span::styled(run, if faint { self.label } else { self.line }));
        if let Some((_, name)) = here {
            spans.push(Span::styled(format!("  {name}"), self.label));
        }
        Line::from(spans)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_observed_stays_empty_and_failures_are_crosses() {
        let at = |i: i64, max_us, failed| Bucket { start: Stamp(i * 30_000), max_us, failed, seen: 1 };
        let history = [at(0, 10_000, 0), at(58, 100_000, 0), at(59, 0, 2)];
        let line = spark(&history, Stamp(59 * 30_000 + 10), 60, 100.0);
        assert_eq!(line.chars().count(), 60);
        assert!(line.starts_with("▁ ") && line.ends_with(" █×"), "{line:?}");
    }

    #[test]
    fn a_chart_has_its_limits_and_steps() {
        let slots: Vec<Slot> = [80.0, 80.0, 230.0].map(|v| Slot { ms: Some(v), failed: false }).into();
        let chart =
            Chart { slots: &slots, limits: &[(200.0, "critical")], rows: 4, line: Style::new(), label: Style::new() };
        let lines: Vec<String> = chart.lines().iter().map(super::super::text::bare).collect();
        assert_eq!(lines, ["   250 ┤  ╭", "   200 ┤┄┄│  critical", "       │──╯", "     0 ┤"]);
    }
}
