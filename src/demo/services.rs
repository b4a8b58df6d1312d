//! The seven HTTP servers: each answers its health body after a latency that is really waited, as the load and the
//! faults in force have it. Not their job: which faults are in force, or what the body holds (`health`).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use super::certs::Tls;
use super::door;
use super::fault::{Fault, Kind};
use super::health::{self, Traffic};
use super::load;
use super::log::{Access, Line};
use super::rng::Rng;
use super::roster::Member;
use super::web::{self, Answer};
use super::world::World;

/// A hanging service lets go after this long even if nobody else does.
const HANG: Duration = Duration::from_mins(2);

pub struct Shop {
    member: &'static Member,
    world: Arc<World>,
    access: Access,
    /// The certificate it shows, for the one that speaks TLS.
    tls: Option<Tls>,
    state: Mutex<(Traffic, Rng)>,
}

/// What one request is going to get.
struct Fate {
    wait: Duration,
    status: StatusCode,
    body: serde_json::Value,
}

impl Shop {
    pub fn new(member: &'static Member, world: Arc<World>, access: Access, tls: Option<Tls>) -> Arc<Self> {
        let mut rng = Rng::new(world.seed, member.name);
        let traffic = Traffic::new(member, &mut rng, world.day_time());
        Arc::new(Self { member, world, access, tls, state: Mutex::new((traffic, rng)) })
    }

    /// Serves until dropped.
    pub async fn run(self: Arc<Self>, listener: TcpListener) {
        let killed = Fault::of(Kind::Kill, self.member.name);
        let serve = |stream| Arc::clone(&self).connection(stream);
        door::keep(&self.world, listener, |c| c.on(killed), serve).await;
    }

    async fn connection(self: Arc<Self>, stream: TcpStream) {
        let answer = |request| self.answer(request);
        let Some(tls) = &self.tls else { return web::serve(stream, answer).await };
        let acceptor = tls.acceptor(self.world.on(Fault::whole(Kind::CertExpired)));
        if let Ok(Ok(stream)) = timeout(Duration::from_secs(5), acceptor.accept(stream)).await {
            web::serve(stream, answer).await;
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let hang = Fault::of(Kind::Hang, self.member.name);
        if self.world.on(hang) {
            let _ = timeout(HANG, self.world.until(|c| !c.on(hang))).await;
        }
        let path = request.uri().path();
        let known = path == self.member.path || path == "/health" || path.strip_prefix("/health/") == Some(self.member.name);
        let Fate { wait, status, body } =
            if known { self.fate() } else { Fate::new(StatusCode::NOT_FOUND, json!({ "detail": "Not Found" })) };
        // The timer's grain is a millisecond: waiting for less would double it.
        if wait >= Duration::from_millis(1) {
            sleep(wait).await;
        }
        let line = Line::probe(self.world.now().wall, request.method().as_str(), path, status.as_u16());
        self.access.write(line);
        web::json(status, &body)
    }

    fn fate(&self) -> Fate {
        let (m, world) = (self.member, &self.world);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (traffic, rng) = &mut *state;
        world.read(|conditions| {
            let day = world.day_time();
            let (busy, errors) = (load::traffic(world.seed, m.name, day, conditions), load::errors(m, conditions));
            traffic.advance(m, busy, errors, day);
            let ms = load::latency(m, busy, conditions, rng);
            let body = health::body(m, world, conditions, traffic, rng);
            let flaky = conditions.on(Fault::of(Kind::Flaky, m.name)) && rng.chance(1.0 / 3.0);
            let fate = if flaky || conditions.on(Fault::of(Kind::Status, m.name)) {
                Fate::new(StatusCode::INTERNAL_SERVER_ERROR, json!({ "detail": "Internal Server Error" }))
            } else {
                Fate::new(StatusCode::OK, body)
            };
            Fate { wait: Duration::from_secs_f64(ms.clamp(0.0, 20_000.0) / 1000.0), ..fate }
        })
    }
}

impl Fate {
    fn new(status: StatusCode, body: serde_json::Value) -> Self {
        Self { wait: Duration::ZERO, status, body }
    }
}
