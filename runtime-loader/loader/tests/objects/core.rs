//! CO-RE: programs that know the kernel's structures wrongly see the right members.

use nbpfc_loader::KernelTypes;

use crate::support::{loaded, number, opened, permitted, trace};

#[test]
fn members_are_read_where_this_kernel_has_them() {
    let Some(collection) = loaded("core") else { return };
    assert_eq!(trace(&collection, "look"), 0);
    let out = |member: &str| number(&collection, "out", member);
    let process = i128::from(std::process::id());
    // SAFETY: a number alone.
    let thread = i128::from(unsafe { libc::gettid() });
    assert_eq!((out("pid"), out("tgid"), out("leader_tgid")), (thread, process, process));
    assert_eq!((out("has_pid"), out("has_nothing")), (1, 0));
    assert_eq!((out("has_type"), out("has_no_type")), (1, 0));
    assert_eq!(out("tgid_size"), 4);
    assert_eq!(out("ttl"), 8);
    assert_eq!((out("has_value"), out("value"), out("has_no_value")), (1, 27, 0));

    let kernel = KernelTypes::running().expect("it was fitted to them");
    let types = kernel.vmlinux();
    let is_struct = |ty: &nbpfc_btf::Type| matches!(ty, nbpfc_btf::Type::Struct(_));
    let task = types.named("task_struct", is_struct).next().expect("every kernel has it");
    assert_eq!(out("size"), i128::from(types.btf().size_of(task).expect("a structure")));
    assert_eq!(out("task_id"), i128::from(task.0));
    assert!(out("offset") > 12, "{}", out("offset"));
    assert!(out("own_id") > 0);
}

#[test]
fn loads_have_the_size_that_the_member_has() {
    let Some(collection) = loaded("core") else { return };
    assert_eq!(number(&collection, "flags", ""), i128::from(u64::MAX));
    assert_eq!(trace(&collection, "widen"), 0);
    let flags = number(&collection, "flags", "");
    // Of a thread that is none of the kernel's: something, and nothing above 32 bits.
    assert!(flags > 0 && flags < 1 << 32, "{flags:#x}");
}

/// The error of loading one program alone, without its log.
fn refusal(program: &str) -> Option<String> {
    let mut opened = opened("core")?;
    opened.only(&[program]).expect("it has it");
    match opened.load() {
        Err(error) if error.log().is_empty() => {
            permitted::<()>(Err(error));
            None
        }
        other => Some(other.expect_err("it must not load").to_string()),
    }
}

#[test]
fn what_is_reached_and_not_there_is_named() {
    let Some(error) = refusal("careless") else { return };
    assert_eq!(
        error,
        "program `careless`: it needs member `member_of_no_kernel` of \
         `struct task_struct___other`, which this kernel does not have: it must ask before it \
         uses it"
    );
    let Some(error) = refusal("misread") else { return };
    assert_eq!(
        error,
        "program `misread`: it needs member `tgid` of `struct task_struct___wide` in a size that \
         one load reads alike, which this kernel does not have: it must ask before it uses it"
    );
}
