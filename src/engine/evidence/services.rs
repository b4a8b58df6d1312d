//! What the probes know: all services counted by state, and one service's figures. Unknown and stale never count as
//! healthy; they are what the count could still become.

use super::{Answer, Asker, Source, plain, topic};
use crate::domain::live::ServiceLive;
use crate::domain::rule::Form;
use crate::domain::service::ServiceState;

pub const ALL: Source = Source {
    name: "services",
    shown: "probes",
    topics: topic::SERVICES,
    values: "healthy, degraded, failed, stale, unknown, up, total",
    ask: all,
};
pub const ONE: Source = Source {
    name: "service",
    shown: "probes",
    topics: topic::SERVICES | topic::TIME,
    values: "*.p50, *.p95, *.p99, *.max, *.success, *.requests, *.up, *.uptime, *.age, *.tls_days, *.figure.NAME",
    ask: one,
};

fn all(asker: &Asker<'_>, path: &[String]) -> Option<Answer> {
    let [what] = path else { return None };
    let counts = asker.model.counts(asker.now);
    if counts.total == 0 {
        return None;
    }
    let open = counts.stale + counts.unknown;
    let (n, unsure) = match what.as_str() {
        "healthy" => (counts.healthy, open),
        "degraded" => (counts.degraded, 0),
        "failed" => (counts.failed, 0),
        "stale" => (counts.stale, 0),
        "unknown" => (counts.unknown, 0),
        "up" => (counts.up(), open),
        "total" => (counts.total, 0),
        _ => return None,
    };
    let says = match what.as_str() {
        "total" => format!("{n} services"),
        "healthy" | "up" if n < counts.total => format!("{n} of {}: {}", counts.total, others(asker, what == "up")),
        word => format!("{n} of {} {word}", counts.total),
    };
    let at = asker.model.services.iter().filter_map(|s| s.last.as_ref().map(|l| l.at)).min();
    let best = (unsure > 0).then(|| (n + unsure) as f64);
    Some(Answer { value: Some(n as f64), best, says, at })
}

/// The services that are not so, by name: `cache-manager failed, 2 stale`.
fn others(asker: &Asker<'_>, up: bool) -> String {
    let fine = |s: ServiceState| s == ServiceState::Healthy || up && s.up();
    let states = asker.model.services.iter().map(|s| (s.state_at(asker.now), s.name.as_str()));
    let wrong = states.filter(|(state, _)| !fine(*state));
    let (mut n, mut first) = (0, None);
    // The first of those that failed, else of the rest.
    for (state, name) in wrong {
        n += 1;
        let place = (state != ServiceState::Failed, name, state.word());
        first = Some(first.map_or(place, |known| std::cmp::min(known, place)));
    }
    match first {
        None => String::new(),
        Some((_, name, state)) if n == 1 => format!("{name} {state}"),
        Some((_, name, state)) => format!("{name} {state}, {} more", n - 1),
    }
}

fn one(asker: &Asker<'_>, path: &[String]) -> Option<Answer> {
    let (name, what) = path.split_first()?;
    let canonical = asker.model.setup.service(name).map_or(name.as_str(), |s| &*s.name);
    let live = asker.model.service(canonical)?;
    let last = live.last.as_ref();
    let known = !matches!(live.state_at(asker.now), ServiceState::Stale | ServiceState::Unknown);
    let words: Vec<&str> = what.iter().map(String::as_str).collect();
    let answer = measure(asker, live, &words)?;
    let at = last.map(|l| l.at);
    // An old figure is no figure of now.
    Some(if known || words == ["age"] {
        Answer { at, ..answer }
    } else {
        Answer { value: None, says: format!("{} is {}", live.name, live.state_at(asker.now).word()), at, ..answer }
    })
}

fn measure(asker: &Asker<'_>, live: &ServiceLive, what: &[&str]) -> Option<Answer> {
    let latency = |word: &str, ms: f64| {
        let n = live.latency.n;
        let says = if n == 0 { String::new() } else { format!("{word} {} ms, n={n}", plain(ms)) };
        Answer { value: (n > 0).then_some(ms), says, ..Answer::default() }
    };
    Some(match what {
        ["p50"] => latency("p50", live.latency.p50),
        ["p95"] => latency("p95", live.latency.p95),
        ["p99"] => latency("p99", live.latency.p99),
        ["max"] => latency("max", live.latency.max),
        ["success"] => success(live),
        ["requests"] => {
            let counted = live.success.form == Form::Requests;
            let says =
                if counted { format!("{} requests", live.success.total) } else { "requests are not counted".into() };
            Answer { value: counted.then_some(live.success.total as f64), says, ..Answer::default() }
        }
        ["up"] => {
            let up = live.state_at(asker.now).up();
            let says = format!("{} is {}", live.name, live.state_at(asker.now).word());
            Answer { value: Some(f64::from(u8::from(up))), says, ..Answer::default() }
        }
        ["uptime"] => Answer { value: live.uptime.ratio(), ..Answer::default() },
        ["age"] => {
            let age = live.last.as_ref().map(|l| asker.now.since(l.at).as_millis() as f64);
            Answer { value: age, ..Answer::default() }
        }
        ["tls_days"] => {
            let days = live.cert.map(|(days, _)| days.chain.min(days.leaf));
            let says = days.map_or_else(String::new, |d| format!("{} days left", plain(d.floor())));
            Answer { value: days, says, ..Answer::default() }
        }
        ["figure", name] => {
            let figure = live.figures.iter().find(|f| f.name.as_str() == *name)?;
            let says = format!("{name} {}{}", plain(figure.value), figure.unit);
            Answer { value: Some(figure.value), says, ..Answer::default() }
        }
        _ => return None,
    })
}

/// By requests where the service counts them, else by probes; nothing counted is not a hundred percent.
fn success(live: &ServiceLive) -> Answer {
    let s = &live.success;
    if s.total == 0 {
        return Answer { says: "nothing was counted yet".into(), ..Answer::default() };
    }
    let ratio = s.good as f64 / s.total as f64;
    let what = if s.form == Form::Requests { "" } else { " probes" };
    let shown = if s.good < s.total { (ratio * 100.0).min(99.99) } else { 100.0 };
    Answer { value: Some(ratio), says: format!("{} % of {}{what}", plain(shown), s.total), ..Answer::default() }
}
