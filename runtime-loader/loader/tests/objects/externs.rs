//! What the kernel defines and programs name: settings, functions and variables.

use std::sync::Arc;

use nbpfc_btf::Value;
use nbpfc_loader::{Error, KernelConfig};

use crate::support::{loaded, number, opened, permitted, run, skip, trace};

#[test]
fn settings_functions_and_variables_are_found() {
    let Some(collection) = loaded("externs") else { return };
    assert_eq!(trace(&collection, "look"), 0);
    let out = |member: &str| number(&collection, "out", member);
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").expect("Linux has it");
    let mut numbers = release.split(['.', '-']).map(str::parse::<i128>);
    let (major, minor) = (numbers.next(), numbers.next());
    let (Some(Ok(major)), Some(Ok(minor))) = (major, minor) else { panic!("{release}") };
    assert_eq!(out("version") >> 8, major << 8 | minor);
    let config = KernelConfig::running().expect("it was read");
    assert_eq!(Some(out("hz").to_string().as_str()), config.get("CONFIG_HZ"));
    let set = |name| i128::from(config.get(name) == Some("y"));
    assert_eq!((out("jit"), out("smp")), (set("CONFIG_BPF_JIT"), set("CONFIG_SMP")));
    let host = match collection.get("out").expect("a variable") {
        Value::Struct(fields) => fields.into_iter().find(|(name, _)| name == "host"),
        _ => None,
    };
    let host = host.expect("a member").1;
    let quoted = config.get("CONFIG_DEFAULT_HOSTNAME").expect("every kernel has it");
    assert_eq!(host, Value::Text(quoted.trim_matches('"').to_owned()));

    assert!(out("schedule") != 0);
    // Whether the kernel lists its variables is up to CONFIG_KALLSYMS_ALL.
    let symbols = std::fs::read_to_string("/proc/kallsyms").expect("text");
    let listed = symbols.lines().any(|line| line.ends_with(" bpf_prog_active"));
    assert_eq!(out("typed") > 0, listed);
    assert_eq!((out("missing"), out("nothing")), (0, 0));
    assert_eq!((out("no_variable"), out("no_function")), (0, 0));
}

#[test]
fn settings_are_those_that_are_given() {
    let Some(mut opened) = opened("externs") else { return };
    let text = "CONFIG_HZ=7\nCONFIG_BPF_JIT=m\nCONFIG_SMP=n\nCONFIG_DEFAULT_HOSTNAME=\"a\\\"b\"\n";
    opened.set_kernel_config(Arc::new(KernelConfig::parse(text)));
    let Some(collection) = permitted(opened.load()) else { return };
    assert_eq!(trace(&collection, "look"), 0);
    let out = |member: &str| number(&collection, "out", member);
    assert_eq!((out("hz"), out("jit"), out("smp")), (7, 2, 0));
    let text = collection.get_text("out").expect("a variable");
    assert!(text.contains(".host = \"a\\\"b\""), "{text}");
}

#[test]
fn what_the_kernel_does_not_define_is_named() {
    let Some(mut opened_) = opened("missing") else { return };
    opened_.set_kernel_config(Arc::default());
    let error = opened_.load().expect_err("no kernel has it");
    let Error::Externs(missing) = &error else { panic!("{error}") };
    let text = error.to_string();
    assert_eq!(missing.len(), 4, "{text}");
    for expected in [
        "function `function_of_no_kernel`",
        "variable `variable_of_no_kernel`",
        "setting `CONFIG_OF_NO_KERNEL`",
        "function `bpf_task_acquire` as `struct task_struct * (struct task_struct *, int)`, \
         but as `struct task_struct * (struct task_struct *)`",
    ] {
        assert!(text.contains(expected), "no {expected} in\n{text}");
    }

    // What only programs name that are not loaded is not missed.
    let Some(mut opened_) = opened("missing") else { return };
    opened_.only(&["quiet"]).expect("it has it");
    opened_.set_kernel_config(Arc::new(KernelConfig::parse("CONFIG_OF_NO_KERNEL=1")));
    let Some(collection) = permitted(opened_.load()) else { return };
    assert_eq!(trace(&collection, "quiet"), 0);
}

/// The module is part of some kernels itself; tests/vm/attach loads the same object where it is not.
#[test]
fn functions_of_modules_are_called() {
    let Some(opened) = opened("module") else { return };
    let loaded = opened.load();
    if let Err(Error::Externs(missing)) = &loaded {
        return skip(&format!("this kernel does not have {}", missing.join(", ")));
    }
    let Some(collection) = permitted(loaded) else { return };
    assert_eq!(run(&collection, "known"), 2, "nobody has that connection");
}

#[test]
fn a_setting_that_does_not_fit_its_type_is_refused() {
    let Some(mut opened) = opened("missing") else { return };
    opened.only(&["quiet"]).expect("it has it");
    opened.set_kernel_config(Arc::new(KernelConfig::parse("CONFIG_OF_NO_KERNEL=5000000000")));
    let error = opened.load().expect_err("an int has 32 bits").to_string();
    assert!(error.contains("CONFIG_OF_NO_KERNEL=5000000000"), "{error}");
}
