//! A raw HTTP server on loopback that records what it was sent and answers as told, well or badly.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use serde_json::Value;

/// How the fake server ends one exchange.
pub enum Reply {
    Answer(String),
    /// Reads the whole request, then says nothing for as long as the other side waits.
    Silence,
    /// Reads the whole request, then closes.
    Close,
    /// An answer whose body never ends.
    Drip,
}

pub fn status(line: &str) -> Reply {
    answer(line, "", "")
}
pub fn answer(line: &str, headers: &str, body: &str) -> Reply {
    Reply::Answer(format!("HTTP/1.1 {line}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len()))
}

pub struct Request {
    pub head: String,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.head.lines().filter_map(|l| l.split_once(": ")).filter(|(n, _)| *n == name);
        let value = found.next().map(|(_, v)| v);
        assert!(found.next().is_none(), "{name} is there twice");
        value
    }
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

pub fn read_request(stream: &mut impl std::io::Read) -> Option<Request> {
    let (mut seen, mut byte) = (Vec::new(), [0]);
    while !seen.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        seen.push(byte[0]);
    }
    let mut request = Request { head: String::from_utf8(seen).unwrap(), body: Vec::new() };
    let length = request.header("content-length").map_or(0, |v| v.parse().unwrap());
    request.body = vec![0; length];
    stream.read_exact(&mut request.body).ok()?;
    Some(request)
}

/// Serves the replies in order, one connection each; the last one is repeated. Returns the address.
pub fn fake(mut replies: Vec<Reply>) -> (String, Receiver<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (log, requests) = sync_channel(1000);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let Some(request) = read_request(&mut stream) else { continue };
            let reply = if replies.len() > 1 { Some(replies.remove(0)) } else { None };
            finish(stream, reply.as_ref().unwrap_or_else(|| &replies[0]));
            if log.send(request).is_err() {
                return;
            }
        }
    });
    (address, requests)
}

pub fn finish(mut stream: TcpStream, reply: &Reply) {
    match reply {
        Reply::Answer(text) => stream.write_all(text.as_bytes()).unwrap(),
        Reply::Close => {}
        Reply::Silence => {
            // Its own thread, so that the next attempt is served while this one still waits.
            std::thread::spawn(move || stream.read(&mut [0]));
        }
        Reply::Drip => {
            std::thread::spawn(move || {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
                while stream.write_all(b"1\r\nx\r\n").is_ok() {
                    std::thread::sleep(Duration::from_millis(20));
                }
            });
        }
    }
}
