//! What is known of a node's inputs when its outputs are inferred.

use super::Attribute as Number;
use super::network::Node;
use super::tensor::Numbers;

/// What is known of a tensor.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    pub shape: Vec<usize>,
    /// Its numbers, if they are few and known before the network runs.
    pub numbers: Option<Numbers>,
    pub origin: Origin,
}

/// Where a tensor comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Origin {
    /// From the file, or from nothing but what the file holds and shapes: it is there before the
    /// network runs.
    File,
    /// From the network's input.
    Input,
    /// From a node that runs.
    Node { place: usize, output: usize },
}

/// A node with what is known of its inputs. Methods give the reason where what they are asked for
/// is missing.
pub(super) struct Call<'c, 'a> {
    pub node: &'c Node<'a>,
    pub inputs: Vec<Option<&'c Fact>>,
}

impl Call<'_, '_> {
    /// An input, if it is there.
    pub fn input(&self, place: usize) -> Option<&Fact> {
        self.inputs.get(place).copied().flatten()
    }

    /// The shape of an input that must be there.
    pub fn shape(&self, place: usize) -> Result<&[usize], String> {
        match self.input(place) {
            Some(fact) => Ok(&fact.shape),
            None => Err(format!("input {place} is missing")),
        }
    }

    /// The numbers of an optional input, which must be known if it is there.
    pub fn numbers(&self, place: usize) -> Result<Option<&[f64]>, String> {
        match self.input(place) {
            None => Ok(None),
            Some(fact) => match &fact.numbers {
                Some(numbers) => Ok(Some(&numbers.values)),
                None => Err(format!(
                    "input {place} decides the shape, but its numbers are not in the file"
                )),
            },
        }
    }

    /// The numbers of an optional input as whole ones.
    pub fn whole(&self, place: usize) -> Result<Option<Vec<i64>>, String> {
        let numbers = self.numbers(place)?;
        Ok(numbers.map(|numbers| numbers.iter().map(|number| *number as i64).collect()))
    }

    /// Whole numbers that are an attribute in old sets of operators and an input in new ones.
    pub fn setting(&self, name: &str, place: usize) -> Result<Option<Vec<i64>>, String> {
        match self.ints(name)? {
            Some(numbers) => Ok(Some(numbers.to_vec())),
            None => self.whole(place),
        }
    }

    fn attribute(&self, name: &str) -> Option<&Number> {
        let mut attributes = self.node.attributes.iter();
        attributes
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }

    /// An attribute that is a whole number, if it is set.
    pub fn int(&self, name: &str) -> Result<Option<i64>, String> {
        match self.attribute(name) {
            None => Ok(None),
            Some(Number::Int(number)) => Ok(Some(*number)),
            Some(other) => Err(format!("`{name}` is {other:?}, expected a whole number")),
        }
    }

    /// An attribute that is a list of whole numbers, if it is set.
    pub fn ints(&self, name: &str) -> Result<Option<&[i64]>, String> {
        match self.attribute(name) {
            None => Ok(None),
            Some(Number::Ints(numbers)) => Ok(Some(numbers)),
            Some(other) => Err(format!("`{name}` is {other:?}, expected whole numbers")),
        }
    }

    /// An attribute that is a list of floats, if it is set.
    pub fn floats(&self, name: &str) -> Result<Option<&[f32]>, String> {
        match self.attribute(name) {
            None => Ok(None),
            Some(Number::Floats(numbers)) => Ok(Some(numbers)),
            Some(other) => Err(format!("`{name}` is {other:?}, expected floats")),
        }
    }

    /// An attribute that is text, if it is set.
    pub fn text(&self, name: &str) -> Result<Option<&str>, String> {
        match self.attribute(name) {
            None => Ok(None),
            Some(Number::Text(text)) => Ok(Some(text)),
            Some(other) => Err(format!("`{name}` is {other:?}, expected text")),
        }
    }

    /// Whether a flag (a whole number that is 0 or not) is set.
    pub fn flag(&self, name: &str) -> Result<bool, String> {
        Ok(self.int(name)?.unwrap_or(0) != 0)
    }
}

/// A dimension's place, counted from the end where it is negative.
pub(super) fn axis(axis: i64, rank: usize) -> Result<usize, String> {
    let rank = rank as i64;
    if (-rank..rank).contains(&axis) {
        Ok(axis.rem_euclid(rank) as usize)
    } else {
        Err(format!("axis {axis} of a tensor with {rank} dimensions"))
    }
}

/// A dimension that must be there and not be negative.
pub(super) fn extent(number: i64) -> Result<usize, String> {
    usize::try_from(number).map_err(|_| format!("a dimension of {number}"))
}
