use std::net::Ipv4Addr;
use std::sync::Condvar;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use super::*;
use crate::domain::sample::FailKind;
use crate::sources::probe::dial::{self, Host};
use crate::sources::probe::meter::Trace;
use crate::sources::probe::observation::{Failure, Verdict};

/// A resolver under which names that begin with `slow` hang until the gate is opened.
#[derive(Clone, Default)]
struct Gate {
    open: Arc<(Mutex<bool>, Condvar)>,
    asked: Arc<AtomicUsize>,
}

impl Gate {
    fn resolver(&self, hanging_max: usize) -> Resolver {
        let gate = self.clone();
        let ask = move |name: &str, port| {
            gate.asked.fetch_add(1, SeqCst);
            if name.starts_with("slow") {
                let shut = gate.open.0.lock().unwrap();
                drop(gate.open.1.wait_while(shut, |open| !*open).unwrap());
            }
            Ok(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))])
        };
        Resolver::new(ask, hanging_max)
    }
    fn open(&self) {
        *self.open.0.lock().unwrap() = true;
        self.open.1.notify_all();
    }
}

/// A gate that a failing test leaves shut would keep the runtime from ending.
impl Drop for Gate {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.open();
        }
    }
}

async fn connect(resolver: &Resolver, host: &str, port: u16, limit: Duration) -> (Result<(), Failure>, Trace) {
    let host = Host::new(host, port).unwrap();
    let mut trace = Trace::start(limit);
    let result = dial::connect_by(resolver, &host, &mut trace).await.map(drop);
    (result, trace)
}

/// Lets everything that is ready run, without letting time pass.
async fn settle(done: impl Fn() -> bool) {
    for _ in 0..2_000_000 {
        if done() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("it never came to that");
}

#[tokio::test(start_paused = true)]
async fn h5_a_resolver_that_hangs_is_given_up_after_three_seconds() {
    let gate = Gate::default();
    let resolver = gate.resolver(4);
    let look = tokio::spawn(async move { connect(&resolver, "slow.test", 80, Duration::from_secs(30)).await.0 });
    settle(|| gate.asked.load(SeqCst) == 1).await;
    // A blocking call under way holds virtual time: it moves only by hand.
    tokio::time::advance(Duration::from_millis(2990)).await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(!look.is_finished());
    tokio::time::advance(Duration::from_millis(20)).await;
    settle(|| look.is_finished()).await;
    let failure: Result<Verdict, Failure> = Err(look.await.unwrap().unwrap_err());
    let seen = Trace::start(Duration::from_secs(30)).observe::<()>(Ok(failure));
    assert_eq!(seen.fail, Some(FailKind::Resolve));
    assert!(seen.detail.as_str().contains("within 3 s"), "{seen:?}");
    gate.open();
}

#[tokio::test]
async fn h5_a_name_that_hangs_takes_one_place_however_often_it_is_looked_at() {
    let gate = Gate::default();
    let resolver = gate.resolver(2);
    let short = Duration::from_millis(1);
    for _ in 0..50 {
        let hung = tokio::time::timeout(short, resolver.look_up("slow.test".into(), 80)).await;
        assert!(hung.is_err());
    }
    assert_eq!(gate.asked.load(SeqCst), 1, "fifty looks, one question");
    for _ in 0..3 {
        assert_eq!(resolver.look_up("well.test".into(), 80).await.unwrap().len(), 1);
    }
    assert!(resolver.waiting().values().all(|w| w.len() <= 1), "those who left are forgotten");
    gate.open();
    settle(|| resolver.waiting().is_empty()).await;
    assert_eq!(resolver.look_up("slow.test".into(), 80).await.unwrap().len(), 1);
    assert_eq!(gate.asked.load(SeqCst), 5, "a late answer was nobody's: it was asked anew");
}

#[tokio::test]
async fn h5_names_that_hang_fill_their_places_and_not_the_runtimes_threads() {
    let gate = Gate::default();
    let resolver = gate.resolver(8);
    let short = Duration::from_millis(1);
    for i in 0..40 {
        let name = format!("slow-{i}.test").into();
        assert!(tokio::time::timeout(short, resolver.look_up(name, 80)).await.is_err());
    }
    assert!(gate.asked.load(SeqCst) <= 8);
    // Blocking work goes on, and what needs no resolver is looked at as ever.
    assert_eq!(tokio::task::spawn_blocking(|| 7).await.unwrap(), 7);
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = server.local_addr().unwrap().port();
    connect(&resolver, "127.0.0.1", port, Duration::from_secs(5)).await.0.unwrap();
    gate.open();
    connect(&resolver, "well.test", port, Duration::from_secs(5)).await.0.unwrap();
}

#[tokio::test]
async fn h5_a_flapping_name_is_as_it_is_at_each_look() {
    let turn = AtomicUsize::new(0);
    let flap = move |_: &str, port| match turn.fetch_add(1, SeqCst) % 2 {
        0 => Ok(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))]),
        _ => Err(io::Error::other("Temporary failure in name resolution")),
    };
    let resolver = Resolver::new(flap, 4);
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = server.local_addr().unwrap().port();
    for turn in 0..10 {
        let (seen, _) = connect(&resolver, "flap.test", port, Duration::from_secs(5)).await;
        assert_eq!(seen.is_ok(), turn % 2 == 0, "nothing is remembered between looks");
    }
}

/// A listener whose queue is full: a connection to it is neither made nor refused.
fn black_hole() -> (rustix::fd::OwnedFd, Vec<std::net::TcpStream>, SocketAddr) {
    use rustix::net::{AddressFamily, SocketType, bind, getsockname, listen, socket};
    let fd = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&fd, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    listen(&fd, 0).unwrap();
    let at = SocketAddr::try_from(getsockname(&fd).unwrap()).unwrap();
    let fill = || std::net::TcpStream::connect_timeout(&at, Duration::from_millis(100)).ok();
    let held: Vec<_> = std::iter::from_fn(fill).take(64).collect();
    assert!(held.len() < 64, "it took everybody");
    (fd, held, at)
}

#[tokio::test]
async fn h5_a_dead_first_address_leaves_time_for_the_one_behind_it() {
    let (_fd, _held, dead) = black_hole();
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let alive = server.local_addr().unwrap();
    let resolver = Resolver::new(move |_: &str, _| Ok(vec![dead, alive]), 4);
    let limit = Duration::from_millis(800);
    let (seen, trace) = tokio::time::timeout(limit, connect(&resolver, "half.test", 80, limit)).await.unwrap();
    assert!(seen.is_ok() && trace.dead == 1, "{trace:?}");
}

#[tokio::test]
async fn h5_of_three_hundred_addresses_a_few_are_tried() {
    let closed = || {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        port.local_addr().unwrap()
    };
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let alive = server.local_addr().unwrap();
    for (at, reached) in [(0, true), (3, true), (4, false), (299, false)] {
        let mut all = vec![closed(); 300];
        all[at] = alive;
        let resolver = Resolver::new(move |_: &str, _| Ok(all.clone()), 4);
        let (seen, trace) = connect(&resolver, "many.test", 80, Duration::from_secs(5)).await;
        assert_eq!(seen.is_ok(), reached, "alive at {at}");
        assert_eq!(trace.dead, if reached { at } else { 0 });
    }
}
