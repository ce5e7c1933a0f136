//! clsact: priorities, the qdisc that comes and goes, ending it from elsewhere.

use nbpfc_kernel::Direction;
use nbpfc_loader::{AttachRecord, ClsactOptions, Link, query};

use crate::support::{Cable, in_namespace, run, saying};

const NEXT: i32 = -1;
const PASS: i32 = 0;
const DROP: i32 = 2;

fn try_attach(
    verdict: i32,
    direction: Direction,
    priority: Option<u16>,
) -> Result<Link, nbpfc_loader::Error> {
    let options = ClsactOptions { priority, ..ClsactOptions::new("v0", direction) };
    saying("tc.ingress", verdict).plan_clsact(&options)?.carry_out()
}

fn attach(verdict: i32, direction: Direction, priority: Option<u16>) -> Link {
    try_attach(verdict, direction, priority).expect("the priority is free")
}

fn qdiscs() -> String {
    String::from_utf8_lossy(&run("tc", "qdisc show dev v0").stdout).into_owned()
}

fn programs(direction: Direction) -> Vec<Option<u32>> {
    let there = query::clsact("v0", direction).expect("v0 is there");
    there.iter().map(|one| one.program_id).collect()
}

#[test]
fn both_verdicts_in_each_direction() {
    in_namespace(|| {
        let cables = [Cable::to_v0(), Cable::between("v0", "v1")];
        for (direction, mut cable) in
            [Direction::Ingress, Direction::Egress].into_iter().zip(cables)
        {
            assert!(!qdiscs().contains("clsact"));
            let drop_all = saying("tc.ingress", DROP);
            let plan = drop_all.plan_clsact(&ClsactOptions::new("v0", direction)).expect("free");
            let mut link = plan.carry_out().expect("free");
            assert!(qdiscs().contains("clsact"));
            assert!(!cable.passes(), "{}", link.place());
            let pass_all = saying("tc.ingress", PASS);
            link.replace_expected(&pass_all, &drop_all).expect("the old one is there");
            assert!(cable.passes());
            assert!(link.replace_expected(&pass_all, &drop_all).is_err());
            assert_eq!(programs(direction), [link.program_id().ok()]);
            drop(link);
            assert!(programs(direction).is_empty());
            assert!(!qdiscs().contains("clsact"));
        }
    });
}

#[test]
fn lower_priorities_run_first() {
    in_namespace(|| {
        let mut cable = Cable::to_v0();
        let ingress = Direction::Ingress;
        let last = attach(DROP, ingress, None);
        assert!(!cable.passes());
        let first = attach(PASS, ingress, Some(1));
        assert!(cable.passes());
        let behind = attach(NEXT, ingress, None);
        let order = [&first, &last, &behind].map(|link| link.program_id().ok());
        assert_eq!(programs(ingress), order);
        let error = try_attach(PASS, ingress, Some(1)).expect_err("1 is taken").to_string();
        let expected = "v0, tc.ingress at priority 1 is taken by the filter bpf \"nbpfc";
        assert!(error.starts_with(expected), "{error}");
    });
}

#[test]
fn filters_and_qdiscs_of_others_stay() {
    in_namespace(|| {
        let ingress = Direction::Ingress;
        let tc = |arguments: &str| assert!(run("tc", arguments).status.success(), "{arguments}");
        tc("qdisc add dev v0 clsact");
        tc("filter add dev v0 ingress prio 7 protocol all u32 match u32 0 0");
        let error = try_attach(PASS, ingress, Some(7)).expect_err("7 is taken").to_string();
        assert!(error.contains("is taken by the filter u32, handle 0x"), "{error}");
        drop(attach(PASS, ingress, Some(8)));
        let theirs = programs(ingress);
        assert!(!theirs.is_empty() && theirs.iter().all(Option::is_none));
        tc("filter del dev v0 ingress");
        drop(attach(PASS, ingress, Some(8)));
        assert!(qdiscs().contains("clsact"), "somebody else made it");
        tc("qdisc del dev v0 clsact");

        tc("qdisc add dev v0 ingress");
        drop(attach(PASS, ingress, None));
        assert!(qdiscs().contains("ingress"));
        let error = try_attach(PASS, Direction::Egress, None).expect_err("no egress").to_string();
        assert!(error.contains("qdisc of kind ingress"), "{error}");
    });
}

#[test]
fn the_last_of_ours_to_leave_removes_the_qdisc() {
    in_namespace(|| {
        let first = attach(NEXT, Direction::Ingress, None);
        let second = attach(NEXT, Direction::Egress, None);
        drop(first);
        assert!(qdiscs().contains("clsact"));
        drop(second);
        assert!(!qdiscs().contains("clsact"));
    });
}

#[test]
fn another_process_ends_it_by_its_record() {
    in_namespace(|| {
        let mut link = attach(DROP, Direction::Egress, Some(3));
        let record: AttachRecord =
            link.record().expect("no link").to_string().parse().expect("its own");
        assert_eq!(link.is_attached(), Ok(true));
        assert_eq!(record.undo(), Ok(true));
        assert_eq!(link.is_attached(), Ok(false));
        assert_eq!(record.undo(), Ok(false));
        assert!(!qdiscs().contains("clsact"));
        let other = attach(DROP, Direction::Egress, Some(3));
        assert_eq!(record.undo(), Ok(false), "that is another program");
        assert_eq!(other.is_attached(), Ok(true));
        link.keep();
        std::thread::spawn(move || {
            // SAFETY: a number alone; the thread was made for this and nobody else runs in it.
            assert_eq!(unsafe { libc::unshare(libc::CLONE_NEWNET) }, 0);
            let error = record.undo().expect_err("another namespace").to_string();
            assert!(error.contains("another network namespace"), "{error}");
        })
        .join()
        .expect("no panic");
    });
}
