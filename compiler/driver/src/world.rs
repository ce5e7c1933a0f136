//! The only door from the compiler to files, names and the network.

use std::cell::OnceCell;
use std::fs::File;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::path::Path;

use nbpfc_pcap::names::{Names, Service, Tables};
use nbpfc_source::read_bounded;

/// The longest table of names, in bytes.
const LONGEST_TABLE: usize = 16 << 20;

/// What a compilation may ask of the machine that it runs on.
pub trait World {
    /// The bytes of a file that has at most so many.
    ///
    /// # Errors
    /// What the system says, and that the file is longer.
    fn read(&self, path: &Path, most: usize) -> io::Result<Vec<u8>>;

    /// What names in filters stand for.
    fn names(&self) -> &dyn Names;
}

/// The machine itself: its files, and its resolver for host names.
#[derive(Debug, Default)]
pub struct System {
    names: SystemNames,
}

impl World for System {
    fn read(&self, path: &Path, most: usize) -> io::Result<Vec<u8>> {
        read_bounded(File::open(path)?, most)
    }

    fn names(&self) -> &dyn Names {
        &self.names
    }
}

/// The tables of `/etc`, read when the first name is asked for.
#[derive(Debug, Default)]
struct SystemNames {
    tables: OnceCell<Tables>,
}

impl SystemNames {
    fn tables(&self) -> &Tables {
        // A file that is missing, no text, or too long to be a table holds no names.
        let text = |name: &str| {
            let read = System::default().read(&Path::new("/etc").join(name), LONGEST_TABLE);
            read.ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
        };
        self.tables.get_or_init(|| {
            Tables::default()
                .with_ethers(&text("ethers"))
                .with_networks(&text("networks"))
                .with_services(&text("services"))
                .with_protocols(&text("protocols"))
        })
    }
}

impl Names for SystemNames {
    fn host(&self, name: &str) -> Vec<IpAddr> {
        (name, 0).to_socket_addrs().map(|found| found.map(|a| a.ip()).collect()).unwrap_or_default()
    }

    fn ethernet(&self, name: &str) -> Option<[u8; 6]> {
        self.tables().ethernet(name)
    }

    fn network(&self, name: &str) -> Option<u32> {
        self.tables().network(name)
    }

    fn service(&self, name: &str) -> Service {
        self.tables().service(name)
    }

    fn protocol(&self, name: &str) -> Option<u8> {
        self.tables().protocol(name)
    }
}
