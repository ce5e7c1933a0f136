//# packet.declared
//@ socket
hook marked: skb {
    packet ethernet;
    mut fwmark: u32 from "mark",
    mut kept: [u32; 5] from "cb",
    low_mark: u8 from "mark",
    verdict drop, keep, pass = keep;
} from "socket";

program p(pkt) on marked otherwise drop {
    pkt.kept[4] = pkt.fwmark;
    if pkt.low_mark == 0xfe && pkt.kept[4] == pkt.mark { return keep; }
}

test "a hook of one's own" {
    run p(fwmark = 0x12fe) with ethernet / ipv4 expect keep, kept == [0, 0, 0, 0, 0x12fe];
    run p(fwmark = 0xfe12) with ethernet / ipv4 expect drop;
}
