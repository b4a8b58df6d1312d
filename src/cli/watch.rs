//! `watch`: the headless worker, for a service unit. Logs to stderr, tells systemd when it is ready, reloads on SIGHUP.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::context::Context;
use crate::engine::Engine;
use crate::runtime::plant::{Limits, Plant, Role, Source};
use crate::runtime::{build, logging, notify_systemd, panics};

/// How long what is under way may take to end.
const LEAVING: Duration = Duration::from_secs(1);

pub fn run(context: &Context) -> anyhow::Result<u8> {
    let Some((path, config)) = context.load()? else {
        return Err(super::output::NoConfig.into());
    };
    logging::to_stderr(&context.log);
    // Printed by the log; a second copy helps nobody.
    panics::listen(|_| false);
    let store = Arc::new(context.open(Some(&config), true)?);
    let estate = build::estate(&config)?;
    let engine =
        Engine::new(Arc::clone(&config.setup), context.operator(&config.setup), uuid::Uuid::now_v7().as_u128());
    let source = Source::new(path, Context::registry(), &config);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let code = runtime.block_on(async {
        let setup = Arc::clone(&config.setup);
        let plant = Plant::start(store, Role { headless: true, limits: Limits::of(&config.worker), setup, estate });
        notify_systemd::ready();
        let (_keep, stop) = watch::channel(false);
        let code = crate::runtime::watch::run(engine, plant, Some(source), stop).await;
        notify_systemd::stopping();
        code
    });
    // Time for what is under way to kill its programs; a disk that does not answer must not hold the process up.
    runtime.shutdown_timeout(LEAVING);
    Ok(code)
}
