//! What makes an alert: a metric, a bound with a strict sign, how long it must hold. `judge` reads a window;
//! the hold times live in `hold`. A rule never acts; it only says breach, fine or unknown, and which form decided.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::service::Service;
use super::severity::Severity;
use super::time::Stamp;
use super::window::{LATENCY_FLOOR, P99_FLOOR, RATIO_FLOOR, Window};

#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub enum Metric {
    LatencyP50,
    LatencyP95,
    LatencyP99,
    LatencyMax,
    Success,
    /// 1 while the last sample is up, else 0.
    Up,
    TlsDaysLeft,
    /// A gauge, a counter's rate or a figure of a probe, by its name.
    Named(String),
}

impl Metric {
    pub const WORDS: [&'static str; 7] =
        ["latency.p50", "latency.p95", "latency.p99", "latency.max", "success", "up", "tls.days_left"];

    pub fn parse(word: &str) -> Self {
        match word {
            "latency.p50" => Self::LatencyP50,
            "latency.p95" => Self::LatencyP95,
            "latency.p99" => Self::LatencyP99,
            "latency.max" => Self::LatencyMax,
            "success" => Self::Success,
            "up" => Self::Up,
            "tls.days_left" => Self::TlsDaysLeft,
            other => Self::Named(other.to_owned()),
        }
    }
    /// Rules of one family on one service share one alert, so that a critical rule supersedes a warning one.
    pub fn family(&self) -> &str {
        match self {
            Self::LatencyP50 | Self::LatencyP95 | Self::LatencyP99 | Self::LatencyMax => "latency",
            // A service that is down fails its requests too: one fault, one alert.
            Self::Success | Self::Up => "success",
            Self::TlsDaysLeft => "tls",
            Self::Named(name) => name,
        }
    }
    pub fn word(&self) -> &str {
        match self {
            Self::LatencyP50 => "latency.p50",
            Self::LatencyP95 => "latency.p95",
            Self::LatencyP99 => "latency.p99",
            Self::LatencyMax => "latency.max",
            Self::Success => "success",
            Self::Up => "up",
            Self::TlsDaysLeft => "tls.days_left",
            Self::Named(name) => name,
        }
    }
    pub fn unit(&self) -> &'static str {
        match self {
            Self::LatencyP50 | Self::LatencyP95 | Self::LatencyP99 | Self::LatencyMax => "ms",
            Self::Success => "ratio",
            Self::Up | Self::Named(_) => "",
            Self::TlsDaysLeft => "days",
        }
    }
}

/// Strict signs: exactly the limit is not a breach.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Bound {
    Above(f64),
    Below(f64),
}

impl Bound {
    pub fn breached_by(self, value: f64) -> bool {
        match self {
            Self::Above(limit) => value > limit,
            Self::Below(limit) => value < limit,
        }
    }
    pub fn limit(self) -> f64 {
        match self {
            Self::Above(limit) | Self::Below(limit) => limit,
        }
    }
    pub fn sign(self) -> &'static str {
        match self {
            Self::Above(_) => ">",
            Self::Below(_) => "<",
        }
    }
    /// The same side with another limit: where a raised alert clears.
    #[must_use]
    pub fn at(self, limit: f64) -> Self {
        match self {
            Self::Above(_) => Self::Above(limit),
            Self::Below(_) => Self::Below(limit),
        }
    }
}

#[derive(Clone, PartialEq, Debug)]
pub struct Rule {
    pub name: String,
    pub metric: Metric,
    pub bound: Bound,
    pub window: Duration,
    pub hold: Duration,
    pub clear_for: Duration,
    /// Hysteresis: cleared only on the good side of this; None = the limit itself.
    pub clear_at: Option<f64>,
    pub severity: Severity,
    pub procedure: Option<String>,
    pub services: Vec<String>,
}

impl Rule {
    pub fn watches(&self, service: &Service) -> bool {
        self.services.iter().any(|p| service.matches(p))
    }
}

/// Which form of the question was answered: a percentile needs samples, a ratio needs requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// The statistic the rule names, over enough samples.
    Statistic,
    /// k of the last n over the limit, because there are too few for the statistic.
    KofN,
    /// Good of total by the service's own request counters.
    Requests,
    /// One value, as it is.
    Value,
}

/// The figure a rule looked at, ready to be shown: value, limit, unit, count.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Reading {
    pub value: f64,
    pub limit: f64,
    pub n: u64,
    pub form: Form,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Verdict {
    Breach(Reading),
    Fine(Reading),
    /// On the good side of the limit, but not yet of the clear level: neither raises nor clears.
    Between(Reading),
    /// No data, stale, or our own link is down: neither raises nor clears.
    Unknown,
}

/// k of the last n, when there are too few samples for the statistic itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KofN {
    pub latency_k: usize,
    pub warning_k: usize,
    pub critical_k: usize,
    pub n: usize,
}

impl Default for KofN {
    fn default() -> Self {
        Self { latency_k: 3, warning_k: 2, critical_k: 3, n: 10 }
    }
}

/// Other figures a rule may ask for: the service's certificate days and named figures.
pub trait Figures {
    fn figure(&self, metric: &Metric) -> Option<f64>;
}

impl Rule {
    /// Reads the window at `now`. `named` answers metrics that are single values.
    pub fn judge(&self, window: &Window, named: &dyn Figures, now: Stamp, k: KofN) -> Verdict {
        let reading = match &self.metric {
            Metric::LatencyP50 | Metric::LatencyP95 | Metric::LatencyP99 | Metric::LatencyMax => {
                return self.judge_latency(window, now, k);
            }
            Metric::Success => return self.judge_success(window, now, k),
            Metric::Up => window.last().map(|p| (f64::from(u8::from(p.outcome.up())), 1)),
            Metric::TlsDaysLeft | Metric::Named(_) => named.figure(&self.metric).map(|v| (v, 1)),
        };
        match reading {
            Some((value, n)) if value.is_finite() => self.compare(value, n, Form::Value),
            _ => Verdict::Unknown,
        }
    }

    /// Judges one figure against the bound and the clear level.
    pub fn compare(&self, value: f64, n: u64, form: Form) -> Verdict {
        let reading = Reading { value, limit: self.bound.limit(), n, form };
        if self.bound.breached_by(value) {
            Verdict::Breach(reading)
        } else if self.clear_at.is_some_and(|clear| self.bound.at(clear).breached_by(value)) {
            Verdict::Between(reading)
        } else {
            Verdict::Fine(reading)
        }
    }

    fn judge_latency(&self, window: &Window, now: Stamp, k: KofN) -> Verdict {
        let stats = window.latency(now, self.window);
        let (value, floor) = match self.metric {
            Metric::LatencyP50 => (stats.p50, LATENCY_FLOOR),
            Metric::LatencyP99 => (stats.p99, P99_FLOOR),
            Metric::LatencyMax => (stats.max, 1),
            _ => (stats.p95, LATENCY_FLOOR),
        };
        if stats.n >= floor {
            return self.compare(value, stats.n as u64, Form::Statistic);
        }
        let Bound::Above(limit) = self.bound else { return Verdict::Unknown };
        let (slow, seen) = window.slow_of_last(k.n, limit, now, self.window);
        if seen == 0 {
            return Verdict::Unknown;
        }
        let reading = Reading { value: stats.max, limit, n: seen as u64, form: Form::KofN };
        match slow {
            s if s >= k.latency_k => Verdict::Breach(reading),
            0 => Verdict::Fine(reading),
            _ => Verdict::Between(reading),
        }
    }

    fn judge_success(&self, window: &Window, now: Stamp, k: KofN) -> Verdict {
        let requests = window.requests(now, self.window);
        if requests.total >= RATIO_FLOOR
            && let Some(ratio) = requests.ratio()
        {
            return self.compare(ratio, requests.total, Form::Requests);
        }
        let (failed, seen) = window.failed_of_last(k.n, now, self.window);
        if seen == 0 {
            return Verdict::Unknown;
        }
        let limit = if self.severity == Severity::Critical { k.critical_k } else { k.warning_k };
        let reading = Reading { value: failed as f64, limit: limit as f64, n: seen as u64, form: Form::KofN };
        match failed {
            f if f >= limit => Verdict::Breach(reading),
            0 => Verdict::Fine(reading),
            _ => Verdict::Between(reading),
        }
    }

    /// The reading as a row says it: `p95 231 > 200 ms`, `3 of last 10 failed`, `max 231 > 200 ms, n=7`.
    pub fn describe(&self, r: &Reading) -> String {
        match (&self.metric, r.form) {
            (Metric::Success, Form::KofN) => format!("{:.0} of last {} failed", r.value, r.n),
            (Metric::Success, _) => {
                format!("success {} {} {}", percent(r.value), self.bound.sign(), percent(r.limit))
            }
            (Metric::Up, _) => "does not answer as it should".to_owned(),
            (Metric::TlsDaysLeft, _) => {
                format!("certificate: {:.1} {} {:.0} days left", r.value, self.bound.sign(), r.limit)
            }
            (Metric::Named(name), _) => format!("{name} {} {} {}", number(r.value), self.bound.sign(), number(r.limit)),
            (_, Form::KofN) => {
                format!("max {} {} {} ms, n={}", number(r.value), self.bound.sign(), number(r.limit), r.n)
            }
            (metric, _) => {
                let statistic = metric.word().rsplit('.').next().unwrap_or_default();
                format!("{statistic} {} {} {} ms", number(r.value), self.bound.sign(), number(r.limit))
            }
        }
    }
}

/// A ratio as per cent with as many digits as it takes not to round across a limit: `99.5 %`, `99.98 %`.
pub fn percent(ratio: f64) -> String {
    let text = format!("{:.2}", (ratio * 10_000.0).floor() / 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A figure for a narrow column: three or four significant digits.
pub fn number(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 || (v.fract() == 0.0 && v < 1e15) => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Outcome, Requests, Sample};
    use super::*;

    struct None_;
    impl Figures for None_ {
        fn figure(&self, _: &Metric) -> Option<f64> {
            None
        }
    }
    fn rule(metric: &str, bound: Bound, severity: Severity) -> Rule {
        Rule {
            name: "r".into(),
            metric: Metric::parse(metric),
            bound,
            window: Duration::from_secs(600),
            hold: Duration::from_secs(60),
            clear_for: Duration::from_secs(120),
            clear_at: None,
            severity,
            procedure: None,
            services: vec!["*".into()],
        }
    }
    fn filled(values: &[u32]) -> Window {
        let mut w = Window::default();
        for (i, us) in values.iter().enumerate() {
            w.push(&Sample::new("a".into(), Stamp(1 + i as i64), Outcome::Ok).taking(*us));
        }
        w
    }
    fn judge(r: &Rule, w: &Window) -> Verdict {
        r.judge(w, &None_, Stamp(5000), KofN::default())
    }

    #[test]
    fn exactly_the_limit_is_not_a_breach() {
        let r = rule("latency.p95", Bound::Above(200.0), Severity::Critical);
        assert!(matches!(judge(&r, &filled(&[200_000; 20])), Verdict::Fine(_)));
        assert!(matches!(judge(&r, &filled(&[200_001; 20])), Verdict::Breach(_)));
    }

    #[test]
    fn below_the_floor_k_of_n_decides_and_says_so() {
        let r = rule("latency.p95", Bound::Above(200.0), Severity::Critical);
        let mut values = vec![50_000; 10];
        values.extend([250_000, 260_000]);
        assert!(matches!(judge(&r, &filled(&values)), Verdict::Between(Reading { form: Form::KofN, .. })));
        values.push(270_000);
        let Verdict::Breach(reading) = judge(&r, &filled(&values)) else { panic!("three of ten are over") };
        assert_eq!(r.describe(&reading), "max 270 > 200 ms, n=10");
    }

    #[test]
    fn success_by_probes_is_k_of_n_and_by_requests_a_ratio() {
        let r = rule("success", Bound::Below(0.99), Severity::Critical);
        let mut w = filled(&[1; 150]);
        for i in 0..3 {
            w.push(&Sample::new("a".into(), Stamp(200 + i), Outcome::Failed));
        }
        assert!(matches!(judge(&r, &w), Verdict::Breach(Reading { form: Form::KofN, .. })));
        for (i, good) in [(300, 1000_u64), (301, 1990)] {
            let mut s = Sample::new("a".into(), Stamp(i), Outcome::Ok);
            s.requests = Some(Requests { total: if i == 300 { 1000 } else { 2000 }, good });
            w.push(&s);
        }
        // 990 of 1000: exactly 99 % is not under 99 %.
        assert!(matches!(judge(&r, &w), Verdict::Fine(Reading { form: Form::Requests, n: 1000, .. })));
    }

    #[test]
    fn no_data_is_unknown_and_a_clear_level_leaves_a_band() {
        let mut r = rule("latency.p95", Bound::Above(200.0), Severity::Critical);
        assert_eq!(judge(&r, &Window::default()), Verdict::Unknown);
        r.clear_at = Some(190.0);
        assert!(matches!(judge(&r, &filled(&[195_000; 20])), Verdict::Between(_)));
        assert!(matches!(judge(&r, &filled(&[190_000; 20])), Verdict::Fine(_)));
    }

    #[test]
    fn a_ratio_never_rounds_up_to_its_limit() {
        assert_eq!(percent(0.98999), "98.99 %");
        assert_eq!(percent(0.995), "99.5 %");
        assert_eq!(percent(1.0), "100 %");
    }
}
