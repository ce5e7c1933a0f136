//# match.exhaustive enum.variant
//> ethernet / ipv4(dscp=0) / tcp => pass
//> ethernet / ipv4(dscp=46) / tcp => drop
//> ethernet / ipv4(dscp=8) / tcp => drop

enum Class: u8 { best_effort, bulk, voice = 46 }

fn class(dscp: u6) -> Class {
    match dscp {
        46 => voice,
        8 => Class.bulk,
        _ => best_effort,
    }
}

program p(pkt) on xdp otherwise pass {
    let class = class(pkt.ipv4?.dscp);
    match class {
        best_effort => pass,
        bulk | voice => drop,
    }
}
