//! How one console wants to be drawn, decided outside and handed in whole: the ui reads no environment, no locale and no
//! config file. What is left to choose at run time (mouse, frozen list) is not here.

/// Everything the terminal, the locale and the config say about drawing.
#[derive(Clone, Debug, Default)]
pub struct Look {
    pub theme: ThemeName,
    pub depth: Depth,
    pub glyphs: Glyphs,
    pub form: Form,
    pub pace: Pace,
    pub clock: ClockShown,
    pub copy: CopyTo,
    /// The console's log file, or why there is none.
    pub log: String,
    pub keeping: Keeping,
    /// Seconds east of UTC for the times people read.
    pub zone_secs: i32,
    /// `[keys]`: command id, and the keys it listens to instead of its own; none unbinds it.
    pub keys: Vec<(String, Vec<String>)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ThemeName {
    #[default]
    Dark,
    Light,
    HighContrast,
    ColourBlind,
    Sixteen,
    Mono,
}

impl ThemeName {
    pub const ALL: [(&'static str, Self); 6] = [
        ("dark", Self::Dark),
        ("light", Self::Light),
        ("high-contrast", Self::HighContrast),
        ("colour-blind", Self::ColourBlind),
        ("16", Self::Sixteen),
        ("mono", Self::Mono),
    ];
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| *name == word).map(|(_, theme)| *theme)
    }
}

/// What the terminal can show. `None` sets no colour at all, only attributes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Depth {
    None,
    #[default]
    Sixteen,
    Cube,
    True,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Glyphs {
    #[default]
    Unicode,
    Ascii,
}

/// `Plain` is lines of text with states in words, for screen readers and dumb terminals.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Form {
    #[default]
    Screen,
    Plain,
}

/// `Slow` draws a marker instead of a reversed row, and no clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Pace {
    #[default]
    Full,
    Slow,
}

/// Where a copied text goes: a terminal without OSC 52 shows it instead.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum CopyTo {
    #[default]
    Clipboard,
    Screen,
}

/// How long an edited handoff lasts that is not offered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Keeping {
    Disk,
    #[default]
    Memory,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ClockShown {
    Off,
    #[default]
    Minutes,
}
