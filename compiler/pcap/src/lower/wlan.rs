//! 802.11 frames: frame control, and the addresses whose meaning it decides.
//!
//! Which address is the sender's and which the receiver's depends on the frame's way through the
//! distribution system (IEEE 802.11, 9.3.2.1):
//!
//! | to DS | from DS | addr1 | addr2 | addr3 | addr4 |
//! |---|---|---|---|---|---|
//! | 0 | 0 | receiver | sender | | |
//! | 0 | 1 | receiver | | sender | |
//! | 1 | 0 | | sender | receiver | |
//! | 1 | 1 | | | receiver | sender |
//!
//! Management frames are as in the first row; control frames have no such addresses.

use nbpfc_ir::{Compare, Width};

use super::condition::Condition;
use super::context::{Context, Lowered};
use super::link::Stations;
use super::numbers::wlan;
use crate::tree::{Dir, WlanTest};

/// Offsets of the two bytes of frame control, and of the addresses.
const CONTROL: u32 = 0;
const FLAGS: u32 = 1;
const ADDRESSES: [u32; 4] = [4, 10, 16, 24];

/// A test of the address at an offset.
type AddressTest<'t, 'a> = &'t mut dyn FnMut(&mut Context<'a>, u32) -> Condition;

impl<'a> Context<'a> {
    /// `wlan type`, `subtype`, `dir`.
    pub(super) fn wlan(&mut self, test: WlanTest) -> Lowered {
        if self.link.row().stations != Stations::Wlan {
            return Err(self.not_on_link_type("an 802.11 frame").into());
        }
        let (byte, mask, value) = match test {
            WlanTest::Type(value) => (CONTROL, wlan::TYPE, value),
            WlanTest::Subtype(value) => (CONTROL, wlan::TYPE | wlan::SUBTYPE, value),
            WlanTest::Direction(value) => (FLAGS, wlan::DS, value),
        };
        Ok(self.bits(self.in_link_header(byte), Width::W1, mask, u32::from(value)))
    }

    /// It is a data frame.
    pub(super) fn is_wlan_data(&mut self) -> Condition {
        self.bits(self.in_link_header(CONTROL), Width::W1, wlan::TYPE, wlan::DATA)
    }

    /// `wlan host`: one of the frame's addresses.
    pub(super) fn wlan_host(&mut self, dir: Dir, mac: [u8; 6]) -> Condition {
        let [addr1, addr2, addr3, addr4] = ADDRESSES;
        let address =
            |context: &mut Self, offset| context.bytes(Self::in_link_header, offset, &mac);
        let present = match dir {
            Dir::Src => return self.wlan_sender(&mut { address }),
            Dir::Dst => return self.wlan_receiver(&mut { address }),
            Dir::SrcAndDst => {
                let sender = self.wlan_host(Dir::Src, mac);
                let receiver = self.wlan_host(Dir::Dst, mac);
                return self.conditions.and(sender, receiver);
            }
            Dir::SrcOrDst => {
                let sender = self.wlan_host(Dir::Src, mac);
                let receiver = self.wlan_host(Dir::Dst, mac);
                return self.conditions.or(sender, receiver);
            }
            Dir::Addr1 => self.constant(true),
            Dir::Addr2 => self.has_second_address(),
            Dir::Addr3 => self.is_no_control_frame(),
            Dir::Addr4 => self.bits(self.in_link_header(FLAGS), Width::W1, wlan::DS, wlan::DS),
            Dir::Ra => self.flag(CONTROL, wlan::DATA, true),
            Dir::Ta => {
                let unmanaged = self.flag(CONTROL, wlan::DATA, true);
                let second = self.has_second_address();
                self.conditions.and(unmanaged, second)
            }
        };
        let offset = match dir {
            Dir::Addr2 | Dir::Ta => addr2,
            Dir::Addr3 => addr3,
            Dir::Addr4 => addr4,
            _ => addr1,
        };
        let equal = address(self, offset);
        self.conditions.and(present, equal)
    }

    /// A test of the receiver's address.
    pub(super) fn wlan_receiver(&mut self, test: AddressTest<'_, 'a>) -> Condition {
        let [addr1, _, addr3, _] = ADDRESSES;
        let managed = self.if_flag(CONTROL, wlan::DATA, false, |context| test(context, addr1));
        let data = self.if_flag(CONTROL, wlan::DATA, true, |context| {
            let near = context.if_flag(FLAGS, wlan::TO_DS, false, |context| test(context, addr1));
            let far = context.if_flag(FLAGS, wlan::TO_DS, true, |context| test(context, addr3));
            context.conditions.or(near, far)
        });
        self.unless_control(managed, data)
    }

    /// A test of the sender's address.
    fn wlan_sender(&mut self, test: AddressTest<'_, 'a>) -> Condition {
        let [_, addr2, addr3, addr4] = ADDRESSES;
        let managed = self.if_flag(CONTROL, wlan::DATA, false, |context| test(context, addr2));
        let data = self.if_flag(CONTROL, wlan::DATA, true, |context| {
            let near = context.if_flag(FLAGS, wlan::FROM_DS, false, |context| test(context, addr2));
            let far = context.if_flag(FLAGS, wlan::FROM_DS, true, |context| {
                let to = |context: &mut Self, set, address, test: AddressTest<'_, 'a>| {
                    context.if_flag(FLAGS, wlan::TO_DS, set, |context| test(context, address))
                };
                let station = to(context, false, addr3, test);
                let bridge = to(context, true, addr4, test);
                context.conditions.or(station, bridge)
            });
            context.conditions.or(near, far)
        });
        self.unless_control(managed, data)
    }

    fn unless_control(&mut self, managed: Condition, data: Condition) -> Condition {
        let other = self.flag(CONTROL, wlan::CONTROL, false);
        let either = self.conditions.or(managed, data);
        self.conditions.and(other, either)
    }

    /// A bit of the frame control is set, or is not.
    fn flag(&mut self, byte: u32, bit: u32, set: bool) -> Condition {
        let compare = if set { Compare::Set } else { Compare::Clear };
        self.field(self.in_link_header(byte), Width::W1, compare, bit)
    }

    /// A bit of the frame control is as said, and so is what follows.
    fn if_flag(
        &mut self,
        byte: u32,
        bit: u32,
        set: bool,
        then: impl FnOnce(&mut Self) -> Condition,
    ) -> Condition {
        let flag = self.flag(byte, bit, set);
        let then = then(self);
        self.conditions.and(flag, then)
    }

    fn is_no_control_frame(&mut self) -> Condition {
        let control = self.bits(self.in_link_header(CONTROL), Width::W1, wlan::TYPE, wlan::CONTROL);
        self.conditions.not(control)
    }

    /// It is neither of the two control frames that end with their first address.
    fn has_second_address(&mut self) -> Condition {
        let other = self.is_no_control_frame();
        let [cts, ack] = [wlan::CTS, wlan::ACK].map(|subtype| {
            let place = self.in_link_header(CONTROL);
            let subtype = self.bits(place, Width::W1, wlan::SUBTYPE, subtype);
            self.conditions.not(subtype)
        });
        let neither = self.conditions.and(cts, ack);
        self.conditions.or(other, neither)
    }
}
