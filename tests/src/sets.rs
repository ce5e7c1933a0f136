//! Sets in the running kernel beside a plain set: members, near misses, and whatever comes.

use nbpfc_driver::{File, Hook, LinkType, Request, Session, Target};
use nbpfc_generate::Choices;
use nbpfc_loader::TestRunOptions;
use nbpfc_tests::machine;
use nbpfc_tests::members::{Form, KINDS, Kind, Members, OneFile};
use nbpfc_tests::property::KERNEL;
use nbpfc_tests::requires::Need;

use crate::Test;

/// How many members the sets have.
const SIZES: &[usize] = &[5, 20, 200, 3000];

pub(crate) fn tests() -> Vec<Test> {
    let test = |kind: &'static Kind| {
        let name = format!("sets::in_the_kernel::{}", kind.name);
        Test::new(name, &[Need::Root], || in_the_kernel(kind))
    };
    KINDS.iter().map(test).collect()
}

/// The kernel's verdict is the plain set's, however the set is written.
fn in_the_kernel(kind: &Kind) -> Result<(), String> {
    let mut choices = Choices::seeded(u64::from(kind.bits) + kind.lengths.len() as u64);
    let hook = Hook::by_name("xdp").ok_or("a hook is gone")?;
    let request = Request::new(Target::new(hook, KERNEL), LinkType::Ethernet);
    let mut found = [0, 0];
    for &size in SIZES {
        let members = Members::random(*kind, size, &mut choices);
        let world = OneFile(members.texts().join("\n"));
        for form in [Form::Or, Form::In, Form::File] {
            let mut session = Session::new(&world);
            let id = session.add(File::new("<expression>", members.expression(form)));
            let filter = session.filter(id, &request).map_err(|d| d[0].message.clone())?;
            let program = machine::load(&filter).map_err(|error| error.to_string())?;
            for _ in 0..200 {
                let [source, destination] = [(); 2].map(|()| members.number(&mut choices));
                let data = members.frame(source, destination);
                let options = TestRunOptions { data: &data, context: &[], repeat: 1 };
                let run = program.test_run(&options).map_err(|error| error.to_string())?;
                let inside = members.contains(source) || members.contains(destination);
                if (run.retval == filter.accept) != inside {
                    return Err(format!("{size} members, {form:?}: not so in {data:02x?}"));
                }
                found[usize::from(inside)] += 1;
            }
        }
    }
    println!("{}: {} in a set, {} in none", kind.name, found[1], found[0]);
    if found.iter().any(|count| *count < 100) { Err("too few".to_owned()) } else { Ok(()) }
}
