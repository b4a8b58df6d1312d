//! The plain sections: how the console behaves, where the store is, what the worker may do, the theme. Every key has a
//! default, and the defaults are the numbers of the behaviour page. Not its job: sections with names (`pieces`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::raw::Problem;
use super::value::Span;
use crate::domain::rule::KofN;
use crate::domain::setup::Spans;

const fn seconds(n: u64) -> Span {
    Span(std::time::Duration::from_secs(n))
}

/// How this console behaves.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ConsoleSpec {
    /// The mouse takes clicks and the wheel; off, because it breaks copying over SSH.
    pub mouse: bool,
    /// When the terminal rings.
    pub bell: Bell,
    /// A notice of the terminal's desktop on such an alert, where the terminal knows one.
    pub notice: Notice,
    /// Where `y` puts a text.
    pub copy: CopyTo,
    /// The clock in the corner.
    pub clock: Clock,
    /// IANA zone of the times shown; `local` is the host's.
    pub zone: String,
    /// Most redraws a second for data; keys are always drawn at once.
    pub redraws: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Bell {
    Never,
    /// On a critical alert that nobody has acked.
    Critical,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Notice {
    Off,
    /// iTerm2, kitty, WezTerm, foot, Windows Terminal.
    Osc9,
    /// VTE's terminals, urxvt, foot, WezTerm.
    Osc777,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CopyTo {
    /// The terminal's clipboard, by OSC 52.
    Osc52,
    /// The screen: for a terminal that takes no OSC 52.
    Show,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Clock {
    Off,
    Minutes,
}

impl Default for ConsoleSpec {
    fn default() -> Self {
        Self {
            mouse: false,
            bell: Bell::Critical,
            notice: Notice::Off,
            copy: CopyTo::Osc52,
            clock: Clock::Minutes,
            zone: "local".into(),
            redraws: 15,
        }
    }
}

impl ConsoleSpec {
    /// What a single value cannot say about itself.
    pub fn check(&self) -> Option<Problem> {
        let known = self.zone == "local" || self.zone.parse::<chrono_tz::Tz>().is_ok();
        if !known {
            return Some(Problem::at(
                0..0,
                "`zone` is no known time zone",
                "\"local\" or a name like \"Europe/Berlin\"",
            ));
        }
        (!(1..=60).contains(&self.redraws)).then(|| Problem::at(0..0, "`redraws` is out of range", "1 to 60"))
    }
}

/// Where the facts are kept.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StoreSpec {
    /// `sqlite:///absolute/path`; without it, `watchdeck.db` in the user data folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The store's files are shared with the group of their folder.
    pub group_shared: bool,
    /// A network file system may lose what it confirmed; refused unless this is set.
    pub allow_network_fs: bool,
    /// How long things are kept.
    pub retention: Retention,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Every single probe result.
    pub samples: Span,
}

impl Default for Retention {
    fn default() -> Self {
        Self { samples: seconds(2 * 86_400) }
    }
}

impl StoreSpec {
    pub fn check(&self) -> Option<Problem> {
        let url = self.url.as_deref()?;
        let sound = url.strip_prefix("sqlite://").is_some_and(|path| path.starts_with('/') && path.len() > 1);
        let later = url.starts_with("postgres://") || url.starts_with("postgresql://");
        let what = if later { "`url`: PostgreSQL is not in this version" } else { "`url` does not name a store" };
        (!sound).then(|| Problem::at(0..0, what, "sqlite:///absolute/path"))
    }
}

/// What the worker may do at once, and the clocks it keeps.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WorkerSpec {
    /// Probes in flight, over all services.
    pub probes: usize,
    /// Probes in flight against one host and port.
    pub probes_per_target: usize,
    /// How long the lease lasts without a renewal; renewed at a third of it.
    pub lease: Span,
    /// How long a console leaves a free lease to those that have the config of the last holder.
    pub takeover_after: Span,
    /// Over which latency and success are shown when no rule says otherwise.
    pub window: Span,
    /// Silence after which a service without any result raises one warning.
    pub no_data: Span,
    /// How long an ack of a critical alert holds.
    pub ack_critical: Span,
    /// How long an ack of any other alert holds.
    pub ack_warning: Span,
    /// How long an escalation waits for an undo before it pages.
    pub escalation_hold: Span,
    /// How many of the last results decide where there are too few for a statistic.
    pub k_of_n: KofNSpec,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct KofNSpec {
    /// The last n results are looked at.
    pub n: usize,
    /// Over the limit, for a latency rule.
    pub latency: usize,
    /// Failed, for a success rule of severity warning or notice.
    pub warning: usize,
    /// Failed, for a success rule of severity critical.
    pub critical: usize,
}

impl Default for KofNSpec {
    fn default() -> Self {
        let k = KofN::default();
        Self { n: k.n, latency: k.latency_k, warning: k.warning_k, critical: k.critical_k }
    }
}

impl From<KofNSpec> for KofN {
    fn from(k: KofNSpec) -> Self {
        Self { latency_k: k.latency, warning_k: k.warning, critical_k: k.critical, n: k.n }
    }
}

impl Default for WorkerSpec {
    fn default() -> Self {
        let spans = Spans::default();
        Self {
            probes: 512,
            probes_per_target: 16,
            lease: seconds(15),
            takeover_after: seconds(60),
            window: Span(spans.window),
            no_data: Span(spans.no_data),
            ack_critical: Span(spans.ack_critical),
            ack_warning: Span(spans.ack_warning),
            escalation_hold: Span(spans.escalation_hold),
            k_of_n: KofNSpec::default(),
        }
    }
}

impl WorkerSpec {
    pub fn check(&self) -> Option<Problem> {
        let k = self.k_of_n;
        let problem = |what: &str, hint: &str| Some(Problem::at(0..0, what, hint));
        if [k.latency, k.warning, k.critical].iter().any(|k_| *k_ == 0 || *k_ > k.n) || k.n > 1000 {
            return problem(
                "`k_of_n`: each k is 1 to n, n at most 1000",
                "n = 10, latency = 3, warning = 2, critical = 3",
            );
        }
        if self.probes == 0 || self.probes_per_target == 0 || self.probes > 4096 {
            return problem("`probes` is out of range", "probes 1 to 4096, probes_per_target 1 or more");
        }
        if self.lease < seconds(3) || self.lease > seconds(300) {
            return problem("`lease` is out of range", "3s to 5m");
        }
        if self.takeover_after > seconds(3600) {
            return problem("`takeover_after` is out of range", "0s to 1h");
        }
        let zero = [self.window, self.no_data, self.ack_critical, self.ack_warning];
        zero.contains(&seconds(0)).then(|| Problem::at(0..0, "a span of [worker] is zero", "more than 0s"))
    }
    pub fn spans(&self) -> Spans {
        Spans {
            ack_critical: self.ack_critical.0,
            ack_warning: self.ack_warning.0,
            escalation_hold: self.escalation_hold.0,
            no_data: self.no_data.0,
            window: self.window.0,
        }
    }
}

/// How it looks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ThemeSpec {
    /// Which of the shipped themes.
    pub name: ThemeName,
    /// How many colours the terminal is believed to have; `auto` asks it. `NO_COLOR` wins.
    pub colours: Colours,
    /// Borders and glyphs; `auto` looks at the locale.
    pub glyphs: Glyphs,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ThemeName {
    Dark,
    Light,
    HighContrast,
    ColourBlind,
    #[serde(rename = "16-colours")]
    Sixteen,
    Mono,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Colours {
    Auto,
    None,
    #[serde(rename = "16")]
    Sixteen,
    #[serde(rename = "256")]
    Indexed,
    True,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Glyphs {
    Auto,
    Unicode,
    Ascii,
}

impl Default for ThemeSpec {
    fn default() -> Self {
        Self { name: ThemeName::Dark, colours: Colours::Auto, glyphs: Glyphs::Auto }
    }
}
