//! A process that waits for the end of another and then ends what that one left attached.
//!
//! What rtnetlink attaches stays when a process is killed. Before such an attachment is made, its
//! record is written into a pipe whose other end this process reads. It sees the pipe's end however
//! the writer ends, and it is not of the terminal's process group, so that Ctrl-C does not reach it.

use std::io::{self, BufRead, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use nbpfc_loader::AttachRecord;
use nbpfc_loader::signals::Signals;

use crate::failure::Failure;

/// The line that says that everything before it may stay.
const RELEASE: &str = "release";

/// The other process. Dropping the value ends what it watches, if that is still there, and waits
/// until it is done.
#[derive(Debug)]
pub(crate) struct Guard {
    child: Child,
}

impl Guard {
    /// Starts one that will end this attachment.
    pub(crate) fn watching(record: &AttachRecord) -> Result<Self, Failure> {
        let failed = |error: io::Error| {
            Failure::Message(format!(
                "cannot start the process that detaches after a crash: {error}"
            ))
        };
        let own = std::env::current_exe().map_err(failed)?;
        let mut command = Command::new(own);
        command.arg("guard").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.process_group(0).spawn().map_err(failed)?;
        let mut guard = Self { child };
        guard.say(&record.to_string()).map_err(failed)?;
        Ok(guard)
    }

    fn say(&mut self, line: &str) -> io::Result<()> {
        let Some(pipe) = &mut self.child.stdin else { return Ok(()) };
        pipe.write_all(format!("{line}\n").as_bytes())
    }

    /// Lets the attachment stay.
    pub(crate) fn release(mut self) -> Result<(), Failure> {
        self.say(RELEASE).map_err(|error| {
            Failure::Message(format!("the process that detaches after a crash ended: {error}"))
        })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // It has nothing to say, and nobody to say it to.
        let _ = self.child.wait();
    }
}

/// The process itself.
pub(crate) fn run() -> Result<(), Failure> {
    // Who ends the other process may send the same signal here; the other's end is what counts.
    let signals = Signals::hold();
    let mut records: Vec<AttachRecord> = Vec::new();
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        match line.as_str() {
            RELEASE => records.clear(),
            line => records.extend(line.parse::<AttachRecord>()),
        }
    }
    let mut failed = Ok(());
    for record in records.iter().rev() {
        if let Err(error) = record.undo() {
            failed = Err(Failure::Message(error.to_string()));
        }
    }
    drop(signals);
    failed
}
