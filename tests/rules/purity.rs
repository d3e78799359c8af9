//! `core` is pure: the same inputs give the same results on every machine and in a browser.
//! So it may use only parts of `std` that know no file, socket, clock, thread, process or
//! environment, and only crates of which the same holds. Both are lists of what is allowed:
//! something new must be looked at before it is added here.

use std::collections::BTreeSet;

use anyhow::Result;
use lab_tests::workspace::{cargo, root, text, tracked};
use proc_macro2::{TokenStream, TokenTree};

/// Modules and types of `std` that only compute.
const STD: &[&str] = &[
    "any",
    // Hints to the processor that change no result
    "arch::x86_64::_MM_HINT_T0",
    "arch::x86_64::_mm_prefetch",
    // Stores past the caches and the fence behind them: where bytes go on their way to memory
    "arch::x86_64::_mm256_stream_si256",
    "arch::x86_64::_mm_sfence",
    "arch::x86_64::_mm_stream_si128",
    "array",
    "ascii",
    "borrow",
    "boxed",
    "cell",
    "char",
    "cmp",
    "collections",
    "convert",
    "default",
    "error",
    "f32",
    "f64",
    "fmt",
    "hash",
    "hint",
    "iter",
    "marker",
    "mem",
    "num",
    "ops",
    "option",
    "panic::Location",
    "ptr",
    "rc",
    "result",
    "slice",
    "str",
    "string",
    "sync::Arc",
    // A constant that takes a loop to make, made once
    "sync::LazyLock",
    // Words that several threads may write; who starts the threads is not core's affair
    "sync::atomic",
    "time::Duration",
    "vec",
    // Integer types also name modules
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "isize",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
    // Macros called by path
    "assert",
    "assert_eq",
    "format",
    "matches",
    "write",
    "writeln",
];

/// Macros that print, or read the environment when compiled.
const MACROS: &[&str] = &[
    "dbg",
    "env",
    "eprint",
    "eprintln",
    "option_env",
    "print",
    "println",
    "thread_local",
];

/// Crates that may stand in `core`'s dependency tree, with those they bring.
const CRATES: &[&str] = &[
    // Words seen as bytes
    "bytemuck",
    // Seeded random numbers, without its `std` feature (which seeds from clock and thread)
    "fastrand",
    // Reports and machines as data
    "itoa",
    "memchr",
    "serde",
    "serde_core",
    "serde_derive",
    "serde_json",
    "zmij",
    // Error types
    "thiserror",
    "thiserror-impl",
    // Vectors of fixed width
    "wide",
    "safe_arch",
    // Half precision by the processor's instruction, where the build has it
    "half",
    "cfg-if",
    "crunchy",
    "zerocopy",
    "zerocopy-derive",
    // Checksums of bytes; the first asks when built for the compiler's version
    "crc32c",
    "rustc_version",
    "semver",
    "xxhash-rust",
    // The loop language's grammar; without its `std` and `debug` features
    "winnow",
    // What derives are made of; they run in the compiler
    "proc-macro2",
    "quote",
    "syn",
    "unicode-ident",
];

/// What in a source is not pure, as it would be written in a path.
fn impure(source: &str) -> Vec<String> {
    let tokens: TokenStream = match source.parse() {
        Ok(tokens) => tokens,
        Err(error) => return vec![format!("not Rust: {error}")],
    };
    let mut found = Vec::new();
    look(tokens, &mut found);
    found
}

fn look(tokens: TokenStream, found: &mut Vec<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => look(group.stream(), found),
            TokenTree::Ident(name) => {
                let (name, rest) = (name.to_string(), &tokens[at + 1..]);
                let called = is(rest.first(), '!') && !is(rest.get(1), '=');
                if name == "std" {
                    found.extend(paths(rest).into_iter().filter(|path| !allowed(path)));
                } else if called && MACROS.contains(&name.as_str()) {
                    found.push(format!("{name}!"));
                }
            }
            _ => {}
        }
    }
}

/// The paths that go on from `std`: one for `::a::b`, several for `::{a, b::c}`, and `as x`
/// for a renaming, behind which anything may follow.
fn paths(tokens: &[TokenTree]) -> Vec<String> {
    match tokens {
        [TokenTree::Punct(a), TokenTree::Punct(b), rest @ ..]
            if a.as_char() == ':' && b.as_char() == ':' =>
        {
            match rest {
                [TokenTree::Ident(name), rest @ ..] => {
                    let longer = paths(rest);
                    let here = std::iter::once(name.to_string());
                    if longer.is_empty() {
                        here.collect()
                    } else {
                        longer
                            .iter()
                            .map(|path| format!("{name}::{path}"))
                            .collect()
                    }
                }
                [TokenTree::Group(group), ..] => branches(group.stream()),
                // A glob, which could bring anything
                _ => vec!["*".to_owned()],
            }
        }
        [TokenTree::Ident(word), ..] if word == "as" => vec!["as".to_owned()],
        _ => Vec::new(),
    }
}

fn branches(tokens: TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let branches = tokens.split(|token| is(Some(token), ','));
    branches
        .flat_map(|branch| match branch {
            [TokenTree::Ident(name), rest @ ..] => {
                let longer: Vec<String> = paths(rest)
                    .into_iter()
                    .filter(|path| path != "as")
                    .collect();
                if longer.is_empty() {
                    vec![name.to_string()]
                } else {
                    longer
                        .iter()
                        .map(|path| format!("{name}::{path}"))
                        .collect()
                }
            }
            [] => Vec::new(),
            _ => vec!["*".to_owned()],
        })
        .collect()
}

fn is(token: Option<&TokenTree>, sign: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}

fn allowed(path: &str) -> bool {
    STD.iter().any(|allowed| {
        path.strip_prefix(allowed)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    })
}

#[test]
fn impure_code_is_recognised() {
    for (source, expected) in [
        ("use std::fs;", vec!["fs"]),
        ("use std::fs::File;", vec!["fs::File"]),
        (
            "use std::{fmt, io::{self, Read}, net};",
            vec!["io::self", "io::Read", "net"],
        ),
        (
            "fn f() { let t = std::time::Instant::now(); }",
            vec!["time::Instant::now"],
        ),
        ("use ::std::thread;", vec!["thread"]),
        ("use std::sync::{Arc, Mutex};", vec!["sync::Mutex"]),
        ("use std as s;", vec!["as"]),
        ("use std::*;", vec!["*"]),
        ("use std::{fs as f};", vec!["fs"]),
        (
            "macro_rules! m { () => { std::process::exit(1) } }",
            vec!["process::exit"],
        ),
        (
            "fn f() { println!(\"{}\", 1); if x != 1 {} }",
            vec!["println!"],
        ),
        ("const V: &str = env!(\"HOME\");", vec!["env!"]),
        (
            "fn f() -> f64 { unsafe { std::arch::x86_64::_rdtsc() } }",
            vec!["arch::x86_64::_rdtsc"],
        ),
    ] {
        assert_eq!(impure(source), expected, "{source}");
    }
}

#[test]
fn pure_code_is_let_through() {
    for source in [
        "use std::{fmt, collections::{BTreeMap, BTreeSet}, sync::Arc};",
        "// std::fs\n/// `std::thread`\nconst S: &str = \"std::net\";",
        "fn f() -> f64 { std::f64::consts::PI.max(std::time::Duration::ZERO.as_secs_f64()) }",
        "fn env() { let print = 1; if print != 2 {} }",
    ] {
        assert_eq!(impure(source), Vec::<String>::new(), "{source}");
    }
}

#[test]
fn core_uses_only_the_pure_part_of_std() -> Result<()> {
    let mut offences = Vec::new();
    let mut seen = 0;
    for path in tracked()? {
        if path.starts_with("core/src") && path.extension().is_some_and(|end| end == "rs") {
            seen += 1;
            for what in impure(&text(&path)?.unwrap_or_default()) {
                offences.push(format!("{}: {what}", path.display()));
            }
        }
    }
    assert!(seen > 10, "only {seen} sources of core were found");
    assert!(
        offences.is_empty(),
        "core must stay pure, but has\n  {}",
        offences.join("\n  ")
    );
    Ok(())
}

#[test]
fn core_has_no_build_script() {
    let script = root().join("core/build.rs");
    assert!(
        !script.exists(),
        "a build script could bring anything from the building machine"
    );
}

#[test]
fn core_depends_only_on_pure_crates() -> Result<()> {
    let edges = ["--edges", "normal,build", "--target", "all"];
    let shape = ["--prefix", "none", "--format", "{p}|{f}"];
    let tree = cargo(&[&["tree", "--package", "lab-core"][..], &edges, &shape].concat())?;
    let mut names = BTreeSet::new();
    for line in tree.lines() {
        let (package, features) = line.split_once('|').expect("the format was given");
        let name = package.split(' ').next().unwrap_or(package);
        names.insert(name.to_owned());
        if name == "fastrand" {
            assert!(
                !features.contains("std"),
                "fastrand with `std` seeds itself from the clock and the thread"
            );
        }
    }
    assert!(
        names.remove("lab-core"),
        "cargo tree did not list lab-core:\n{tree}"
    );
    names.retain(|name| !CRATES.contains(&name.as_str()));
    assert!(
        names.is_empty(),
        "not known to be pure, see this test's list: {names:?}"
    );
    Ok(())
}
