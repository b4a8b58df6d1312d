//! `services`: the table behind the Services tab, from the rows the worker wrote.

use std::sync::Arc;

use serde_json::{Value, json};

use super::context::Context;
use super::exit;
use super::output::{Out, time};
use crate::domain::live::ServiceLive;
use crate::domain::rule::{Form, number, percent};
use crate::domain::service::ServiceState;
use crate::domain::setup::Setup;
use crate::domain::time::{Stamp, ms, short};
use crate::runtime::clock;
use crate::store::Store;

pub fn run(context: &Context, json: bool, out: &mut Out) -> anyhow::Result<u8> {
    let (setup, config) = context.setup()?;
    let store = context.open(config.as_ref(), false)?;
    let live = futures_executor(store.live())?;
    let now = clock::now().wall;
    let services = joined(&setup, live.services);
    if json {
        let list: Vec<Value> = services.iter().map(|s| document(s, now)).collect();
        out.json("services", json!({ "now": now, "services": list }))?;
    } else {
        let rows: Vec<Vec<String>> = services.iter().map(|s| row(s, now)).collect();
        let heads = [
            ("service", false),
            ("state", false),
            ("p95", true),
            ("n", true),
            ("success", false),
            ("age", true),
            ("up 30d", true),
            ("detail", false),
        ];
        out.table(&heads, &rows)?;
    }
    Ok(exit::DONE)
}

/// Waits for one answer of the store: these commands have nothing else to do.
pub fn futures_executor<T>(asked: crate::store::Asked<'_, T>) -> Result<T, crate::store::StoreError> {
    match tokio::runtime::Builder::new_current_thread().enable_time().build() {
        Ok(runtime) => runtime.block_on(asked),
        Err(e) => Err(crate::store::StoreError::Failed(e.to_string())),
    }
}

/// In the config's order, one per configured service; without a config what the rows say.
pub fn joined(setup: &Setup, rows: Vec<Arc<ServiceLive>>) -> Vec<Arc<ServiceLive>> {
    if setup.services.is_empty() {
        return rows;
    }
    let of = |s: &crate::domain::service::Service| {
        let interval_ms = u64::try_from(ms(s.interval)).unwrap_or(0);
        let unknown = || Arc::new(ServiceLive { name: s.name.to_string(), interval_ms, ..ServiceLive::default() });
        rows.iter().find(|r| r.name == *s.name).cloned().unwrap_or_else(unknown)
    };
    setup.services.iter().map(of).collect()
}

fn document(s: &ServiceLive, now: Stamp) -> Value {
    let last = s.last.as_ref();
    let ratio = (s.success.total > 0).then(|| s.success.good as f64 / s.success.total as f64);
    json!({
        "name": s.name,
        "state": s.state_at(now),
        "latency_p50_ms": (s.latency.n > 0).then_some(s.latency.p50),
        "latency_p95_ms": (s.latency.n > 0).then_some(s.latency.p95),
        "latency_p99_ms": (s.latency.n > 0).then_some(s.latency.p99),
        "latency_max_ms": (s.latency.n > 0).then_some(s.latency.max),
        "samples": s.latency.n,
        "success_ratio": ratio,
        "success_form": s.success.form,
        "success_total": s.success.total,
        "age_ms": last.map(|l| ms(now.since(l.at))),
        "sampled_at": time(last.map(|l| l.at)),
        "outcome": last.map(|l| l.outcome),
        "fail": last.and_then(|l| l.fail),
        "detail": last.map(|l| &l.detail),
        "phases": last.map(|l| l.phases),
        "uptime_ratio": s.uptime.ratio(),
        "not_observed_ratio": s.uptime.unseen_ratio(),
        "cert_days_left": s.cert.map(|(d, _)| d.chain.min(d.leaf)),
        "cert_seen_at": time(s.cert.map(|(_, at)| at)),
        "figures": s.figures,
        "why": s.why,
        "skipped": s.notes.skipped,
        "late": s.notes.late,
        "never_varies": s.notes.never_varies,
    })
}

fn row(s: &ServiceLive, now: Stamp) -> Vec<String> {
    let state = s.state_at(now);
    let none = || "–".to_owned();
    let success = match (s.success.form, s.success.total) {
        (_, 0) => none(),
        (Form::Requests, total) => format!("{} of {total}", percent(s.success.good as f64 / total as f64)),
        (_, total) => format!("{} of {total}", s.success.good),
    };
    let last = s.last.as_ref();
    vec![
        s.name.clone(),
        state.word().to_owned(),
        if s.latency.n > 0 { format!("{} ms", number(s.latency.p95)) } else { none() },
        s.latency.n.to_string(),
        success,
        last.map_or_else(none, |l| short(now.since(l.at))),
        s.uptime.ratio().map_or_else(none, percent),
        if state == ServiceState::Healthy {
            String::new()
        } else {
            last.map_or_else(String::new, |l| l.detail.to_string())
        },
    ]
}
