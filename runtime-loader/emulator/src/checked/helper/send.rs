//! Helpers that send packets elsewhere, and that go on in another program.

use super::{Call, ENOENT};
use crate::checked::Tail;
use crate::error::FaultKind;
use crate::surroundings::Sent;

/// `XDP_ABORTED`, `XDP_REDIRECT`.
const XDP: (u64, u64) = (0, 4);
/// `TC_ACT_SHOT`, `TC_ACT_REDIRECT`.
const TC: (u64, u64) = (2, 7);
/// How often a run may go on in another program (`MAX_TAIL_CALL_CNT`).
const TAIL_CALLS: u32 = 33;
/// `BPF_F_INGRESS`
const INGRESS: u64 = 1;
/// The verdict to return where a map has no such entry.
const VERDICT: u64 = 3;

pub(super) fn call(name: &str, call: &mut Call<'_, '_>) -> Result<u64, FaultKind> {
    Ok(match name {
        "redirect" | "redirect_peer" => {
            let (interface, flags) = (call.number32(1)?, call.number(2)?);
            let is_xdp = call.reach.layout.is_xdp();
            let (refused, done) = if is_xdp { XDP } else { TC };
            let allowed = if is_xdp || name == "redirect_peer" { 0 } else { INGRESS };
            if flags & !allowed != 0 {
                return Ok(refused);
            }
            call.reach.state.around.sent.push(Sent::Interface(interface, flags));
            done
        }
        "redirect_map" => {
            let (map, key, flags) = (call.map(1)?, call.number32(2)?, call.number(3)?);
            // Flags of broadcasts aside.
            if flags & !VERDICT != 0 {
                return Ok(XDP.0);
            }
            let found = call.reach.state.maps.get(map as usize);
            let Some(entry) = found.and_then(|map| map.reference(&key.to_ne_bytes())) else {
                return Ok(flags);
            };
            call.reach.state.around.sent.push(Sent::Entry(map, key, entry));
            XDP.1
        }
        "clone_redirect" => {
            call.context()?;
            let interface = call.number32(2)?;
            call.reach.state.buffer.invalidate();
            call.reach.state.around.sent.push(Sent::Copy(interface));
            0
        }
        _ => {
            call.context()?;
            call.reach.state.buffer.invalidate();
            let (map, index) = (call.map(2)?, call.number32(3)?);
            let state = &mut *call.reach.state;
            let map = state.maps.get(map as usize);
            let Some(program) = map.and_then(|map| map.reference(&index.to_ne_bytes())) else {
                return Ok(ENOENT);
            };
            if state.tail.made >= TAIL_CALLS {
                return Ok(ENOENT);
            }
            state.tail = Tail { to: Some(program), made: state.tail.made + 1 };
            0
        }
    })
}
