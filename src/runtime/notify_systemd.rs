//! The service manager's socket: ready, alive, stopping. Without the socket in the environment nothing is sent.

use std::os::unix::net::UnixDatagram;

fn tell(state: &str) {
    let Some(path) = std::env::var_os("NOTIFY_SOCKET") else { return };
    let Ok(socket) = UnixDatagram::unbound() else { return };
    // A name that starts with @ is an abstract one.
    let bytes = path.as_encoded_bytes();
    let sent = match bytes.strip_prefix(b"@") {
        Some(name) => {
            use std::os::linux::net::SocketAddrExt;
            std::os::unix::net::SocketAddr::from_abstract_name(name)
                .and_then(|a| socket.send_to_addr(state.as_bytes(), &a))
        }
        None => socket.send_to(state.as_bytes(), &path),
    };
    if let Err(error) = sent {
        tracing::debug!(target: "systemd", "not told {state}: {error}");
    }
}

pub fn ready() {
    tell("READY=1");
}
pub fn alive() {
    tell("WATCHDOG=1");
}
pub fn stopping() {
    tell("STOPPING=1");
}
