//# literal.number type.address const.value
//> ethernet(src=02:00:5e:10:00:01) / ipv4(src=10.0.0.1) / tcp(seq=300) => drop
//> ethernet(src=02:00:5e:10:00:02) / ipv4(src=10.0.0.1) / tcp(seq=300) => pass
//> ethernet(src=02:00:5e:10:00:01) / ipv4(src=10.0.0.2) / tcp(seq=300) => pass
//@ xdp tc.ingress socket

const BASE = 0b1_0010_1100;
const NANOSECONDS = 5us;
const ROOM: u32 = 2KiB;

program p(pkt) on xdp otherwise pass {
    if NANOSECONDS != 5000 || ROOM != 2048 || 0x12c != BASE { return pass; }
    if pkt.ethernet?.src == 02:00:5e:10:00:01 && pkt.ipv4?.src == 10.0.0.1 && pkt.tcp?.seq == BASE {
        return drop;
    }
}
