//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, CommandFactory, Parser, Subcommand, ValueEnum};
use nbpfc_loader::Prefix;

/// Compiles tcpdump expressions and nbp programs to eBPF, attaches them, and runs them on captures.
#[derive(Debug, Parser)]
#[command(
    name = "nbpfc",
    version,
    max_term_width = 100,
    after_help = EXAMPLES,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
#[expect(clippy::struct_excessive_bools, reason = "switches are what they are")]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// A program in the nbp language; `-` is standard input.
    #[arg(value_name = "PROGRAM", conflicts_with_all = ["expr", "expr_file", "link_type", "action", "netmask", "strict_ipv6"])]
    pub(crate) file: Option<PathBuf>,

    /// The filter, in tcpdump's language (pcap-filter(7)).
    #[arg(short, long, value_name = "EXPRESSION", allow_hyphen_values = true, value_parser = expression)]
    #[arg(required_unless_present_any = ["expr_file", "file"])]
    pub(crate) expr: Option<String>,

    /// A file that holds the filter.
    #[arg(short = 'F', long, value_name = "FILE", conflicts_with = "expr")]
    pub(crate) expr_file: Option<PathBuf>,

    /// Where the program runs: xdp, tc, socket, … (`nbpfc hooks` lists them) [default: xdp; of nbp
    /// programs: what they say].
    #[arg(short = 't', long = "hook", alias = "target", value_name = "HOOK")]
    pub(crate) hook: Option<String>,

    /// Which program of an nbp file to run or to attach, if there are several [default: to attach:
    /// all, but for those that others go on in].
    #[arg(long, value_name = "NAME", requires = "file")]
    pub(crate) program: Option<String>,

    /// The oldest kernel that must accept the program [default: 5.10; to attach: the running one].
    #[arg(short, long, value_name = "VERSION")]
    pub(crate) kernel: Option<String>,

    /// The instruction set, instead of all that the kernel has.
    #[arg(long, value_name = "LEVEL")]
    pub(crate) cpu: Option<Cpu>,

    /// What packets begin with, a DLT name such as EN10MB [default: the hook's, or the capture's].
    #[arg(short = 'y', long, value_name = "TYPE")]
    pub(crate) link_type: Option<String>,

    /// What becomes of packets that match: pass or drop, and the others get the opposite; attached
    /// also count, capture or redirect INTERFACE [default: pass; to attach: count; with --write:
    /// capture].
    #[arg(long = "do", value_name = "ACTION", num_args = 1..=2)]
    pub(crate) action: Vec<String>,

    /// The IPv4 netmask, which `ip broadcast` needs [default: to attach: the interface's].
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) netmask: Option<std::net::Ipv4Addr>,

    /// Looks for protocols and ports behind IPv6 extension headers, and for tcp[…] in IPv6.
    #[arg(long)]
    pub(crate) strict_ipv6: bool,

    #[command(flatten)]
    pub(crate) attach: AttachArgs,

    /// Where the result goes; `-` is standard output.
    #[arg(short, long, value_name = "FILE", conflicts_with = "place")]
    pub(crate) output: Option<PathBuf>,

    /// What is written [default: obj].
    #[arg(long, value_name = "KIND", conflicts_with = "place")]
    pub(crate) emit: Option<Emit>,

    /// Runs the filter on this capture instead; `-` is standard input.
    #[arg(short, long, value_name = "FILE")]
    #[arg(conflicts_with_all = ["output", "emit", "action", "place"])]
    pub(crate) read: Option<PathBuf>,

    /// With --read, or attached to capture: where the packets go that match; `-` is standard output.
    #[arg(short, long, value_name = "FILE", requires = "packets")]
    pub(crate) write: Option<PathBuf>,

    /// With --read: prints how many packets match.
    #[arg(long, requires = "read")]
    pub(crate) count: bool,

    /// With --read: what executes the program.
    #[arg(long, value_name = "ENGINE", requires = "read")]
    pub(crate) engine: Option<EngineName>,

    /// With --read: prints every instruction executed.
    #[arg(long, requires = "read")]
    pub(crate) trace: bool,

    /// How errors are written: for people, or for tools, one JSON object a line.
    #[arg(long, value_name = "FORMAT", global = true)]
    pub(crate) error_format: Option<ErrorFormat>,

    /// With --emit ir: the code as it is before optimisation.
    #[arg(long)]
    pub(crate) no_opt: bool,
}

/// Where to attach, and for how long.
#[derive(Debug, clap::Args)]
#[command(group(ArgGroup::new("place").args(["interface", "cgroup", "route"]).multiple(true)))]
#[command(group(ArgGroup::new("packets").args(["read", "interface", "cgroup", "route"]).multiple(true)))]
pub(crate) struct AttachArgs {
    /// Attaches the filter to this network interface until Ctrl-C, and shows what it counts.
    #[arg(long = "attach", value_name = "INTERFACE", help_heading = "Attach")]
    pub(crate) interface: Option<String>,

    /// Attaches to the cgroup at this path, for the cgroup hooks.
    #[arg(long, value_name = "PATH", conflicts_with_all = ["interface", "route"])]
    #[arg(help_heading = "Attach")]
    pub(crate) cgroup: Option<PathBuf>,

    /// Attaches to the route that leads there (10.0.0.0/8, default), for the lwt hooks; of several to
    /// the one through the interface that --attach names.
    #[arg(long, value_name = "PREFIX", help_heading = "Attach")]
    pub(crate) route: Option<Prefix>,

    /// By which means, where there are several [default: auto].
    #[arg(long, value_name = "MODE", requires = "place", help_heading = "Attach")]
    pub(crate) mode: Option<Mode>,

    /// Its place among other programs: lower ones run first. By clsact it is the filter's
    /// priority, by tcx and at a cgroup (Linux 6.17) 1 is the first of those that are there
    /// [default: behind them]; XDP that is shared has 50 by default.
    #[arg(long, value_name = "N", requires = "place", help_heading = "Attach")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) priority: Option<u16>,

    /// XDP: one of several programs of the interface, by libxdp's dispatcher. So it is in any case
    /// where the interface has a dispatcher already.
    #[arg(long, requires = "place", help_heading = "Attach")]
    pub(crate) share: bool,

    /// Leaves it attached under this name and ends: `nbpfc list` shows what it counts, `nbpfc
    /// detach` ends it.
    #[arg(long, value_name = "NAME", requires = "place", conflicts_with = "duration")]
    #[arg(help_heading = "Attach")]
    pub(crate) pin: Option<String>,

    #[command(flatten)]
    pub(crate) bpffs: BpffsArgs,

    /// Sets a parameter of an nbp program first: limit=50, label=web, address=10.0.0.1.
    #[arg(long, value_name = "NAME=VALUE", requires = "place", help_heading = "Attach")]
    pub(crate) set: Vec<String>,

    /// Detaches after this time: 500ms, 30s, 5m, 1h; a bare number is seconds.
    #[arg(long, value_name = "TIME", requires = "place", value_parser = duration)]
    #[arg(help_heading = "Attach")]
    pub(crate) duration: Option<Duration>,

    /// To capture: at most this many bytes of each packet [default: 262144].
    #[arg(short, long, value_name = "BYTES", requires = "place", help_heading = "Attach")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=MOST_BYTES))]
    pub(crate) snaplen: Option<u32>,

    /// To capture: memory for packets that are not written yet, such as 64M [default: 16M].
    #[arg(long, value_name = "BYTES", requires = "place", value_parser = bytes)]
    #[arg(help_heading = "Attach")]
    pub(crate) buffer: Option<u32>,

    /// Prints JSON, one object a line.
    #[arg(long, requires = "place", help_heading = "Attach")]
    pub(crate) json: bool,

    /// Tells of the program in the kernel: its size, the verifier's work, how often and how long it
    /// ran; after a refusal the verifier's whole log.
    #[arg(short, long, requires = "place", help_heading = "Attach")]
    pub(crate) verbose: bool,
}

/// Where what is pinned has its names.
#[derive(Debug, clap::Args)]
pub(crate) struct BpffsArgs {
    /// A folder in a BPF file system, for pins; the usual one is mounted if need be.
    #[arg(long = "bpffs", value_name = "PATH", default_value = "/sys/fs/bpf")]
    #[arg(help_heading = "Attach")]
    pub(crate) path: PathBuf,
}

/// By which means a program is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// XDP: the driver runs it if it can, else the kernel; tc: tcx if the kernel has it.
    Auto,
    /// XDP: the driver runs it.
    Native,
    /// XDP: the kernel runs it, after it made an skb.
    Generic,
    /// XDP: the network card runs it.
    Offload,
    /// tc: a link among others in an order (Linux 6.6).
    Tcx,
    /// tc: a filter of a qdisc, by priority.
    Clsact,
}

/// What is no compilation.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Loads an object file and shows what is in it; nothing stays without --pin.
    Load(LoadArgs),
    /// Runs a program of an nbp file on the packets of a capture, without the kernel, and shows what
    /// it returned and what it left in its maps.
    Run(RunArgs),
    /// Runs the tests of nbp files.
    Test(TestArgs),
    /// Brings nbp files into their one form: spaces, indentation, comments below each other.
    Fmt(FmtArgs),
    /// Tells what the code of an error means, with an example; or lists the codes.
    Explain {
        /// The code, such as E0301.
        code: Option<String>,
    },
    /// Lists the hooks, or tells all about one.
    Hooks {
        /// The hook's name.
        name: Option<String>,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Lists what --pin left attached, with its counts.
    List {
        #[command(flatten)]
        bpffs: BpffsArgs,
        /// Prints JSON, one object a line.
        #[arg(long)]
        json: bool,
    },
    /// Ends what --pin left attached.
    Detach {
        /// Their names.
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
        #[command(flatten)]
        bpffs: BpffsArgs,
    },
    /// Waits for the end of standard input and then ends the attachments that were read from it.
    #[command(hide = true)]
    Guard,
}

/// What is run offline, and how.
#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// A program in the nbp language; `-` is standard input.
    #[arg(value_name = "PROGRAM")]
    pub(crate) file: PathBuf,
    /// The capture.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) read: PathBuf,
    /// Where the packets go that pass or are sent (by `tx` or `redirect`), as the program left them;
    /// `-` is standard output.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) write: Option<PathBuf>,
    /// Which program of the file, if there are several.
    #[arg(long, value_name = "NAME")]
    pub(crate) program: Option<String>,
    /// Sets a parameter first: limit=50, address=10.0.0.1.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
    /// The oldest kernel that must accept the program [default: 5.10].
    #[arg(short, long, value_name = "VERSION")]
    pub(crate) kernel: Option<String>,
    /// Prints JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which tests are run, and how.
#[derive(Debug, clap::Args)]
pub(crate) struct TestArgs {
    /// Files in the nbp language, and folders of them [default: the current folder].
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Runs the tests only whose names have this text.
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,
    /// Runs them in the running kernel as well, by test runs; both must agree.
    #[arg(long)]
    pub(crate) kernel: bool,
    /// The oldest kernel that must accept the programs; objects are for 5.10 by default, so name it to
    /// test what they hold [default: 6.12; with --kernel the running one].
    #[arg(long, value_name = "VERSION")]
    pub(crate) target: Option<String>,
    /// Shows which lines and branches were come to, in the code as it is before optimisation.
    #[arg(long)]
    pub(crate) coverage: bool,
    /// Prints JSON, one object a line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What is formatted, and how.
#[derive(Debug, clap::Args)]
pub(crate) struct FmtArgs {
    /// Files in the nbp language, and folders of them [default: the current folder]; `-` is standard
    /// input, whose form goes to standard output.
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Writes nothing, and says which files are in another form.
    #[arg(long)]
    pub(crate) check: bool,
}

/// Who reads what is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ErrorFormat {
    /// People.
    Human,
    /// Tools: one JSON object a line.
    Json,
}

/// What is loaded, and how.
#[derive(Debug, clap::Args)]
pub(crate) struct LoadArgs {
    /// The object, of nbpfc or another compiler.
    pub(crate) file: PathBuf,
    /// Sets a global variable or parameter first: limit=50, label=web, address=10.0.0.1,
    /// ports=[80, 443].
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
    /// Loads this program and no others; may be given several times.
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) only: Vec<String>,
    /// Pins programs and maps by their names in this folder of a BPF file system.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) pin: Option<PathBuf>,
    /// Prints JSON, one object a line.
    #[arg(long)]
    pub(crate) json: bool,
    /// After a refusal of the kernel's verifier: its whole log.
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

/// An instruction set, as clang's `-mcpu` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Cpu {
    /// Linux 3.18.
    V1,
    /// Linux 4.14: < and <= jumps.
    V2,
    /// Linux 5.1: 32-bit jumps.
    V3,
    /// Linux 6.6: sign extension, byte swap, long jumps.
    V4,
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Emit {
    /// An ELF object that any BPF loader takes.
    Obj,
    /// The instructions, below the part of the filter that they come from.
    Asm,
    /// The intermediate representation, below the part of the source that it comes from.
    Ir,
    /// The object's type information.
    Btf,
    /// Classic BPF, as `tcpdump -ddd` prints it.
    Cbpf,
    /// The instructions as a C array of `struct bpf_insn`.
    CArray,
}

/// What executes the program offline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineName {
    /// Machine code.
    Native,
    /// An interpreter that checks every access.
    Checked,
}

/// An expression, which may begin with a sign, and is no option of which it was forgotten in front.
fn expression(text: &str) -> Result<String, String> {
    let name = text.split_once('=').map_or(text, |(name, _)| name);
    let mut options = Args::command();
    options.build();
    let is_option = options.get_arguments().any(|option| {
        let short = option.get_short().is_some_and(|short| text == format!("-{short}"));
        short || option.get_long().is_some_and(|long| name == format!("--{long}"))
    });
    if is_option {
        return Err("that is an option; the expression stands right behind -e".to_owned());
    }
    Ok(text.to_owned())
}

/// A time such as `30s`.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let milliseconds: u64 = match unit {
        "ms" => 1,
        "" | "s" => 1000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        _ => return Err(format!("'{unit}' is no unit of time; there are ms, s, m and h")),
    };
    let number: u64 = number.parse().map_err(|_| "this needs a number, such as 30s".to_owned())?;
    match number.checked_mul(milliseconds) {
        Some(0) => Err("that is no time at all".to_owned()),
        Some(all) => Ok(Duration::from_millis(all)),
        None => Err("that is more than half a billion years".to_owned()),
    }
}

/// The longest packet that tcpdump captures: its `MAXIMUM_SNAPLEN`.
const MOST_BYTES: i64 = 262_144;

/// A size such as `64M`.
fn bytes(text: &str) -> Result<u32, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: u32 = match unit {
        "" | "B" => 1,
        "k" | "K" | "kB" | "KiB" => 1 << 10,
        "M" | "MB" | "MiB" => 1 << 20,
        "G" | "GB" | "GiB" => 1 << 30,
        _ => return Err(format!("'{unit}' is no unit of memory; there are k, M and G")),
    };
    let number: u32 = number.parse().map_err(|_| "this needs a number, such as 64M".to_owned())?;
    let bytes = number.checked_mul(factor).filter(|bytes| *bytes <= 1 << 30);
    bytes.ok_or_else(|| "that is more than 1G".to_owned())
}

const EXAMPLES: &str = "Examples:
  nbpfc --expr 'tcp port 80' -r in.pcap -w out.pcap          keep what matches, no root needed
  nbpfc --expr 'tcp port 80' -o web.o                        an XDP program
  nbpfc --expr 'tcp port 80' -t tc --emit asm                see what becomes of it
  nbpfc --expr 'tcp port 80' --attach eth0                   count it live, change nothing
  nbpfc --expr 'tcp port 80' --attach eth0 -w web.pcapng     capture it
  nbpfc --expr 'udp port 53' --attach eth0 --do drop         drop it until Ctrl-C
  nbpfc --expr 'udp port 53' --attach eth0 --pin dns         count it until `nbpfc detach dns`";
