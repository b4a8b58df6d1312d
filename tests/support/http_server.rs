//! Raw loopback servers for probes: they say bytes no HTTP library would, and count who came.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

pub struct Fake {
    pub addr: SocketAddr,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Fake {
    /// Runs `answer` on each connection.
    pub async fn start<F, A>(answer: F) -> Self
    where
        F: Fn(TcpStream) -> A + Send + Sync + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = listener.local_addr().expect("bound");
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, SeqCst);
                tokio::spawn(answer(stream));
            }
        });
        Self { addr, connections, task }
    }
    /// Reads the request, says these bytes, closes.
    pub async fn saying(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes: Arc<[u8]> = bytes.into().into();
        Self::start(move |mut stream| {
            let bytes = Arc::clone(&bytes);
            async move {
                request(&mut stream).await;
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
            }
        })
        .await
    }
    /// A well-formed answer with this status line, further headers (each ending in CRLF) and body.
    pub async fn answering(status: &str, headers: &str, body: &str) -> Self {
        Self::saying(whole(status, headers, body.as_bytes())).await
    }
    /// Accepts and never says a word.
    pub async fn silent() -> Self {
        Self::start(|mut stream| async move {
            let mut sink = [0; 1024];
            while stream.read(&mut sink).await.is_ok_and(|n| n > 0) {}
        })
        .await
    }
    pub fn url(&self) -> String {
        format!("http://{}/health", self.addr)
    }
    pub fn connections(&self) -> usize {
        self.connections.load(SeqCst)
    }
}

pub fn whole(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut out = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    out.extend_from_slice(body);
    out
}

/// Reads a request's head and returns it.
pub async fn request(stream: &mut TcpStream) -> String {
    let mut got = Vec::new();
    while !got.windows(4).any(|w| w == b"\r\n\r\n") {
        match stream.read_buf(&mut got).await {
            Ok(n) if n > 0 => {}
            _ => break,
        }
    }
    String::from_utf8_lossy(&got).into_owned()
}
