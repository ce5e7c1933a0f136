//! The interfaces of a pcapng section: how each of them counts time.
//!
//! Source: draft-ietf-opsawg-pcapng §4.2 (Interface Description Block).

use crate::error::Fault;
use crate::fields::Fields;
use crate::order::Order;
use crate::packet::Precision;

const END_OF_OPTIONS: u16 = 0;
const IF_TSRESOL: u16 = 9;
const IF_TSOFFSET: u16 = 14;

/// The clock of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interface {
    /// Units in one second; a power of ten, or of two if `binary`.
    resolution: u64,
    binary: bool,
    /// Seconds to add to each time stamp, modulo 2^64.
    offset: u64,
}

impl Interface {
    /// Reads the options behind the fixed fields of an Interface Description Block.
    pub(crate) fn from_options(mut options: Fields<'_>, order: Order) -> Result<Self, Fault> {
        let mut resolution = None;
        let mut offset = None;
        while !options.is_empty() {
            let head = options.take(4)?;
            let (code, length) = (order.u16(head, 0), order.u16(head, 2));
            let value = options.take(usize::from(length).next_multiple_of(4))?;
            match code {
                END_OF_OPTIONS => {
                    check("opt_endofopt", length, 0, false)?;
                    break;
                }
                IF_TSRESOL => {
                    check("if_tsresol", length, 1, resolution.is_some())?;
                    resolution = Some(units_per_second(value[0])?);
                }
                IF_TSOFFSET => {
                    check("if_tsoffset", length, 8, offset.is_some())?;
                    offset = Some(order.u64(value, 0));
                }
                _ => {}
            }
        }
        let (resolution, binary) = resolution.unwrap_or((1_000_000, false));
        Ok(Self { resolution, binary, offset: offset.unwrap_or(0) })
    }

    /// Seconds and their fraction in units of `precision` for a time stamp of this
    /// interface, rounded down.
    ///
    /// Arithmetic wraps where libpcap's does, which only binary resolutions reach: those
    /// finer than 2^-44 s for microseconds, 2^-34 s for nanoseconds.
    pub(crate) fn time(&self, stamp: u64, precision: Precision) -> (i64, i64) {
        let seconds = (stamp / self.resolution).wrapping_add(self.offset);
        let rest = stamp % self.resolution;
        let wanted = precision.per_second();
        let fraction = if self.binary {
            rest.wrapping_mul(wanted) / self.resolution
        } else if self.resolution > wanted {
            rest / (self.resolution / wanted)
        } else {
            rest * (wanted / self.resolution)
        };
        (seconds as i64, i64::from(fraction as i32))
    }
}

/// An option must have `wanted` bytes and must not be there a second time.
fn check(option: &'static str, length: u16, wanted: u16, repeated: bool) -> Result<(), Fault> {
    if length != wanted {
        return Err(Fault::OptionLength { option, length, wanted });
    }
    if repeated {
        return Err(Fault::RepeatedOption { option });
    }
    Ok(())
}

/// The meaning of `if_tsresol`, and whether it is a power of two.
fn units_per_second(option: u8) -> Result<(u64, bool), Fault> {
    let (base, exponent) = if option & 0x80 == 0 { (10, option) } else { (2, option & 0x7f) };
    let units = u64::from(base).checked_pow(u32::from(exponent));
    units.map(|units| (units, base == 2)).ok_or(Fault::Resolution { base, exponent })
}
