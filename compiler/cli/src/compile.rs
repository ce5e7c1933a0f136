//! From the command line to what it asks for.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use nbpfc_driver::{
    Code, Diagnostic, Field, FieldSource, File, FileId, Files, Filter, Hook, Layer, Level,
    LinkType, MAX_LENGTH, Matches, Request, Session, Sets, Severity, Span, System, Target, Version,
    assembly, c_array, classic, nearest, read_bounded,
};
use nbpfc_emulator::Engine;

use crate::action::Action;
use crate::args::{Args, Cpu, Emit, EngineName, Mode};
use crate::failure::Failure;
use crate::offline::{self, Input, Job};
use crate::place::Place;
use crate::{attach, findings, hooks, loading, nbp, output, words};

/// The kernel that must accept a program if nobody says otherwise.
const OLDEST_KERNEL: &str = "5.10";

/// Where an expression runs if nobody says otherwise.
const DEFAULT_HOOK: &str = "xdp";

/// What network cards translate: the `nfp` driver tells instructions by their first byte, by which
/// some of the later ones are others.
const CARDS: Level = Level::V3;

/// Whether a network card is to run the program.
fn is_offloaded(args: &Args) -> bool {
    args.attach.mode == Some(Mode::Offload)
}

/// Does what the command line asks for.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    if let Some(path) = &args.file {
        return module(args, path);
    }
    let place = Place::of(&args.attach);
    let target = target(args, place.is_some())?;
    let world = System::default();
    let mut session = Session::new(&world);
    let id = session.add(source(args)?);
    if let Some(path) = &args.read {
        let input = Input::open(path)?;
        let link_type = match link_type(args)? {
            Some(link_type) => link_type,
            None => capture_link_type(&input)?,
        };
        // No verifier looks at what runs here.
        let (matches, doubtful) = (matches(args)?, true);
        let request = Request { matches, doubtful, ..request(args, target, link_type, false) };
        let filter = offline_filter(&session, id, request)?;
        return offline::run(&filter, input, &job(args, path));
    }
    let link_type = of_hook(args, target.hook)?;
    let doubtful = place.is_some() || attach::is_running(target.kernel);
    let request = Request { doubtful, ..request(args, target, link_type, true) };
    if let Some(place) = place {
        let to = args.write.as_deref();
        let usual = if to.is_some() { Action::Capture } else { Action::Count };
        let action = Action::parse(&args.action)?.unwrap_or(usual);
        let netmask = request.netmask.or_else(|| place.netmask());
        let request = Request { netmask, ..request };
        let job = attach::Job { action, place, to, args: &args.attach };
        return attach::run(&session, id, &request, &job);
    }
    let request = Request { matches: matches(args)?, ..request };
    let bytes = emit(args, &session, id, &request)?;
    write(args, &bytes)
}

/// Does it with a module of the nbp language.
fn module(args: &Args, path: &Path) -> Result<(), Failure> {
    if let Some(message) = words::no_command(path) {
        return Err(Failure::Message(message));
    }
    let place = Place::of(&args.attach);
    let task = nbp::Task {
        args,
        kernel: kernel(args, place.is_some())?,
        level: level(args).or(is_offloaded(args).then_some(CARDS)),
        hook: args.hook.as_deref().map(hooks::by_name).transpose()?,
    };
    let job = args.read.as_ref().map(|input| job(args, input));
    let bytes = task.run(text(path)?, job.as_ref())?;
    if job.is_some() || place.is_some() { Ok(()) } else { write(args, &bytes) }
}

/// Compiles for packets of which a capture may hold only the front. XDP takes `data_end - data`
/// for the length unless it expects fragments; a filter that asks for the length expects them.
fn offline_filter(
    session: &Session<'_>,
    id: FileId,
    mut request: Request,
) -> Result<Filter, Failure> {
    let compile =
        |request: Request| session.filter(id, &request).map_err(|found| failure(session, found));
    let filter = compile(request)?;
    warn_if_never(session, id, &filter);
    let by_span = request.target.field(Field::Length) == Some(FieldSource::Span);
    let Some(hook) = Hook::by_name("xdp.frags").filter(|_| by_span && filter.asks(Field::Length))
    else {
        return Ok(filter);
    };
    request.target.hook = hook;
    compile(request)
}

/// Says so if no packet can match: libpcap's optimiser refuses such filters, and without it libpcap
/// takes them.
fn warn_if_never(session: &Session<'_>, id: FileId, filter: &Filter) {
    if !filter.never_matches() {
        return;
    }
    let span = Span { start: 0, end: filter.file.text().trim_end().len() as u32 };
    let warning = Diagnostic {
        severity: Severity::Warning,
        ..Diagnostic::error(Code::RejectsAll, "no packet can match this filter", id, span)
    };
    let warning = warning.help("`and` asks for both sides at once; `or` may be meant");
    eprint!("{}", findings::text(session.files(), &[warning]));
}

fn failure(session: &Session<'_>, found: Vec<Diagnostic>) -> Failure {
    Failure::Source(session.files().clone(), found)
}

/// The kernel that must accept the program.
fn kernel(args: &Args, attaches: bool) -> Result<Version, Failure> {
    let running = attaches.then(attach::running_kernel).flatten();
    version(args.kernel.as_deref().or(running.as_deref()))
}

/// A kernel's version; the oldest that programs are usually compiled for if there is none.
pub(crate) fn version(named: Option<&str>) -> Result<Version, Failure> {
    let named = named.unwrap_or(OLDEST_KERNEL);
    named
        .parse()
        .map_err(|()| Failure::Message(format!("'{named}' is not a kernel version such as 6.1")))
}

fn level(args: &Args) -> Option<Level> {
    args.cpu.map(|cpu| match cpu {
        Cpu::V1 => Level::V1,
        Cpu::V2 => Level::V2,
        Cpu::V3 => Level::V3,
        Cpu::V4 => Level::V4,
    })
}

fn target(args: &Args, attaches: bool) -> Result<Target, Failure> {
    let hook = hooks::by_name(args.hook.as_deref().unwrap_or(DEFAULT_HOOK))?;
    let kernel = kernel(args, attaches)?;
    // What runs offline asks no kernel.
    if kernel < hook.since && args.read.is_none() {
        let message =
            format!("{} needs Linux {}, and --kernel says {kernel}", hook.name, hook.since);
        return Err(Failure::Message(message));
    }
    let target = Target::new(hook, kernel);
    let usual = target.level.min(if is_offloaded(args) { CARDS } else { Level::V4 });
    Ok(Target { level: level(args).unwrap_or(usual), ..target })
}

/// The expression, from the command line or from its file.
fn source(args: &Args) -> Result<File, Failure> {
    match (&args.expr, &args.expr_file) {
        (Some(text), _) => Ok(File::new("<expression>", text)),
        (None, Some(path)) => file(path),
        (None, None) => Err(Failure::Message("there is no expression".to_owned())),
    }
}

/// A file of text.
fn file(path: &Path) -> Result<File, Failure> {
    let name = path.display().to_string();
    let opened = fs::File::open(path).map_err(|error| Failure::file(&name, &error))?;
    let text = whole(opened, &name)?;
    Ok(File::new(name, text))
}

/// The text of a source, which is read no further than compilers read.
fn whole(from: impl Read, name: &str) -> Result<String, Failure> {
    let bytes = read_bounded(from, MAX_LENGTH).map_err(|error| match error.kind() {
        io::ErrorKind::FileTooLarge => {
            let found = Diagnostic::general(Code::TooLarge, format!("{name}: {error}"));
            Failure::Source(Files::default(), vec![found])
        }
        _ => Failure::file(&name, &error),
    })?;
    String::from_utf8(bytes).map_err(|error| Failure::file(&name, &format!("not UTF-8: {error}")))
}

/// A module, from its file or from standard input.
pub(crate) fn text(path: &Path) -> Result<File, Failure> {
    if path != Path::new("-") {
        return file(path);
    }
    let text = whole(io::stdin(), "standard input")?;
    Ok(File::new("<stdin>", text))
}

fn link_type(args: &Args) -> Result<Option<LinkType>, Failure> {
    let Some(name) = &args.link_type else { return Ok(None) };
    let known =
        nbpfc_capture::LinkType::from_name(name).and_then(nbpfc_capture::LinkType::to_linktype);
    known.map(|number| Some(LinkType::from_number(number))).ok_or_else(|| {
        let mut message = format!("no link type is called '{name}'");
        if let Some(near) = nearest(name, nbpfc_capture::LinkType::names()) {
            let _ = write!(message, "; did you mean '{near}'?");
        }
        Failure::Message(message)
    })
}

/// The link type that a hook's packets begin with: what is asked for, unless the hook sees another layer.
fn of_hook(args: &Args, hook: &Hook) -> Result<LinkType, Failure> {
    let usual = match hook.layer {
        Layer::Link => LinkType::Ethernet,
        Layer::Network => LinkType::Raw,
    };
    let asked = link_type(args)?.unwrap_or(usual);
    if hook.layer == Layer::Network
        && !matches!(asked, LinkType::Raw | LinkType::Ipv4 | LinkType::Ipv6)
    {
        let message = format!("{} sees IP packets, which do not begin with {asked}", hook.name);
        return Err(Failure::Message(message));
    }
    Ok(asked)
}

/// What the packets of a capture begin with.
fn capture_link_type(input: &Input) -> Result<LinkType, Failure> {
    let found = input.reader.header().link_type;
    let number = found.to_linktype();
    number.map(LinkType::from_number).ok_or_else(|| {
        Failure::Message(format!("{}: no filter knows link type {found}", input.name))
    })
}

/// What becomes of packets that match, in a program that is not attached here.
fn matches(args: &Args) -> Result<Matches, Failure> {
    match Action::parse(&args.action)? {
        None | Some(Action::Pass) => Ok(Matches::Pass),
        Some(Action::Drop) => Ok(Matches::Drop),
        Some(Action::Count | Action::Redirect(_) | Action::Capture) => {
            let message = "--do count, capture and redirect are for programs that are attached";
            Err(Failure::Message(message.to_owned()))
        }
    }
}

fn request(args: &Args, target: Target, link_type: LinkType, live: bool) -> Request {
    Request {
        netmask: args.netmask.map(u32::from),
        live,
        offload: is_offloaded(args),
        strict_ipv6: args.strict_ipv6,
        optimise: !args.no_opt,
        ..Request::new(target, link_type)
    }
}

fn job(args: &Args, input: &Path) -> Job {
    Job {
        input: input.to_owned(),
        output: args.write.clone(),
        count: args.count,
        engine: args.engine.map(|engine| match engine {
            EngineName::Native => Engine::Native,
            EngineName::Checked => Engine::Checked,
        }),
        trace: args.trace,
    }
}

fn emit(
    args: &Args,
    session: &Session<'_>,
    id: FileId,
    request: &Request,
) -> Result<Vec<u8>, Failure> {
    let fail = |found| failure(session, found);
    let kind = args.emit.unwrap_or(Emit::Obj);
    if kind == Emit::Cbpf {
        return Ok(classic(&session.classic(id, request).map_err(fail)?).into_bytes());
    }
    // An array of instructions has no place for tables.
    let sets = if kind == Emit::CArray { Sets::Code } else { request.sets };
    let filter = session.filter(id, &Request { sets, ..*request }).map_err(fail)?;
    warn_if_never(session, id, &filter);
    loading::ask(session, id, filter.object().object(), &[("filter", &filter)])?;
    let text = match kind {
        Emit::Asm => assembly(&filter.code, &filter.file),
        Emit::Ir => filter.module.interleaved().to_string(),
        Emit::CArray => c_array(&filter.code, "filter"),
        Emit::Btf => {
            filter.object().object().btf.as_ref().map(ToString::to_string).unwrap_or_default()
        }
        Emit::Obj | Emit::Cbpf => {
            return filter.object().into_elf().map_err(|error| Failure::bug(&error));
        }
    };
    Ok(text.into_bytes())
}

/// Writes to the output, or text to standard output if there is none.
fn write(args: &Args, bytes: &[u8]) -> Result<(), Failure> {
    let binary = matches!(args.emit, None | Some(Emit::Obj));
    let output = match &args.output {
        Some(path) => path.clone(),
        None if binary => {
            let message = "say where the object goes with -o FILE, or name a capture with -r FILE";
            return Err(Failure::Message(message.to_owned()));
        }
        None => PathBuf::from("-"),
    };
    if output != Path::new("-") {
        return fs::write(&output, bytes).map_err(|error| Failure::file(&output.display(), &error));
    }
    if binary && io::stdout().is_terminal() {
        return Err(Failure::Message(
            "an object is not for a terminal; name a file with -o".to_owned(),
        ));
    }
    output::write(bytes)
}
