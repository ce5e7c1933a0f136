//! Hardware addresses of the link header.

use nbpfc_ir::{Compare, Width};

use super::condition::{Condition, Number, Offset, Place, Step};
use super::context::{Carrier, Context, Fault, Lowered};
use super::link::{Ends, Stations};
use super::numbers::SUNATM_PAYLOAD;
use crate::tree::Dir;

/// What the first two bytes of a LAN emulation frame are if it is one that controls the network.
const LANE_CONTROL: u32 = 0xff00;

impl Context<'_> {
    /// `ether host`: an address of the frame. `what` names the word for the error.
    pub(super) fn mac(&mut self, dir: Dir, mac: [u8; 6], what: &str) -> Lowered {
        match self.link.row().stations {
            Stations::Wlan => Ok(self.wlan_host(dir, mac)),
            Stations::Six(offsets) => {
                if matches!(
                    dir,
                    Dir::Addr1 | Dir::Addr2 | Dir::Addr3 | Dir::Addr4 | Dir::Ra | Dir::Ta
                ) {
                    return Err(self
                        .not_on_link_type("an 802.11 address")
                        .help("use `src` or `dst`; addr1 to addr4, ra and ta are for 802.11 frames")
                        .into());
                }
                let frame = self.has_frame();
                let address = self.ends(dir, offsets, |context, offset| {
                    context.bytes(Self::in_link_header, offset, &mac)
                });
                Ok(self.conditions.and(frame, address))
            }
            Stations::None | Stations::One { .. } => {
                Err(self.no_stations("an Ethernet address", what))
            }
        }
    }

    /// `link host $2a`: an address of one byte.
    pub(super) fn node(&mut self, dir: Dir, node: u8) -> Lowered {
        let Stations::One { at, .. } = self.link.row().stations else {
            return Err(self.no_stations("a one-byte address", "link host"));
        };
        Ok(self.node_at(dir, at, node))
    }

    fn node_at(&mut self, dir: Dir, at: Ends<u32>, node: u8) -> Condition {
        self.ends(dir, at, |context, offset| {
            context.equals(context.in_link_header(offset), Width::W1, u32::from(node))
        })
    }

    /// `broadcast`.
    pub(super) fn link_broadcast(&mut self) -> Lowered {
        match self.link.row().stations {
            Stations::One { at, broadcast, .. } => Ok(self.node_at(Dir::Dst, at, broadcast)),
            _ => self.mac(Dir::Dst, [0xff; 6], "broadcast"),
        }
    }

    /// `multicast`: the group bit of the receiver's address.
    pub(super) fn link_multicast(&mut self) -> Lowered {
        match self.link.row().stations {
            Stations::One { at, multicast: Some(group), .. } => {
                Ok(self.node_at(Dir::Dst, at, group))
            }
            Stations::Wlan => Ok(self.wlan_receiver(&mut Self::is_group)),
            Stations::Six(offsets) => {
                let frame = self.has_frame();
                let group = self.is_group(offsets.destination);
                Ok(self.conditions.and(frame, group))
            }
            Stations::None | Stations::One { .. } => {
                Err(self.no_stations("a group address", "multicast"))
            }
        }
    }

    fn is_group(&mut self, offset: u32) -> Condition {
        self.field(self.in_link_header(offset), Width::W1, Compare::Set, 1)
    }

    fn no_stations(&self, address: &str, what: &str) -> Fault {
        self.not_on_link_type(address)
            .note(format!("{what} compares the hardware addresses of the link header"))
            .into()
    }

    /// Inside something that may carry packets without a link header: there is one.
    pub(super) fn has_frame(&mut self) -> Condition {
        match self.carrier {
            Carrier::Plain => self.constant(true),
            Carrier::Tunnel(registers) => {
                let [header, payload]: [Number; 2] =
                    registers.map(|register| self.conditions.number([Step::Register(register)]));
                self.relation(header, Compare::Ne, payload)
            }
            Carrier::Lane => {
                let marker = Place::At(Offset::constant(SUNATM_PAYLOAD));
                self.field(marker, Width::W2, Compare::Ne, LANE_CONTROL)
            }
        }
    }
}
