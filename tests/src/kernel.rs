//! The running kernel as judge: what compiles loads, and gives the emulator's verdict.

use nbpfc_driver::{File, Filter, HOOKS, Hook, Layer, Request, Session, Target};
use nbpfc_emulator::{Engine, Packet};
use nbpfc_generate::{Choices, expression, expression_with_list, expression_with_set, packet};
use nbpfc_kernel::Access;
use nbpfc_loader::{LoadOptions, Program, TestRunOptions};
use nbpfc_tests::expressions::expressions;
use nbpfc_tests::machine;
use nbpfc_tests::packets::framed;
use nbpfc_tests::property::{KERNEL, Nowhere, link_type};
use nbpfc_tests::requires::Need;

use crate::Test;

pub(crate) fn tests() -> Vec<Test> {
    HOOKS
        .iter()
        .flat_map(|hook| {
            [
                Test::new(format!("kernel::loads_corpus::{}", hook.name), &[Need::Root], || {
                    loads_corpus(hook)
                }),
                Test::new(format!("kernel::test_run::{}", hook.name), &[Need::Root], || {
                    test_run(hook)
                }),
            ]
        })
        .chain([
            Test::new("kernel::tcp_port_80_is_small", &[Need::Root], tcp_port_80_is_small),
            Test::new("kernel::list_of_all_kinds", &[Need::Root], list_of_all_kinds),
        ])
        .collect()
}

/// As small as by hand, for the kernel to keep and for the verifier to look at.
fn tcp_port_80_is_small() -> Result<(), String> {
    const INSTRUCTIONS: usize = 34;
    const PROCESSED: u64 = 45;
    let hook = Hook::by_name("xdp").ok_or("a hook is gone")?;
    // However it is written.
    for text in ["tcp port 80", "port 8081 and tcp"] {
        let insns = compile(text, hook, true)?.code.insns;
        let options = LoadOptions::for_hook(hook, &insns).with_statistics();
        let program = Program::load(&options).map_err(|error| error.to_string())?;
        let processed = program.statistics().ok_or("no statistics")?.processed_insns;
        if insns.len() > INSTRUCTIONS || processed > PROCESSED {
            return Err(format!("`{text}`: {} instructions, {processed} processed", insns.len()));
        }
    }
    Ok(())
}

/// Tests of one word that know of each other are more than the verifier follows.
fn list_of_all_kinds() -> Result<(), String> {
    let mut choices = Choices::seeded(4_294_967_387);
    let ethernet = !choices.one_in(4);
    let text = expression_with_list(&mut choices, ethernet);
    for hook in HOOKS.iter().filter(|hook| hook.layer == Layer::Link) {
        load(&text, &compile(&text, hook, ethernet)?)?;
    }
    Ok(())
}

fn compile(text: &str, hook: &'static Hook, ethernet: bool) -> Result<Filter, String> {
    let mut session = Session::new(&Nowhere);
    let id = session.add(File::new("<expression>", text));
    let request = Request::new(Target::new(hook, KERNEL), link_type(ethernet));
    session.filter(id, &request).map_err(|found| {
        found.first().map_or_else(String::new, |d| format!("`{text}`: {}: {}", d.code, d.message))
    })
}

fn load(text: &str, filter: &Filter) -> Result<Program, String> {
    machine::load(filter).map_err(|e| format!("`{text}` on {}: {e}", filter.target.hook.name))
}

/// Every expression that compiles for the hook's packets is accepted by the verifier.
fn loads_corpus(hook: &'static Hook) -> Result<(), String> {
    let ethernet = hook.layer == Layer::Link;
    let (mut loaded, mut refused) = (0, 0);
    for text in expressions(if ethernet { "EN10MB" } else { "RAW" }) {
        match compile(&text, hook, ethernet) {
            Ok(filter) => {
                load(&text, &filter)?;
                loaded += 1;
            }
            Err(_) => refused += 1,
        }
    }
    println!("{}: {loaded} expressions load, {refused} have no meaning there", hook.name);
    if refused * 20 > loaded { Err("too many are refused".to_owned()) } else { Ok(()) }
}

/// Random filters on random packets: the kernel's verdict is the emulator's.
fn test_run(hook: &'static Hook) -> Result<(), String> {
    // Test runs hand classifiers and XDP the Ethernet header, everybody else the IP header.
    let ethernet = hook.layer == Layer::Link && !matches!(hook.access, Access::Absolute { .. });
    let mut compared = 0;
    for seed in 0..400 {
        let mut choices = Choices::seeded(seed);
        let text = if seed % 4 == 0 {
            expression_with_set(&mut choices, ethernet)
        } else {
            expression(&mut choices, ethernet)
        };
        let Ok(filter) = compile(&text, hook, ethernet) else { continue };
        let program = load(&text, &filter)?;
        let mut machine =
            filter.machine(Some(Engine::Checked)).map_err(|error| format!("`{text}`: {error}"))?;
        for _ in 0..8 {
            let data = packet(&mut choices, ethernet);
            let Some(framed) = framed(&data, ethernet) else { continue };
            let options = TestRunOptions { data: &framed, context: &[], repeat: 1 };
            let Ok(run) = program.test_run(&options) else { continue };
            let expected =
                machine.run(&Packet::new(&data)).map_err(|fault| format!("`{text}`: {fault}"))?;
            if run.retval != expected {
                return Err(format!(
                    "`{text}` on {}: the kernel says {}, the emulator {expected}, of {data:02x?}",
                    hook.name, run.retval
                ));
            }
            compared += 1;
        }
    }
    println!("{}: {compared} verdicts", hook.name);
    if compared < 1000 { Err(format!("only {compared} verdicts")) } else { Ok(()) }
}
