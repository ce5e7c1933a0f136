//! Sockets: a filter on what one receives (`SO_ATTACH_BPF`, socket(7)).

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::path::Path;
use std::time::Duration;

use crate::attach_error::AttachError;
use crate::errno::Errno;
use crate::error::Error;
use crate::interface::Interface;
use crate::link::{Attachment, Link, Means};
use crate::program::Program;

const PACKET_STATISTICS: i32 = 6;

/// A socket's option that is an integer or a structure of integers.
fn set<T>(socket: BorrowedFd<'_>, option: i32, value: &T) -> Result<(), Errno> {
    // SAFETY: the option has the length passed; the kernel only reads it.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            option,
            std::ptr::from_ref(value).cast(),
            size_of::<T>() as u32,
        )
    };
    if result < 0 { Err(Errno::last()) } else { Ok(()) }
}

/// The filter that is there, in words.
fn present(socket: BorrowedFd<'_>) -> Option<&'static str> {
    let mut length = 0_u32;
    // SAFETY: the option is read with a length of 0, so that only the length is written.
    let result = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_GET_FILTER,
            std::ptr::null_mut(),
            &raw mut length,
        )
    };
    match result {
        0 if length > 0 => Some("a classic filter"),
        // The kernel shows classic filters alone.
        -1 if Errno::last() == Errno::EACCES => Some("a BPF program"),
        _ => None,
    }
}

impl Program {
    /// Attaches a `socket_filter` program to a socket: of what it receives, the program's result
    /// is how many bytes it keeps. It goes with the socket.
    ///
    /// # Errors
    /// [`AttachError::Occupied`] if the socket has a filter, which the kernel would replace.
    pub fn attach_socket(&self, socket: BorrowedFd<'_>) -> Result<Link, Error> {
        let place = format!("socket {}", socket.as_raw_fd());
        if let Some(holder) = present(socket) {
            let help = "remove it with SO_DETACH_FILTER first".to_owned();
            return Err(AttachError::Occupied { place, holder: holder.to_owned(), help }.into());
        }
        let socket = socket.try_clone_to_owned().map_err(|error| Error::Failed {
            action: "duplicate a descriptor",
            errno: Errno(error.raw_os_error().unwrap_or(libc::EINVAL)),
        })?;
        let mut filter = SocketFilter { socket, place, program_id: 0 };
        filter.replace(self, None)?;
        Ok(Link::new(filter))
    }
}

#[derive(Debug)]
struct SocketFilter {
    socket: OwnedFd,
    place: String,
    program_id: u32,
}

impl Attachment for SocketFilter {
    fn means(&self) -> Means {
        Means::SocketOption
    }

    fn replace(&mut self, program: &Program, expected: Option<&Program>) -> Result<(), Error> {
        if let Some(expected) = expected
            && expected.info()?.id != self.program_id
        {
            return Err(Error::Argument("another program than the expected one is attached"));
        }
        set(self.socket.as_fd(), libc::SO_ATTACH_BPF, &program.as_fd().as_raw_fd()).map_err(
            |errno| {
                let help = "the program must be a socket_filter";
                AttachError::refused(format!("attach to {}", self.place), errno, "", help)
            },
        )?;
        self.program_id = program.info()?.id;
        Ok(())
    }

    fn detach(&mut self) -> Result<(), Error> {
        set(self.socket.as_fd(), libc::SO_DETACH_FILTER, &0_i32).map_err(|errno| {
            AttachError::refused(format!("detach from {}", self.place), errno, "", "").into()
        })
    }

    fn pin(&self, _: &Path) -> Result<(), Error> {
        Err(Error::Argument("a socket's filter goes with the socket and cannot be pinned"))
    }

    fn place(&self) -> String {
        self.place.clone()
    }

    fn program_id(&self) -> Result<u32, Error> {
        Ok(self.program_id)
    }
}

/// An `AF_PACKET` socket (packet(7)): copies of what an interface receives and sends, from the
/// link-layer header on. Needs `CAP_NET_RAW`.
#[derive(Debug)]
pub struct PacketSocket {
    fd: OwnedFd,
    interface: Interface,
}

/// What became of an interface's packets since the last call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PacketStatistics {
    /// Packets that the filter kept, those dropped included.
    pub packets: u32,
    /// Packets that found no room in the socket's buffer.
    pub drops: u32,
}

impl PacketSocket {
    /// Opens one. It receives nothing before [`PacketSocket::listen`], so that a filter attached
    /// in between sees every packet.
    ///
    /// # Errors
    /// [`AttachError`] of a name that there is not; the kernel's refusal.
    pub fn open(interface: &str) -> Result<Self, Error> {
        let interface = Interface::by_name(interface)?;
        let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC;
        // SAFETY: numbers alone.
        let fd = unsafe { libc::socket(libc::AF_PACKET, kind, 0) };
        if fd < 0 {
            let errno = Errno::last();
            return Err(Error::from_errno("open a packet socket", errno, "CAP_NET_RAW"));
        }
        // SAFETY: the kernel just made this descriptor for us, nobody else owns it.
        Ok(Self { fd: unsafe { OwnedFd::from_raw_fd(fd) }, interface })
    }

    /// Begins to receive every packet, also those that tc will drop on their way in.
    ///
    /// # Errors
    /// As [`PacketSocket::listen_for`].
    pub fn listen(&self) -> Result<(), Error> {
        self.listen_for(libc::ETH_P_ALL as u16)
    }

    /// Begins to receive packets of one Ethernet type that come in, behind XDP and tc.
    ///
    /// # Errors
    /// The kernel's refusal, such as of an interface that is down.
    pub fn listen_for(&self, ethernet_type: u16) -> Result<(), Error> {
        // SAFETY: a structure of integers may be all zeros.
        let mut address: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
        address.sll_family = libc::AF_PACKET as u16;
        address.sll_protocol = ethernet_type.to_be();
        address.sll_ifindex = self.interface.index as i32;
        // SAFETY: the structure has the length passed and the kernel only reads it.
        let result = unsafe {
            libc::bind(
                self.fd.as_raw_fd(),
                std::ptr::from_ref(&address).cast(),
                size_of::<libc::sockaddr_ll>() as u32,
            )
        };
        if result < 0 {
            let action = format!("listen on {}", self.interface.name);
            return Err(AttachError::refused(action, Errno::last(), "", "").into());
        }
        Ok(())
    }

    /// The next packet into `buffer`: how many of its bytes are there, cut to the buffer. `None`
    /// when nothing comes for so long, or a signal came.
    ///
    /// # Errors
    /// The kernel's refusal, such as of an interface that went down.
    pub fn receive(&self, buffer: &mut [u8], wait: Duration) -> Result<Option<usize>, Error> {
        let mut poll = libc::pollfd { fd: self.fd.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        let milliseconds = i32::try_from(wait.as_millis()).unwrap_or(i32::MAX);
        // SAFETY: one structure, ours alone.
        if unsafe { libc::poll(&raw mut poll, 1, milliseconds) } <= 0 {
            return Ok(None);
        }
        // SAFETY: the buffer is ours alone, and as long as the length passed.
        let got =
            unsafe { libc::recv(self.fd.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len(), 0) };
        match usize::try_from(got) {
            Ok(length) => Ok(Some(length)),
            Err(_) if Errno::last() == Errno::EINTR => Ok(None),
            Err(_) => Err(Error::Failed { action: "receive a packet", errno: Errno::last() }),
        }
    }

    /// Counts since the last call.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn statistics(&self) -> Result<PacketStatistics, Error> {
        let mut counts = [0_u32; 2];
        let mut length = size_of::<[u32; 2]>() as u32;
        // SAFETY: the buffer is ours alone, and as long as the length passed.
        let result = unsafe {
            libc::getsockopt(
                self.fd.as_raw_fd(),
                libc::SOL_PACKET,
                PACKET_STATISTICS,
                counts.as_mut_ptr().cast(),
                &raw mut length,
            )
        };
        if result < 0 {
            return Err(Error::Failed { action: "count packets", errno: Errno::last() });
        }
        Ok(PacketStatistics { packets: counts[0], drops: counts[1] })
    }
}

impl AsFd for PacketSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}
