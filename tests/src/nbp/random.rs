//! Random modules: what compiles loads, and does the same wherever it runs.

use std::collections::BTreeMap;

use nbpfc_driver::{HOOKS, Hook, Layer};
use nbpfc_generate::{Choices, ONLY_LOADED, On, module, packet};
use nbpfc_kernel::ProgramType;
use nbpfc_tests::packets::framed;
use nbpfc_tests::programs::{agree, compiled, loads};
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

/// How many statements the modules have: set `NBPFC_SIZE` for others, below 4096.
fn sizes() -> Vec<u64> {
    let set = std::env::var("NBPFC_SIZE").unwrap_or_default();
    let set: Vec<u64> = set.split_whitespace().filter_map(|size| size.parse().ok()).collect();
    if set.is_empty() { vec![1, 6, 25, 80, 200] } else { set }
}

pub(super) fn tests() -> Vec<Test> {
    let of = |hook: &'static Hook| {
        Test::new(format!("nbp::random::{}", hook.name), &[Need::Root], move || random(hook))
    };
    HOOKS.iter().map(of).collect()
}

pub(super) fn on(hook: &Hook) -> On<'_> {
    let writes = matches!(
        hook.program_type,
        ProgramType::Xdp | ProgramType::SchedCls | ProgramType::LwtXmit
    );
    On { hook: hook.name, ethernet: hook.layer == Layer::Link, writes, verdicts: &["pass", "drop"] }
}

/// What honest modules may be refused for: they need more stack, or more of the verifier, than there is, or
/// have a header of their own between two that sum the same addresses.
const LIMITS: [(&str, &str); 3] =
    [("E0402", "error[E0402]"), ("E0404", "error[E0404]"), ("E0309", "error[E0309]: checksums of")];

fn refusal(why: &str) -> Option<&'static str> {
    LIMITS.iter().find(|(_, text)| why.contains(text)).map(|(code, _)| *code)
}

fn random(hook: &'static Hook) -> Result<(), String> {
    // Each hook has other modules.
    let number = HOOKS.iter().position(|other| other.name == hook.name).unwrap_or(0) as u64;
    let (mut count, mut programs, mut packets, mut most) = (0, 0, 0, 0);
    let mut refused: BTreeMap<&str, u64> = BTreeMap::new();
    let mut only_loaded = 0;
    let mut small = 0;
    for seed in first()..first() + seeds() {
        for size in sizes() {
            let mut choices = Choices::seeded(number << 48 | seed << 12 | size);
            let text = module(&mut choices, &on(hook), size as u32);
            let explain = |why: String| format!("seed {seed} size {size}: {why}\n{text}");
            count += 1;
            let made = match compiled(&text, KERNEL, true) {
                Ok(made) => made,
                Err(why) => {
                    let code = refusal(&why).ok_or_else(|| explain(why))?;
                    *refused.entry(code).or_default() += 1;
                    small += u64::from(size <= SMALL);
                    continue;
                }
            };
            programs += made.programs.len();
            let ethernet = hook.layer == Layer::Link;
            let data: Vec<Vec<u8>> =
                (0..8).filter_map(|_| framed(&packet(&mut choices, ethernet), ethernet)).collect();
            let tried = if text.starts_with(ONLY_LOADED) {
                only_loaded += 1;
                loads(&made, hook, &data).map_err(explain)?
            } else {
                // Without the optimiser, more is kept on the stack than there is.
                let written = compiled(&text, KERNEL, false);
                if let Err(why) = &written
                    && refusal(why).is_none()
                {
                    return Err(explain(why.clone()));
                }
                let tried = agree(written.as_ref().unwrap_or(&made), &made, hook, &data);
                tried.map_err(explain)?
            };
            packets += tried.packets;
            most = most.max(tried.processed);
        }
    }
    println!(
        "{}: {count} modules, refused {refused:?}; {programs} programs loaded, of {only_loaded} modules only \
         that, {packets} packets, {most} processed at most",
        hook.name,
    );
    if refused.get("E0404").is_some_and(|complex| *complex > 1 && complex * 30 > count) {
        return Err("too many are too much for the verifier".to_owned());
    }
    if small * 20 > count { Err(format!("{small} of {count} are refused")) } else { Ok(()) }
}
