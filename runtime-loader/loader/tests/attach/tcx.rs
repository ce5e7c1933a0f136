//! tcx: order, revision, both directions.

use nbpfc_kernel::Direction;
use nbpfc_loader::{Errno, Link, Order, TcxOptions, query};

use crate::support::{Cable, in_namespace, saying};

const NEXT: i32 = -1;
const PASS: i32 = 0;
const DROP: i32 = 2;

fn attach(verdict: i32, direction: Direction, order: Order) -> Link {
    let program = saying("tc.ingress", verdict);
    let options = TcxOptions { order, ..TcxOptions::new("v0", direction) };
    program.attach_tcx(&options).expect("tcx takes many")
}

fn programs(direction: Direction) -> Vec<Option<u32>> {
    let (there, _) = query::tcx("v0", direction).expect("v0 is there");
    there.iter().map(|one| one.program_id).collect()
}

#[test]
fn both_verdicts_in_each_direction() {
    in_namespace(|| {
        let cables = [Cable::to_v0(), Cable::between("v0", "v1")];
        for (direction, mut cable) in
            [Direction::Ingress, Direction::Egress].into_iter().zip(cables)
        {
            let mut link = attach(DROP, direction, Order::Last);
            assert!(!cable.passes());
            link.replace(&saying("tc.ingress", PASS)).expect("it is there");
            assert!(cable.passes());
            drop(link);
            assert!(programs(direction).is_empty());
        }
    });
}

#[test]
fn programs_run_in_the_order_asked_for() {
    in_namespace(|| {
        let mut cable = Cable::to_v0();
        let ingress = Direction::Ingress;
        let id = |link: &Link| link.program_id().expect("attached");
        let middle = attach(PASS, ingress, Order::Last);
        assert!(cable.passes());
        // Behind a final verdict nothing runs.
        let last = attach(DROP, ingress, Order::Last);
        assert!(cable.passes());
        let first = attach(NEXT, ingress, Order::First);
        let before = attach(NEXT, ingress, Order::BeforeProgram(id(&middle)));
        let after = attach(NEXT, ingress, Order::AfterLink(first.id().expect("a link")));
        let order = [&first, &after, &before, &middle, &last].map(|link| Some(id(link)));
        assert_eq!(programs(ingress), order);
        assert!(cable.passes());
        drop(middle);
        assert!(!cable.passes(), "now the last one decides");
    });
}

#[test]
fn somebody_else_in_between_is_noticed() {
    in_namespace(|| {
        let egress = Direction::Egress;
        let _one = attach(NEXT, egress, Order::Last);
        let (_, expected_revision) = query::tcx("v0", egress).expect("v0 is there");
        let options = TcxOptions { expected_revision, ..TcxOptions::new("v0", egress) };
        let _two = saying("tc.egress", NEXT).attach_tcx(&options).expect("nobody came");
        let refused = saying("tc.egress", NEXT).attach_tcx(&options);
        assert_eq!(refused.expect_err("two came").errno(), Some(Errno(libc::ESTALE)));
    });
}
