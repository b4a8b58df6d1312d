//! Until when a list is to be done, as people write it: `09:00`, `Fri 17:00`, `day 5 12:00`. Each form belongs to one
//! cadence; written beside another it is a mistake, for a Friday is no day of every day.

use chrono::NaiveTime;

use crate::domain::checklist::Due;
use crate::domain::markdown::Cadence;

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// How it is written for a cadence.
pub fn form(cadence: Cadence) -> &'static str {
    match cadence {
        Cadence::Daily => "a daily list is due at a time: \"09:00\"",
        Cadence::Weekly => "a weekly list is due on a day: \"Fri 17:00\"",
        Cadence::Monthly => "a monthly list is due on a day of the month: \"day 5 12:00\"",
        Cadence::Once => "a once-list is due on the day that its heading or a comment in the file names",
    }
}

/// The moment, and the cadence that its form belongs to.
pub fn parse(text: &str) -> Option<(Due, Cadence)> {
    let lower = text.trim().to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    match words.as_slice() {
        [time] => Some((Due { day: 0, time: clock(time)? }, Cadence::Daily)),
        [day, time] => {
            let named = |name: &&str| day.len() >= 3 && name.starts_with(day);
            let day = DAYS.iter().position(named)? as u32;
            Some((Due { day, time: clock(time)? }, Cadence::Weekly))
        }
        ["day", number, time] => {
            let number: u32 = number.parse().ok().filter(|n| (1..=31).contains(n))?;
            Some((Due { day: number - 1, time: clock(time)? }, Cadence::Monthly))
        }
        _ => None,
    }
}

fn clock(text: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(text, "%H:%M").ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_has_its_cadence() {
        let at = |h, m| NaiveTime::from_hms_opt(h, m, 0).unwrap();
        let due = |day, time| Due { day, time };
        assert_eq!(parse("09:00"), Some((due(0, at(9, 0)), Cadence::Daily)));
        assert_eq!(parse(" 9:05 "), Some((due(0, at(9, 5)), Cadence::Daily)));
        assert_eq!(parse("Fri 17:00"), Some((due(4, at(17, 0)), Cadence::Weekly)));
        assert_eq!(parse("sunday 23:59"), Some((due(6, at(23, 59)), Cadence::Weekly)));
        assert_eq!(parse("day 31 12:00"), Some((due(30, at(12, 0)), Cadence::Monthly)));
        for bad in ["", "9", "24:00", "Fr 17:00", "Friyay 17:00", "day 0 9:00", "day 32 9:00", "5 12:00", "Fri", "9pm"]
        {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
