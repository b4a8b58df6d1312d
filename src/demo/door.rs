//! A port of the estate that can be shut and opened again: while shut, connecting is refused, and nobody else can take
//! the port meanwhile. Not its job: what is spoken behind it.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::world::{Conditions, World};

/// Connections served at once through one door.
const CONNECTIONS_MAX: usize = 64;

/// A door on a free loopback port.
pub async fn open() -> io::Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", 0)).await
}

/// Serves until dropped; while `shut` holds, the port refuses and open connections are cut.
pub async fn keep<H, F>(world: &World, mut listener: TcpListener, shut: impl Fn(&Conditions) -> bool, serve: H)
where
    H: Fn(TcpStream) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let Ok(address) = listener.local_addr() else { return };
    loop {
        tokio::select! {
            () = accept(&listener, &serve) => {}
            () = world.until(&shut) => {}
        }
        drop(listener);
        let held = hold(address);
        world.until(|c| !shut(c)).await;
        listener = reopen(held, address).await;
    }
}

/// Dropping this cuts every connection it serves.
async fn accept<H, F>(listener: &TcpListener, serve: &H)
where
    H: Fn(TcpStream) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let mut served = JoinSet::new();
    loop {
        while served.len() >= CONNECTIONS_MAX {
            served.join_next().await;
        }
        while served.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                // Without it a small answer can wait 40 ms for an acknowledgement.
                let _ = stream.set_nodelay(true);
                served.spawn(serve(stream));
            }
            // Out of file descriptors, most likely: trying at once would spin.
            Err(_) => sleep(Duration::from_millis(100)).await,
        }
    }
}

/// Bound and not listening: the kernel refuses connections, and gives the port to nobody.
fn hold(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

async fn reopen(mut held: io::Result<TcpSocket>, address: SocketAddr) -> TcpListener {
    loop {
        if let Ok(listener) = held.and_then(|socket| socket.listen(128)) {
            return listener;
        }
        sleep(Duration::from_millis(100)).await;
        held = hold(address);
    }
}
