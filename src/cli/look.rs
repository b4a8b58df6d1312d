//! How the console will look: what the terminal, the locale and the config say, brought together. The ui is handed the
//! result and reads no environment itself.

use crate::config::Config;
use crate::config::sections::{Clock, Colours, CopyTo as WantedCopy, Glyphs as WantedGlyphs, ThemeName as WantedTheme};
use crate::runtime::clock;
use crate::ui::look::{ClockShown, CopyTo, Depth, Form, Glyphs, Keeping, Look, Pace, ThemeName};

/// What flags say over config and environment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    pub plain: bool,
    pub low_bandwidth: bool,
    pub ascii: bool,
}

pub fn look(config: Option<&Config>, wanted: Wanted) -> Look {
    let theme = config.map(|c| c.theme.clone()).unwrap_or_default();
    let console = config.map(|c| c.console.clone()).unwrap_or_default();
    let depth = depth(theme.colours);
    Look {
        theme: if depth == Depth::None { ThemeName::Mono } else { theme_name(theme.name) },
        depth,
        glyphs: if wanted.ascii || glyphs(theme.glyphs) == Glyphs::Ascii { Glyphs::Ascii } else { Glyphs::Unicode },
        form: if wanted.plain { Form::Plain } else { Form::Screen },
        pace: if wanted.low_bandwidth { Pace::Slow } else { Pace::Full },
        clock: if console.clock == Clock::Off { ClockShown::Off } else { ClockShown::Minutes },
        copy: if console.copy == WantedCopy::Show || !clipboard() { CopyTo::Screen } else { CopyTo::Clipboard },
        log: String::new(),
        keeping: Keeping::Memory,
        zone_secs: zone(&console.zone),
        keys: config.map(|c| c.keys.iter().map(|(id, b)| (id.clone(), b.keys.clone())).collect()).unwrap_or_default(),
    }
}

fn theme_name(wanted: WantedTheme) -> ThemeName {
    match wanted {
        WantedTheme::Dark => ThemeName::Dark,
        WantedTheme::Light => ThemeName::Light,
        WantedTheme::HighContrast => ThemeName::HighContrast,
        WantedTheme::ColourBlind => ThemeName::ColourBlind,
        WantedTheme::Sixteen => ThemeName::Sixteen,
        WantedTheme::Mono => ThemeName::Mono,
    }
}

/// These are known to take no OSC 52; most others do, and none can be asked without waiting.
fn clipboard() -> bool {
    !matches!(set("TERM").unwrap_or_default().as_str(), "linux" | "vt100" | "vt220" | "ansi")
}

fn set(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|v| !v.is_empty())
}

/// `NO_COLOR` wins; then the config; then what the terminal says. Nothing is asked of the terminal itself: a query that
/// is not answered would hold up the first frame.
fn depth(wanted: Colours) -> Depth {
    if set("NO_COLOR").is_some() {
        return Depth::None;
    }
    match wanted {
        Colours::None => Depth::None,
        Colours::Sixteen => Depth::Sixteen,
        Colours::Indexed => Depth::Cube,
        Colours::True => Depth::True,
        Colours::Auto => {
            let told = set("COLORTERM").unwrap_or_default();
            let term = set("TERM").unwrap_or_default();
            match () {
                () if told == "truecolor" || told == "24bit" || term.ends_with("-direct") => Depth::True,
                () if term.contains("256color") => Depth::Cube,
                () if term == "vt100" || term == "vt220" => Depth::None,
                () => Depth::Sixteen,
            }
        }
    }
}

/// The locale as the C library would read it: `LC_ALL`, `LC_CTYPE`, `LANG`. Not UTF-8 means ASCII, never a refusal.
fn glyphs(wanted: WantedGlyphs) -> Glyphs {
    match wanted {
        WantedGlyphs::Unicode => Glyphs::Unicode,
        WantedGlyphs::Ascii => Glyphs::Ascii,
        WantedGlyphs::Auto => {
            let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|n| set(n)).unwrap_or_default();
            let locale = locale.to_ascii_lowercase();
            if locale.contains("utf-8") || locale.contains("utf8") { Glyphs::Unicode } else { Glyphs::Ascii }
        }
    }
}

/// Seconds east of UTC, now.
fn zone(name: &str) -> i32 {
    use chrono::{Offset, TimeZone};
    let now = clock::now().wall.utc();
    match name.parse::<chrono_tz::Tz>() {
        Ok(zone) => zone.offset_from_utc_datetime(&now.naive_utc()).fix().local_minus_utc(),
        Err(_) => chrono::Local.offset_from_utc_datetime(&now.naive_utc()).local_minus_utc(),
    }
}
