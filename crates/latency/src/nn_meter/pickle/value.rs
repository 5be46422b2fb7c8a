//! What a pickle builds: values that refer to each other by number.

use std::borrow::Cow;

use super::Global;

/// The number of a value.
pub(in crate::nn_meter) type Id = u32;

/// A key of a dictionary, and its value.
pub(in crate::nn_meter) type Entry = (Id, Id);

/// A value; text and bytes are borrowed from the pickle where it has them as they are.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::nn_meter) enum Value<'a> {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'a str),
    Bytes(Cow<'a, [u8]>),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Dict(Vec<Entry>),
    Global(Global),
    Object(Object),
}

/// What a pickle would have made by calling something.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::nn_meter) struct Object {
    /// What would have been called.
    pub global: Global,
    /// What with.
    pub arguments: Vec<Id>,
    /// What it was told of its state afterwards.
    pub state: Option<Id>,
}

impl Value<'_> {
    /// What kind of value it is, for errors.
    pub(in crate::nn_meter) fn kind(&self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Bool(_) => "a truth value",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a number",
            Self::Text(_) => "a text",
            Self::Bytes(_) => "bytes",
            Self::Tuple(_) => "a tuple",
            Self::List(_) => "a list",
            Self::Dict(_) => "a dictionary",
            Self::Global(_) => "a name",
            Self::Object(_) => "an object",
        }
    }
}

/// All values of a pickle.
#[derive(Debug)]
pub(in crate::nn_meter) struct Values<'a> {
    pub(super) values: Vec<Value<'a>>,
    /// The one that the pickle is of.
    pub root: Id,
}

impl<'a> Values<'a> {
    /// The value of this number.
    pub(in crate::nn_meter) fn get(&self, id: Id) -> &Value<'a> {
        &self.values[id as usize]
    }

    /// The last value that a dictionary has for this key.
    pub(in crate::nn_meter) fn entry(&self, dict: &[Entry], key: &str) -> Option<Id> {
        let is_key = |&&(id, _): &&Entry| *self.get(id) == Value::Text(key);
        dict.iter().rev().find(is_key).map(|&(_, value)| value)
    }
}
