//! What a probe costs and whether a thousand of them stay punctual: `cargo bench --bench probe_load [-- costs|punctual]`.
//! The servers run in a child process, so that only our own CPU is counted. Loopback only; ends by itself.

use std::io::{BufRead, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use toml::de::DeTable;
use watchdeck::config::raw::Raw;
use watchdeck::domain::sample::Outcome;
use watchdeck::domain::time::{Now, Stamp};
use watchdeck::sources::probe::poller::{self, Caps, Order, PollEvent, PollStats, Target, Targets, Wiring};
use watchdeck::sources::probe::{self, Probe};

const BODY: &str = r#"{"status":"healthy","version":"1.4.2","database":{"status":"healthy","connection_time_ms":12}}"#;
const WARM: usize = 500;
const COUNTED: usize = 5_000;
const SERVICES: usize = 1_000;
const RUN: Duration = Duration::from_secs(15);
/// One server answers for this many services, as a host with a limit per host would.
const PER_SERVER: usize = 10;

type Failed = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    match arguments.first().map(String::as_str) {
        Some("serve") => serve(arguments.get(1).map_or(Ok(1), |n| n.parse())?),
        Some("costs") => costs(),
        Some("punctual") => punctual(),
        _ => costs().and_then(|()| punctual()),
    }
}

fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn runtime(threads: usize) -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()
}

/// The child: `answering` ports that answer and one that never does, printed one per line; ends with its stdin.
fn serve(answering: usize) -> Result<(), Failed> {
    runtime(1)?.block_on(async {
        let mut out = std::io::stdout();
        for answers in (0..=answering).map(|i| i < answering) {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            writeln!(out, "{}", listener.local_addr()?)?;
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(answer(stream, answers));
                }
            });
        }
        out.flush()?;
        let mut sink = Vec::new();
        // The parent's death closes the pipe: no server is left behind.
        let _ = tokio::task::spawn_blocking(move || std::io::Read::read_to_end(&mut std::io::stdin(), &mut sink)).await;
        Ok(())
    })
}

async fn answer(mut stream: TcpStream, answers: bool) {
    let mut got = [0; 2048];
    while stream.read(&mut got).await.is_ok_and(|n| n > 0) {
        if answers {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
            let whole = format!("{head}Content-Length: {}\r\n\r\n{BODY}", BODY.len());
            let _ = stream.write_all(whole.as_bytes()).await;
        }
    }
}

struct Servers {
    child: Child,
    answering: Vec<SocketAddr>,
    silent: SocketAddr,
}

impl Servers {
    fn start(answering: usize) -> Result<Self, Failed> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["serve", &answering.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let out = child.stdout.take().ok_or("no output")?;
        let lines = BufReader::new(out).lines().take(answering + 1);
        let mut all = lines.map(|line| Ok(line?.parse()?)).collect::<Result<Vec<SocketAddr>, Failed>>()?;
        let silent = all.pop().ok_or("no server")?;
        Ok(Self { child, answering: all, silent })
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn build(url: &str, interval: &str) -> Result<Arc<dyn Probe>, Failed> {
    let line = format!("http = {{ url = '{url}', interval = '{interval}' }}");
    let mut doc = DeTable::parse(line.leak())?;
    doc.get_mut().make_owned();
    let (key, value) = doc.into_inner().into_iter().next().ok_or("no kind")?;
    let span = key.span();
    Ok(probe::build(&"bench".into(), &Raw::new(key.into_inner().into_owned(), span, value))?)
}

/// Our own CPU, all threads, the server's excluded.
fn cpu() -> Duration {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(spent.tv_sec as u64, spent.tv_nsec as u32)
}

fn costs() -> Result<(), Failed> {
    let servers = Servers::start(1)?;
    let at = *servers.answering.first().ok_or("no server")?;
    let probe = build(&format!("http://{at}/health"), "30s")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Turn about, so that a noisy moment hits both.
    for round in 1..=3 {
        let bare = runtime.block_on(async {
            for _ in 0..WARM {
                bare(at).await?;
            }
            let before = cpu();
            for _ in 0..COUNTED {
                bare(at).await?;
            }
            Ok::<_, Failed>(cpu().saturating_sub(before))
        })?;
        let ours = runtime.block_on(async {
            for _ in 0..WARM {
                probe.run().await;
            }
            let before = cpu();
            for _ in 0..COUNTED {
                let seen = probe.run().await;
                if seen.outcome != Outcome::Ok {
                    return Err(Failed::from(seen.detail.to_string()));
                }
            }
            Ok(cpu().saturating_sub(before))
        })?;
        let each = |d: Duration| d.as_secs_f64() * 1e6 / COUNTED as f64;
        say(&format!(
            "round {round}: ours {:.1} us CPU per probe, bare tokio loop {:.1} us, {:.2} times (n={COUNTED})",
            each(ours),
            each(bare),
            each(ours) / each(bare)
        ));
    }
    Ok(())
}

/// The least a probe can do: connect, ask, read to the announced length.
async fn bare(at: SocketAddr) -> Result<(), Failed> {
    let mut stream = TcpStream::connect(at).await?;
    let ask = format!("GET /health HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\n\r\n");
    stream.write_all(ask.as_bytes()).await?;
    let mut got = Vec::with_capacity(4096);
    loop {
        if stream.read_buf(&mut got).await? == 0 {
            return Err("closed early".into());
        }
        let text = std::str::from_utf8(&got)?;
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|l| l.strip_prefix("Content-Length: ")).ok_or("no length")?;
        if body.len() >= length.parse::<usize>()? {
            return Ok(());
        }
    }
}

fn punctual() -> Result<(), Failed> {
    let servers = Servers::start(SERVICES / PER_SERVER)?;
    let mut targets = Vec::new();
    for i in 0..SERVICES {
        let at = if i % 10 == 0 { Some(servers.silent) } else { servers.answering.get(i / PER_SERVER).copied() };
        // The hanging tenth counts as many hosts: 127/8 is all ours.
        let url = match at {
            Some(at) if i % 10 == 0 => format!("http://127.0.{}.{}:{}/", i / 200 + 1, i % 200 + 1, at.port()),
            Some(at) => format!("http://{at}/health"),
            None => return Err("no server".into()),
        };
        targets.push(Target { service: format!("service-{i}").into(), probe: build(&url, "5s")? });
    }
    runtime(2)?.block_on(poll(targets))
}

async fn poll(targets: Vec<Target>) -> Result<(), Failed> {
    let (_targets, targets_in) = watch::channel(Targets::from(targets));
    let (orders, orders_in) = mpsc::channel(4);
    let (out, mut events) = mpsc::channel(1024);
    let stats = Arc::new(PollStats::default());
    let wiring =
        Wiring { targets: targets_in, orders: orders_in, out, stats: Arc::clone(&stats), caps: Caps::default() };
    let began = started();
    let clock = move || {
        let ms = began.elapsed().as_millis() as i64;
        Now { wall: Stamp(1_700_000_000_000 + ms), boot_ms: ms }
    };
    let poller = tokio::spawn(poller::run(wiring, clock));
    orders.send(Order::Resume).await?;
    let mut tally = Tally::default();
    let before = cpu();
    let until = tokio::time::sleep(RUN);
    tokio::pin!(until);
    loop {
        tokio::select! {
            () = &mut until => break,
            event = events.recv() => match event {
                Some(event) => tally.take(event, began.elapsed()),
                None => return Err("the poller ended".into()),
            },
        }
    }
    let spent = cpu().saturating_sub(before);
    poller.abort();
    tally.report(spent, &stats);
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a bench measures")]
fn started() -> Instant {
    Instant::now()
}

#[derive(Default)]
struct Tally {
    /// Healthy answers per 100 ms, from 5 s on, when every service has had its first look.
    buckets: Vec<u32>,
    ok: usize,
    failed: usize,
    skipped: usize,
    late: Vec<u32>,
}

impl Tally {
    fn take(&mut self, event: PollEvent, at: Duration) {
        let PollEvent::Sample(sample) = event else {
            self.skipped += 1;
            return;
        };
        if sample.outcome != Outcome::Ok {
            self.failed += 1;
            return;
        }
        self.ok += 1;
        self.late.push(sample.late_ms);
        let bucket = (at.as_millis() / 100) as usize;
        if self.buckets.len() <= bucket {
            self.buckets.resize(bucket + 1, 0);
        }
        if let Some(n) = self.buckets.get_mut(bucket) {
            *n += 1;
        }
    }

    fn report(mut self, spent: Duration, stats: &PollStats) {
        let steady = self.buckets.get(60..140).unwrap_or_default();
        let mean = f64::from(steady.iter().sum::<u32>()) / steady.len().max(1) as f64;
        let spread = steady.iter().map(|n| (f64::from(*n) - mean).powi(2)).sum::<f64>() / steady.len().max(1) as f64;
        let range = (steady.iter().min().copied().unwrap_or(0), steady.iter().max().copied().unwrap_or(0));
        self.late.sort_unstable();
        let at = |q: usize| self.late.get(self.late.len().saturating_sub(1) * q / 100).copied().unwrap_or(0);
        say(&format!("{SERVICES} services at 5 s, a tenth hanging, {} s:", RUN.as_secs()));
        say(&format!(
            "  ok {}, failed {}, skipped {}, dropped {}",
            self.ok,
            self.failed,
            self.skipped,
            stats.dropped()
        ));
        say(&format!(
            "  healthy answers per 100 ms: mean {mean:.1}, min {}, max {}, deviation {:.1} (even by chance: {:.1})",
            range.0,
            range.1,
            spread.sqrt(),
            mean.sqrt()
        ));
        say(&format!(
            "  start lag: p50 {} ms, p99 {} ms, max {} ms; poller says p99 {} ms",
            at(50),
            at(99),
            at(100),
            stats.lag_p99_ms()
        ));
        say(&format!("  CPU {:.2} % of one core, RSS {}", spent.as_secs_f64() * 100.0 / RUN.as_secs_f64(), rss()));
    }
}

fn rss() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
    line.map_or_else(|| "?".into(), |l| l.trim().to_owned())
}
