//! Random assignments to fields of headers, in tunnels, options and functions, leave every checksum right
//! that was right.

use std::fmt::Write as _;

use nbpfc_driver::{HOOKS, Hook, Layer};
use nbpfc_emulator::{Engine, Packet};
use nbpfc_generate::Choices;
use nbpfc_ir::{Func, interpret_program};
use nbpfc_tests::surroundings::Surrounded;

use super::{FUEL, compile, frame};

/// How many modules are made; `NBPFC_SEEDS` says another number.
const MODULES: u64 = 24;

/// Headers in the packet and in what its tunnel carries, and their fields with values.
const FIELDS: &[(&str, &[(&str, u32)])] = &[
    ("ipv4", &[("ttl", 8), ("dscp", 6), ("id", 16), ("df", 1), ("src", 33), ("dst", 33)]),
    ("ipv6", &[("hop_limit", 8), ("flow_label", 20), ("src", 34), ("dst", 34)]),
    ("tcp", &[("src_port", 16), ("seq", 32), ("syn", 1), ("window", 16)]),
    ("udp", &[("src_port", 16), ("checksum", 0)]),
];

/// The same of headers that are only in the packet itself.
const OUTSIDE: &[(&str, &[(&str, u32)])] =
    &[("vxlan", &[("vni", 24), ("reserved_end", 8)]), ("ethernet", &[("src", 35)])];

/// As many modules as are asked for, each with its packets.
pub(super) fn random() -> Result<(), String> {
    let set = std::env::var("NBPFC_SEEDS").ok().and_then(|text| text.parse().ok());
    for seed in 0..set.unwrap_or(MODULES) {
        let mut choices = Choices::seeded(seed << 20);
        let text = module(&mut choices);
        for hook in HOOKS.iter().filter(|hook| matches!(hook.name, "xdp" | "tc.ingress")) {
            let text = text.replace(" on xdp ", &format!(" on {} ", hook.name));
            let words: Vec<String> = (0..6).map(|_| packet(&mut choices)).collect();
            checked(&text, hook, &words)
                .map_err(|error| format!("seed {seed} on {}: {error}\n{text}", hook.name))?;
        }
    }
    Ok(())
}

fn value(c: &mut Choices<'_>, bits: u32) -> String {
    match bits {
        1 => c.pick(&["true", "false"]).to_owned(),
        33 => c.pick(&["0.0.0.0", "255.255.255.255", "192.0.2.7", "10.0.0.1"]).to_owned(),
        34 => c.pick(&["::", "fd00::9", "2001:db8:1:2:3:4:5:6", "ffff::ffff"]).to_owned(),
        0 => "0".to_owned(),
        35 => c.pick(&["02:00:00:00:00:09", "ff:ff:ff:ff:ff:ff"]).to_owned(),
        bits => match c.below(4) {
            0 => "0".to_owned(),
            1 => (u64::MAX >> (64 - bits.max(1))).to_string(),
            _ => (u64::from(c.word()) & (u64::MAX >> (64 - bits.max(1)))).to_string(),
        },
    }
}

/// Statements that change a header by the name `h`.
fn changes(c: &mut Choices<'_>, (header, fields): (&str, &[(&str, u32)])) -> String {
    let mut text = String::new();
    for _ in 0..=c.below(3) {
        let (field, bits) = c.pick(fields);
        let op = if (8..33).contains(&bits) { c.pick(&["=", "+=", "-=", "^="]) } else { "=" };
        let _ = write!(text, "h.{field} {op} {}; ", value(c, bits));
    }
    if header == "tcp" && c.one_in(2) {
        let mss = value(c, 16);
        let _ = write!(text, "for o in h.options limit 4 {{ o.mss = {mss} else {{}}; }} ");
    }
    if header == "ipv4" && c.one_in(2) {
        text += "for o in h.options limit 4 { if o.kind == 1 { o.kind = 131; } } ";
    }
    text
}

fn module(c: &mut Choices<'_>) -> String {
    let (mut functions, mut body) = (String::new(), String::new());
    for number in 0..=c.below(4) {
        let outside = c.one_in(4);
        let (header, fields) = if outside { c.pick(OUTSIDE) } else { c.pick(FIELDS) };
        let mut code = changes(c, (header, fields));
        if c.one_in(2) {
            let _ = writeln!(functions, "fn f{number}(h: {header}) {{ {code}}}");
            code = format!("f{number}(h); ");
        }
        let code = format!("if let h = AT.{header} {{ {code}}}");
        let _ = match c.below(if outside { 1 } else { 5 }) {
            0 | 1 => writeln!(body, "    {}", code.replace("AT", "pkt")),
            2 => writeln!(body, "    if let v = pkt.vxlan {{ {} }}", code.replace("AT", "v.inner")),
            3 => writeln!(body, "    if let v = pkt.ipv4 {{ {} }}", code.replace("AT", "v.inner")),
            _ => writeln!(
                body,
                "    let mut e{number} = pkt.{header};\n    if let v = pkt.vxlan {{ e{number} = v.inner.{header}; }}\n    {}",
                code.replace(&format!("AT.{header}"), &format!("e{number}"))
            ),
        };
    }
    format!("{functions}program p(pkt) on xdp otherwise pass {{\n{body}    return pass;\n}}\n")
}

fn packet(c: &mut Choices<'_>) -> String {
    let network = |c: &mut Choices<'_>| {
        c.pick(&[
            "ipv4",
            "ipv4(ttl=9, dst=10.0.0.2)",
            "ipv4(options=0101940400000100)",
            "ipv6",
            "ipv6(hop_limit=3)",
        ])
    };
    let transport = |c: &mut Choices<'_>| {
        c.pick(&[
            "tcp",
            "tcp(syn, options=0101020405b40101)",
            "tcp(options=01020402000101030307)",
            "udp(dst_port=9)",
            "udp(dst_port=9, checksum=0)",
        ])
    };
    let end = c.pick(&["", " / \"x\"", " / \"odd\"", " / \"even\""]);
    let inside = format!("{} / {}{end}", network(c), transport(c));
    match c.below(4) {
        0 => format!("ethernet / {inside}"),
        1 => format!("ethernet / ipv4 / {inside}"),
        2 => format!("ethernet / vlan / {inside}"),
        _ => {
            let udp = c.pick(&["udp(dst_port=4789)", "udp(dst_port=4789, checksum=0)"]);
            let vxlan = "hex(08, 00, 00, 00, 00, 00, 07, 00)";
            format!("ethernet / {} / {udp} / {vxlan} / ethernet / {inside}", network(c))
        }
    }
}

fn checked(text: &str, hook: &'static Hook, words: &[String]) -> Result<(), String> {
    debug_assert_eq!(hook.layer, Layer::Link);
    let programs = compile(text, true)?;
    let program = &programs.programs[0];
    let mut surrounded = Surrounded::new(hook, Vec::new());
    let mut machine = programs
        .machine(program, Some(Engine::Checked))
        .map_err(|error| format!("the emulator: {error}"))?;
    for words in words {
        let data = frame::bytes(words)?;
        frame::right(&data).map_err(|error| format!("`{words}`: {error}, before"))?;
        let mut environment = surrounded.with(Packet::new(&data));
        interpret_program(&program.code.module, Func::from_u32(0), &mut environment, FUEL)
            .map_err(|trap| format!("`{words}`: {trap}"))?;
        let left = environment.bytes().to_vec();
        frame::right(&left).map_err(|error| format!("`{words}`: {error}, in\n{left:02x?}"))?;
        machine.run(&Packet::new(&data)).map_err(|fault| format!("`{words}`: {fault}"))?;
        if machine.changed_packet().unwrap_or(&data) != left {
            return Err(format!("`{words}`: the emulator and the interpreter differ"));
        }
    }
    Ok(())
}
