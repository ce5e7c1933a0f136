//! The socket: a request, and what the kernel answers.

use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use super::message::{HEADER, Message, attribute};
use crate::attach_error::AttachError;
use crate::errno::Errno;
use crate::sys;

/// Bytes of the longest answer; the kernel cuts dumps into pieces of at most 32 KiB.
const LONGEST: usize = 64 << 10;

const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const NLM_F_REQUEST: u16 = 1;
const NLM_F_ACK: u16 = 4;
const NLM_F_CAPPED: u16 = 0x100;
const NLM_F_ACK_TLVS: u16 = 0x200;
const NLM_F_DUMP: u16 = 0x300;
const NETLINK_EXT_ACK: i32 = 11;
const NLMSGERR_ATTR_MSG: u16 = 1;

/// What the kernel did not want to do, and what it said beside the number.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) errno: Errno,
    pub(crate) message: String,
}

impl Refusal {
    /// As an error of attaching.
    pub(crate) fn into_error(self, action: String, help: &str) -> AttachError {
        AttachError::refused(action, self.errno, &self.message, help)
    }
}

impl From<Errno> for Refusal {
    fn from(errno: Errno) -> Self {
        Self { errno, message: String::new() }
    }
}

/// A socket of the network namespace that the thread was in when it was opened.
#[derive(Debug)]
pub(crate) struct Socket {
    fd: OwnedFd,
    sequence: u32,
}

/// Every answer to a request: its type, and what follows `struct nlmsghdr`.
pub(crate) type Answers = Vec<(u16, Vec<u8>)>;

impl Socket {
    pub(crate) fn open() -> Result<Self, Errno> {
        let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC;
        // SAFETY: numbers alone.
        let fd = unsafe { libc::socket(libc::AF_NETLINK, kind, libc::NETLINK_ROUTE) };
        if fd < 0 {
            return Err(Errno::last());
        }
        // SAFETY: the kernel just made this descriptor for us, nobody else owns it.
        let fd = unsafe { OwnedFd::from_raw_fd(fd) };
        let on = 1_i32;
        // SAFETY: the option is an integer, of the length passed. Kernels before 4.12 do not have
        // it, and then there are no messages.
        unsafe {
            libc::setsockopt(
                fd.as_raw_fd(),
                libc::SOL_NETLINK,
                NETLINK_EXT_ACK,
                std::ptr::from_ref(&on).cast(),
                size_of::<i32>() as u32,
            );
        }
        Ok(Self { fd, sequence: 0 })
    }

    /// Asks for something to be done; answers are what the request's flags ask for
    /// (`NLM_F_ECHO`), or the one thing that it is about.
    pub(crate) fn request(
        &mut self,
        kind: u16,
        flags: u16,
        message: Message,
    ) -> Result<Answers, Refusal> {
        self.exchange(kind, flags | NLM_F_REQUEST | NLM_F_ACK, message)
    }

    /// Asks for all there are.
    pub(crate) fn dump(&mut self, kind: u16, message: Message) -> Result<Answers, Refusal> {
        self.exchange(kind, NLM_F_REQUEST | NLM_F_DUMP, message)
    }

    fn exchange(&mut self, kind: u16, flags: u16, message: Message) -> Result<Answers, Refusal> {
        self.sequence += 1;
        let bytes = message.finish(kind, flags, self.sequence);
        // SAFETY: the buffer is readable for the length passed.
        let sent =
            unsafe { libc::send(self.fd.as_raw_fd(), bytes.as_ptr().cast(), bytes.len(), 0) };
        if sent < 0 {
            return Err(Errno::last().into());
        }
        let mut answers = Vec::new();
        let mut buffer = vec![0; LONGEST];
        loop {
            let length = self.receive(&mut buffer)?;
            let mut rest = buffer.get(..length).unwrap_or_default();
            while let Some((kind, flags, sequence, body)) = next(&mut rest) {
                if sequence != self.sequence {
                    continue;
                }
                match kind {
                    NLMSG_ERROR => return acknowledged(body, flags).map(|()| answers),
                    NLMSG_DONE => return Ok(answers),
                    _ => answers.push((kind, body.to_vec())),
                }
            }
        }
    }

    fn receive(&self, buffer: &mut [u8]) -> Result<usize, Errno> {
        loop {
            // SAFETY: the buffer is ours alone, and as long as the length passed.
            let got = unsafe {
                libc::recv(self.fd.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len(), 0)
            };
            match usize::try_from(got) {
                Ok(length) => return Ok(length),
                Err(_) if Errno::last() == Errno::EINTR => {}
                Err(_) => return Err(Errno::last()),
            }
        }
    }
}

/// The next message: type, flags, sequence number, body.
fn next<'a>(rest: &mut &'a [u8]) -> Option<(u16, u16, u32, &'a [u8])> {
    let all: &'a [u8] = rest;
    let header = all.get(..HEADER)?;
    let length = u32::from_ne_bytes(header.get(..4)?.try_into().ok()?) as usize;
    let kind = u16::from_ne_bytes(header.get(4..6)?.try_into().ok()?);
    let flags = u16::from_ne_bytes(header.get(6..8)?.try_into().ok()?);
    let sequence = u32::from_ne_bytes(header.get(8..12)?.try_into().ok()?);
    let body = all.get(HEADER..length)?;
    *rest = all.get(length.next_multiple_of(4)..).unwrap_or_default();
    Some((kind, flags, sequence, body))
}

/// What `struct nlmsgerr` says.
fn acknowledged(body: &[u8], flags: u16) -> Result<(), Refusal> {
    let code = body.get(..4).and_then(|code| code.try_into().ok()).map_or(0, i32::from_ne_bytes);
    if code == 0 {
        return Ok(());
    }
    // The request follows, whole or its header alone, and then the attributes.
    let request =
        body.get(4..8).and_then(|length| length.try_into().ok()).map_or(0, u32::from_ne_bytes);
    let request = if flags & NLM_F_CAPPED == 0 { request as usize } else { HEADER };
    let attributes = body.get(4 + request.next_multiple_of(4)..).unwrap_or_default();
    let message = match attribute(attributes, NLMSGERR_ATTR_MSG) {
        Some(text) if flags & NLM_F_ACK_TLVS != 0 => sys::text(text),
        _ => String::new(),
    };
    Err(Refusal { errno: Errno(-code), message })
}
