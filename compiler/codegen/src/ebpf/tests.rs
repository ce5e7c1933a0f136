//! Functions in, instructions out.

use nbpfc_ir::Function;
use nbpfc_isa::disassemble;
use nbpfc_kernel::{Hook, Target, Version};
use nbpfc_loader::{LoadOptions, Program};

use super::compile;

const IP: &str = "\
func @ip {
b0:
  check 0, 14 -> b1 else b9
b1(v0: view):
  v1 = load.u16 v0 + 12
  v2 = const.i32 0x8
  br eq v1, v2 -> b2 else b9
b2:
  v3 = const.i32 0x40000
  ret v3
b9:
  v16 = const.i32 0x0
  ret v16
}
";
const PORT: &str = "\
func @port {
b0:
  check 0, 34 -> b1 else b9
b1(v0: view):
  v1 = load.u16 v0 + 12
  v2 = const.i32 0x8
  br eq v1, v2 -> b2 else b9
b2:
  v3 = load.u8 v0 + 23
  v4 = const.i32 0x6
  br eq v3, v4 -> b3 else b9
b3:
  v5 = load.u16 v0 + 20
  v6 = const.i32 0xff1f
  br set v5, v6 -> b9 else b4
b4:
  v7 = load.u8 v0 + 14
  v8 = const.i32 0xf
  v9 = and v7, v8
  v10 = const.i32 0x2
  v11 = shl v9, v10
  v12 = const.i32 0xe
  v13 = add v11, v12
  check v13, 4 -> b5 else b9
b5(v14: view):
  v15 = load.u16 v14 + 0
  v17 = const.i32 0x5000
  br eq v15, v17 -> b8 else b6
b6:
  v18 = load.u16 v14 + 2
  br eq v18, v17 -> b8 else b9
b8:
  v19 = const.i32 0x40000
  ret v19
b9:
  v16 = const.i32 0x0
  ret v16
}
";

#[test]
fn smoke() {
    for text in [IP, PORT] {
        let function: Function = text.parse().unwrap();
        for hook in nbpfc_kernel::HOOKS {
            let mut text = text.to_owned();
            if hook.name.starts_with("cgroup") {
                text = text.replace("0x40000", "0x1");
            }
            let function: Function = text.parse().unwrap();
            let target = Target::new(hook, Version::new(6, 18));
            let code = compile(&function, &target).unwrap();
            println!("{} {}", hook.name, function.name);
            for (index, text) in disassemble(&code.insns) {
                println!("{index:4} {text}");
            }
            let mut options = LoadOptions::new(hook.program_type, &code.insns);
            options.attach_type = hook.attach_type;
            if hook.name == "xdp.frags" {
                options.flags = 32;
            }
            if let Err(error) = Program::load(&options) {
                println!("{error:?}");
            }
        }
    }
}
