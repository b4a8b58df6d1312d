//! How foreign text is read and bounded before it becomes a domain value. Only `Clean` leaves the stream.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::domain::ids::Labels;
use crate::domain::text::{Clean, Untrusted};

pub const TITLE_MAX: usize = 300;
pub const NAME_MAX: usize = 100;
pub const LABELS_MAX: usize = 32;

/// One safe line of at most `max` bytes.
pub fn clean(text: &str, max: usize) -> Clean {
    Untrusted::new(text).clean_to(max)
}

/// The same as an owned string, without the detour for text that is plain anyway.
pub fn tidy(text: &str, max: usize) -> String {
    if text.len() <= max && text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return text.to_owned();
    }
    clean(text, max).to_string()
}

/// At most 32 labels, names of 100 bytes, values of 300.
pub fn labels<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Labels {
    let pairs = pairs.filter(|(name, value)| !name.is_empty() && !value.is_empty());
    pairs.take(LABELS_MAX).map(|(name, value)| (tidy(name, NAME_MAX), tidy(value, TITLE_MAX))).collect()
}

/// A JSON string, borrowed from the message where it holds no escape. Anything else is an error.
#[derive(Clone, Debug, PartialEq)]
pub struct Strict<'a>(pub Cow<'a, str>);

/// Any scalar as text; null, lists and objects are as good as absent.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Loose<'a>(pub Option<Cow<'a, str>>);

/// A number, or text that is one; null is absent, anything else an error. Never NaN or infinite.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Num(pub Option<f64>);

/// An object's members as text, at most [`LABELS_MAX`]; what is neither text nor number is skipped.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Pairs<'a>(pub Vec<(Cow<'a, str>, Cow<'a, str>)>);

/// A form read from an object alone: by itself serde takes a list for one too, member by member.
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(MapOnly(deserializer)).map(Object)
    }
}

struct MapOnly<D>(D);
impl<'de, D: Deserializer<'de>> Deserializer<'de> for MapOnly<D> {
    type Error = D::Error;
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(visitor)
    }
    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl Loose<'_> {
    pub fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }
}

struct StrictVisitor;
impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Strict<'de>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Strict<'de>, E> {
        Ok(Strict(Cow::Borrowed(text)))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Strict<'de>, E> {
        Ok(Strict(Cow::Owned(text.to_owned())))
    }
}
impl<'de: 'a, 'a> Deserialize<'de> for Strict<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(StrictVisitor)
    }
}

struct LooseVisitor;
impl<'de> Visitor<'de> for LooseVisitor {
    type Value = Loose<'de>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Loose<'de>, E> {
        Ok(Loose(Some(Cow::Borrowed(text))))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Loose<'de>, E> {
        Ok(Loose(Some(Cow::Owned(text.to_owned()))))
    }
    fn visit_u64<E: Error>(self, n: u64) -> Result<Loose<'de>, E> {
        Ok(Loose(Some(Cow::Owned(n.to_string()))))
    }
    fn visit_i64<E: Error>(self, n: i64) -> Result<Loose<'de>, E> {
        Ok(Loose(Some(Cow::Owned(n.to_string()))))
    }
    fn visit_f64<E: Error>(self, n: f64) -> Result<Loose<'de>, E> {
        Ok(Loose(Some(Cow::Owned(n.to_string()))))
    }
    fn visit_bool<E: Error>(self, b: bool) -> Result<Loose<'de>, E> {
        Ok(Loose(Some(Cow::Borrowed(if b { "true" } else { "false" }))))
    }
    fn visit_unit<E: Error>(self) -> Result<Loose<'de>, E> {
        Ok(Loose(None))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Loose<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Loose(None))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Loose<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Loose(None))
    }
}
impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseVisitor)
    }
}

struct NumVisitor;
impl Visitor<'_> for NumVisitor {
    type Value = Num;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }
    fn visit_f64<E: Error>(self, n: f64) -> Result<Num, E> {
        if n.is_finite() { Ok(Num(Some(n))) } else { Err(E::custom("not a finite number")) }
    }
    fn visit_u64<E: Error>(self, n: u64) -> Result<Num, E> {
        Ok(Num(Some(n as f64)))
    }
    fn visit_i64<E: Error>(self, n: i64) -> Result<Num, E> {
        Ok(Num(Some(n as f64)))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Num, E> {
        self.visit_f64(text.trim().parse().map_err(|_| E::custom("not a number"))?)
    }
    fn visit_unit<E: Error>(self) -> Result<Num, E> {
        Ok(Num(None))
    }
}
impl<'de> Deserialize<'de> for Num {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumVisitor)
    }
}

struct PairsVisitor;
impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs<'de>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of labels")
    }
    fn visit_unit<E: Error>(self) -> Result<Pairs<'de>, E> {
        Ok(Pairs::default())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
        let mut pairs = Vec::new();
        while let Some((name, value)) = map.next_entry::<Strict<'de>, Loose<'de>>()? {
            if let Some(value) = value.0
                && pairs.len() < LABELS_MAX
            {
                pairs.push((name.0, value));
            }
        }
        Ok(Pairs(pairs))
    }
}
impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PairsVisitor)
    }
}
