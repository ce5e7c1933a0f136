//! Whole filters: the corpus's expressions on its Ethernet packets, whole and cut short, after each
//! pass (skipped where the corpus is not there), and lists of thousands of terms.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nbpfc_capture::Reader;
use nbpfc_ir::Module;
use nbpfc_pcap::names::Tables;
use nbpfc_pcap::{LinkType, Options, lower, parse};
use nbpfc_source::Files;

use crate::Packets;
use crate::tests::agrees;

fn corpus() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    root.is_dir().then_some(root)
}

/// A few packets of each Ethernet capture, every third of them cut.
fn packets(folder: &Path) -> Vec<Vec<u8>> {
    let mut folders = vec![folder.to_owned()];
    let mut found: Vec<Vec<u8>> = Vec::new();
    while let Some(folder) = folders.pop() {
        let mut paths: Vec<PathBuf> =
            fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let Ok(mut reader) = Reader::new(File::open(&path).expect("a capture")) else {
                continue;
            };
            if reader.header().link_type.to_linktype() != Some(1) {
                continue;
            }
            for _ in 0..3 {
                let Ok(Some(packet)) = reader.next() else { break };
                let mut bytes = packet.data.to_vec();
                bytes.truncate(if found.len().is_multiple_of(3) { found.len() % 80 } else { 200 });
                found.push(bytes);
            }
        }
    }
    found
}

fn module(expression: &str) -> Option<Module> {
    let mut files = Files::default();
    let source = nbpfc_source::File::new("<expression>", expression);
    let file = files.add(source.clone());
    let (filter, _) = parse(&source, file, &Tables::default());
    lower(&filter?, Arc::new(source), &Options::new(file, LinkType::Ethernet)).ok()
}

#[test]
fn expressions_keep_their_verdicts() {
    let Some(corpus) = corpus() else { return };
    let packets = packets(&corpus.join("captures"));
    assert!(packets.len() > 100, "only {} packets", packets.len());
    let text = fs::read_to_string(corpus.join("filters.tsv")).expect("the filters");
    let mut expressions: Vec<&str> =
        text.lines().filter_map(|l| l.strip_prefix("EN10MB\t")?.split('\t').next()).collect();
    expressions.sort_unstable();
    expressions.dedup();
    let mut tried = 0;
    for expression in expressions {
        let Some(module) = module(expression) else { continue };
        for how in [Packets::Direct, Packets::Absolute] {
            agrees(&mut module.functions[0].clone(), &packets, how, expression);
        }
        tried += 1;
    }
    assert!(tried > 800, "only {tried} expressions");
}

#[test]
fn long_lists_stay_linear() {
    let list = |terms: u32| {
        let hosts: Vec<String> =
            (0..terms).map(|i| format!("host 10.{}.{}.1", i >> 8, i & 255)).collect();
        let mut module = module(&hosts.join(" or ")).expect("a filter");
        let target = crate::tests::target(Packets::Direct);
        let report = crate::run(&mut module, &target, crate::Options::default());
        (module.functions[0].layout.len() as u32, report.rewrites() as u32)
    };
    let (blocks, rewrites) = list(250);
    let (many_blocks, many_rewrites) = list(2000);
    // Source and destination, of IP, ARP and RARP; nothing is tested again for the next host.
    assert!(many_blocks <= 6 * 2000 + 20, "{many_blocks} blocks");
    assert!(many_blocks <= 8 * blocks, "{blocks} blocks, {many_blocks} for 8 times the terms");
    assert!(many_rewrites <= 9 * rewrites, "{rewrites} rewrites, then {many_rewrites}");
}
