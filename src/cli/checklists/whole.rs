//! Acts on a list as a whole: another date for a once-list, and the version that its file has now.

use chrono::{Days, NaiveDate, TimeZone as _};
use chrono_tz::Tz;
use clap::Subcommand;

use super::boxes;
use crate::cli::exit;
use crate::cli::output::Out;
use crate::cli::seat::Seat;
use crate::cli::settle::Settled;
use crate::config::value::Span;
use crate::domain::text::Untrusted;
use crate::domain::time::Stamp;
use crate::engine::event::{Intent, Verb};
use crate::runtime::clock;

#[derive(Subcommand, Debug)]
pub enum Act {
    /// Move the date of a once-list, with a --reason
    Redate {
        /// Its id, a beginning of that, or a part of its title
        list: String,
        /// The last day on time as 2026-12-24, a moment in RFC 3339, or a span from now like 14d
        #[arg(value_name = "DATE|SPAN")]
        to: String,
        /// Why: others planned by it
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Refuse unless the list still has this version
        #[arg(long, value_name = "N")]
        if_version: Option<u32>,
    },
    /// Take the list as its file says now; what is ticked stays with what has not changed
    Adopt {
        /// Its id, a beginning of that, or a part of its title
        list: String,
    },
}

pub fn run(seat: &mut Seat, act: &Act, out: &mut Out) -> anyhow::Result<u8> {
    let (past, asked) = match act {
        Act::Redate { list, .. } => ("re-dated", list),
        Act::Adopt { list } => ("taken up", list),
    };
    let shown = match boxes::list(seat, asked) {
        Ok(shown) => shown,
        Err(unclear) => {
            out.line(&format!("NOT {past}: {}", unclear.why))?;
            return Ok(unclear.code);
        }
    };
    let o = &shown.occurrence;
    let list = o.id;
    let (verb, seen) = match act {
        Act::Redate { to, reason, if_version, .. } => {
            let Some(due) = moment(to, &o.opening.zone) else {
                out.line("NOT re-dated: a date is 2026-12-24, a moment in RFC 3339, or a span from now like 14d")?;
                return Ok(exit::USAGE);
            };
            let reason = Untrusted::new(reason.trim()).clean();
            (Verb::Redate { list, due, reason }, if_version.unwrap_or(o.version))
        }
        Act::Adopt { .. } => (Verb::Adopt { list }, o.version),
    };
    let name = o.opening.pinned.title.to_string();
    let intent = Intent { alert: None, seen: Some(seen), verb };
    Ok(seat.act(intent, &Settled { past, name: &name }, out)?.code)
}

/// A day ends with its midnight, in the zone of the list.
fn moment(text: &str, zone: &str) -> Option<Stamp> {
    let text = text.trim();
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        let zone: Tz = zone.parse().unwrap_or(Tz::UTC);
        let midnight = day.checked_add_days(Days::new(1))?.and_hms_opt(0, 0, 0)?;
        // Where clocks skip midnight the day ends with the hour after it.
        let hour = |h: i64| zone.from_local_datetime(&(midnight + chrono::Duration::hours(h))).earliest();
        return hour(0).or_else(|| hour(1)).map(|at| Stamp(at.timestamp_millis()));
    }
    Stamp::parse(text).or_else(|| Some(clock::now().wall + Span::parse(text)?.0))
}
