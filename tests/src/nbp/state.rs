//! What programs left in maps.

use std::fs::{self, File};
use std::net::{IpAddr, TcpListener, UdpSocket};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use nbpfc_emulator::{Map as Emulated, Socket};
use nbpfc_kernel::{MapKind, ValueKind};
use nbpfc_loader::Map;
use nbpfc_tests::effects::{Contents, kernel_contents};
use nbpfc_tests::programs;

use super::Compiled;

/// What the comments put into maps: `//+ MAP KEY => NUMBER`.
pub(super) fn marked(text: &str) -> Result<Vec<(String, u32, u32)>, String> {
    let one = |line: &str| {
        let (place, value) = line.split_once("=>")?;
        let (map, key) = place.trim().split_once(' ')?;
        Some((map.to_owned(), key.trim().parse().ok()?, value.trim().parse().ok()?))
    };
    let lines = super::marked(text, "//+");
    lines.map(|line| one(line).ok_or(format!("`{line}` fills no map"))).collect()
}

/// The sockets that the comments have: `//* tcp ADDRESS PORT`.
pub(super) fn sockets(text: &str) -> Result<Vec<(String, IpAddr, u16)>, String> {
    let one = |line: &str| {
        let mut words = line.split_whitespace();
        let protocol = words.next()?.to_owned();
        Some((protocol, words.next()?.parse().ok()?, words.next()?.parse().ok()?))
    };
    let lines = super::marked(text, "//*");
    lines.map(|line| one(line).ok_or(format!("`{line}` is no socket"))).collect()
}

/// The same for the emulator.
pub(super) fn emulated_sockets(compiled: &Compiled) -> Vec<Socket> {
    let sockets = compiled.sockets.iter().map(|(protocol, address, port)| Socket {
        protocol: if protocol == "tcp" { 6 } else { 17 },
        address: match address {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        },
        port: *port,
    });
    sockets.collect()
}

/// The same in the kernel, as long as the result lives. Tests that run at the same time share them.
pub(super) fn open_sockets(compiled: &Compiled) -> Result<Vec<OwnedFd>, String> {
    let open = |(protocol, address, port): &(String, IpAddr, u16)| {
        let place = (*address, *port);
        if protocol == "tcp" {
            TcpListener::bind(place).map(OwnedFd::from)
        } else {
            UdpSocket::bind(place).map(OwnedFd::from)
        }
    };
    let opened = compiled.sockets.iter().map(open).collect::<Result<_, _>>();
    opened.map_err(|error| format!("a socket: {error}"))
}

/// The program's maps, filled: programs stand in them by their numbers in the module.
pub(super) fn filled(compiled: &Compiled) -> Result<Vec<Emulated>, String> {
    let mut maps = programs::filled(&compiled.programs, compiled.program())?;
    fill(compiled, &mut maps)?;
    Ok(maps)
}

/// Puts into the emulator's maps what the comments say.
pub(super) fn fill(compiled: &Compiled, maps: &mut [Emulated]) -> Result<(), String> {
    for (name, key, value) in &compiled.filled {
        let map = maps.iter_mut().find(|map| map.spec().name == *name);
        let map = map.ok_or(format!("no map `{name}`"))?;
        let put = map.update(&key.to_ne_bytes(), &value.to_ne_bytes(), 0);
        put.map_err(|code| format!("`{name}`: error {code}"))?;
    }
    Ok(())
}

/// A control group that nobody is in; it goes when this is dropped.
struct Empty(PathBuf);

impl Empty {
    fn new(root: &str) -> Result<Self, String> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("nbpfc-empty-{}-{number}", std::process::id());
        let path = PathBuf::from(root).join(name);
        fs::create_dir(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Empty {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

/// The number of the control group that all processes are in, in maps; every other number is that of an
/// empty one.
pub(super) const ALL: u32 = 1;

/// Puts a control group into a map of the kernel's.
fn put_group(map: &Map, key: u32, group: u32) -> Result<(), String> {
    let mounts = fs::read_to_string("/proc/mounts").map_err(|error| error.to_string())?;
    let mut mounts = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let mount = mounts.find(|words| words.get(2) == Some(&"cgroup2"));
    let root = mount.and_then(|words| words.get(1).copied()).ok_or("no control groups")?;
    let empty = Empty::new(root)?;
    let path = if group == ALL { PathBuf::from(root) } else { empty.0.clone() };
    let opened = File::open(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    // The map holds the group, though its folder goes.
    let put = map.update(&key.to_ne_bytes(), &opened.as_raw_fd().to_ne_bytes(), 0);
    put.map_err(|error| format!("a control group: {error}"))
}

/// Puts into the kernel's maps what the comments say.
pub(super) fn fill_kernel(compiled: &Compiled, maps: &[Map]) -> Result<(), String> {
    for (name, key, value) in &compiled.filled {
        let map = kinds(compiled).zip(maps).find(|((other, _), _)| other == name);
        let ((_, kind), map) = map.ok_or(format!("no map `{name}`"))?;
        if kind == MapKind::CgroupArray {
            put_group(map, *key, *value)?;
            continue;
        }
        let put = map.update(&key.to_ne_bytes(), &value.to_ne_bytes(), 0);
        put.map_err(|error| format!("`{name}`: {error}"))?;
    }
    Ok(())
}

fn kinds(compiled: &Compiled) -> impl Iterator<Item = (&str, MapKind)> {
    compiled.program().code.module.maps.values().map(|map| (map.name.as_str(), map.kind))
}

fn sorted(contents: &Contents, kind: MapKind) -> Contents {
    let mut contents = contents.clone();
    // Their order is what they are about.
    if !matches!(kind, MapKind::Queue | MapKind::Stack | MapKind::RingBuf) {
        contents.sort();
    }
    contents
}

/// Whether the emulator's maps hold what the interpreter's do.
pub(super) fn compare(
    compiled: &Compiled,
    expected: &[Contents],
    found: &[Contents],
) -> Result<(), String> {
    for (((name, kind), expected), found) in kinds(compiled).zip(expected).zip(found) {
        let (expected, found) = (sorted(expected, kind), sorted(found, kind));
        if compiled.same_maps && kind != MapKind::ProgArray && expected != found {
            return Err(format!(
                "`{name}`: the emulator leaves\n{found:02x?}, not\n{expected:02x?}"
            ));
        }
    }
    Ok(())
}

/// Whether the kernel's maps hold what the interpreter's do, as far as they tell.
pub(super) fn compare_kernel(
    compiled: &Compiled,
    expected: &[Contents],
    maps: &[Map],
) -> Result<(), String> {
    for (((name, kind), expected), map) in kinds(compiled).zip(expected).zip(maps) {
        // Values of each processor, and what only whoever reads it at the time knows.
        let told = !kind.is_per_cpu()
            // What stands for something has another number there.
            && kind.value() != ValueKind::Reference
            && kind != MapKind::BloomFilter
            && !name.starts_with('.');
        if !compiled.same_maps || !told {
            continue;
        }
        let found = kernel_contents(map).map_err(|error| format!("`{name}`: {error}"))?;
        let (expected, found) = (sorted(expected, kind), sorted(&found, kind));
        if expected != found {
            return Err(format!("`{name}`: the kernel leaves\n{found:02x?}, not\n{expected:02x?}"));
        }
    }
    Ok(())
}
