//! XDP: modes, occupied interfaces, replacement.

use std::time::Duration;

use nbpfc_loader::{
    AttachError, AttachRecord, Error, Interface, Link, Means, Opened, Program, XdpMode, XdpOptions,
    query,
};
use nbpfc_object::Object;

use crate::support::{Cable, in_namespace, saying};

const DROP: i32 = 1;
const PASS: i32 = 2;

fn attach(program: &Program, mode: XdpMode, without_link: bool) -> Result<Link, Error> {
    program.attach_xdp(&XdpOptions { mode, without_link, ..XdpOptions::new("v0") })
}

#[test]
fn both_verdicts_in_each_mode_by_each_means() {
    in_namespace(|| {
        let mut cable = Cable::to_v0();
        for mode in [XdpMode::Auto, XdpMode::Native, XdpMode::Generic] {
            for without_link in [false, true] {
                let (drop_all, pass_all) = (saying("xdp", DROP), saying("xdp", PASS));
                let mut link = attach(&drop_all, mode, without_link).expect("v0 is free");
                assert_eq!(link.means() == Means::Netlink, without_link);
                assert!(!cable.passes(), "{}", link.place());
                link.replace_expected(&pass_all, &drop_all).expect("the old one is there");
                assert!(cable.passes(), "{}", link.place());
                assert!(link.replace_expected(&drop_all, &drop_all).is_err(), "another is there");
                let there = query::xdp("v0").expect("v0 is there");
                assert_eq!(there[0].program_id, link.program_id().ok());
                assert_eq!(there[0].program_name, "says");
                drop(link);
                assert_eq!(query::xdp("v0"), Ok(vec![]));
                assert!(cable.passes());
            }
        }
    });
}

#[test]
fn an_occupied_interface_is_an_error_that_names_the_program() {
    in_namespace(|| {
        for first_without_link in [false, true] {
            let first = saying("xdp", PASS);
            let _link = attach(&first, XdpMode::Native, first_without_link).expect("v0 is free");
            let id = first.info().expect("an own program").id;
            for mode in [XdpMode::Auto, XdpMode::Native, XdpMode::Generic] {
                for without_link in [false, true] {
                    let refused = attach(&saying("xdp", DROP), mode, without_link);
                    let error = refused.expect_err("v0 has a program").to_string();
                    let expected =
                        format!("v0, XDP, is taken by program {id} (says), native mode; ");
                    assert!(error.starts_with(&expected), "{error}");
                }
            }
        }
    });
}

#[test]
fn replacement_loses_no_packet() {
    in_namespace(|| {
        let mut cable = Cable::to_v0();
        let programs = [saying("xdp", PASS), saying("xdp", PASS)];
        for without_link in [false, true] {
            let mut link = attach(&programs[0], XdpMode::Native, without_link).expect("free");
            for round in 0..100 {
                cable.send(round);
                link.replace(&programs[round as usize % 2]).expect("replaced");
            }
            assert_eq!(cable.received(Duration::from_millis(300)), 100);
        }
    });
}

#[test]
fn one_program_instead_of_another_by_netlink() {
    in_namespace(|| {
        let (old, new) = (saying("xdp", DROP), saying("xdp", PASS));
        let mut first = attach(&old, XdpMode::Native, true).expect("v0 is free");
        first.keep();
        let native = XdpOptions { mode: XdpMode::Native, ..XdpOptions::new("v0") };
        let other = new.attach_xdp(&XdpOptions { instead_of: Some(&new), ..native });
        assert!(other.is_err(), "another program is there");
        let link = new.attach_xdp(&XdpOptions { instead_of: Some(&old), ..native });
        let link = link.expect("the expected one is there");
        assert!(Cable::to_v0().passes());
        link.detach().expect("it is there");
        assert_eq!(query::xdp("v0"), Ok(vec![]));
    });
}

#[test]
fn errors_say_what_there_is_and_what_the_driver_lacks() {
    in_namespace(|| {
        let program = saying("xdp", PASS);
        let error = program.attach_xdp(&XdpOptions::new("v00")).expect_err("no such interface");
        assert!(
            matches!(&error, Error::Attach(AttachError::NoInterface { similar, .. })
                if similar[0].starts_with('v')),
            "{error}"
        );
        let error = attach(&program, XdpMode::Offload, false).expect_err("veth is no card");
        assert!(error.to_string().contains("try native mode"), "{error}");
        // veth wants packets of one page for programs without fragments.
        crate::support::ip("link set v1 mtu 9000");
        crate::support::ip("link set v0 mtu 9000");
        let error = attach(&program, XdpMode::Native, false).expect_err("9000 bytes");
        assert!(error.to_string().contains("the kernel says: "), "{error}");
        assert!(error.to_string().contains("use hook xdp.frags"), "{error}");
        let link = attach(&program, XdpMode::Auto, false).expect("generic mode takes it");
        assert_eq!(query::xdp("v0").expect("v0 is there")[0].detail, "generic mode");
        drop(link);
    });
}

#[test]
fn a_card_that_takes_no_programs_is_named() {
    in_namespace(|| {
        let interface = Interface::by_name("v0").expect("it is there");
        let mut opened = Opened::new(Object::default());
        opened.set_device(&interface);
        let error = opened.load().expect_err("veth is no card").to_string();
        assert!(error.starts_with("cannot load a program for the card of v0: EINVAL"), "{error}");
        assert!(error.contains("native and generic mode"), "{error}");
    });
}

#[test]
fn another_process_ends_what_netlink_attached() {
    in_namespace(|| {
        let mut link = attach(&saying("xdp", DROP), XdpMode::Generic, true).expect("v0 is free");
        let record: AttachRecord =
            link.record().expect("no link").to_string().parse().expect("its own");
        link.keep();
        drop(link);
        assert_eq!(record.is_attached(), Ok(true));
        assert_eq!(record.undo(), Ok(true));
        assert_eq!(record.undo(), Ok(false));
        let _other = attach(&saying("xdp", PASS), XdpMode::Generic, true).expect("v0 is free");
        assert_eq!(record.undo(), Ok(false), "that is another program");
        assert_eq!(query::xdp("v0").expect("v0 is there").len(), 1);
    });
}

#[test]
fn a_link_knows_that_its_interface_is_gone() {
    in_namespace(|| {
        let link = attach(&saying("xdp", PASS), XdpMode::Auto, false).expect("v0 is free");
        assert_eq!(link.is_attached(), Ok(true));
        assert_eq!(link.record(), None);
        crate::support::ip("link del v0");
        assert_eq!(link.is_attached(), Ok(false));
    });
}
