//! `--plain`: every view once, as lines of text with states in words. What the console would show, without a console.

use std::sync::Arc;

use super::context::Context;
use super::exit;
use super::look::{Wanted, look};
use super::output::Out;
use super::services::futures_executor;
use crate::app::{App, Input};
use crate::config::Config;
use crate::domain::journal::Everything;
use crate::engine::{Engine, Event};
use crate::runtime::clock;
use crate::store::Store;

pub fn run(context: &Context, config: &Config, out: &mut Out) -> anyhow::Result<u8> {
    let store = context.open(Some(config), true)?;
    print(context, config, futures_executor(store.everything(clock::now()))?, out)
}

/// What the store said, as the console would show it.
pub fn print(context: &Context, config: &Config, all: Everything, out: &mut Out) -> anyhow::Result<u8> {
    let now = clock::now();
    let engine =
        Engine::new(Arc::clone(&config.setup), context.operator(&config.setup), uuid::Uuid::now_v7().as_u128());
    let mut app = App::new(engine, look(Some(config), Wanted { plain: true, ..Wanted::default() }))?;
    app.handle(Input::Engine(Event::Loaded(Box::new(all))), now);
    for line in app.plain(now) {
        out.line(&line)?;
    }
    Ok(exit::DONE)
}
