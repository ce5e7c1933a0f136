//! The program as machine code: lowered to what rbpf compiles right, with guards.

mod liveness;

mod code;

mod calls;
mod kinds;

mod lower;

use nbpfc_loader::native::{Guarded, Native as Compiled, NativeError, NativeInput, PacketWords};

use crate::context::{Layout, Source, Word};
use crate::error::{Error, ErrorKind};
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
    pub(crate) fn new(program: &Program, layout: &Layout) -> Result<Self, Error> {
        let lowered = lower::lower(program, layout)?;
        let read = |index: usize| lowered.words.contains(&index);
        let words = |wanted: Word| {
            let words = layout.words.iter().enumerate();
            let words = words.filter(|(index, word)| **word == wanted && read(*index));
            words.map(|(index, _)| index).collect()
        };
        let pointers = PacketWords { data: words(Word::Data), data_end: words(Word::DataEnd) };
        let numbers = layout.words.iter().enumerate().filter_map(|(index, word)| match word {
            Word::Number(source) if *source != Source::Zero && read(index) => {
                Some((index, *source))
            }
            _ => None,
        });
        let guarded = Guarded::promised(lowered.insns, pointers, lowered.frames);
        let compiled = Compiled::compile(&guarded).map_err(|error| {
            let what = match error {
                NativeError::Platform => "this processor",
                NativeError::TooLong => "so long a program",
                NativeError::Refused(_) | NativeError::Memory(_) => "this program on this system",
            };
            Error { pc: 0, kind: ErrorKind::NotNative(what) }
        })?;
        Ok(Self { compiled, layout: layout.clone(), numbers: numbers.collect() })
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
