//! A body as it comes in: decompressed on the fly and cut at its limit, so that neither an endless body nor a bomb
//! costs more memory than the limit.

use std::io::{self, Write};

use flate2::write::{DeflateDecoder, GzDecoder, ZlibDecoder};
use hyper::HeaderMap;
use hyper::header::CONTENT_ENCODING;

use crate::domain::sample::FailKind;
use crate::sources::probe::observation::Failure;

/// Keeps at most `max` bytes and refuses the next one.
struct Capped {
    kept: Vec<u8>,
    max: usize,
    over: bool,
}

impl Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.kept.len() + bytes.len() > self.max {
            self.over = true;
            return Err(io::Error::other("over the limit"));
        }
        self.kept.extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

enum Decoder {
    Plain(Capped),
    /// Counted and bounded, never read.
    Opaque(Capped),
    Gzip(Box<GzDecoder<Capped>>),
    /// `deflate` means zlib; some servers send it bare, which the first byte tells.
    Undecided(Capped),
    Zlib(Box<ZlibDecoder<Capped>>),
    Bare(Box<DeflateDecoder<Capped>>),
}

pub struct Intake {
    decoder: Decoder,
    max: usize,
    /// Off the wire; a stream that decompresses to nothing must end too.
    wire: usize,
}

impl Intake {
    pub fn new(headers: &HeaderMap, max: usize) -> Self {
        let kept = Capped { kept: Vec::new(), max, over: false };
        let encoding = headers.get(CONTENT_ENCODING).map_or(&b""[..], |v| v.as_bytes().trim_ascii());
        let is = |name: &str| encoding.eq_ignore_ascii_case(name.as_bytes());
        let decoder = if encoding.is_empty() || is("identity") {
            Decoder::Plain(kept)
        } else if is("gzip") || is("x-gzip") {
            Decoder::Gzip(Box::new(GzDecoder::new(kept)))
        } else if is("deflate") {
            Decoder::Undecided(kept)
        } else {
            Decoder::Opaque(kept)
        };
        Self { decoder, max, wire: 0 }
    }

    pub fn take(&mut self, data: &[u8]) -> Result<(), Failure> {
        self.wire += data.len();
        if self.wire > self.max {
            return Err(too_large(self.max));
        }
        if let Decoder::Undecided(kept) = &mut self.decoder
            && let Some(first) = data.first()
        {
            let kept = Capped { kept: Vec::new(), ..*kept };
            self.decoder = match first & 0x0f {
                8 => Decoder::Zlib(Box::new(ZlibDecoder::new(kept))),
                _ => Decoder::Bare(Box::new(DeflateDecoder::new(kept))),
            };
        }
        self.decode(data).map_err(|()| if self.over() { too_large(self.max) } else { damaged() })
    }

    fn decode(&mut self, data: &[u8]) -> Result<(), ()> {
        let done = match &mut self.decoder {
            Decoder::Plain(kept) | Decoder::Opaque(kept) | Decoder::Undecided(kept) => kept.write_all(data),
            Decoder::Gzip(d) => d.write_all(data),
            Decoder::Zlib(d) => d.write_all(data),
            Decoder::Bare(d) => d.write_all(data),
        };
        done.map_err(|_| ())
    }

    fn over(&self) -> bool {
        match &self.decoder {
            Decoder::Plain(kept) | Decoder::Opaque(kept) | Decoder::Undecided(kept) => kept.over,
            Decoder::Gzip(d) => d.get_ref().over,
            Decoder::Zlib(d) => d.get_ref().over,
            Decoder::Bare(d) => d.get_ref().over,
        }
    }

    /// The whole body; None when its encoding is not one we read. An empty body is whole in any encoding.
    pub fn finish(mut self) -> Result<Option<Vec<u8>>, Failure> {
        if self.wire == 0 {
            return Ok(Some(Vec::new()));
        }
        let ended = match &mut self.decoder {
            Decoder::Plain(_) | Decoder::Opaque(_) | Decoder::Undecided(_) => Ok(()),
            Decoder::Gzip(d) => d.try_finish(),
            Decoder::Zlib(d) => d.try_finish(),
            Decoder::Bare(d) => d.try_finish(),
        };
        if ended.is_err() {
            return Err(if self.over() { too_large(self.max) } else { damaged() });
        }
        Ok(match self.decoder {
            Decoder::Opaque(_) => None,
            Decoder::Plain(kept) | Decoder::Undecided(kept) => Some(kept.kept),
            Decoder::Gzip(d) => Some(d.finish().map_err(|_| damaged())?.kept),
            Decoder::Zlib(d) => Some(d.finish().map_err(|_| damaged())?.kept),
            Decoder::Bare(d) => Some(d.finish().map_err(|_| damaged())?.kept),
        })
    }
}

fn too_large(max: usize) -> Failure {
    let shown = if max.is_multiple_of(1024) { format!("{} KiB", max / 1024) } else { format!("{max} bytes") };
    Failure::failed(FailKind::Size, format!("body over {shown}, cut"))
}

fn damaged() -> Failure {
    Failure::failed(FailKind::Body, "the body's compression is damaged")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intake(encoding: &'static str, max: usize) -> Intake {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, encoding.parse().expect("value"));
        Intake::new(&headers, max)
    }
    fn whole(encoding: &'static str, data: &[u8]) -> Result<Option<Vec<u8>>, FailKind> {
        let mut intake = intake(encoding, 10_000);
        intake.take(data).map_err(|f| f.kind)?;
        intake.finish().map_err(|f| f.kind)
    }

    #[test]
    fn each_encoding_is_read_and_damage_is_told() {
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        zlib.write_all(b"hello hello").expect("zlib");
        let mut bare = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        bare.write_all(b"hello hello").expect("deflate");
        let hello = Ok(Some(b"hello hello".to_vec()));
        assert_eq!(whole("deflate", &zlib.finish().expect("zlib")), hello);
        assert_eq!(whole("deflate", &bare.finish().expect("deflate")), hello);
        assert_eq!(whole("identity", b"hello hello"), hello);
        assert_eq!(whole("br", b"\x01\x02"), Ok(None));
        assert_eq!(whole("gzip", b"not gzip at all"), Err(FailKind::Body));
        assert_eq!(whole("gzip", b""), Ok(Some(Vec::new())));
    }

    #[test]
    fn h1_a_body_of_exactly_the_limit_is_whole_and_one_more_is_cut() {
        assert_eq!(whole("", &[b'x'; 10_000]).map(|b| b.map(|b| b.len())), Ok(Some(10_000)));
        assert_eq!(whole("", &[b'x'; 10_001]), Err(FailKind::Size));
    }
}
