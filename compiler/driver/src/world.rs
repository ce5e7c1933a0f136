//! The only door from the compiler to files, names and the network.

use std::cell::OnceCell;
use std::fs;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::path::Path;

use nbpfc_pcap::names::{Names, Service, Tables};

/// What a compilation may ask of the machine that it runs on.
pub trait World {
    /// The bytes of a file.
    ///
    /// # Errors
    /// What the system says.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// What names in filters stand for.
    fn names(&self) -> &dyn Names;
}

/// The machine itself: its files, and its resolver for host names.
#[derive(Debug, Default)]
pub struct System {
    names: SystemNames,
}

impl World for System {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
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
        // A file that is missing or not text holds no names.
        let text =
            |name: &str| fs::read_to_string(Path::new("/etc").join(name)).unwrap_or_default();
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
