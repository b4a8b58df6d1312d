//! Colours by what they mean. Designed for the 16 of every terminal and upgraded when it can show more; default
//! foreground and background stay untouched, so light terminals work. A theme is a row of swatches, nothing else.

use ratatui::style::{Color, Modifier, Style};

use super::look::{Depth, Look, ThemeName};
use crate::domain::severity::Severity;

/// One colour twice: among the 16, and as the theme would like it.
#[derive(Clone, Copy)]
struct Swatch(Color, [u8; 3]);

impl Swatch {
    fn at(self, depth: Depth) -> Option<Color> {
        let Self(ansi, [r, g, b]) = self;
        match depth {
            Depth::None => None,
            Depth::Sixteen => Some(ansi),
            Depth::Cube => {
                // The cube's steps are 0, 95, 135, 175, 215, 255.
                let step = |v: u8| match v {
                    0..=47 => 0,
                    48..=114 => 1,
                    _ => (v - 35) / 40,
                };
                Some(Color::Indexed(16 + 36 * step(r) + 6 * step(g) + step(b)))
            }
            Depth::True => Some(Color::Rgb(r, g, b)),
        }
    }
}

struct Swatches {
    critical: Swatch,
    warning: Swatch,
    notice: Swatch,
    fine: Swatch,
    line: Swatch,
    /// Text on a badge of critical and of warning.
    on_critical: Swatch,
    on_warning: Swatch,
}

const BLACK: Swatch = Swatch(Color::Black, [0, 0, 0]);
const WHITE: Swatch = Swatch(Color::White, [255, 255, 255]);

const DARK: Swatches = Swatches {
    critical: Swatch(Color::Red, [226, 72, 72]),
    warning: Swatch(Color::Yellow, [224, 175, 60]),
    notice: Swatch(Color::Cyan, [96, 176, 200]),
    fine: Swatch(Color::Green, [112, 176, 96]),
    line: Swatch(Color::Cyan, [120, 160, 200]),
    on_critical: WHITE,
    on_warning: BLACK,
};
const LIGHT: Swatches = Swatches {
    critical: Swatch(Color::Red, [180, 20, 20]),
    warning: Swatch(Color::Yellow, [150, 95, 0]),
    notice: Swatch(Color::Blue, [20, 95, 140]),
    fine: Swatch(Color::Green, [30, 110, 40]),
    line: Swatch(Color::Blue, [30, 80, 150]),
    on_critical: WHITE,
    on_warning: WHITE,
};
const HIGH_CONTRAST: Swatches = Swatches {
    critical: Swatch(Color::LightRed, [255, 80, 80]),
    warning: Swatch(Color::LightYellow, [255, 220, 0]),
    notice: Swatch(Color::LightCyan, [80, 240, 255]),
    fine: Swatch(Color::LightGreen, [90, 255, 90]),
    line: Swatch(Color::LightCyan, [140, 220, 255]),
    on_critical: BLACK,
    on_warning: BLACK,
};
/// Blue stands for fine, orange for warning, and critical keeps the darkest: told apart without red and green.
const COLOUR_BLIND: Swatches = Swatches {
    critical: Swatch(Color::LightMagenta, [213, 94, 0]),
    warning: Swatch(Color::Yellow, [240, 228, 66]),
    notice: Swatch(Color::Cyan, [86, 180, 233]),
    fine: Swatch(Color::Blue, [0, 114, 178]),
    line: Swatch(Color::Cyan, [86, 180, 233]),
    on_critical: BLACK,
    on_warning: BLACK,
};

/// What a piece of the screen means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tint {
    Text,
    Strong,
    /// Names of fields, rules between panes: what may step back.
    Label,
    Critical,
    Warning,
    Notice,
    Fine,
    Line,
    /// Words that report a fault: on a ground of their own.
    BadBadge,
    WarnBadge,
    /// The tab or view one is in.
    Here,
}

pub struct Theme {
    swatches: &'static Swatches,
    depth: Depth,
    name: ThemeName,
}

impl Theme {
    pub fn new(look: &Look) -> Self {
        let (swatches, depth) = match look.theme {
            ThemeName::Dark => (&DARK, look.depth),
            ThemeName::Light => (&LIGHT, look.depth),
            ThemeName::HighContrast => (&HIGH_CONTRAST, look.depth),
            ThemeName::ColourBlind => (&COLOUR_BLIND, look.depth),
            ThemeName::Sixteen if look.depth == Depth::None => (&DARK, Depth::None),
            ThemeName::Sixteen => (&DARK, Depth::Sixteen),
            ThemeName::Mono => (&DARK, Depth::None),
        };
        Self { swatches, depth, name: look.theme }
    }

    pub fn style(&self, tint: Tint) -> Style {
        let s = self.swatches;
        let plain = Style::new();
        match tint {
            Tint::Text => plain,
            Tint::Strong => plain.add_modifier(Modifier::BOLD),
            Tint::Label if self.name == ThemeName::HighContrast => plain,
            Tint::Label => plain.add_modifier(Modifier::DIM),
            Tint::Critical => self.fg(s.critical).add_modifier(Modifier::BOLD),
            Tint::Warning => self.fg(s.warning),
            Tint::Notice => self.fg(s.notice),
            Tint::Fine => self.fg(s.fine),
            Tint::Line => self.fg(s.line),
            Tint::BadBadge => self.badge(s.critical, s.on_critical).add_modifier(Modifier::BOLD),
            Tint::WarnBadge => self.badge(s.warning, s.on_warning),
            Tint::Here => plain.add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
        }
    }

    pub fn severity(&self, severity: Severity) -> Style {
        self.style(match severity {
            Severity::Critical => Tint::Critical,
            Severity::Warning => Tint::Warning,
            Severity::Notice => Tint::Notice,
        })
    }

    /// No colour may be set at all.
    pub fn colourless(&self) -> bool {
        self.depth == Depth::None
    }

    fn fg(&self, swatch: Swatch) -> Style {
        swatch.at(self.depth).map_or_else(Style::new, |c| Style::new().fg(c))
    }
    fn badge(&self, ground: Swatch, text: Swatch) -> Style {
        match (ground.at(self.depth), text.at(self.depth)) {
            (Some(bg), Some(fg)) => Style::new().bg(bg).fg(fg),
            _ => Style::new().add_modifier(Modifier::REVERSED),
        }
    }
}

/// The letter or shape that says a severity without its colour.
pub fn glyph(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "●",
        Severity::Warning => "▲",
        Severity::Notice => "■",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_follow_the_depth_and_none_sets_none() {
        let look = |theme, depth| Theme::new(&Look { theme, depth, ..Look::default() });
        let red = |t: Theme| t.style(Tint::Critical).fg;
        assert_eq!(red(look(ThemeName::Dark, Depth::Sixteen)), Some(Color::Red));
        assert_eq!(red(look(ThemeName::Dark, Depth::Cube)), Some(Color::Indexed(167)));
        assert_eq!(red(look(ThemeName::Dark, Depth::True)), Some(Color::Rgb(226, 72, 72)));
        for (_, theme) in ThemeName::ALL {
            let bare = look(theme, Depth::None);
            assert_eq!((bare.style(Tint::BadBadge).fg, bare.style(Tint::BadBadge).bg), (None, None));
        }
        assert!(look(ThemeName::Mono, Depth::True).colourless());
    }
}
