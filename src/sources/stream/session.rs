//! Life on one link: read while there is room, ping, notice death and dripping, ask the feed for what is missing. It
//! ends with a reason; what to do then is `client`'s business.

use std::time::Duration;

use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::Feed;
use super::connect::Socket;
use super::dispatch::{Dispatch, Gone};
use super::hello;
use super::pulse::Pulse;
use super::refusal::{Ended, of_link};
use super::sequence::Ask;
use super::spec::Format;
use super::text::clean;
use crate::domain::live::Link;
use crate::domain::text::Clean;
use crate::domain::time::Stamp;

/// Messages taken before the timers are looked at again.
const AT_ONCE: usize = 256;
/// A feed that does not take a few bytes for this long does not read.
const WRITE_PATIENCE: Duration = Duration::from_secs(5);
/// A replay that has not come by then is not coming; a snapshot is asked for instead.
const REPLAY_PATIENCE: Duration = Duration::from_secs(10);
/// Between snapshots of a feed without numbers.
const SNAPSHOT_EVERY: Duration = Duration::from_mins(1);

/// The link ended, or the runtime did.
enum Over {
    Link(Ended),
    Gone,
}
impl From<Ended> for Over {
    fn from(ended: Ended) -> Self {
        Self::Link(ended)
    }
}
impl From<Gone> for Over {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

pub struct Session<'a> {
    feed: &'a Feed,
    dispatch: &'a mut Dispatch,
    socket: Socket,
    pulse: Pulse,
    /// Numbers what we say.
    said: u64,
    gap_since: Option<Instant>,
    snapshot_asked: Instant,
}

/// Runs until the link ends; `Gone` when the runtime does.
pub async fn live(feed: &Feed, dispatch: &mut Dispatch, socket: Socket, remark: &str) -> Result<Ended, Gone> {
    let now = Instant::now();
    dispatch.intake.connected();
    dispatch.say(Link::Live, &Clean::new(remark)).await?;
    let pulse = Pulse::new(&feed.spec.tuning, socket.get_ref().heard, now);
    let mut session = Session { feed, dispatch, socket, pulse, said: 0, gap_since: None, snapshot_asked: now };
    match session.run().await {
        Over::Gone => Err(Gone),
        Over::Link(ended) => Ok(ended),
    }
}

impl Session<'_> {
    async fn run(&mut self) -> Over {
        loop {
            let step = if self.said == 0 { self.greet().await } else { self.step().await };
            if let Err(over) = step {
                return over;
            }
        }
    }

    /// Who we are and where we stand; gaps that are still open are asked for again.
    async fn greet(&mut self) -> Result<(), Over> {
        self.said = 1;
        if self.feed.spec.format != Format::Cloudevents {
            return Ok(());
        }
        let hello = hello::hello(&self.feed.spec.name, self.dispatch.intake.sequence(), self.said);
        self.send(Message::text(hello)).await?;
        for ask in self.dispatch.intake.sequence().asks() {
            self.ask(ask).await?;
        }
        Ok(())
    }

    async fn step(&mut self) -> Result<(), Over> {
        let now = Instant::now();
        self.dispatch.pump(now).await?;
        let may_read = self.dispatch.may_read();
        self.pulse.pause(!may_read, now);
        if now >= self.pulse.next {
            self.tick(now).await?;
        }
        let wake = self.pulse.next.min(self.dispatch.due());
        tokio::select! {
            biased;
            ticket = self.dispatch.ticket() => ticket?,
            message = self.socket.next(), if may_read => self.read(message).await?,
            () = sleep_until(wake) => {}
        }
        Ok(())
    }

    /// Takes the message and those that are there already.
    async fn read(&mut self, first: Option<Result<Message, Error>>) -> Result<(), Over> {
        let wall = self.dispatch.wall();
        let mut next = first;
        let mut taken = 0;
        loop {
            if let Some(ask) = self.take(next, wall).await? {
                self.ask(ask).await?;
            }
            taken += 1;
            // Decided before the next message is taken out: one that is out must be used.
            if taken == AT_ONCE || self.dispatch.has_more_to_do() {
                break;
            }
            match self.socket.next().now_or_never() {
                Some(message) => next = message,
                None => break,
            }
        }
        self.pulse.settle(self.socket.get_ref().heard);
        Ok(())
    }

    async fn take(&mut self, message: Option<Result<Message, Error>>, wall: Stamp) -> Result<Option<Ask>, Over> {
        match message {
            Some(Ok(Message::Text(text))) => return Ok(self.dispatch.intake.take(text.as_str(), wall)),
            Some(Ok(Message::Binary(_))) => self.dispatch.intake.unreadable(wall),
            Some(Ok(Message::Close(frame))) => return Err(self.closed(frame).await.into()),
            Some(Ok(_)) => self.pulse.control(),
            Some(Err(error)) => return Err(self.broken(&error).await.into()),
            None => return Err(Ended::retry("the feed closed the link").into()),
        }
        Ok(None)
    }

    async fn tick(&mut self, now: Instant) -> Result<(), Over> {
        let tuning = &self.feed.spec.tuning;
        if self.pulse.beats(now) {
            return Err(self.leave(CloseCode::Policy, "closed by us, a flood of pings").await.into());
        }
        let (heard, heard_at) = (self.socket.get_ref().heard, self.socket.get_ref().heard_at);
        let silent = self.pulse.silent(heard_at, now);
        if silent >= tuning.dead.0 {
            return Err(Ended::retry(&format!("no sign of life for {} s", silent.as_secs())).into());
        }
        if self.pulse.drips(heard, now, tuning.message_deadline.0) {
            let why = format!("closed by us, a message took over {} s", tuning.message_deadline.0.as_secs());
            return Err(self.leave(CloseCode::Policy, &why).await.into());
        }
        if now >= self.pulse.ping_at {
            self.pulse.ping_at = now + tuning.ping.0;
            self.send(Message::Ping(tokio_tungstenite::tungstenite::Bytes::new())).await?;
        }
        self.mend(now).await?;
        self.dispatch.refresh(now).await?;
        Ok(())
    }

    /// Asks for a snapshot where a replay did not help, or where numbers never will.
    async fn mend(&mut self, now: Instant) -> Result<(), Over> {
        let intake = &self.dispatch.intake;
        if !intake.sequence().waits() {
            self.gap_since = None;
        } else if self.gap_since.is_none() {
            self.gap_since = Some(now);
        }
        let overdue = self.gap_since.is_some_and(|since| {
            now.duration_since(since) >= REPLAY_PATIENCE && self.snapshot_asked < since + REPLAY_PATIENCE
        });
        let usual = intake.wants_snapshots() && now.duration_since(self.snapshot_asked) >= SNAPSHOT_EVERY;
        if overdue || usual {
            self.ask(Ask::Snapshot).await?;
        }
        Ok(())
    }

    async fn ask(&mut self, ask: Ask) -> Result<(), Over> {
        if ask == Ask::Snapshot {
            self.snapshot_asked = Instant::now();
        }
        // A feed with its own JSON would not know what to make of it.
        if self.feed.spec.format != Format::Cloudevents {
            return Ok(());
        }
        self.said += 1;
        let text = hello::ask(&self.feed.spec.name, ask, self.said);
        Ok(self.send(Message::text(text)).await?)
    }

    async fn send(&mut self, message: Message) -> Result<(), Ended> {
        match timeout(WRITE_PATIENCE, self.socket.send(message)).await {
            Ok(sent) => sent.map_err(|e| of_link(&e)),
            Err(_) => Err(Ended::retry("closed by us, the feed does not read")),
        }
    }

    async fn closed(&mut self, frame: Option<CloseFrame>) -> Ended {
        // The answer to a close is queued already; a feed that does not wait for it loses nothing.
        let _ = timeout(WRITE_PATIENCE, self.socket.flush()).await;
        match frame {
            Some(CloseFrame { code, reason }) => {
                Ended::retry(&format!("the feed closed the link: {} {}", u16::from(code), clean(&reason, 100)))
            }
            None => Ended::retry("the feed closed the link"),
        }
    }

    /// What broke the link was a message that cannot be read, unless the link itself broke.
    async fn broken(&mut self, error: &Error) -> Ended {
        let code = match error {
            Error::Capacity(_) => CloseCode::Size,
            Error::Utf8(_) => CloseCode::Invalid,
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => return of_link(error),
            Error::Protocol(_) => CloseCode::Protocol,
            _ => return of_link(error),
        };
        let wall = self.dispatch.wall();
        self.dispatch.intake.broke(wall);
        let ended = of_link(error);
        self.leave(code, ended.why.as_str()).await
    }

    async fn leave(&mut self, code: CloseCode, why: &str) -> Ended {
        let reason = clean(why, 100).to_string().into();
        let _ = timeout(Duration::from_secs(1), self.socket.close(Some(CloseFrame { code, reason }))).await;
        Ended::retry(why)
    }
}
