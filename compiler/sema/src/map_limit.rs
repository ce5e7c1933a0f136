//! Maps that the kernel makes on no machine: keys, values and numbers of elements beyond its limits.

use nbpfc_kernel::{MapKind, MapLimit, ValueKind};
use nbpfc_source::{Code, Span};

use crate::checker::Checker;
use crate::layout::size_of;
use crate::types::Type;

/// What a map is made of, and where each part is said.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) key: (Type, Span),
    pub(crate) value: (Type, Span),
    pub(crate) entries: (u32, Span),
}

impl Checker<'_> {
    /// Reports what of a map is beyond the kernel's limits.
    pub(crate) fn check_limits(&mut self, source: usize, row: MapKind, parts: &Parts) {
        let kernel = self.options.kernel;
        let key = size_of(&self.program, &parts.key.0);
        let value = match row.value() {
            ValueKind::Any => size_of(&self.program, &parts.value.0),
            ValueKind::None | ValueKind::Reference => 0,
        };
        let sizes = [
            ("a key", row.most_key(), key, parts.key.1, "take a smaller type"),
            ("a value", row.most_value(kernel), value, parts.value.1, "take a smaller type"),
        ];
        for (what, limit, has, span, help) in sizes {
            let Some(MapLimit { most, why }) = limit.filter(|limit| has > limit.most) else {
                continue;
            };
            let message =
                format!("{what} of a map of type `{}` has at most {most} bytes", row.name());
            let error = self.error(Code::TargetLimit, source, span, message);
            self.report(error.label(format!("this has {has} bytes")).note(why).help(help));
        }
        let (entries, span) = parts.entries;
        let record = size_of(&self.program, &parts.value.0);
        let limit = row.most_record(entries).filter(|limit| record > limit.most);
        if let Some(MapLimit { most, why }) = limit {
            let message =
                format!("a record in a ring buffer of {entries} bytes has at most {most} bytes");
            let error = self.error(Code::TargetLimit, source, parts.value.1, message);
            let room = u64::from(record + 16).next_power_of_two();
            let error = error.label(format!("this has {record} bytes")).note(why);
            self.report(error.help(format!("make the buffer greater: `({room})`")));
        }
        let limit = row.most_entries(value).filter(|limit| entries > limit.most);
        if let Some(MapLimit { most, why }) = limit {
            let message = match value {
                1.. if matches!(row, MapKind::Queue | MapKind::Stack) => format!(
                    "a map of type `{}` of values of {value} bytes has at most {most} elements",
                    row.name()
                ),
                _ => format!("a map of type `{}` has at most {most} elements", row.name()),
            };
            let error = self.error(Code::TargetLimit, source, span, message);
            self.report(error.note(why).help("make room for fewer"));
        }
    }
}
