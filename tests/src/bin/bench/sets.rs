//! What sets cost by how many members they have: to compile, for a packet, to load.

use std::time::{Duration, Instant};

use nbpfc_driver::{File, Filter, Hook, LinkType, Request, Session, Target};
use nbpfc_emulator::{Engine, Packet};
use nbpfc_generate::Choices;
use nbpfc_tests::machine;
use nbpfc_tests::members::{Form, KINDS, Members, OneFile};
use nbpfc_tests::property::KERNEL;

const SIZES: &[usize] = &[10, 100, 1_000, 100_000];

/// How many packets a set is asked about.
const PACKETS: u32 = 1000;

/// What may be executed for a packet at most, by how many members there are. For more networks of
/// several lengths than a search serves best there is a hash for every other length, and two
/// addresses are asked.
const EXECUTED: &[(usize, u64)] = &[(1_000, 60), (100_000, 130)];

/// How long compiling may take, by how many members there are.
const COMPILED: &[(usize, Duration)] =
    &[(1_000, Duration::from_millis(100)), (100_000, Duration::from_secs(5))];

/// How often compiling is tried until it takes no longer.
const ATTEMPTS: u32 = 20;

/// How long loading may take.
const LOADED: Duration = Duration::from_secs(3);

/// Measures, and prints a table; `load` if the kernel can be asked. What is above its limit.
///
/// # Errors
/// What does not compile, run or load.
pub(crate) fn measure(load: bool) -> Result<Vec<String>, String> {
    println!(
        "\n{:14} {:4} {:>7} {:>9} {:>9} {:>10} {:>9}",
        "set", "form", "members", "compiled", "executed", "object", "loaded"
    );
    let mut above = Vec::new();
    for kind in KINDS {
        for &count in SIZES.iter().filter(|count| **count <= kind.most) {
            let members = Members::random(*kind, count, &mut Choices::seeded(count as u64));
            let world = OneFile(members.texts().join("\n"));
            for form in [Form::Or, Form::In, Form::File] {
                let text = members.expression(form);
                let slow = COMPILED.iter().find(|(members, _)| count <= *members);
                let limit = slow.map_or(Duration::MAX, |(_, limit)| *limit);
                let (filter, compiled) = compile(&world, &text, limit)?;
                let (most, mean) = executed(&filter, &members)?;
                let object = filter.object().into_elf().map_err(|e| e.to_string())?.len();
                let loaded = if load { Some(loading(&filter)?) } else { None };
                let seconds = |time: Duration| format!("{:.3} s", time.as_secs_f64());
                println!(
                    "{:14} {:4} {count:7} {:>9} {most:3} {mean:5.1} {object:10} {:>9}",
                    kind.name,
                    format!("{form:?}"),
                    seconds(compiled),
                    loaded.map_or_else(|| "-".to_owned(), seconds),
                );
                let dear = EXECUTED.iter().find(|(members, _)| count <= *members);
                let too_much = [
                    dear.filter(|(_, most_of_all)| most > *most_of_all)
                        .map(|_| format!("{most} instructions")),
                    (compiled > limit).then(|| seconds(compiled)),
                    loaded.filter(|time| *time > LOADED).map(seconds),
                ];
                let what = format!("{}, {form:?}, {count} members", kind.name);
                above.extend(too_much.into_iter().flatten().map(|much| format!("{what}: {much}")));
            }
        }
    }
    Ok(above)
}

/// The filter, and how long it took: the least of several times if it is much, for the machine is
/// not ours alone.
fn compile(world: &OneFile, text: &str, limit: Duration) -> Result<(Filter, Duration), String> {
    let hook = Hook::by_name("xdp").ok_or("a hook is gone")?;
    let request = Request::new(Target::new(hook, KERNEL), LinkType::Ethernet);
    let mut best: Option<(Filter, Duration)> = None;
    for _ in 0..ATTEMPTS {
        if best.as_ref().is_some_and(|(_, least)| *least <= limit) {
            break;
        }
        let start = Instant::now();
        let mut session = Session::new(world);
        let id = session.add(File::new("<expression>", text));
        let made = session.filter(id, &request);
        let taken = start.elapsed();
        let filter = made.map_err(|found| found[0].message.clone())?;
        if best.as_ref().is_none_or(|(_, least)| taken < *least) {
            best = Some((filter, taken));
        }
    }
    best.ok_or_else(|| "nothing was compiled".to_owned())
}

/// The most and the mean of what packets cost.
fn executed(filter: &Filter, members: &Members) -> Result<(u64, f64), String> {
    let mut choices = Choices::seeded(7);
    let mut machine = filter.machine(Some(Engine::Checked)).map_err(|e| e.to_string())?;
    let (mut most, mut sum) = (0, 0);
    for _ in 0..PACKETS {
        let [source, destination] = [(); 2].map(|()| members.number(&mut choices));
        let frame = members.frame(source, destination);
        let verdict = machine.run(&Packet::new(&frame)).map_err(|fault| fault.to_string())?;
        let found = members.contains(source) || members.contains(destination);
        if (verdict == filter.accept) != found {
            return Err(format!("{}: a wrong verdict of {frame:02x?}", members.kind.name));
        }
        most = most.max(machine.executed());
        sum += machine.executed();
    }
    Ok((most, sum as f64 / f64::from(PACKETS)))
}

fn loading(filter: &Filter) -> Result<Duration, String> {
    let start = Instant::now();
    machine::load(filter).map_err(|error| error.to_string())?;
    Ok(start.elapsed())
}
