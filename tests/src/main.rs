//! The test binary: every test by name, run by libtest-mimic.

mod tidy;
mod cases;
mod nbp;
mod loaders;
mod tags;
mod offline;
mod capture;
mod differential;
mod kernel;
mod complexity;
mod effect_tests;
mod sets;

use libtest_mimic::{Arguments, Failed, Trial};
use nbpfc_tests::requires::{Need, in_ci};

/// One test: its name, what it needs, what it does. The error is what went wrong.
struct Test {
    name: String,
    needs: Vec<Need>,
    run: Box<dyn FnOnce() -> Result<(), String> + Send>,
}

impl Test {
    fn new(
        name: impl Into<String>,
        needs: &[Need],
        run: impl FnOnce() -> Result<(), String> + Send + 'static,
    ) -> Self {
        Self { name: name.into(), needs: needs.to_vec(), run: Box::new(run) }
    }

    fn into_trial(self) -> Trial {
        let missing = self.needs.iter().find_map(|need| Some((*need, need.missing()?)));
        let Some((need, reason)) = missing else {
            return Trial::test(self.name, || (self.run)().map_err(Failed::from));
        };
        if in_ci() && need != Need::Corpus {
            return Trial::test(self.name, || Err(Failed::from(reason)));
        }
        println!("skipped: {}: {reason}", self.name);
        Trial::test(self.name, || Ok(())).with_ignored_flag(true)
    }
}

fn main() {
    let arguments = Arguments::from_args();
    let tests = [
        tidy::tests(),
        cases::tests(),
        nbp::tests(),
        loaders::tests(),
        tags::tests(),
        offline::tests(),
        capture::tests(),
        differential::tests(),
        kernel::tests(),
        complexity::tests(),
        effect_tests::tests(),
        sets::tests(),
    ];
    let trials = tests.into_iter().flatten().map(Test::into_trial).collect();
    libtest_mimic::run(&arguments, trials).exit();
}
