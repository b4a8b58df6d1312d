//! The control address of the estate, for scripts and tests: `GET /` says how things stand, `POST /fault/NAME` and
//! `DELETE /fault/NAME` inject and lift, `DELETE /story` and `POST /story` stop and go on with the story, `GET /pages`
//! shows what the pager got, `POST /page` is the pager itself. Loopback only, and of this process alone.

use std::sync::Arc;

use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::{Method, Request, StatusCode};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use super::door;
use super::fault::{self, Fault};
use super::feed::Hub;
use super::pager::Pager;
use super::web::{self, Answer};
use super::world::World;

/// Largest page taken.
const PAGE_MAX: usize = 256 << 10;

pub struct Control {
    pub world: Arc<World>,
    pub hub: Arc<Hub>,
    pub pager: Pager,
}

impl Control {
    /// Serves until dropped.
    pub async fn run(self: Arc<Self>, listener: TcpListener) {
        let serve = |stream: TcpStream| {
            let control = Arc::clone(&self);
            async move { web::serve(stream, |request| control.answer(request)).await }
        };
        door::keep(&self.world, listener, |_| false, serve).await;
    }

    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let path = request.uri().path().replace("%3A", ":").replace("%3a", ":");
        match (request.method(), path.as_str()) {
            (&Method::GET, "/") => web::json(StatusCode::OK, &self.state()),
            (&Method::GET, "/pages") => web::json(StatusCode::OK, &self.pages()),
            (&Method::POST, "/page") => self.page(request).await,
            (method, "/story") if method == Method::POST => self.story(false),
            (method, "/story") if method == Method::DELETE => self.story(true),
            (method, path) => match (method, path.strip_prefix("/fault/")) {
                (&Method::POST, Some(name)) => self.fault(name, true),
                (&Method::DELETE, Some(name)) => self.fault(name, false),
                _ => web::json(StatusCode::NOT_FOUND, &json!({ "error": "there is nothing here", "try": "GET /" })),
            },
        }
    }

    fn fault(&self, name: &str, inject: bool) -> Answer {
        match Fault::parse(name) {
            Ok(fault) if inject => {
                self.world.change(|c| c.inject(fault));
            }
            Ok(fault) => {
                self.world.change(|c| {
                    c.lift(fault);
                });
            }
            Err(unknown) => {
                let body = json!({ "error": unknown.to_string(), "nearest": unknown.nearest, "allowed": fault::allowed() });
                return web::json(StatusCode::NOT_FOUND, &body);
            }
        }
        web::json(StatusCode::OK, &self.state())
    }

    fn story(&self, quiet: bool) -> Answer {
        if self.world.read(|c| c.quiet() != quiet) {
            self.world.change(|c| c.hush(quiet));
        }
        web::json(StatusCode::OK, &self.state())
    }

    async fn page(&self, request: Request<Incoming>) -> Answer {
        let (head, body) = request.into_parts();
        match Limited::new(body, PAGE_MAX).collect().await {
            Ok(body) => {
                let receipt = self.pager.take(self.world.now().wall, &head.headers, &body.to_bytes());
                web::json(StatusCode::ACCEPTED, &receipt)
            }
            Err(_) => web::json(StatusCode::PAYLOAD_TOO_LARGE, &json!({ "error": "a page is at most 256 KiB" })),
        }
    }

    fn pages(&self) -> Value {
        let (count, pages) = self.pager.pages();
        json!({ "schema": "watchdeck/demo-pages/1", "count": count, "pages": pages })
    }

    fn state(&self) -> Value {
        let (injected, told, quiet) = self.world.read(|c| {
            let injected: Vec<String> = c.injected().map(ToString::to_string).collect();
            let told: Vec<Value> = c.told().map(|(f, level)| json!({ "name": f.to_string(), "level": level })).collect();
            (injected, told, c.quiet())
        });
        json!({
            "schema": "watchdeck/demo/1",
            "now": self.world.now().wall,
            "seed": self.world.seed,
            "speed": self.world.speed,
            "elapsed_ms": self.world.elapsed().as_millis() as u64,
            "faults": { "injected": injected, "story": told, "allowed": fault::allowed() },
            "story": if quiet { "stopped" } else { "told" },
            "feed": self.hub.figures(),
            "pages": self.pager.pages().0,
        })
    }
}
