use super::*;

/// A file with words 0, 1, 2 …: what they add up to is known without reading.
fn counted(words: u64) -> (tempfile::TempDir, Source) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    let content: Vec<u8> = (0..words).flat_map(u64::to_ne_bytes).collect();
    std::fs::write(&path, content).unwrap();
    let data = DataFile::open(&path).unwrap();
    let direct = data.direct().map_err(|why| format!("{why:#}"));
    let source = Source {
        direct,
        part: words * 8,
        data,
    };
    (folder, source)
}

#[test]
fn every_way_reads_every_byte_once() {
    let words = 1_u64 << 17;
    let (_folder, source) = counted(words);
    let mut buffer = buffer(LARGEST).unwrap();
    for &variant in Study::FileReading.variants(Reading::Measured) {
        if variant == DIRECT && source.direct.is_err() {
            continue;
        }
        for x in [4096, 65536, 1 << 20] {
            // All requests, not the few of a sample.
            let requests = source.requests(READ, x);
            let sum = source.pass(variant, x, &requests, &mut buffer).unwrap();
            assert_eq!(sum, words * (words - 1) / 2, "{variant} by {x}");
        }
    }
}

#[test]
fn a_sample_that_waits_for_the_device_has_a_bound_and_never_no_request() {
    let (_folder, source) = counted(1 << 17);
    for &variant in Study::FileReading.variants(Reading::Measured) {
        for x in [4096, 65536, 1 << 20] {
            let requests = source.requests(variant, x);
            assert!(!requests.is_empty());
            assert!(requests.iter().all(|at| at + x as u64 <= source.part));
        }
    }
    assert_eq!(source.requests(COLD_READ, 4096).len(), 256);
    assert_eq!(source.requests(COLD_RANDOM, 65536).len(), 16);
}
