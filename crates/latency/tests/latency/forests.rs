//! Forests that scikit-learn pickled, and pickles that are meant to do harm.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use edgefront_latency::{Branching, ForestDevice, Rules, read_forest};
use serde_json::Value;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/forests")
}

/// Part of the reference data; `None`, with a word about it, where it is absent.
fn folder() -> Option<PathBuf> {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/nn-meter-forests");
    let present = folder.is_dir();
    if !present {
        println!("skipped: no {}", folder.display());
    }
    present.then_some(folder)
}

fn json(name: &str) -> Value {
    serde_json::from_slice(&fs::read(fixtures().join(name)).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    let numbers = value.as_array().unwrap().iter();
    numbers.map(|number| number.as_f64().unwrap()).collect()
}

/// Whether the forest says what scikit-learn said of the same rows; returns how many.
fn check(path: &Path, answers: &Value) -> usize {
    let forest = read_forest(&fs::read(path).unwrap(), &path.display().to_string()).unwrap();
    let predictions = numbers(&answers["predictions"]);
    let rows = answers["rows"].as_array().unwrap();
    assert_eq!(rows.len(), predictions.len());
    for (row, expected) in rows.iter().zip(&predictions) {
        let found = forest.predict(&numbers(row));
        // scikit-learn's threads add the trees up in any order.
        let error = (found - expected).abs() / expected.abs();
        assert!(
            error < 1e-14,
            "{}: {found}, expected {expected}",
            path.display()
        );
    }
    rows.len()
}

/// Nodes of 56 and of 64 bytes, in every protocol.
#[test]
fn forests_predict_what_scikit_learn_does() {
    for version in ["1.2.2", "1.9.1"] {
        let answers = json(&format!("{version}.json"));
        for protocol in 2..=5 {
            let name = format!("{version}-protocol-{protocol}.pkl");
            assert_eq!(check(&fixtures().join(name), &answers), 40);
        }
    }
}

#[test]
fn an_nn_meter_folder_is_imported_whole() {
    let Some(folder) = folder() else { return };
    let imported = ForestDevice::import(&folder).unwrap();
    let device = &imported.device;
    let names: Vec<&str> = device.forests().keys().map(String::as_str).collect();
    let expected = [
        "add",
        "conv-bn-relu",
        "dwconv-bn-relu",
        "fc",
        "maxpool",
        "relu",
    ];
    assert_eq!(names, expected);
    assert_eq!(imported.missing.len(), 10, "meta.yaml names sixteen");
    assert!(imported.left_out.is_empty());
    assert_eq!(device.version(), "1.0");
    assert_eq!(device.forests()["conv-bn-relu"].trees(), 370);
    for (file, answers) in json("folder.json").as_object().unwrap() {
        assert_eq!(check(&folder.join(file), answers), 40);
    }
    let again = ForestDevice::from_bytes(&device.to_bytes(), "again").unwrap();
    assert_eq!(&again, device);
}

#[test]
fn the_rules_of_a_folder_are_read_and_written() {
    let Some(folder) = folder() else { return };
    let rules = Rules::read_nn_meter(&folder.join("fusion_rules.json")).unwrap();
    // 77 rules: 74 pairs of which two are not obeyed, and MON, which nn-Meter writes as true.
    let text = fs::read_to_string(folder.join("fusion_rules.json")).unwrap();
    let obeyed = text.matches("\"obey\": true").count();
    assert_eq!(rules.pairs.len(), obeyed - 1);
    assert_eq!(rules.branching, Branching::First);
    assert!(rules.fuses("dwconv", "convtrans") && !rules.fuses("convtrans", "dwconv"));
    let again = tempfile::tempdir().unwrap();
    let path = again.path().join("fusion_rules.json");
    rules.write_nn_meter(&path).unwrap();
    assert_eq!(Rules::read_nn_meter(&path).unwrap(), rules);
}

#[test]
fn a_folder_without_forests_is_no_predictor() {
    let folder = tempfile::tempdir().unwrap();
    let error = || ForestDevice::import(folder.path()).unwrap_err().to_string();
    assert!(error().contains("cannot read") && error().contains("fusion_rules.json"));
    fs::write(folder.path().join("fusion_rules.json"), "{}").unwrap();
    assert!(error().contains("no forest that nn-Meter asks"));
    let pickle = fixtures().join("1.9.1-protocol-4.pkl");
    // A forest of three features is none of convolutions, but one of additions.
    fs::copy(&pickle, folder.path().join("conv-bn-relu.pkl")).unwrap();
    assert!(error().contains("no forest that nn-Meter asks"));
    fs::copy(&pickle, folder.path().join("add.pkl")).unwrap();
    let imported = ForestDevice::import(folder.path()).unwrap();
    assert_eq!(imported.left_out.len(), 1);
    let reason = &imported.left_out[0].1;
    assert_eq!(
        reason,
        "predictor `conv-bn-relu` takes 3 features, expected 7"
    );
}

/// What a pickle is refused for; it takes no time.
fn refused(pickle: &[u8]) -> String {
    let start = Instant::now();
    let error = read_forest(pickle, "evil.pkl").unwrap_err().to_string();
    assert!(start.elapsed() < Duration::from_secs(1), "{error}");
    assert!(error.starts_with("pickle `evil.pkl`: "), "{error}");
    error
}

#[test]
fn nothing_but_forests_is_called() {
    for (pickle, name) in [
        (&b"cos\nsystem\n(S'rm -rf /'\ntR."[..], "os.system"),
        (
            b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R.",
            "posix.system",
        ),
        (
            b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R.",
            "builtins.eval",
        ),
        (b"\x80\x02c__builtin__\neval\n.", "__builtin__.eval"),
        (b"\x80\x02cnumpy\nload\n.", "numpy.load"),
        (
            b"\x80\x02cnumpy.core.multiarray\nndarray\n.",
            "numpy.core.multiarray.ndarray",
        ),
        (
            b"\x80\x02csklearn.tree._tree\nTree.__init__\n.",
            "sklearn.tree._tree.Tree.__init__",
        ),
        (b"\x80\x02c_codecs\ndecode\n.", "_codecs.decode"),
    ] {
        let message = refused(pickle);
        assert!(
            message.contains(&format!("`{name}`, expected only")),
            "{message}"
        );
    }
    // Whoever asks for an extension, a persistent object or an instruction of old is refused, too.
    for instruction in b"P\x82\x83\x84Q\x97\x98io\x92dlISTUV\x8b1" {
        let message = refused(&[0x80, 4, b'(', *instruction, b'.']);
        assert!(message.contains("which no forest needs"), "{message}");
    }
    // A name alone runs nothing, and is no forest.
    assert!(refused(b"\x80\x02cnumpy\nndarray\n.").contains("the pickle is a name"));
}

#[test]
fn sizes_are_not_believed() {
    let huge = u64::MAX.to_le_bytes();
    for opcode in [0x8d, 0x8e, 0x96] {
        let message = refused(&[&[0x80, 4, opcode][..], &huge, b"."].concat());
        assert!(
            message.contains("18446744073709551615 more bytes"),
            "{message}"
        );
    }
    assert!(refused(b"\x80\x04B\xff\xff\xff\x7f.").contains("2147483647 more bytes"));
    assert!(refused(b"\x80\x04\x8a\x09123456789.").contains("an integer of 9 bytes"));
    assert!(refused(b"\x80\x04r\xff\xff\xff\xff.").contains("nothing to remember"));
    assert!(refused(b"\x80\x04h\x05.").contains("nothing was remembered as 5"));
    assert!(refused(b"\x80\x06.").contains("protocol 6, expected 2 to 5"));
}

#[test]
fn deep_and_endless_programs_are_stopped() {
    let program = |step: &[u8], times: usize| {
        let mut program = vec![0x80, 4, b'N'];
        program.extend(step.repeat(times));
        program.push(b'.');
        program
    };
    assert!(refused(&program(b"(", 1_000_000)).contains("more than 64 collections"));
    assert!(refused(&program(b"N", 4_000_000)).contains("more than 65536 values on the stack"));
    assert!(refused(&program(b"\x85", 4_000_000)).contains("more than 500000 values"));
    assert!(refused(&program(b"\x80\x04", 4_000_000)).contains("more than 1000000 instructions"));
    // Each list holds the one before it a hundred times: 100^1000 members, were they written out.
    let bomb = program(
        &[b"\x94](".as_slice(), &b"h\x00".repeat(100), b"e"].concat(),
        1_000,
    );
    assert!(refused(&bomb).contains("the pickle is a list"));
    // A list that holds itself.
    assert!(refused(b"\x80\x04]\x94h\x00a.").contains("the pickle is a list"));
    // A megabyte of text, made into bytes over and over.
    let text = "x".repeat(1 << 20);
    let mut encoded = b"\x80\x02c_codecs\nencode\nq\x00X\x00\x00\x10\x00".to_vec();
    encoded.extend(text.as_bytes());
    encoded.extend(b"q\x01X\x06\x00\x00\x00latin1q\x02");
    encoded.extend(b"h\x00h\x01h\x02\x86R".repeat(1_000));
    encoded.push(b'.');
    assert!(refused(&encoded).contains("encoded again and again"));
}

#[test]
fn every_cut_pickle_is_refused() {
    for name in ["1.9.1-protocol-2.pkl", "1.9.1-protocol-5.pkl"] {
        let pickle = fs::read(fixtures().join(name)).unwrap();
        for end in (0..pickle.len()).step_by(7).chain([pickle.len() - 1]) {
            refused(&pickle[..end]);
        }
    }
}

/// A forest that says of its only tree that it is all of its trees.
#[test]
fn a_tree_is_read_once() {
    let pickle = fs::read(fixtures().join("1.9.1-protocol-4.pkl")).unwrap();
    // The list of estimators ends with `e`, right after the last of them is built.
    let list = pickle
        .windows(2)
        .rposition(|window| window == b"be")
        .unwrap()
        + 1;
    let many = [
        &pickle[..list],
        // The last estimator, remembered under a number of its own, a thousand times more.
        b"r\x00\x00\x01\x00",
        &b"j\x00\x00\x01\x00".repeat(1_000),
        &pickle[list..],
    ]
    .concat();
    let message = refused(&many);
    assert!(
        message.contains("expected each tree to have its own"),
        "{message}"
    );
}

/// Each byte of a pickle, changed: refused or read, never a panic.
#[test]
fn changed_pickles_do_no_harm() {
    let pickle = fs::read(fixtures().join("1.2.2-protocol-4.pkl")).unwrap();
    let mut read = 0;
    for at in 0..pickle.len() {
        let mut changed = pickle.clone();
        changed[at] ^= 1 << (at % 8);
        read += usize::from(read_forest(&changed, "changed.pkl").is_ok());
    }
    assert!(
        read > 0 && read < pickle.len(),
        "{read} of {} are forests",
        pickle.len()
    );
}
