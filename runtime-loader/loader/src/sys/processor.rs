//! Staying on one processor.

use crate::errno::Errno;

/// As long as this is there, the thread that made it runs on one processor, and so do the programs that
/// it has the kernel test: those use one processor's value of maps that have one for each.
#[derive(Debug)]
pub struct OneProcessor {
    number: u32,
    before: libc::cpu_set_t,
}

impl OneProcessor {
    /// Keeps the calling thread where it runs. What it starts from then on stays there too.
    ///
    /// # Errors
    /// The kernel's.
    pub fn stay() -> Result<Self, Errno> {
        // SAFETY: any bits are a set of processors.
        let (mut before, mut one): (libc::cpu_set_t, libc::cpu_set_t) =
            unsafe { (std::mem::zeroed(), std::mem::zeroed()) };
        // SAFETY: the set is ours alone, and has the size that is said.
        if unsafe { libc::sched_getaffinity(0, size_of_val(&before), &raw mut before) } != 0 {
            return Err(Errno::last());
        }
        // SAFETY: it takes nothing.
        let number = u32::try_from(unsafe { libc::sched_getcpu() }).map_err(|_| Errno::last())?;
        // SAFETY: beyond the set's end it does nothing; there the next call fails.
        unsafe { libc::CPU_SET(number as usize, &mut one) };
        // SAFETY: the set is only read, and has the size that is said.
        if unsafe { libc::sched_setaffinity(0, size_of_val(&one), &raw const one) } != 0 {
            return Err(Errno::last());
        }
        Ok(Self { number, before })
    }

    /// Its number, which is that of its value in maps.
    pub fn number(&self) -> usize {
        self.number as usize
    }
}

impl Drop for OneProcessor {
    fn drop(&mut self) {
        // SAFETY: the set is only read, and has the size that is said. If the processors of before are
        // gone, it stays where it is.
        unsafe { libc::sched_setaffinity(0, size_of_val(&self.before), &raw const self.before) };
    }
}

#[cfg(test)]
mod tests {
    use super::OneProcessor;

    #[test]
    fn it_stays_and_goes_on() {
        let allowed = || std::thread::available_parallelism().expect("a number").get();
        let before = allowed();
        let one = OneProcessor::stay().expect("a processor");
        assert_eq!(allowed(), 1);
        // SAFETY: it takes nothing.
        assert_eq!(unsafe { libc::sched_getcpu() } as usize, one.number());
        drop(one);
        assert_eq!(allowed(), before);
    }
}
