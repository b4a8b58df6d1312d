//! Text in columns: widths as the terminal counts them, cutting with `…`, and lines put together from cells. Whether a
//! text may be shown at all is not decided here: that is `Clean`.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

pub fn width(text: &str) -> usize {
    text.width()
}

/// The text in at most `max` columns, cut with `…` between graphemes.
pub fn fit(text: &str, max: usize) -> String {
    // A byte is never narrower than a column, so short text needs no counting.
    if text.len() <= max || width(text) <= max {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for piece in text.graphemes(true) {
        let w = width(piece);
        if used + w + 1 > max {
            break;
        }
        out.push_str(piece);
        used += w;
    }
    if max > 0 {
        out.push('…');
    }
    out
}

/// Exactly `columns` wide, text at the left.
pub fn left(text: &str, columns: usize) -> String {
    let mut out = fit(text, columns);
    out.extend(std::iter::repeat_n(' ', columns.saturating_sub(width(&out))));
    out
}

/// Exactly `columns` wide, text at the right.
pub fn right(text: &str, columns: usize) -> String {
    let cut = fit(text, columns);
    let mut out = " ".repeat(columns.saturating_sub(width(&cut)));
    out.push_str(&cut);
    out
}

/// `12041` as `12,041`.
pub fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A figure with as many digits as help: `231`, `99.98`, `0.4`.
pub fn figure(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        return "?".to_owned();
    }
    let digits = if size >= 100.0 || value.fract() == 0.0 {
        0
    } else if size >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.digits$}")
}

/// Words wrapped to `columns`; a word that is too long is cut.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(last) = lines.last_mut() else { break };
        if !last.is_empty() && width(last) + 1 + width(word) > columns {
            lines.push(fit(word, columns));
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(&fit(word, columns));
        }
    }
    lines
}

/// A line put together from left to right.
#[derive(Default)]
pub struct Cells {
    spans: Vec<Span<'static>>,
    pub used: usize,
}

impl Cells {
    #[must_use]
    pub fn add(mut self, text: impl Into<String>, style: Style) -> Self {
        let text = text.into();
        self.used += width(&text);
        self.spans.push(Span::styled(text, style));
        self
    }
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        self.add(text, Style::new())
    }
    #[must_use]
    pub fn left(self, text: &str, columns: usize, style: Style) -> Self {
        self.add(left(text, columns), style)
    }
    #[must_use]
    pub fn right(self, text: &str, columns: usize, style: Style) -> Self {
        self.add(right(text, columns), style)
    }
    #[must_use]
    pub fn gap(self, columns: usize) -> Self {
        self.text(" ".repeat(columns))
    }
    /// Spaces up to the column.
    #[must_use]
    pub fn to(self, column: usize) -> Self {
        let missing = column.saturating_sub(self.used);
        self.gap(missing)
    }
    pub fn line(self) -> Line<'static> {
        Line::from(self.spans)
    }
}

/// The bare text of a line, for plain output and copies.
pub fn bare(line: &Line<'_>) -> String {
    line.spans.iter().map(|s| &*s.content).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_by_columns_not_bytes() {
        assert_eq!(fit("日本語テキスト", 7), "日本語…");
        assert_eq!(fit("webhook-processor", 8), "webhook…");
        assert_eq!((left("é", 3), right("é", 3)), ("é  ".into(), "  é".into()));
        assert_eq!(fit("abc", 0), "");
        assert_eq!(number(1_012_041), "1,012,041");
        assert_eq!(wrap("a bb ccc dddd", 6), ["a bb", "ccc", "dddd"]);
        assert_eq!([figure(231.4), figure(99.976), figure(4.0)], ["231", "100.0", "4"]);
    }
}
