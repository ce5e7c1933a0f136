//! Which files a session reads.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};

use nbpfc_pcap::names::{Names, NoNames};
use nbpfc_source::File;

use super::Session;
use crate::world::World;

/// A world without files that remembers which were asked for.
#[derive(Default)]
struct Asked(RefCell<Vec<PathBuf>>);

impl World for Asked {
    fn read(&self, path: &Path, _: usize) -> io::Result<Vec<u8>> {
        self.0.borrow_mut().push(path.to_owned());
        Err(io::ErrorKind::NotFound.into())
    }

    fn names(&self) -> &dyn Names {
        &NoNames
    }
}

#[test]
fn only_expressions_have_the_files_that_they_name_read() {
    let text = r#"host in file "blocked.txt""#;
    let world = Asked::default();
    Session::new(&world).add_module(File::new("module", text));
    assert!(world.0.borrow().is_empty());
    Session::new(&world).add(File::new("expression", text));
    assert_eq!(*world.0.borrow(), [Path::new("blocked.txt")]);
}
