use lab_core::evidence::Evidence;

use super::*;

fn synthetic(text: &str) -> Seen {
    look(&Source::Synthetic(text.to_owned())).unwrap()
}

#[test]
fn a_synthetic_machine_keeps_its_shape() {
    let seen =
        synthetic("package:2 l3:1(size=8388608) l2:2(size=524288) l1:1(size=32768) core:1 pu:2");
    let (machine, notes) = seen.machine().unwrap();
    assert_eq!(machine.cores, 4);
    let sizes: Vec<_> = machine.caches.iter().map(|cache| cache.size).collect();
    assert_eq!(sizes, [32 << 10, 512 << 10, 8 << 20]);
    let shared: Vec<_> = machine.caches.iter().map(|cache| cache.shared_by).collect();
    assert_eq!(shared, [1, 1, 2]);
    assert!(
        notes
            .iter()
            .any(|note| note.contains("associativity of L3")),
        "{notes:?}"
    );
    assert!(
        machine
            .caches
            .iter()
            .all(|cache| cache.geometry == Evidence::Assumed)
    );
}

#[test]
fn nodes_keep_memory_and_cores() {
    let seen = synthetic("package:2 [numa(memory=1073741824)] l2:2(size=262144) core:1 pu:1");
    let (machine, _) = seen.machine().unwrap();
    assert_eq!(machine.nodes.len(), 2);
    for node in &machine.nodes {
        assert_eq!((node.memory, node.cores), (1 << 30, 2));
        assert_eq!(node.distances.len(), 2);
    }
    let text = seen.tree.to_text();
    assert_eq!(text.matches("node ").count(), 2, "{text}");
}

#[test]
fn a_machine_without_caches_draws_but_does_not_simulate() {
    let seen = synthetic("package:1 core:2 pu:1");
    assert!(seen.tree.to_text().contains("core 1"));
    let error = seen.machine().unwrap_err().to_string();
    assert!(error.contains("knows no cache"), "{error}");
}

#[test]
fn a_saved_machine_is_read_back() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/two-sockets.xml");
    let seen = look(&Source::Xml(path.into())).unwrap();
    let (machine, _) = seen.machine().unwrap();
    assert_eq!(machine.cores, 4);
    assert_eq!(machine.caches.len(), 2);
    assert_eq!(machine.caches[0].ways, 8);
    assert_eq!(machine.nodes[0].distances, [10, 21]);
    assert_eq!(machine.nodes[1].distances, [21, 10]);
}

#[test]
fn bad_sources_are_refused_in_words() {
    let message = |source| load(&source).unwrap_err().to_string();
    assert!(message(Source::Synthetic("gibberish:!".into())).contains("no synthetic machine"));
    assert!(message(Source::Xml("/nowhere.xml".into())).contains("cannot read /nowhere.xml"));
    let cargo = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    assert!(message(Source::Xml(cargo.into())).contains("is no hwloc XML"));
}

#[test]
fn this_machine_is_seen() {
    let seen = look(&Source::ThisMachine).unwrap();
    assert!(seen.facts.cores >= 1);
    assert!(!seen.tree.children.is_empty());
}
