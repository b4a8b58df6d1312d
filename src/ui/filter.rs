//! The filter line: fuzzy words, and `sev:crit svc:ml owner:me since:12h` that narrow. A filter only hides; what it
//! hides is counted and said by whoever lists.

use std::time::Duration;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::domain::alert::Alert;
use crate::domain::severity::Severity;
use crate::domain::span::Span;
use crate::domain::time::Stamp;

#[derive(Clone, Default, Debug)]
pub struct Filter {
    pub text: String,
    words: Option<Pattern>,
    severity: Option<Severity>,
    service: Option<String>,
    owner: Option<String>,
    since: Option<Duration>,
    /// Why it can match nothing, in words.
    wrong: Option<String>,
}

/// Keeps its memory between the rows of one pass.
pub struct Sieve<'a> {
    filter: &'a Filter,
    me: &'a str,
    now: Stamp,
    matcher: Option<Matcher>,
    letters: Vec<char>,
}

impl Filter {
    pub fn new(text: &str) -> Self {
        let mut filter = Self { text: text.trim_start().to_owned(), ..Self::default() };
        let mut words = Vec::new();
        for word in text.split_whitespace() {
            if !filter.narrow(word) {
                words.push(word);
            }
        }
        if !words.is_empty() {
            filter.words = Some(Pattern::parse(&words.join(" "), CaseMatching::Smart, Normalization::Smart));
        }
        filter
    }
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }
    pub fn wrong(&self) -> Option<&str> {
        self.wrong.as_deref()
    }
    /// True when the word was one that narrows; half-typed ones (`sev:`) narrow nothing yet.
    fn narrow(&mut self, word: &str) -> bool {
        let Some((field, value)) = word.split_once(':') else { return false };
        // `10:30` and `http://…` are words; `foo:` asks for something there is not.
        if field.is_empty() || !field.chars().all(char::is_alphabetic) || value.starts_with('/') {
            return false;
        }
        let value = (!value.is_empty()).then(|| value.to_lowercase());
        let mut wrong = None;
        match field {
            "sev" | "severity" => {
                let find = |v: &str| Severity::ALL.into_iter().find(|s| s.word().starts_with(v));
                self.severity = value.as_deref().and_then(find);
                let unknown = value.filter(|_| self.severity.is_none());
                wrong = unknown.map(|v| format!("no severity {v:?}: crit, warn, notice"));
            }
            "svc" | "service" => self.service = value,
            "owner" => self.owner = value,
            "since" => {
                self.since = value.as_deref().and_then(Span::parse).map(|s| s.0);
                wrong = value.filter(|_| self.since.is_none()).map(|v| format!("no span {v:?}: 30m, 12h, 2d"));
            }
            key => wrong = Some(format!("no key {key:?}: sev, svc, owner, since")),
        }
        self.wrong = self.wrong.take().or(wrong);
        true
    }
    pub fn sieve<'a>(&'a self, me: &'a str, now: Stamp) -> Sieve<'a> {
        let matcher = self.words.is_some().then(|| Matcher::new(Config::DEFAULT));
        Sieve { filter: self, me, now, matcher, letters: Vec::new() }
    }
}

impl Sieve<'_> {
    pub fn keeps_alert(&mut self, alert: &Alert) -> bool {
        let f = self.filter;
        if f.is_empty() {
            return true;
        }
        if f.wrong.is_some() {
            return false;
        }
        let owner = alert.owner.as_ref().map_or("", |o| o.as_str());
        let belongs = |wanted: &str| match wanted {
            "me" => owner == self.me,
            "none" | "nobody" => owner.is_empty(),
            name => owner.to_lowercase().starts_with(name),
        };
        f.severity.is_none_or(|s| alert.severity == s)
            && f.service.as_deref().is_none_or(|s| alert.service().to_lowercase().contains(s))
            && f.owner.as_deref().is_none_or(belongs)
            && f.since.is_none_or(|span| self.now.since(alert.opened_at) <= span)
            && self.keeps_words(&format!("{} {} {} {owner}", alert.service(), alert.about.title, alert.id))
    }
    /// A row that has a name, perhaps a service and a severity.
    pub fn keeps(&mut self, words: &str, service: &str, severity: Option<Severity>) -> bool {
        let f = self.filter;
        f.wrong.is_none()
            && f.severity.is_none_or(|s| severity == Some(s))
            && f.service.as_deref().is_none_or(|s| service.to_lowercase().contains(s))
            && self.keeps_words(words)
    }
    fn keeps_words(&mut self, words: &str) -> bool {
        let (Some(pattern), Some(matcher)) = (&self.filter.words, &mut self.matcher) else { return true };
        pattern.score(Utf32Str::new(words, &mut self.letters), matcher).is_some()
    }
}
