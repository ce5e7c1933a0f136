//! Filters run on captures.

use std::fmt::{Display, Write as _};
use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use nbpfc_capture::{Packet, Reader, Writer};
use nbpfc_driver::{Filter, Frames, Layer, NotOffline, Program, Programs, disassemble};
use nbpfc_emulator::{Engine, Fault, Machine};

use crate::Failure;

/// What to do with a capture.
pub(crate) struct Job {
    /// The capture; `-` is standard input.
    pub(crate) input: PathBuf,
    /// Where packets that match go; `-` is standard output.
    pub(crate) output: Option<PathBuf>,
    /// Whether to print how many match.
    pub(crate) count: bool,
    /// What executes; machine code if nobody says otherwise and it can be had.
    pub(crate) engine: Option<Engine>,
    /// Whether to print every instruction executed.
    pub(crate) trace: bool,
}

/// An open capture.
pub(crate) struct Input {
    pub(crate) reader: Reader<Box<dyn Read>>,
    /// What it is called in messages.
    pub(crate) name: String,
    /// Bytes in the file, where that is known.
    size: Option<u64>,
}

impl Input {
    /// Opens a capture and reads its header.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let fail = |error: &dyn Display| Failure::file(&name, error);
        let (stream, size): (Box<dyn Read>, _) = if path == Path::new("-") {
            (Box::new(io::stdin()), None)
        } else {
            let file = File::open(path).map_err(|error| fail(&error))?;
            let metadata = file.metadata().map_err(|error| fail(&error))?;
            (Box::new(file), metadata.is_file().then_some(metadata.len()))
        };
        let reader = Reader::new(stream).map_err(|error| fail(&error))?;
        Ok(Self { reader, name, size })
    }
}

/// Runs a filter on every packet of a capture, and says how many match.
pub(crate) fn run(filter: &Filter, input: Input, job: &Job) -> Result<(), Failure> {
    let mut counted = Counts::default();
    let ended = each(filter, input, job, |verdict| {
        counted.packets += 1;
        counted.matches += u64::from(verdict == filter.accept);
    })?;
    report(job, counted)?;
    ended
}

/// Runs a filter on every packet of a capture, and writes those that get its verdict `accept`. The
/// result within is an error if the capture is damaged: what was before that has been done.
fn each(
    filter: &Filter,
    input: Input,
    job: &Job,
    verdict_of: impl FnMut(u32),
) -> Result<Result<(), Failure>, Failure> {
    let mut machine = machine(filter, job.engine)?;
    let keeps = |verdict| (verdict == filter.accept).then_some(usize::MAX);
    each_by(&mut machine, filter, (input, Frames::WHOLE), job, keeps, verdict_of)
}

/// As [`each`], of a program of a module: what passes or is sent is written.
pub(crate) fn each_of(
    programs: &Programs,
    program: &Program,
    input: Input,
    job: &Job,
    verdict_of: impl FnMut(u32),
) -> Result<Result<(), Failure>, Failure> {
    let frames = frames(program, &input)?;
    let mut machine = machine_of(programs, program, job.engine)?;
    let keeps = |verdict| program.keeps(verdict);
    each_by(&mut machine, &program.code, (input, frames), job, keeps, verdict_of)
}

/// How the program's hook sees what the capture holds.
pub(crate) fn frames(program: &Program, input: &Input) -> Result<Frames, Failure> {
    let hook = program.code.target.hook;
    let link_type = input.reader.header().link_type;
    Frames::new(link_type, hook.layer).ok_or_else(|| {
        let sees = match hook.layer {
            Layer::Link => "Ethernet frames",
            Layer::Network => "IP packets",
        };
        let message = format!("its packets begin with {link_type}, and {} sees {sees}", hook.name);
        Failure::file(&input.name, &message)
    })
}

/// As [`each`], by a machine that is there already; of what gets a verdict that `keeps` says,
/// so many bytes are written.
pub(crate) fn each_by(
    machine: &mut Machine,
    filter: &Filter,
    (mut input, frames): (Input, Frames),
    job: &Job,
    keeps: impl Fn(u32) -> Option<usize>,
    mut verdict_of: impl FnMut(u32),
) -> Result<Result<(), Failure>, Failure> {
    let mut writer = match &job.output {
        Some(path) => {
            let stream = create(path, &job.input)?;
            let writer = Writer::new(stream, input.reader.header());
            Some(writer.map_err(|error| Failure::file(&path.display(), &error))?)
        }
        None => None,
    };
    let progress = Progress::new(&input);
    let (mut packets, mut unseen) = (0, 0);
    let mut tracer = job.trace.then(|| Tracer::new(filter));
    let ended = loop {
        if packets % 4096 == 0 {
            progress.show(input.reader.bytes_read());
        }
        let packet = match input.reader.next() {
            Ok(Some(packet)) => packet,
            Ok(None) => break Ok(()),
            Err(error) => break Err(Failure::file(&input.name, &error)),
        };
        packets += 1;
        let Some(seen) = frames.seen(packet.data) else {
            unseen += 1;
            continue;
        };
        let packet_type = frames.packet_type(packet.data);
        let given = nbpfc_emulator::Packet { packet_type, ..emulated(&packet, &seen) };
        let verdict = match &mut tracer {
            Some(tracer) => tracer.run(machine, &given, packets),
            None => machine.run(&given),
        };
        let verdict =
            verdict.map_err(|fault| Failure::bug(&format!("the program failed: {fault}")))?;
        verdict_of(verdict);
        if let Some(most) = keeps(verdict)
            && let Some(writer) = &mut writer
        {
            // As the program left it.
            let data = machine.changed_packet().map(|left| frames.around(packet.data, &seen, left));
            let packet = match &data {
                Some(data) => {
                    let grown = data.len() as i64 - packet.data.len() as i64;
                    let length = i64::from(packet.original_length).saturating_add(grown);
                    let original_length = u32::try_from(length).unwrap_or(packet.original_length);
                    Packet { data, original_length, ..packet }
                }
                None => packet,
            };
            let kept = packet.data.get(..most).unwrap_or(packet.data);
            let packet = Packet { data: kept, ..packet };
            writer.write(&packet).map_err(|error| written(job, &error))?;
        }
    };
    progress.clear();
    if unseen != 0 {
        let hook = filter.target.hook.name;
        eprintln!("packets that are not IP, and that {hook} never sees: {unseen}");
    }
    if let Some(writer) = writer {
        // Packets before a damaged one are kept, as tcpdump keeps them.
        let finished = writer.finish().map_err(|error| written(job, &error))?;
        finished.into_inner().map_err(|error| written(job, error.error()))?;
    }
    Ok(ended)
}

#[derive(Clone, Copy, Default)]
struct Counts {
    packets: u64,
    matches: u64,
}

fn written(job: &Job, error: &dyn Display) -> Failure {
    let path = job.output.as_deref().unwrap_or(Path::new("-"));
    Failure::file(&path.display(), error)
}

/// A machine for a filter.
fn machine(filter: &Filter, engine: Option<Engine>) -> Result<Machine, Failure> {
    filter.machine(engine).map_err(|why| cannot(&why))
}

/// A machine for a program of a module, which may go on in others.
pub(crate) fn machine_of(
    programs: &Programs,
    program: &Program,
    engine: Option<Engine>,
) -> Result<Machine, Failure> {
    programs.machine(program, engine).map_err(|why| cannot(&why))
}

fn cannot(why: &NotOffline) -> Failure {
    Failure::Message(format!("this program cannot be run offline: {why}"))
}

/// The part of a packet that a hook sees. It is as long as it was on the wire, but for what is taken off
/// in front and behind.
fn emulated<'a>(packet: &Packet<'a>, seen: &Range<usize>) -> nbpfc_emulator::Packet<'a> {
    let off = packet.data.len() - seen.len();
    nbpfc_emulator::Packet {
        data: packet.data.get(seen.clone()).unwrap_or_default(),
        length: packet.original_length.saturating_sub(off as u32),
        ..nbpfc_emulator::Packet::default()
    }
}

/// Opens the output, which must not be the input: it would be lost before it was read.
fn create(path: &Path, input: &Path) -> Result<BufWriter<Box<dyn Write>>, Failure> {
    if path == Path::new("-") {
        return Ok(BufWriter::with_capacity(1 << 16, Box::new(io::stdout())));
    }
    let same =
        |a: fs::Metadata, b: fs::Metadata| a.is_file() && (a.dev(), a.ino()) == (b.dev(), b.ino());
    if let (Ok(a), Ok(b)) = (fs::metadata(path), fs::metadata(input))
        && same(a, b)
    {
        let message = "is the capture that is read; write to another file";
        return Err(Failure::file(&path.display(), &message));
    }
    let file = File::create(path).map_err(|error| Failure::file(&path.display(), &error))?;
    Ok(BufWriter::with_capacity(1 << 16, Box::new(file)))
}

/// Prints what is executed.
struct Tracer {
    /// The instructions in words, by slot.
    words: Vec<String>,
    text: String,
}

impl Tracer {
    fn new(filter: &Filter) -> Self {
        let mut words = vec![String::new(); filter.code.insns.len()];
        for (slot, insn) in disassemble(&filter.code.insns) {
            words[slot] = insn.to_string();
        }
        Self { words, text: String::new() }
    }

    fn run(
        &mut self,
        machine: &mut Machine,
        packet: &nbpfc_emulator::Packet<'_>,
        number: u64,
    ) -> Result<u32, Fault> {
        let Self { words, text } = self;
        text.clear();
        let _ = writeln!(text, "packet {number}, {} bytes", packet.data.len());
        let verdict = machine.trace(packet, &mut |step| {
            // The words are the first program's.
            let first = words.get(step.pc).filter(|_| step.program == 0);
            let one = || disassemble(&[step.insn]).next().map(|(_, insn)| insn.to_string());
            let insn = first.cloned().or_else(one).unwrap_or_default();
            let _ = write!(text, "{:6}: {insn:40}", step.pc);
            for (register, value) in &step.changed {
                let _ = write!(text, " r{} = {value}", register.0);
            }
            text.push('\n');
        })?;
        let _ = writeln!(text, "verdict {verdict}");
        // A reader that has seen enough closes the pipe.
        let _ = io::stdout().write_all(text.as_bytes());
        Ok(verdict)
    }
}

fn report(job: &Job, counted: Counts) -> Result<(), Failure> {
    let plural = |n: u64| if n == 1 { "" } else { "s" };
    let Counts { packets, matches } = counted;
    let line = if job.count {
        format!("{matches} packet{}\n", plural(matches))
    } else if job.output.is_none() && !job.trace {
        format!("{matches} of {packets} packet{} match\n", plural(packets))
    } else {
        return Ok(());
    };
    let shown = if job.output.as_deref() == Some(Path::new("-")) {
        io::stderr().write_all(line.as_bytes())
    } else {
        io::stdout().write_all(line.as_bytes())
    };
    shown.map_err(|error| Failure::file(&"standard output", &error))
}

/// How far the reading is, on a terminal.
struct Progress(Option<ProgressBar>);

impl Progress {
    fn new(input: &Input) -> Self {
        let bar = input.size.filter(|_| io::stderr().is_terminal()).map(|size| {
            let style = ProgressStyle::with_template(
                "{bar:40} {percent:>3} %  {bytes_per_sec}  {eta} left",
            );
            ProgressBar::new(size)
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self(bar)
    }

    fn show(&self, position: u64) {
        if let Some(bar) = &self.0 {
            bar.set_position(position);
        }
    }

    fn clear(self) {
        if let Some(bar) = self.0 {
            bar.finish_and_clear();
        }
    }
}
