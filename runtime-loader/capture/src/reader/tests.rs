//! The reader as a whole: gzip, progress, and whatever bytes there may be.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::Reader;
use crate::error::Fault;
use crate::packet::Precision::{Micro, Nano};
use crate::samples::{Bytes, ORDERS, fault, read_all};

const MAGICS: [u32; 3] = [0xa1b2_c3d4, 0xa1b2_3c4d, 0xa1b2_cd34];

/// Small captures of every kind.
fn samples() -> Vec<Vec<u8>> {
    let mut samples = Vec::new();
    for order in ORDERS {
        for magic in MAGICS {
            for linktype in [1, 113, 117, 189, 220, 239, 276] {
                let file = Bytes::new(order).pcap(magic, 100, linktype);
                let file = file.record(1, 2, &[0; 80]).record(3, 4, &[0x0c; 120]);
                samples.push(file.record(5, 6, b"").bytes);
            }
        }
        for linktype in [1, 220] {
            let file = Bytes::new(order).section().interface(linktype, 100, &[(9, &[0x8a])]);
            let file = file.enhanced(0, 7 << 33, &[0; 80]).simple(200, &[0; 100]);
            let file = file.block(4, |b| b.raw(b"names")).section();
            samples
                .push(file.interface(linktype, 100, &[(14, &[1; 8])]).enhanced(0, 9, b"x").bytes);
        }
    }
    samples
}

#[test]
fn samples_are_good() {
    for sample in samples() {
        let (packets, error) = read_all(&sample, Micro);
        // The patched format's record header is longer than that of the samples.
        let patched = MAGICS[2];
        if !sample.starts_with(&patched.to_le_bytes())
            && !sample.starts_with(&patched.to_be_bytes())
        {
            assert!(error.is_none(), "{error:?}");
            assert_eq!(packets.len(), 3);
        }
    }
}

/// Marsaglia's xorshift, so that a failure can be repeated.
fn random(state: &mut u64, limit: usize) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state % limit as u64) as usize
}

#[test]
fn damaged_captures_never_panic() {
    let (samples, mut state) = (samples(), 0x2545_f491_4f6c_dd1d);
    let (mut good, mut bad) = (0, 0);
    for _ in 0..40_000 {
        let mut bytes = samples[random(&mut state, samples.len())].clone();
        for _ in 0..random(&mut state, 5) {
            let at = random(&mut state, bytes.len());
            bytes[at] = [random(&mut state, 256) as u8, 0, 0xff, 0x7f][random(&mut state, 4)];
        }
        if random(&mut state, 4) == 0 {
            bytes.truncate(random(&mut state, bytes.len()));
        }
        let precision = if random(&mut state, 2) == 0 { Micro } else { Nano };
        let (packets, error) = read_all(&bytes, precision);
        let held: usize = packets.iter().map(|packet| packet.data.len()).sum();
        assert!(held <= bytes.len(), "{held} bytes of packets from {}", bytes.len());
        if let Some(error) = error {
            bad += 1;
            assert!(!error.to_string().is_empty());
        } else {
            good += 1;
        }
    }
    assert!(good > 4_000 && bad > 4_000, "{good} good, {bad} bad");
}

#[test]
fn gzip_is_recognised() {
    for sample in samples() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&sample).expect("memory takes everything");
        let compressed = encoder.finish().expect("memory takes everything");
        let (packets, error) = read_all(&compressed, Micro);
        let (plain, plain_error) = read_all(&sample, Micro);
        assert_eq!(packets, plain);
        assert_eq!(error.map(|e| e.to_string()), plain_error.map(|e| e.to_string()));
    }
}

#[test]
fn other_files_are_refused() {
    assert_eq!(fault(b"GIF89a, say"), (0, 0, Fault::UnknownFormat));
    let error = Reader::new(&b""[..]).err().expect("nothing is no capture");
    assert_eq!(
        error.to_string(),
        "at byte 0: the input ends inside the magic number: 0 of 4 bytes are there"
    );
}

#[test]
fn nothing_comes_after_an_error() {
    let file = Bytes::new(ORDERS[0]).pcap(MAGICS[0], 100, 1).record(1, 2, b"abc").u32(1);
    let mut reader = Reader::new(&file.bytes[..]).expect("a header");
    assert!(matches!(reader.next(), Ok(Some(_))));
    assert!(reader.next().is_err());
    assert!(matches!(reader.next(), Ok(None)));
}

#[test]
fn progress_is_counted() {
    let mut file = Bytes::new(ORDERS[0]).pcap(MAGICS[0], 65535, 1);
    let data = vec![0; 50_000];
    for number in 0..20 {
        file = file.record(number, 0, &data);
    }
    let mut reader = Reader::new(&file.bytes[..]).expect("a header");
    let mut packets = 0;
    while let Some(packet) = reader.next().expect("a good file") {
        assert_eq!(packet.seconds, packets);
        packets += 1;
        assert_eq!(reader.offset(), 24 + packets as u64 * 50_016);
        assert!(reader.bytes_read() >= reader.offset());
    }
    assert_eq!(reader.bytes_read(), file.bytes.len() as u64);
}
