//! The program as machine code: lowered to what rbpf compiles right, with guards.

mod liveness;

mod data;

mod code;

mod calls;
mod kinds;

mod lower;

use std::collections::{BTreeMap, BTreeSet};

use nbpfc_loader::native::{Guarded, Native as Compiled, NativeError, NativeInput, PacketWords};

use crate::context::{Layout, Member, Source};
use crate::error::{Error, ErrorKind};
use crate::global::Global;
use crate::native::data::Data;
use crate::packet::Packet;
use crate::program::Program;

/// Machine code and what of the context it reads.
#[derive(Debug)]
pub(crate) struct Native {
    compiled: Compiled,
    layout: Layout,
    numbers: Vec<(usize, Source)>,
}

impl Native {
    pub(crate) fn new(
        program: &Program,
        layout: &Layout,
        globals: &[Global],
    ) -> Result<Self, Error> {
        // A run that gives up is done again from its beginning, which must not have written.
        if globals.iter().any(|global| global.writable) {
            return Err(Error { pc: 0, kind: ErrorKind::NotNative("global data that is written") });
        }
        let data = Data::new(globals);
        let lowered = lower::lower(program, layout, &data)?;
        let words = |wanted: Member| {
            let words = lowered.reads.iter().filter(|(_, member)| *member == wanted);
            let words: BTreeSet<usize> = words.map(|(word, _)| *word).collect();
            words.into_iter().collect()
        };
        let pointers = PacketWords { data: words(Member::Data), data_end: words(Member::DataEnd) };
        let numbers: BTreeMap<usize, Source> = lowered
            .reads
            .iter()
            .filter_map(|(word, member)| match member {
                Member::Number(source, _) => Some((*word, *source)),
                Member::Data | Member::DataEnd => None,
            })
            .collect();
        let guarded = Guarded::promised(lowered.insns, pointers, lowered.frames, data.bytes);
        let compiled = Compiled::compile(&guarded).map_err(|error| {
            let what = match error {
                NativeError::Platform => "this processor",
                NativeError::TooLong => "so long a program",
                NativeError::Refused(_) | NativeError::Memory(_) => "this program on this system",
            };
            Error { pc: 0, kind: ErrorKind::NotNative(what) }
        })?;
        Ok(Self { compiled, layout: layout.clone(), numbers: numbers.into_iter().collect() })
    }

    /// Runs on a packet; `None` if the code gave up.
    pub(crate) fn run(&mut self, packet: &Packet<'_>, budget: u64) -> Option<u32> {
        for (word, source) in &self.numbers {
            self.compiled.set_word(*word, self.layout.number(*source, packet).into());
        }
        let input = NativeInput {
            packet: packet.data,
            length: packet.length.into(),
            backward_jumps: budget,
        };
        self.compiled.run(&input).map(|result| result as u32)
    }
}
