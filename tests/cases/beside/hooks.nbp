// Hooks that cases use of another module.
hook seen: skb {
    mut fwmark: u32 from "mark",
    tag: u16 from "vlan_tci",
}
hook marked: seen {
    packet ethernet;
    verdict drop, keep, pass = keep;
} from "socket";
hook tc.marked: classifier, seen {} from "tc.ingress";

fn is_marked(pkt: seen) -> bool { pkt.fwmark == 7 && pkt.tag == 5 }
