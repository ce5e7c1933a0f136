//! Commands and what they print: `tests/cases/**/*.case`.
//!
//! A case is a text file. Lines that begin with `#` say what it shows; `# needs: root` and
//! `# needs: tool NAME` say what the machine must have. A line that begins with `$ ` is a command
//! for sh, run in an empty folder where `examples/` is the project's, and `beside/`, if a line
//! names it, `tests/cases/beside`; the lines behind it are what it prints, both streams in order,
//! and `[exit N]` if its status is not 0. `BLESS=1` writes the present output into the files.
//!
//! So are the blocks of `examples/README.md` that are marked `console`, one behind the other. The commands
//! of `README.md` have to end well.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use nbpfc_tests::place::{Scratch, files_below, nbpfc, root};
use nbpfc_tests::requires::Need;

use crate::Test;

pub(crate) fn tests() -> Vec<Test> {
    let folder = root().join("tests/cases");
    let page = root().join("examples/README.md");
    let needs_of_page = [Need::Root, Need::Tool("ping"), Need::Tool("ip")];
    let tutorial = Test::new("case::examples", &needs_of_page, move || {
        let text = fs::read_to_string(&page).map_err(|error| error.to_string())?;
        run(&page, &consoles(&text), "case::examples")
    });
    let cases = files_below(&folder)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|e| e == "case"))
        .map(|path| {
            let name = path.strip_prefix(&folder).unwrap_or(&path).with_extension("");
            let text = fs::read_to_string(&path).unwrap_or_default();
            let name = format!("case::{}", name.display().to_string().replace('/', "::"));
            let scratch = name.clone();
            Test::new(name, &needs(&text), move || run(&path, &text, &scratch))
        });
    let needs_of_front = [Need::Root, Need::Tool("ip"), Need::Tool("unshare")];
    let front = Test::new("case::readme", &needs_of_front, front_page);
    cases.chain([tutorial, front]).collect()
}

/// The commands of a page and what they print.
fn consoles(page: &str) -> String {
    let blocks = page.split("```console\n").skip(1);
    blocks.filter_map(|block| block.split("```").next()).collect()
}

/// Runs each command of the front page by itself, where what it names is there, until it ends or for a
/// while.
fn front_page() -> Result<(), String> {
    let text = fs::read_to_string(root().join("README.md")).map_err(|error| error.to_string())?;
    let scratch = Scratch::new("case::readme")?;
    let folder = scratch.path();
    output(&format!("cp -r {}/examples .; {FILES}", root().display()), folder)?;
    let lines = text.lines().filter_map(|line| line.strip_prefix("    "));
    let mut ran = 0;
    for line in lines.filter(|line| line.starts_with("nbpfc ")) {
        let command = line.split("  ").next().unwrap_or(line).replace(" DIR", " /sys/fs/bpf/dir");
        fs::write(folder.join("command"), format!("exec {command}"))
            .map_err(|error| error.to_string())?;
        let printed = output(&format!("unshare --net --mount sh -c '{AROUND}'"), folder)?;
        if printed.lines().last().is_some_and(|line| line.starts_with("[exit ")) {
            return Err(format!("README.md: {command}\n{printed}"));
        }
        ran += 1;
    }
    if ran == 0 { Err("README.md has no commands".to_owned()) } else { Ok(()) }
}

/// The files that the front page names.
const FILES: &str = "cp examples/web.pcap in.pcap; echo 10.0.0.1 > blocked.txt; \
    cp examples/drop_telnet.nbp .; nbpfc examples/limit.nbp -o other.o";

/// A place of its own for a command of the front page, with an interface.
const AROUND: &str = "mount -t bpf bpf /sys/fs/bpf && ip link add eth0 type veth peer name eth1 && \
    ip link set eth0 up && ip link set eth1 up && timeout --foreground --preserve-status --signal INT 1 sh command";

fn needs(text: &str) -> Vec<Need> {
    text.lines()
        .filter_map(|line| line.strip_prefix("# needs: "))
        .map(|need| match need.strip_prefix("tool ") {
            // Case files live as long as the process; so may their words.
            Some(tool) => Need::Tool(tool.to_owned().leak()),
            None => Need::Root,
        })
        .collect()
}

fn run(path: &Path, text: &str, name: &str) -> Result<(), String> {
    let scratch = Scratch::new(name)?;
    for (folder, name) in [("examples", "examples"), ("tests/cases/beside", "beside")] {
        if name == "examples" || text.contains(" beside/") {
            symlink(root().join(folder), scratch.path().join(name)).map_err(|e| e.to_string())?;
        }
    }
    let mut actual = String::new();
    for line in text.lines().filter(|line| line.starts_with('#') || line.starts_with("$ ")) {
        actual.push_str(line);
        actual.push('\n');
        if let Some(command) = line.strip_prefix("$ ") {
            actual.push_str(&output(command, scratch.path())?);
        }
    }
    // Empty lines between commands are the author's.
    let spaced = |text: &str| text.lines().filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n");
    if spaced(text) == spaced(&actual) {
        return Ok(());
    }
    let is_case = path.extension().is_some_and(|extension| extension == "case");
    if is_case && std::env::var_os("BLESS").is_some() {
        return fs::write(path, actual).map_err(|error| error.to_string());
    }
    Err(format!("{} expects\n{text}\nbut the commands print\n{actual}", path.display()))
}

fn output(command: &str, folder: &Path) -> Result<String, String> {
    let program = nbpfc()?;
    let place = program.parent().unwrap_or(Path::new("."));
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .args(["-c", &format!("exec 2>&1\n{command}")])
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", place.display()))
        .env("LC_ALL", "C")
        .output()
        .map_err(|error| format!("cannot run sh: {error}"))?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    if let Some(code) = output.status.code().filter(|code| *code != 0) {
        let _ = writeln!(text, "[exit {code}]");
    }
    Ok(text)
}
