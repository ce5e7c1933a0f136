//! cgroups: both verdicts, both means, the wrong folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use nbpfc_kernel::Direction;
use nbpfc_loader::{CgroupOptions, Means, Order, query};

use crate::support::{in_namespace, saying};

const DENY: i32 = 0;
const ALLOW: i32 = 1;

/// A cgroup that goes with the value.
struct Cgroup(PathBuf);

impl Cgroup {
    fn new() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let mounts = fs::read_to_string("/proc/mounts").ok()?;
        let line = mounts.lines().find(|line| line.split(' ').nth(2) == Some("cgroup2"))?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("nbpfc-attach-{}-{number}", std::process::id());
        let path = Path::new(line.split(' ').nth(1)?).join(name);
        match fs::create_dir(&path) {
            Ok(()) => Some(Self(path)),
            Err(error) => {
                eprintln!("skipped: no cgroup: {error}");
                None
            }
        }
    }

    /// Whether a ping of a process in it is answered over loopback.
    fn pings(&self) -> bool {
        let script =
            format!("echo $$ >{}/cgroup.procs && exec ping -q -c1 -W1 127.0.0.1", self.0.display());
        let output = Command::new("sh").args(["-c", &script]).output().expect("sh is there");
        output.status.success()
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        assert!(
            crate::support::eventually(|| fs::remove_dir(&self.0).is_ok()),
            "{}",
            self.0.display()
        );
    }
}

#[test]
fn both_verdicts_in_each_direction_by_each_means() {
    in_namespace(|| {
        let Some(cgroup) = Cgroup::new() else { return };
        assert!(cgroup.pings());
        for direction in [Direction::Ingress, Direction::Egress] {
            let hook = match direction {
                Direction::Ingress => "cgroup_skb.ingress",
                Direction::Egress => "cgroup_skb.egress",
            };
            for without_link in [false, true] {
                let (deny, allow) = (saying(hook, DENY), saying(hook, ALLOW));
                let options =
                    CgroupOptions { without_link, ..CgroupOptions::new(&cgroup.0, direction) };
                let mut link = deny.attach_cgroup(&options).expect("it suffers many");
                assert_eq!(link.means() == Means::ProgAttach, without_link);
                assert!(!cgroup.pings(), "{}", link.place());
                link.replace_expected(&allow, &deny).expect("the old one is there");
                assert!(cgroup.pings(), "{}", link.place());
                let beside = deny.attach_cgroup(&options).expect("it suffers many");
                assert!(!cgroup.pings(), "one that denies is enough");
                let there = query::cgroup(&cgroup.0, direction).expect("a cgroup");
                assert_eq!(there.len(), 2);
                drop((link, beside));
                assert_eq!(query::cgroup(&cgroup.0, direction), Ok(vec![]));
                assert!(cgroup.pings());
            }
        }
    });
}

#[test]
fn programs_in_an_order() {
    in_namespace(|| {
        let Some(cgroup) = Cgroup::new() else { return };
        let direction = Direction::Ingress;
        let programs = [0; 4].map(|_| saying("cgroup_skb.ingress", ALLOW));
        let ids = programs.each_ref().map(|program| program.info().expect("it is there").id);
        let attach = |index: usize, order| {
            let options = CgroupOptions { order, ..CgroupOptions::new(&cgroup.0, direction) };
            programs[index].attach_cgroup(&options)
        };
        let first = attach(0, None).expect("the only one");
        let before = match attach(1, Some(Order::First)) {
            Err(error) if error.to_string().contains("before Linux 6.17") => return,
            attached => attached.expect("before it"),
        };
        let last = attach(2, Some(Order::Last)).expect("behind them");
        let id = first.id().expect("a link");
        let between = attach(3, Some(Order::BeforeLink(id))).expect("in between");
        let there = query::cgroup(&cgroup.0, direction).expect("a cgroup");
        let order: Vec<Option<u32>> = there.iter().map(|one| one.program_id).collect();
        assert_eq!(order, [ids[1], ids[3], ids[0], ids[2]].map(Some));
        let links: Vec<Option<u32>> = there.iter().map(|one| one.link_id).collect();
        assert_eq!(links, [before.id(), between.id(), first.id(), last.id()]);
        drop(first);
        let gone = attach(0, Some(Order::AfterLink(id))).expect_err("it is gone").to_string();
        assert!(gone.contains("ENOENT"), "{gone}");
    });
}

#[test]
fn a_folder_that_is_no_cgroup() {
    let program = saying("cgroup_skb.ingress", ALLOW);
    let options = CgroupOptions::new(Path::new("/tmp"), Direction::Ingress);
    let error = program.attach_cgroup(&options).expect_err("no cgroup").to_string();
    assert!(error.contains("must be a folder of a cgroup2 file system"), "{error}");
    let options = CgroupOptions::new(Path::new("/nowhere"), Direction::Ingress);
    let error = program.attach_cgroup(&options).expect_err("no folder").to_string();
    assert!(error.contains("cgroups are below /"), "{error}");
}
