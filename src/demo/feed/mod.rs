//! The live feed of the estate: a WebSocket server speaking `CloudEvents`. `hub` numbers, keeps and fans out; `link` is
//! one client; `emit` makes the ordinary events; `trouble` the faults of a feed. Not its job: the story's alerts, which
//! the narrator raises through the hub.

mod emit;
mod hub;
mod link;
mod trouble;

use std::sync::Arc;

pub use hub::Hub;
use tokio::net::{TcpListener, TcpStream};

use super::door;
use super::fault::{Fault, Kind};
use super::world::World;

/// Serves and emits until dropped.
pub async fn run(world: Arc<World>, hub: Arc<Hub>, listener: TcpListener) {
    let serve = |stream: TcpStream| link::run(Arc::clone(&hub), stream);
    let down = Fault::whole(Kind::StreamDown);
    tokio::join!(
        door::keep(&world, listener, |c| c.on(down), serve),
        emit::run(&world, &hub),
        trouble::flood(&world, &hub),
        trouble::garbage(&world, &hub),
        trouble::gaps(&world, &hub),
    );
}
