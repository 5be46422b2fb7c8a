//! nn-Meter's file of fusion rules: a JSON object from names to `{"obey": ...}`.
//!
//! `BF_a_b` is a pair, `BF_a_b_c` a chain, `MON` says what becomes of an operator with several
//! readers. What else is there (`FN`, `RT`, `RBC`, `CBC`, latencies) nn-Meter 2.0 never looks at.

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value, json};

use super::{Branching, Rules, Unchecked};
use crate::error::Error;
use crate::file;

/// The largest file that is read; nn-Meter's own have up to 20 kB.
const MAX_BYTES: u64 = 4 << 20;
/// How the names of rules about operators that follow each other begin.
const FOLLOWING: &str = "BF";
/// The rule about an operator that several others read ("multiple out nodes").
const BRANCHING: &str = "MON";

impl Rules {
    /// Reads nn-Meter's `fusion_rules.json`.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::TooLarge`] of a file that cannot be read, otherwise as
    /// [`Rules::from_nn_meter`].
    pub fn read_nn_meter(path: &Path) -> Result<Self, Error> {
        parse(&file::read(path, MAX_BYTES)?, &path.display().to_string())
    }

    /// Parses the text of nn-Meter's `fusion_rules.json`; `origin` names it in errors.
    ///
    /// A rule is obeyed if Python takes its `obey` for true. The chains keep their order. Without
    /// `MON`, or where it is null, an operator with several readers ends its kernel.
    ///
    /// # Errors
    /// [`Error::Rules`] where the text is no object of rules, a rule has no `obey` or stands there
    /// twice, or of more than 256 chains or 32 operators in one.
    pub fn from_nn_meter(text: &str, origin: &str) -> Result<Self, Error> {
        parse(text.as_bytes(), origin)
    }

    /// The text of nn-Meter's `fusion_rules.json`. Read again, it gives these rules.
    ///
    /// What is not listed is not fused, as in nn-Meter. An operator whose name holds a `_` cannot be
    /// told from two; no normalised one does.
    #[must_use]
    pub fn to_nn_meter(&self) -> String {
        // The rules are written one by one: their order is that of the chains.
        let chains = self.chains.iter().map(|chain| chain.join("_"));
        let pairs = self.pairs.iter().map(|(a, b)| format!("{a}_{b}"));
        let branching = match self.branching {
            Branching::Never => json!(0),
            Branching::First => json!(1),
            Branching::All => json!(2),
        };
        let rules: Vec<String> = pairs
            .chain(chains)
            .map(|operators| (format!("{FOLLOWING}_{operators}"), json!(true)))
            .chain([(BRANCHING.to_owned(), branching)])
            .map(|(name, obey)| format!("    {}: {}", json!(name), json!({ "obey": obey })))
            .collect();
        format!("{{\n{}\n}}\n", rules.join(",\n"))
    }

    /// Writes nn-Meter's `fusion_rules.json`.
    ///
    /// # Errors
    /// [`Error::File`] where the file cannot be written.
    pub fn write_nn_meter(&self, path: &Path) -> Result<(), Error> {
        fs::write(path, self.to_nn_meter()).map_err(|source| Error::File {
            action: "write",
            path: path.to_owned(),
            source,
        })
    }
}

fn parse(bytes: &[u8], origin: &str) -> Result<Rules, Error> {
    let fault = |reason: String| Error::Rules {
        origin: origin.to_owned(),
        reason,
    };
    let file: RuleFile = serde_json::from_slice(bytes).map_err(|error| fault(error.to_string()))?;
    let mut rules = Unchecked {
        branching: Branching::Never,
        chains: Vec::new(),
        pairs: BTreeSet::new(),
    };
    for (name, obey) in file.0 {
        if name == BRANCHING {
            rules.branching = branching(&obey);
        } else if name.starts_with(FOLLOWING) && is_true(&obey) {
            let operators: Vec<String> = name.split('_').skip(1).map(str::to_owned).collect();
            match operators.as_slice() {
                [] | [_] => {}
                [a, b] => {
                    rules.pairs.insert((a.clone(), b.clone()));
                }
                _ => rules.chains.push(operators),
            }
        }
    }
    rules.try_into().map_err(fault)
}

/// nn-Meter's comparisons with 0 and 1, which in Python truth values and fractions take part in.
fn branching(obey: &Value) -> Branching {
    match obey {
        Value::Null | Value::Bool(false) => Branching::Never,
        Value::Bool(true) => Branching::First,
        Value::Number(number) if number.as_f64() == Some(0.0) => Branching::Never,
        Value::Number(number) if number.as_f64() == Some(1.0) => Branching::First,
        _ => Branching::All,
    }
}

/// Whether Python takes a value for true.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(members) => !members.is_empty(),
        Value::Object(entries) => !entries.is_empty(),
    }
}

/// The rules' names and what each says of obeying it, in the order of the file.
struct RuleFile(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for RuleFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RuleVisitor)
    }
}

struct RuleVisitor;

impl<'de> Visitor<'de> for RuleVisitor {
    type Value = RuleFile;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object from the names of rules to the rules")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RuleFile, A::Error> {
        let mut rules = Vec::new();
        let mut names = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            let mut rule: Map<String, Value> = map.next_value()?;
            let obey = rule
                .remove("obey")
                .ok_or_else(|| de::Error::custom(format!("rule `{name}` has no `obey`")))?;
            if !names.insert(name.clone()) {
                return Err(de::Error::custom(format!("two rules are named `{name}`")));
            }
            rules.push((name, obey));
        }
        Ok(RuleFile(rules))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Rules {
        Rules::from_nn_meter(text, "fusion_rules.json").unwrap()
    }

    fn pair(a: &str, b: &str) -> (String, String) {
        (a.to_owned(), b.to_owned())
    }

    #[test]
    fn rules_are_obeyed_as_python_takes_them() {
        let rules = read(
            r#"{
            "RT": {"obey": true}, "FN": {"obey": null}, "RBC": {"obey": null},
            "BF_dwconv_bn_relu": {"obey": 1, "latency": {"block": "3.1 +- 0.2"}},
            "BF_conv_bn_relu": {"obey": true},
            "BF_conv_bn": {"obey": true, "latency": null},
            "BF_conv_relu": {"obey": "yes"},
            "BF_add_relu": {"obey": false},
            "BF_bn_relu": {"obey": null},
            "BF_fc_relu": {"obey": 0},
            "BF_se_relu": {"obey": ""},
            "BF_relu": {"obey": true}
            }"#,
        );
        assert_eq!(
            rules.pairs,
            [pair("conv", "bn"), pair("conv", "relu")].into()
        );
        let chains = [["dwconv", "bn", "relu"], ["conv", "bn", "relu"]];
        assert_eq!(rules.chains, chains, "in the order of the file");
        assert_eq!(rules.branching, Branching::Never);
    }

    #[test]
    fn branching_is_compared_as_in_python() {
        for (obey, expected) in [
            ("null", Branching::Never),
            ("0", Branching::Never),
            ("false", Branching::Never),
            ("0.0", Branching::Never),
            ("1", Branching::First),
            ("true", Branching::First),
            ("2", Branching::All),
            ("-1", Branching::All),
            (r#""case1""#, Branching::All),
            (r#""""#, Branching::All),
        ] {
            let rules = read(&format!(r#"{{"MON": {{"obey": {obey}}}}}"#));
            assert_eq!(rules.branching, expected, "{obey}");
        }
        assert_eq!(read("{}").branching, Branching::Never);
    }

    #[test]
    fn what_are_no_rules_is_refused_with_the_file() {
        let long = format!(r#"{{"BF{}": {{"obey": true}}}}"#, "_relu".repeat(33));
        let many: Vec<String> = (0..257)
            .map(|i| format!(r#""BF_a_b_c{i}": {{"obey": true}}"#))
            .collect();
        for (text, expected) in [
            ("", "EOF"),
            ("[]", "expected an object from the names of rules"),
            (r#"{"MON": 1}"#, "expected a map"),
            (r#"{"MON": {}}"#, "rule `MON` has no `obey`"),
            (
                r#"{"RT": {"obey": 1}, "RT": {"obey": 1}}"#,
                "two rules are named `RT`",
            ),
            (&long, "a chain of 33 operators, expected 3 to 32"),
            (
                &format!("{{{}}}", many.join(",")),
                "257 chains, expected at most 256",
            ),
            (&r#"{"a":"#.repeat(100_000), "recursion limit"),
        ] {
            let error = Rules::from_nn_meter(text, "fusion_rules.json").unwrap_err();
            let message = error.to_string();
            assert!(message.contains("`fusion_rules.json`"), "{message}");
            assert!(message.contains(expected), "{message} lacks {expected}");
        }
    }

    /// Found by fuzzing: nn-Meter goes by the first two letters and what follows a `_`.
    #[test]
    fn a_chain_under_two_names_is_one() {
        let rules = read(r#"{"BF_a_b_c": {"obey": true}, "BFN_a_b_c": {"obey": true}}"#);
        assert_eq!(rules.chains, [["a", "b", "c"]]);
    }

    fn name() -> impl Strategy<Value = String> {
        prop::sample::select(vec!["conv", "bn", "relu", "add", "fc", "a\"b\\", "é"])
            .prop_map(str::to_owned)
    }

    fn rules() -> impl Strategy<Value = Rules> {
        let branching =
            prop::sample::select(vec![Branching::Never, Branching::First, Branching::All]);
        let chains = prop::collection::hash_set(prop::collection::vec(name(), 3..6), 0..5);
        let pairs = prop::collection::btree_set((name(), name()), 0..9);
        (branching, chains, pairs).prop_map(|(branching, chains, pairs)| Rules {
            branching,
            chains: chains.into_iter().collect(),
            pairs,
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(rules in rules()) {
            prop_assert_eq!(read(&rules.to_nn_meter()), rules);
        }
    }

    #[test]
    fn the_devices_rules_survive_the_file() {
        for rules in [
            Rules::cortex_a76_cpu(),
            Rules::adreno_gpu(),
            Rules::myriad_vpu(),
        ] {
            assert_eq!(read(&rules.to_nn_meter()), rules);
        }
    }
}
