//# packet.declared
hook one: skb {
    packet ethernet;
    brand: u32,
//~ E0401 the kernel has no field of this name
    a: ipv4addr from "mark",
//~ E0401 `mark` is not had as ipv4addr
    mut b: u16 from "protocol",
//~ E0401 `protocol` is not had as u16
    c: [u32; 4] from "cb",
//~ E0401 `cb` is not had as [u32; 4]
    hash: u32,
//~ E0102 one has a field `hash` already
    data: u32,
//~ E0401 programs on one do not read `data`
    mut d: u16 from "priority",
//~ E0401 `priority` is not had as u16
    verdict drop, keep, pass = keep;
} from "socket";

program p(pkt) on one otherwise drop { }
