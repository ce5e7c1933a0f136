//! The programs of a test in the running kernel.

use nbpfc_driver::{ContextField, Hook, Layer, Outcome, Programs, Runner, ValueKind};
use nbpfc_emulator::Packet;
use nbpfc_loader::{Collection, Errno, Map, OneProcessor, Opened, TestRunOptions};
use nbpfc_object::Contents;

use super::events::Events;
use super::world;

/// Bytes of the link-layer header that test runs want, also where programs do not see it.
const LINK: usize = 14;

/// The kernel. Programs are loaded when the first step needs them.
pub(super) struct InKernel<'p> {
    programs: &'p Programs,
    state: State,
    /// Whether a program asks for what the test decides.
    asks: bool,
    /// Why it did not take a packet, the first of them.
    skipped: Option<String>,
    /// Where all happens: maps may have a value for each processor.
    processor: Result<OneProcessor, Errno>,
}

enum State {
    Opened(Box<Opened>),
    Loaded { collection: Box<Collection>, events: Events },
    Refused(String),
}

impl<'p> InKernel<'p> {
    pub(super) fn new(programs: &'p Programs) -> Self {
        let mut object = programs.object().object().clone();
        world::ask(&mut object);
        let asks = object.maps.iter().any(|map| map.name == world::MAP);
        let opened = Opened::new(object);
        let processor = OneProcessor::stay();
        Self { programs, state: State::Opened(Box::new(opened)), asks, skipped: None, processor }
    }

    /// What is to be said of packets that it did not take.
    pub(super) fn skipped(&self) -> Option<String> {
        let why = self.skipped.as_ref()?;
        Some(format!("in part in the emulator alone: {why}"))
    }

    fn skip(&mut self, why: impl FnOnce() -> String) -> Option<Outcome> {
        self.skipped.get_or_insert_with(why);
        None
    }

    fn collection(&mut self) -> Result<(&Collection, &mut Events), String> {
        let state = std::mem::replace(&mut self.state, State::Refused(String::new()));
        self.state = match state {
            State::Opened(opened) => match opened.load() {
                Ok(collection) => match Events::new(&collection) {
                    Ok(events) => State::Loaded { collection: Box::new(collection), events },
                    Err(error) => State::Refused(error.to_string()),
                },
                Err(error) => {
                    let text = error.to_string();
                    let last: Vec<&str> = text.lines().rev().take(3).collect();
                    State::Refused(last.into_iter().rev().collect::<Vec<_>>().join("; "))
                }
            },
            other => other,
        };
        match &mut self.state {
            State::Loaded { collection, events } => Ok((collection, events)),
            State::Refused(error) => Err(format!("the kernel: {error}")),
            State::Opened(_) => Err("the kernel has no programs".to_owned()),
        }
    }

    /// The number of the processor.
    fn own(&self) -> Result<usize, String> {
        let own = self.processor.as_ref().map(OneProcessor::number);
        own.map_err(|errno| format!("the kernel does not keep a test on one processor: {errno}"))
    }

    fn name_of(&self, map: usize) -> Result<String, String> {
        let maps = self.programs.programs.first().map(|program| &program.code.module.maps);
        let map = maps.and_then(|maps| maps.values().nth(map));
        map.map(|map| map.name.clone()).ok_or_else(|| "there is no such map".to_owned())
    }

    fn read(&mut self, name: &str, key: &[u8]) -> Result<Option<Vec<u8>>, String> {
        if let State::Opened(opened) = &self.state {
            let data = opened.object().maps.iter().find(|map| map.name == name);
            if let Some(Contents::Data(bytes)) = data.map(|map| &map.contents) {
                return Ok(Some(bytes.clone()));
            }
        }
        let own = self.own()?;
        let (collection, _) = self.collection()?;
        let map = collection.map(name).map_err(|error| said(&error))?;
        match get(map, key, own) {
            // Sockets in maps have no number (`xsk_map_lookup_elem_sys_only` of `net/xdp/xskmap.c`).
            Err(error) if is_reference(map) && error.errno() == Some(Errno::EOPNOTSUPP) => Ok(None),
            found => found.map_err(|error| said(&error)),
        }
    }

    fn write(&mut self, name: &str, key: &[u8], value: &[u8]) -> Result<bool, String> {
        // Parameters are set before the kernel freezes them.
        if (name == ".rodata" || name == world::MAP)
            && let State::Opened(opened) = &mut self.state
        {
            let mut object = opened.object().clone();
            for map in object.maps.iter_mut().filter(|map| map.name == name) {
                map.contents = Contents::Data(value.to_vec());
            }
            **opened = Opened::new(object);
            return Ok(true);
        }
        let own = self.own()?;
        let (collection, _) = self.collection()?;
        let map = collection.map(name).map_err(|error| said(&error))?;
        let set = if map.is_per_cpu() {
            let mut values = all(map, key, value.len())?;
            let place = values.get_mut(own).ok_or("the kernel has no value for this processor")?;
            *place = value.to_vec();
            map.update_per_cpu(key, &values, 0)
        } else {
            map.update(key, value, 0)
        };
        let refers = is_reference(map);
        match set {
            Ok(()) => Ok(true),
            Err(_) if refers => {
                self.skip(|| format!("the kernel has not what the test puts into `{name}`"));
                Ok(false)
            }
            Err(error) => Err(said(&error)),
        }
    }

    /// Changes what the test decides, if a program asks for it.
    fn decide(&mut self, change: impl FnOnce(&mut [u8])) -> Result<(), String> {
        let key = [0; 4];
        if self.asks
            && let Some(was) = self.read(world::MAP, &key)?
        {
            let mut memory = was.clone();
            change(&mut memory);
            if memory != was {
                self.write(world::MAP, &key, &memory)?;
            }
        }
        Ok(())
    }

    fn hook(&self, program: usize) -> Option<&'static Hook> {
        self.programs.programs.get(program).map(|program| program.code.target.hook)
    }
}

fn said(error: &nbpfc_loader::Error) -> String {
    format!("the kernel: {error}")
}

/// The value, of a map that has one for each processor that of one of them.
fn get(map: &Map, key: &[u8], own: usize) -> Result<Option<Vec<u8>>, nbpfc_loader::Error> {
    if !map.is_per_cpu() {
        return map.lookup(key);
    }
    Ok(map
        .lookup_per_cpu(key)?
        .and_then(|mut values| (own < values.len()).then(|| values.swap_remove(own))))
}

impl Runner for InKernel<'_> {
    fn name(&self) -> &'static str {
        "the kernel"
    }

    fn run(&mut self, program: usize, packet: &Packet<'_>) -> Result<Option<Outcome>, String> {
        let Packet { data, interface, answers, context, .. } = *packet;
        let hook = self.hook(program).ok_or("there is no such program")?;
        let packet_type = hook.tried_packet_type(data);
        if *packet != (Packet { interface, packet_type, answers, context, ..Packet::new(data) }) {
            let why = || "test runs of the kernel take no lengths, types and tags".to_owned();
            return Ok(self.skip(why));
        }
        let name = self.programs.programs[program].name.clone();
        let hidden = hook.layer == Layer::Network;
        let framed = match packet.data.first() {
            Some(first) if hidden => {
                let kind = if first >> 4 == 4 { [8, 0] } else { [0x86, 0xdd] };
                [&[0; 12], kind.as_slice(), packet.data].concat()
            }
            _ => packet.data.to_vec(),
        };
        if framed.len() < LINK {
            let why = || format!("test runs of the kernel take {LINK} bytes at least");
            return Ok(self.skip(why));
        }
        self.decide(|memory| world::say(memory, packet))?;
        let (collection, events) = self.collection()?;
        let loaded = collection.program(&name).map_err(|error| said(&error))?;
        let Some(context) = given(hook, packet, framed.len()) else {
            let why = || "test runs of the kernel do not take all that packets have".to_owned();
            return Ok(self.skip(why));
        };
        let options = TestRunOptions { data: &framed, context: &context, repeat: 1 };
        let run = match loaded.test_run(&options) {
            Ok(run) => run,
            // Before the program runs the packet is looked at (`convert___skb_to_skb`,
            // `bpf_prog_test_run_skb`: what says that it is IP and is too short).
            Err(error) if error.errno() == Some(Errno::ENODEV) => {
                return Ok(self.skip(|| "the kernel has no such interface".to_owned()));
            }
            Err(error) if error.errno() == Some(Errno::EINVAL) => {
                return Ok(
                    self.skip(|| "the kernel does not run tests on such a packet".to_owned())
                );
            }
            Err(error) => return Err(said(&error)),
        };
        events.note()?;
        let skip = if hidden { LINK } else { 0 };
        let packet = run.data.get(skip..).unwrap_or_default().to_vec();
        let told = hook.context.fields.iter().filter(|field| field.tried);
        let told = told.flat_map(ContextField::words);
        let word = |at: u16| {
            let bytes = run.context.get(usize::from(at)..)?.first_chunk()?;
            Some((at, u32::from_ne_bytes(*bytes)))
        };
        let context = told.filter_map(word).collect();
        Ok(Some(Outcome { verdict: run.retval, packet, sent: None, context }))
    }

    fn get(&mut self, map: usize, key: &[u8]) -> Result<Option<Vec<u8>>, String> {
        let name = self.name_of(map)?;
        self.read(&name, key)
    }

    fn has(&mut self, map: usize, value: &[u8]) -> Result<bool, String> {
        let name = self.name_of(map)?;
        let (collection, _) = self.collection()?;
        let map = collection.map(&name).map_err(|error| said(&error))?;
        map.has(value).map_err(|error| said(&error))
    }

    fn set(&mut self, map: usize, key: &[u8], value: &[u8]) -> Result<bool, String> {
        let name = self.name_of(map)?;
        self.write(&name, key, value)
    }

    fn event(&mut self, map: usize) -> Result<Option<Vec<u8>>, String> {
        let name = self.name_of(map)?;
        let (_, events) = self.collection()?;
        Ok(events.next(&name))
    }

    fn untold(&mut self, field: &str) {
        self.skip(|| format!("test runs of the kernel do not tell `{field}`"));
    }

    fn advance(&mut self, nanoseconds: u64) -> Result<(), String> {
        self.decide(|memory| world::advance(memory, nanoseconds))
    }
}

/// The context that a test run begins with: empty where that is what the kernel has itself, `None` if
/// it does not take it.
fn given(hook: &Hook, packet: &Packet<'_>, length: usize) -> Option<Vec<u8>> {
    let is_skb = hook.context.field("ifindex").is_some();
    if !is_skb && packet.interface == 1 && packet.context.is_empty() {
        return Some(Vec::new());
    }
    let mut bytes = vec![0; hook.context.size.into()];
    let mut put = |name: &str, word: usize| {
        let field = hook.context.field(name)?;
        let place = bytes.get_mut(usize::from(field.offset)..)?.first_chunk_mut()?;
        *place = (word as u32).to_ne_bytes();
        Some(())
    };
    let interface = packet.interface as usize;
    put("ingress_ifindex", interface)?;
    let (second, number) = if is_skb { ("ifindex", interface) } else { ("data_end", length) };
    put(second, number)?;
    for (at, word) in packet.context {
        let place = bytes.get_mut(usize::from(*at)..).filter(|_| tried(hook, *at));
        *place?.first_chunk_mut()? = word.to_ne_bytes();
    }
    Some(bytes)
}

/// Whether test runs take a word of the context and give it back.
fn tried(hook: &Hook, at: u16) -> bool {
    hook.context.fields.iter().any(|field| field.tried && field.words().any(|word| word == at))
}

/// Whether the values of a map stand for things of the kernel's, such as interfaces.
fn is_reference(map: &Map) -> bool {
    map.kind().is_some_and(|kind| kind.value() == ValueKind::Reference)
}

/// The values of an element of a per-CPU map, of so many bytes each; zeros where there is no such element.
fn all(map: &Map, key: &[u8], size: usize) -> Result<Vec<Vec<u8>>, String> {
    if let Some(values) = map.lookup_per_cpu(key).map_err(|error| said(&error))? {
        return Ok(values);
    }
    let count = nbpfc_loader::possible_processors().map_err(|error| said(&error))?;
    Ok(vec![vec![0; size]; count])
}
