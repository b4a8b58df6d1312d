//! Two reports about one alert within one batch, folded into the one that leaves the alert as both would have, one
//! after the other. What a report does to an alert is `domain::lifecycle`; a property test holds the two together.

use crate::domain::alert::About;
use crate::domain::feed::only_identity;
use crate::domain::journal::{Report, Said};
use crate::domain::severity::Severity;

/// `next` was said after `known`.
pub fn fold(known: Report, next: Report) -> Report {
    match (known.said, next.said) {
        // The first end is the end; a second finds nothing to end.
        (Said::Resolved, Said::Resolved) => known,
        (_, Said::Resolved) => next,
        // Over and back: a new firing knows nothing of the old one, not even its severity.
        (Said::Resolved, _) => {
            let severity = next.severity.or(Some(Severity::Warning));
            Report { said: Said::Raised, severity, about: next.about.named(), ..next }
        }
        (_, Said::Raised) => Report { severity: next.severity.or(known.severity), ..next },
        (_, Said::Updated) => {
            let severity = next.severity.or(known.severity);
            Report { severity, about: laid_over(known.about, next.about), ..known }
        }
    }
}

/// What an update leaves empty stays as it was.
fn laid_over(known: About, next: About) -> About {
    About {
        title: if next.title.is_empty() { known.title } else { next.title },
        labels: if only_identity(&next.labels) { known.labels } else { next.labels },
        service: next.service.or(known.service),
        value: next.value.or(known.value),
        limit: next.limit.or(known.limit),
        n: if next.n > 0 { next.n } else { known.n },
        metric: known.metric,
        unit: known.unit,
        procedure: known.procedure,
        marks: known.marks,
        previous: known.previous,
    }
}
