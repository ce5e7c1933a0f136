//! rtnetlink (rtnetlink(7)): messages, and the socket that carries them.

mod message;
mod socket;

pub(crate) use message::{Message, attribute, number, without};
pub(crate) use socket::{Refusal, Socket};
