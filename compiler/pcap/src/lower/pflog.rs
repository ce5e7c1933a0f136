//! Records of OpenBSD's packet filter, pflog(4).

use nbpfc_ir::Width;
use nbpfc_source::Code;

use super::context::{Context, Lowered};
use super::link::LinkType;
use super::numbers::{PFLOG, PFLOG_NAME};
use crate::tree::PfTest;

impl Context<'_> {
    /// `on`, `rnr`, `action` and the other fields of a record.
    pub(super) fn pflog(&mut self, test: &PfTest) -> Lowered {
        if self.link != LinkType::Pflog {
            return Err(self.not_on_link_type("a packet filter log record").into());
        }
        let (offset, width, value) = match *test {
            PfTest::Interface(ref name) => return self.record_name(PFLOG.interface, name),
            PfTest::Ruleset(ref name) => return self.record_name(PFLOG.ruleset, name),
            PfTest::Rule(number) => (PFLOG.rule, Width::W4, number),
            PfTest::Subrule(number) => (PFLOG.subrule, Width::W4, number),
            PfTest::Reason(number) => (PFLOG.reason, Width::W1, number),
            PfTest::Action(number) => (PFLOG.action, Width::W1, number),
        };
        Ok(self.equals(self.in_link_header(offset), width, value))
    }

    /// A name of the record begins with these bytes; what follows them is not looked at.
    fn record_name(&mut self, offset: u32, name: &str) -> Lowered {
        if name.len() >= PFLOG_NAME {
            let most = PFLOG_NAME - 1;
            let message = format!("the name is longer than {most} characters");
            let error = self.error(Code::BadValue, message);
            return Err(error
                .help("records have room for no longer ones: write its beginning")
                .into());
        }
        Ok(self.bytes(Self::in_link_header, offset, name.as_bytes()))
    }
}
