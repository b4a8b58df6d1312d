//! What a Nagios plugin prints: `text | perfdata` on the first line, then long text, then after a second bar more
//! perfdata. Only values and units are taken; a plugin's own limits are its exit code's business, ours are rules'.

use crate::domain::sample::Figure;
use crate::domain::text::Untrusted;
use crate::sources::probe::observation::FIGURES_MAX;

const LABEL_MAX: usize = 80;
const UNIT_MAX: usize = 8;
/// First line and long text together, bytes.
const TEXT_MAX: usize = 380;

#[derive(Debug, Default)]
pub struct Output {
    pub text: String,
    pub figures: Vec<Figure>,
}

pub fn read(bytes: &[u8]) -> Output {
    let shown = String::from_utf8_lossy(bytes);
    let (first, rest) = shown.split_once('\n').unwrap_or((&shown, ""));
    let (text, data) = first.split_once('|').unwrap_or((first, ""));
    let (long, more) = rest.split_once('|').unwrap_or((rest, ""));
    let lines = [text.trim(), long.trim()];
    let text = lines.into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join("\n");
    let mut figures = Vec::new();
    parse(data, &mut figures);
    parse(more, &mut figures);
    Output { text: Untrusted::new(text).clean_to(TEXT_MAX).as_str().to_owned(), figures }
}

fn parse(mut text: &str, figures: &mut Vec<Figure>) {
    while figures.len() < FIGURES_MAX {
        text = text.trim_start();
        let Some((label, rest)) = label(text) else { return };
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (item, next) = rest.split_at(end);
        if let Some((value, unit)) = value(item) {
            let name = Untrusted::new(label).clean_to(LABEL_MAX);
            figures.push(Figure { name, value, unit: Untrusted::new(unit).clean_to(UNIT_MAX) });
        }
        text = next;
    }
}

/// The label and what follows its `=`. Quotes enclose a label with spaces or `=`; inside them a quote is doubled.
fn label(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('\'') else {
        let (label, rest) = text.split_once('=')?;
        return Some((label.to_owned(), rest));
    };
    let mut label = String::new();
    let mut rest = quoted;
    loop {
        let (piece, after) = rest.split_once('\'')?;
        label.push_str(piece);
        match after.strip_prefix('\'') {
            Some(more) => {
                label.push('\'');
                rest = more;
            }
            None => return Some((label, after.strip_prefix('=')?)),
        }
    }
}

/// `12.5ms;…` as number and unit; `U` and what is not a number is no value.
fn value(item: &str) -> Option<(f64, &str)> {
    let shown = item.split(';').next().unwrap_or_default();
    let digits = shown.find(|c: char| !"-+.0123456789eE".contains(c)).unwrap_or(shown.len());
    // The exponent's letter may be the unit's first: 3EB is no number, 3 is.
    let split = (0..=digits).rev().find_map(|end| {
        let (number, unit) = shown.split_at_checked(end)?;
        number.parse::<f64>().ok().filter(|v| v.is_finite()).map(|value| (value, unit))
    });
    split.filter(|(_, unit)| unit.len() <= UNIT_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(line: &str) -> Vec<(String, f64, String)> {
        let out = read(line.as_bytes());
        out.figures.iter().map(|f| (f.name.to_string(), f.value, f.unit.to_string())).collect()
    }
    fn figure(name: &str, value: f64, unit: &str) -> (String, f64, String) {
        (name.into(), value, unit.into())
    }

    #[test]
    fn a_real_line_gives_its_values_and_units() {
        let line = "HTTP OK | time=0.051782s;0.040000;0.200000;0.000000;10.000000 size=86B;;;0;\n";
        assert_eq!(figures(line), [figure("time", 0.051_782, "s"), figure("size", 86.0, "B")]);
        assert_eq!(read(line.as_bytes()).text, "HTTP OK");
    }

    #[test]
    fn quoting_exponents_and_unknown_values() {
        let line = "x | 'C: it''s = full'=93%;90;95 load=1e-2 gone=U big=3EB worst=-.5c 'open";
        assert_eq!(
            figures(line),
            [
                figure("C: it's = full", 93.0, "%"),
                figure("load", 0.01, ""),
                figure("big", 3.0, "EB"),
                figure("worst", -0.5, "c"),
            ]
        );
    }

    #[test]
    fn long_text_and_perfdata_after_the_second_bar() {
        let out = read(b"DISK OK | a=1\nline two\nline three | b=2\nc=3MB\n");
        assert_eq!(out.text, "DISK OK␊line two␊line three");
        assert_eq!(out.figures.iter().map(|f| f.value).collect::<Vec<_>>(), [1.0, 2.0, 3.0]);
    }

    #[test]
    fn hostile_output_is_bounded_and_visible() {
        let mut line = b"\x1b[2J\xff\xfe | ".to_vec();
        line.extend((0..10_000).flat_map(|i| format!("a{i}=1 ").into_bytes()));
        let out = read(&line);
        assert_eq!(out.figures.len(), FIGURES_MAX);
        assert!(!out.text.contains('\x1b'), "{}", out.text);
        for junk in ["|", "| =", "| ''=", "| '", "| a=;;;", "| a=99999999999999999999e999", ""] {
            read(junk.as_bytes());
        }
    }
}
