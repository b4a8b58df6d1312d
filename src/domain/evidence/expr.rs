//! The one-line language of live evidence: `services.healthy == 7`, `service(webhook-processor).success >= 99.5% and
//! alerts.critical == 0`. A term names a source, a path in it, a comparison and a figure with its unit. Only the form is
//! read here; which sources there are, and what they know, the engine's table says.

use std::fmt;

use crate::domain::text::Clean;

/// Terms joined by `and`, at most.
const TERMS_MAX: usize = 8;
const TEXT_MAX: usize = 400;

#[derive(Clone, PartialEq, Debug)]
pub struct Expr {
    pub terms: Vec<Term>,
    /// As it was written.
    pub text: Clean,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Term {
    /// `services`, `service`, `alerts`, `kpi`, …
    pub source: String,
    /// What follows it: `healthy`, or a name and a measure.
    pub path: Vec<String>,
    pub op: Op,
    /// Milliseconds for times, 0 to 1 for percentages.
    pub limit: f64,
    pub unit: Unit,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    None,
    Ms,
    Ratio,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Op {
    Equal,
    Not,
    Above,
    Below,
    AtLeast,
    AtMost,
}

/// What is wrong with an expression, and what is allowed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{what}; {hint}")]
pub struct Wrong {
    pub what: String,
    pub hint: String,
}

impl Op {
    const SIGNS: [(&'static str, Self); 7] = [
        ("==", Self::Equal),
        ("!=", Self::Not),
        (">=", Self::AtLeast),
        ("<=", Self::AtMost),
        (">", Self::Above),
        ("<", Self::Below),
        ("=", Self::Equal),
    ];
    pub fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Not => "not",
            Self::Above => ">",
            Self::Below => "<",
            Self::AtLeast => ">=",
            Self::AtMost => "<=",
        }
    }
    /// Figures are counts or came through decimal text: equal means equal to nine digits.
    pub fn holds(self, value: f64, limit: f64) -> bool {
        let same = (value - limit).abs() <= 1e-9 * limit.abs().max(1.0);
        match self {
            Self::Equal => same,
            Self::Not => !same,
            Self::Above => value > limit && !same,
            Self::Below => value < limit && !same,
            Self::AtLeast => value > limit || same,
            Self::AtMost => value < limit || same,
        }
    }
}

impl Expr {
    pub fn parse(text: &str) -> Result<Self, Wrong> {
        let text = text.trim();
        if text.is_empty() || text.len() > TEXT_MAX {
            return Err(wrong("the evidence is empty or too long", "for example `services.healthy == 7`"));
        }
        let pieces: Vec<&str> = text.split(" and ").flat_map(|p| p.split("&&")).collect();
        if pieces.len() > TERMS_MAX {
            return Err(wrong(format!("more than {TERMS_MAX} terms"), "make two items of it"));
        }
        let terms = pieces.into_iter().map(term).collect::<Result<_, _>>()?;
        Ok(Self { terms, text: Clean::new(text) })
    }
}

fn wrong(what: impl Into<String>, hint: impl Into<String>) -> Wrong {
    Wrong { what: what.into(), hint: hint.into() }
}

fn term(text: &str) -> Result<Term, Wrong> {
    let form = "write `source.value == figure`, for example `services.healthy == 7`";
    let found = Op::SIGNS.iter().filter_map(|(sign, op)| Some((text.find(sign)?, *sign, *op)));
    // The first sign in the text, the longer one where two begin there.
    let (at, sign, op) = found
        .min_by_key(|(at, sign, _)| (*at, std::cmp::Reverse(sign.len())))
        .ok_or_else(|| wrong(format!("`{}` compares nothing", Clean::new(text.trim())), form))?;
    let (left, right) = (text.get(..at).unwrap_or_default(), text.get(at + sign.len()..).unwrap_or_default());
    let mut path = path(left.trim())?;
    if path.len() < 2 {
        return Err(wrong(format!("`{}` names no value of a source", Clean::new(left.trim())), form));
    }
    let source = path.remove(0);
    let (limit, unit) = figure(right.trim())
        .ok_or_else(|| wrong(format!("`{}` is no figure", Clean::new(right.trim())), "7, 99.5%, 200ms, 14d"))?;
    Ok(Term { source, path, op, limit, unit })
}

/// `service(a.b).success` and `service.a-b.success`: brackets hold a name with dots. `{{service}}` is a name that a run
/// fills in.
fn path(text: &str) -> Result<Vec<String>, Wrong> {
    let bad = || wrong(format!("`{}` is no path", Clean::new(text)), "names joined by dots, like `services.healthy`");
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (head, tail) = segment(rest).ok_or_else(bad)?;
        parts.push(head);
        rest = match tail.strip_prefix('(') {
            Some(inner) => {
                let (name, after) = inner.split_once(')').ok_or_else(bad)?;
                let name = name.trim().trim_matches('"');
                if name.is_empty() {
                    return Err(bad());
                }
                parts.push(name.to_owned());
                after.strip_prefix('.').map_or_else(|| if after.is_empty() { Ok("") } else { Err(bad()) }, Ok)?
            }
            None => tail.strip_prefix('.').unwrap_or(tail),
        };
        if tail == "." {
            return Err(bad());
        }
    }
    Ok(parts)
}

/// One name of a path, and what follows it.
fn segment(text: &str) -> Option<(String, &str)> {
    if let Some(inner) = text.strip_prefix("{{") {
        let (name, tail) = inner.split_once("}}")?;
        let name = name.trim();
        let sound = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
        let ends = tail.is_empty() || tail.starts_with(['.', '(']);
        return (sound && ends).then(|| (format!("{{{{{name}}}}}"), tail));
    }
    let (head, tail) = text.split_at_checked(text.find(['.', '(']).unwrap_or(text.len()))?;
    let sound = !head.is_empty() && head.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '*'));
    sound.then(|| (head.to_owned(), tail))
}

fn figure(text: &str) -> Option<(f64, Unit)> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '_'))).unwrap_or(text.len());
    let (digits, unit) = text.split_at_checked(end)?;
    let number: f64 = digits.replace([',', '_'], "").parse().ok()?;
    let (scale, unit) = match unit.trim() {
        "" => (1.0, Unit::None),
        "%" => (0.01, Unit::Ratio),
        "ms" => (1.0, Unit::Ms),
        "s" => (1000.0, Unit::Ms),
        "m" | "min" => (60_000.0, Unit::Ms),
        "h" => (3_600_000.0, Unit::Ms),
        // Days are counted as days where they are a measure (certificates, ages): the source decides.
        "d" | "days" => (1.0, Unit::None),
        _ => return None,
    };
    number.is_finite().then_some((number * scale, unit))
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} {} {}", self.source, self.path.join("."), self.op.sign(), self.shown(self.limit))
    }
}

impl Term {
    /// A figure as this term's unit shows it.
    pub fn shown(&self, value: f64) -> String {
        let plain = |v: f64| {
            let text = format!("{v:.2}");
            if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
        };
        match self.unit {
            Unit::None => plain(value),
            Unit::Ms => format!("{} ms", plain(value)),
            // Never rounded up to a hundred.
            Unit::Ratio if value < 1.0 && value * 100.0 > 99.99 => "99.99 %".to_owned(),
            Unit::Ratio => format!("{} %", plain(value * 100.0)),
        }
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "figures that are written down, not computed")]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_read_with_its_units() {
        let e = Expr::parse("service(webhook-processor).success >= 99.5% and alerts.critical==0").unwrap();
        assert_eq!(e.terms.len(), 2);
        let t = &e.terms[0];
        assert_eq!(
            (t.source.as_str(), t.path.as_slice()),
            ("service", &["webhook-processor".to_owned(), "success".to_owned()][..])
        );
        assert_eq!((t.op, t.limit, t.unit), (Op::AtLeast, 0.995, Unit::Ratio));
        assert_eq!(t.to_string(), "service.webhook-processor.success >= 99.5 %");
        assert_eq!(e.terms[1].op, Op::Equal);
        assert_eq!(Expr::parse("service.ml.p95 < 0.2s").unwrap().terms[0].limit, 200.0);
        assert_eq!(Expr::parse("services.healthy = 7").unwrap().terms[0].path, ["healthy"]);
        assert_eq!(Expr::parse("service(a.b c).p95 <= 1,000ms").unwrap().terms[0].path, ["a.b c", "p95"]);
    }

    #[test]
    fn a_name_may_be_left_to_the_run_that_asks() {
        let e = Expr::parse("service.{{ service }}.success >= 99.9% and {{alert.kind}}.open == 0").unwrap();
        assert_eq!((e.terms[0].source.as_str(), e.terms[0].path.join(" ")), ("service", "{{service}} success".into()));
        assert_eq!(e.terms[1].source, "{{alert.kind}}");
        let filled = e.text.as_str().replace("{{ service }}", "web").replace("{{alert.kind}}", "alerts");
        assert_eq!(Expr::parse(&filled).unwrap().terms[0].path, ["web", "success"]);
        assert_eq!(Expr::parse("service({{service}}).p95 < 1s").unwrap().terms[0].path, ["{{service}}", "p95"]);
        for bad in ["service.{{}}.up == 1", "service.{{a b}}.up == 1", "service.{{a.up == 1", "service.{{a}}b.up == 1"]
        {
            assert!(Expr::parse(bad).unwrap_err().to_string().contains("no path"), "{bad}");
        }
    }

    #[test]
    fn what_is_no_expression_is_told_with_an_example() {
        for (text, part) in [
            ("", "empty"),
            ("services.healthy", "compares nothing"),
            ("services == 7", "names no value"),
            ("services.healthy == seven", "no figure"),
            ("services..healthy == 7", "no path"),
            ("service(x == 7", "no path"),
            ("services.healthy. == 7", "no path"),
            ("a.b == 7 parsecs", "no figure"),
        ] {
            let told = Expr::parse(text).unwrap_err().to_string();
            assert!(told.contains(part), "{text}: {told}");
        }
    }

    #[test]
    fn equal_is_not_breached_by_the_last_bit() {
        assert!(
            Op::Equal.holds(0.1 + 0.2, 0.3) && Op::AtLeast.holds(0.1 + 0.2, 0.3) && !Op::Above.holds(0.1 + 0.2, 0.3)
        );
        assert!(!Op::Equal.holds(6.0, 7.0) && Op::Not.holds(6.0, 7.0));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_an_expression_or_a_reason(text in "\\PC{0,60}") {
            let _ = Expr::parse(&text);
        }
    }
}
