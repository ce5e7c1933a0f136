//! Random modules: what compiles loads, and does the same wherever it runs.

use nbpfc_driver::{HOOKS, Hook, Layer};
use nbpfc_generate::{Choices, On, Writes, module, packet};
use nbpfc_kernel::ProgramType;
use nbpfc_tests::packets::framed;
use nbpfc_tests::programs::{agree, compiled};
use nbpfc_tests::property::KERNEL;
use nbpfc_tests::requires::Need;

use crate::Test;

/// How many modules of each size are tried on each hook: set `NBPFC_SEEDS` for more.
fn seeds() -> u64 {
    std::env::var("NBPFC_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(8)
}

/// The first seed: set `NBPFC_SEED` to see one again.
fn first() -> u64 {
    std::env::var("NBPFC_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Modules of more statements may need more stack than there is.
const SMALL: u64 = 80;

/// How many statements the modules have: set `NBPFC_SIZE` for others.
fn sizes() -> Vec<u64> {
    let set = std::env::var("NBPFC_SIZE").ok().and_then(|text| text.parse().ok());
    set.map_or_else(|| vec![1, 6, 25, 80, 200], |size| vec![size])
}

pub(super) fn tests() -> Vec<Test> {
    let of = |hook: &'static Hook| {
        Test::new(format!("nbp::random::{}", hook.name), &[Need::Root], move || random(hook))
    };
    HOOKS.iter().map(of).collect()
}

fn on(hook: &Hook) -> On<'_> {
    let writes = match hook.program_type {
        ProgramType::Xdp => Writes::All,
        ProgramType::SchedCls => Writes::BelowTransport,
        _ => Writes::Nothing,
    };
    On { hook: hook.name, ethernet: hook.layer == Layer::Link, writes, verdicts: &["pass", "drop"] }
}

fn random(hook: &'static Hook) -> Result<(), String> {
    let (mut packets, mut most) = (0, 0);
    let (mut count, mut refused, mut too_large, mut too_complex) = (0, 0, 0, 0);
    for seed in first()..first() + seeds() {
        for size in sizes() {
            let mut choices = Choices::seeded(seed << 8 | size);
            let text = module(&mut choices, &on(hook), size as u32);
            let explain = |why: String| format!("seed {seed} size {size}: {why}\n{text}");
            count += 1;
            let of_stack = |why: &String| why.contains("error[E0402]");
            let of_ways = |why: &String| why.contains("error[E0404]");
            let made = match compiled(&text, KERNEL, true) {
                Ok(made) => made,
                Err(why) if of_stack(&why) => {
                    refused += u64::from(size <= SMALL);
                    too_large += u64::from(size > SMALL);
                    continue;
                }
                Err(why) if of_ways(&why) => {
                    too_complex += 1;
                    continue;
                }
                Err(why) => return Err(explain(why)),
            };
            // Without the optimiser, more is kept on the stack than there is.
            let written = compiled(&text, KERNEL, false);
            if let Err(why) = &written
                && !of_stack(why)
                && !of_ways(why)
            {
                return Err(explain(why.clone()));
            }
            let written = written.as_ref().unwrap_or(&made);
            let ethernet = hook.layer == Layer::Link;
            let data: Vec<Vec<u8>> =
                (0..8).filter_map(|_| framed(&packet(&mut choices, ethernet), ethernet)).collect();
            let tried = agree(written, &made, hook, &data).map_err(explain)?;
            packets += tried.packets;
            most = most.max(tried.processed);
        }
    }
    println!(
        "{}: {count} modules, {} need more stack, {too_complex} too complex, {packets} packets, {most} processed at most",
        hook.name,
        refused + too_large
    );
    if too_complex * 100 > count {
        return Err(format!("{too_complex} of {count} are too much for the verifier"));
    }
    if refused * 20 > count { Err(format!("{refused} of {count} need more stack")) } else { Ok(()) }
}
