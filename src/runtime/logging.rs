//! The program's own log: into the Sys tab and its file, or to stderr where there is no screen. What is logged has been cleaned by
//! whoever logs it; lines carry no secret because no type that holds one can be shown.

use super::logfile::LogFile;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Lines kept for the Sys tab between two looks of the loop.
const HOT: usize = 4000;
/// Lines kept in all.
const KEPT: usize = 5000;

fn filter(level: &str) -> EnvFilter {
    // The libraries' own chatter is not the watch's.
    let text = format!(
        "{level},hyper=warn,h2=warn,rustls=warn,reqwest=warn,tungstenite=warn,tokio_tungstenite=warn,notify=warn"
    );
    EnvFilter::try_new(text).unwrap_or_else(|_| EnvFilter::new("info"))
}

/// Into the console's Sys tab. tui-logger's own thread is not started: it wakes every 10 ms; the loop moves the lines.
pub fn to_screen(level: &str, file: Option<LogFile>) {
    tui_logger::set_hot_buffer_depth(HOT);
    tui_logger::set_buffer_depth(KEPT);
    tui_logger::set_default_level(tui_logger::LevelFilter::Trace);
    let file = file.map(|file| tracing_subscriber::fmt::layer().with_writer(file).with_ansi(false));
    let screen = tui_logger::TuiTracingSubscriberLayer;
    let _ = tracing_subscriber::registry().with(filter(level)).with(file).with(screen).try_init();
}

/// Lines logged since the last look become visible.
pub fn move_lines() {
    tui_logger::move_events();
}

/// To stderr, for a service manager's journal.
pub fn to_stderr(level: &str) {
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    let _ = tracing_subscriber::registry().with(filter(level)).with(layer).try_init();
}
