//! What one program costs.

use nbpfc_driver::{File, Filter, Hook, Request, Session, Target};
use nbpfc_emulator::{Engine, Machine, Packet};
use nbpfc_isa::Insn;
use nbpfc_loader::{LoadOptions, Program};
use nbpfc_tests::packets::Captured;
use nbpfc_tests::property::{KERNEL, Nowhere, link_type};

/// The cost of one program.
pub(crate) struct Cost {
    /// Instructions executed, summed over the packets.
    pub(crate) executed: u64,
    /// Instructions executed per packet, each capture counted alike.
    pub(crate) per_capture: f64,
    /// Slots.
    pub(crate) slots: usize,
    /// Instructions that the kernel's verifier processed; `None` if that was not asked for.
    pub(crate) verified: Option<u64>,
}

/// What a program costs on captures.
///
/// # Errors
/// What the emulator finds wrong with the program.
pub(crate) fn cost(
    insns: &[Insn],
    hook: &'static Hook,
    captures: &[Vec<Captured>],
) -> Result<Cost, String> {
    let machine = Machine::new(insns, hook, Engine::Checked).map_err(|e| e.to_string())?;
    run(machine, insns.len(), captures)
}

/// What a filter of ours costs on captures, its constant tables at hand.
///
/// # Errors
/// What the emulator finds wrong with the program.
pub(crate) fn ours(filter: &Filter, captures: &[Vec<Captured>]) -> Result<Cost, String> {
    let machine = filter.machine(Some(Engine::Checked)).map_err(|e| e.to_string())?;
    run(machine, filter.code.insns.len(), captures)
}

fn run(mut machine: Machine, slots: usize, captures: &[Vec<Captured>]) -> Result<Cost, String> {
    let (mut executed, mut means) = (0, 0.0);
    for capture in captures {
        let before = executed;
        for packet in capture {
            machine.run(&view(packet)).map_err(|fault| fault.to_string())?;
            executed += machine.executed();
        }
        means += (executed - before) as f64 / capture.len() as f64;
    }
    let per_capture = means / captures.len().max(1) as f64;
    Ok(Cost { executed, per_capture, slots, verified: None })
}

/// A captured packet as a hook sees it.
pub(crate) fn view(packet: &Captured) -> Packet<'_> {
    Packet { length: packet.length, ..Packet::new(&packet.data) }
}

/// How many instructions the kernel's verifier processes.
///
/// # Errors
/// Why it refuses the program.
pub(crate) fn verified(insns: &[Insn], hook: &Hook) -> Result<u64, String> {
    let options = LoadOptions::for_hook(hook, insns).with_statistics();
    let program = Program::load(&options).map_err(|error| error.to_string())?;
    program.statistics().map(|s| s.processed_insns).ok_or_else(|| "no statistics".to_owned())
}

/// An expression compiled for a hook; `None` if we do not take the expression.
pub(crate) fn compile(text: &str, hook: &'static Hook, ethernet: bool) -> Option<Filter> {
    let mut session = Session::new(&Nowhere);
    let id = session.add(File::new("<expression>", text));
    let request = Request::new(Target::new(hook, KERNEL), link_type(ethernet));
    session.filter(id, &request).ok()
}
