//! Programs that capture, run by the kernel on packets of every length that decides something.

use nbpfc_driver::{
    COUNTERS, Capture, Captured, Counted, File, HOOKS, Hook, Layer, Live, MapKind, PACKETS,
    Request, Session, Target, Version,
};
use nbpfc_loader::{
    Loaded, Map, PerfBuffer, PerfRecord, Program, RingBuffer, TestRunOptions, load_object,
};
use nbpfc_tests::property::{Nowhere, link_type};
use nbpfc_tests::requires::Need;

use crate::Test;

/// Kernels without ring buffers, without XDP's copies, and with all.
const KERNELS: [Version; 3] = [Version::new(5, 4), Version::new(5, 10), Version::new(6, 12)];
/// Shorter than a packet, between two rooms for packets, as long as any packet.
const SNAPSHOT_LENGTHS: [u32; 4] = [1, 60, 200, 262_144];
/// On both sides of the rooms' limits, with and without the link-layer header.
const LENGTHS: [usize; 12] = [35, 60, 127, 128, 129, 142, 143, 511, 513, 527, 1500, 3000];
/// The link-layer header that test runs take off for hooks of the network layer.
const LINK: usize = 14;
const BUFFER: u32 = 64 << 10;

pub(super) fn tests() -> Vec<Test> {
    let mut tests = Vec::new();
    for hook in HOOKS {
        for kernel in KERNELS.into_iter().filter(|kernel| *kernel >= hook.since) {
            let name = format!("capture::records::{}::{kernel}", hook.name);
            tests.push(Test::new(name, &[Need::Root], move || written_down(hook, kernel)));
        }
    }
    tests.push(Test::new("capture::records::full", &[Need::Root], full));
    tests
}

struct Running {
    program: Program,
    counters: Map,
    packets: Map,
}

fn load(hook: &'static Hook, kernel: Version, capture: Capture) -> Result<Running, String> {
    let mut session = Session::new(&Nowhere);
    let id = session.add(File::new("<expression>", "greater 60"));
    let target = Target::new(hook, kernel);
    let link_type = link_type(hook.layer == Layer::Link);
    let request = Request { live: true, ..Request::new(target, link_type) };
    let filter = session.live(id, &request, Live::Capture(capture));
    let filter = filter.map_err(|found| format!("{found:?}"))?;
    let verified = filter.object();
    let loaded = load_object(verified.object(), "filter", hook, 0);
    let Loaded { program, maps } = loaded.map_err(|error| error.to_string())?;
    let named = |name: &str| {
        let index = verified.object().maps.iter().position(|map| map.name == name)?;
        maps.get(index)?.try_clone().ok()
    };
    let maps = (named(COUNTERS), named(PACKETS));
    let (Some(counters), Some(packets)) = maps else { return Err("maps are missing".to_owned()) };
    Ok(Running { program, counters, packets })
}

impl Running {
    fn run(&self, data: &[u8]) -> Result<u32, String> {
        let options = TestRunOptions { data, context: &[], repeat: 1 };
        Ok(self.program.test_run(&options).map_err(|error| error.to_string())?.retval)
    }

    fn counted(&self) -> Result<Counted, String> {
        let values = self.counters.lookup_per_cpu(&[0; 4]).map_err(|error| error.to_string())?;
        Counted::sum(values.unwrap_or_default())
            .ok_or_else(|| "counters of another size".to_owned())
    }
}

enum Reader {
    Ring(RingBuffer),
    Perf(PerfBuffer),
}

impl Reader {
    fn open(map: &Map) -> Result<Self, String> {
        let opened = match map.kind() {
            Some(MapKind::RingBuf) => RingBuffer::new(map).map(Self::Ring),
            _ => PerfBuffer::new(map, BUFFER as usize).map(Self::Perf),
        };
        opened.map_err(|error| error.to_string())
    }

    fn records(&mut self) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        match self {
            Self::Ring(ring) => {
                while let Some(record) = ring.next() {
                    found.push(record.to_vec());
                }
            }
            Self::Perf(perf) => {
                perf.drain(|record| {
                    if let PerfRecord::Sample { data, .. } = record {
                        found.push(data.to_vec());
                    }
                });
            }
        }
        found
    }
}

/// No two neighbouring bytes are alike.
fn packet(length: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..length).map(|index| (index % 251) as u8).collect();
    // For an IP packet the kernel wants a whole header.
    bytes[12..14].copy_from_slice(&[0x88, 0xb5]);
    bytes
}

fn written_down(hook: &'static Hook, kernel: Version) -> Result<(), String> {
    for snapshot_length in SNAPSHOT_LENGTHS {
        let capture = Capture { snapshot_length, buffer: BUFFER };
        let running = load(hook, kernel, capture)?;
        let mut reader = Reader::open(&running.packets)?;
        let mut expected = Counted::default();
        let mut last = 0;
        for length in LENGTHS {
            let sent = packet(length);
            let network = hook.layer == Layer::Network || hook.name == "socket";
            let seen = if network { &sent[LINK..] } else { &sent[..] };
            let verdict = running.run(&sent)?;
            let onward = if hook.name == "socket" { hook.drop } else { hook.pass };
            if ![onward, u32::MAX].contains(&verdict) {
                return Err(format!("{length} bytes: verdict {verdict}"));
            }
            let records = reader.records();
            if seen.len() < 60 {
                if !records.is_empty() {
                    return Err(format!("{length} bytes do not match, and were captured"));
                }
                continue;
            }
            expected.packets += 1;
            expected.bytes += seen.len() as u64;
            let [record] = &records[..] else {
                return Err(format!("{length} bytes: {} records", records.len()));
            };
            let captured = Captured::parse(record).ok_or("a record that is none")?;
            let kept = &seen[..seen.len().min(snapshot_length as usize)];
            let said = (captured.length as usize, captured.data, captured.tag);
            if said != (seen.len(), kept, None) || captured.time <= last {
                return Err(format!("{length} bytes, {snapshot_length} kept: {captured:?}"));
            }
            last = captured.time;
        }
        let counted = running.counted()?;
        if counted != expected {
            return Err(format!("{counted:?} instead of {expected:?}"));
        }
    }
    Ok(())
}

/// What finds no room is counted; what came before stays.
fn full() -> Result<(), String> {
    for (name, kernel) in [("tc", KERNELS[0]), ("tc", KERNELS[1]), ("xdp", KERNELS[1])] {
        let hook = Hook::by_name(name).ok_or("no such hook")?;
        let capture = Capture { snapshot_length: 262_144, buffer: BUFFER };
        let running = load(hook, kernel, capture)?;
        let mut reader = Reader::open(&running.packets)?;
        // A perf ring is one processor's: the program stays on one long enough as a rule.
        let sent = 1000;
        for number in 0..sent {
            let mut bytes = packet(1000);
            bytes[20..24].copy_from_slice(&u32::to_be_bytes(number));
            running.run(&bytes)?;
        }
        let records = reader.records();
        let counted = running.counted()?;
        if counted.packets != u64::from(sent)
            || counted.lost + records.len() as u64 != counted.packets
        {
            return Err(format!("{counted:?}, {} records", records.len()));
        }
        if counted.lost == 0 || records.len() < 20 {
            return Err(format!("{} records in {BUFFER} bytes", records.len()));
        }
        let numbers = records.iter().filter_map(|record| {
            let data = Captured::parse(record)?.data;
            Some(u32::from_be_bytes(data.get(20..24)?.try_into().ok()?))
        });
        // The first on each processor.
        if kernel > KERNELS[0] && name == "tc" && !numbers.eq(0..records.len() as u32) {
            return Err("other packets than the first were kept".to_owned());
        }
    }
    Ok(())
}
