//! A forest of scikit-learn's, from its pickle.

use super::pickle::{Entry, Global, Id, Object, Value, Values, load};
use crate::error::Error;
use crate::forest::{Forest, Node, Tree};

/// The index of a child that is none: the node is a leaf.
const NO_CHILD: i64 = -1;

/// Reads a pickled `RandomForestRegressor`; `origin` names the pickle in errors.
///
/// Written by any scikit-learn that has the class, with protocol 2 to 5. Nothing of the pickle is
/// ever run.
///
/// # Errors
/// [`Error::Pickle`] where the bytes are no pickle, the pickle names anything but what a forest is
/// made of, or what it describes is no forest for regression.
pub fn read_forest(pickle: &[u8], origin: &str) -> Result<Forest, Error> {
    let fault = |reason| Error::Pickle {
        origin: origin.to_owned(),
        reason,
    };
    let values = load(pickle).map_err(fault)?;
    let reader = Reader { values: &values };
    let trees = reader.trees().map_err(fault)?;
    let (features, _) = reader.tree(trees[0]).map_err(fault)?;
    // A pickle may say of a thousand trees that they are the same one. What is read of it is not
    // more than there is.
    let mut left = pickle.len();
    let nodes = trees.into_iter().map(|tree| {
        let (own, state) = reader.tree(tree).map_err(fault)?;
        if own != features {
            let reason = format!("a tree of {own} features, expected {features} as the first has");
            return Err(fault(reason));
        }
        let nodes = reader.nodes(state, &mut left).map_err(fault)?;
        Tree::new(nodes).map_err(|error| fault(error.to_string()))
    });
    let forest = Forest::try_new(features, nodes);
    forest.map_err(|error| match error {
        Error::Forest { reason } => fault(reason),
        other => other,
    })
}

struct Reader<'p, 'a> {
    values: &'p Values<'a>,
}

/// The elements of an array, and what each is made of.
struct Array<'p> {
    bytes: &'p [u8],
    dtype: &'p Object,
    /// The product of its dimensions.
    elements: usize,
}

impl<'p> Reader<'p, '_> {
    /// The trees of the forest that the pickle is of; at least one.
    fn trees(&self) -> Result<Vec<Id>, String> {
        let forest = self.object(self.values.root, "the pickle", Global::Forest)?;
        let state = self.state(forest, "the forest")?;
        let Value::List(estimators) = self.entry(state, "estimators_")? else {
            return Err("`estimators_` is no list".to_owned());
        };
        if estimators.is_empty() {
            return Err("`estimators_` is empty, expected at least one tree".to_owned());
        }
        let tree = |&id: &Id| {
            let estimator = self.object(id, "an estimator", Global::TreeEstimator)?;
            let state = self.state(estimator, "an estimator")?;
            let tree = self.values.entry(state, "tree_");
            tree.ok_or_else(|| "an estimator has no `tree_`, expected it to be fitted".to_owned())
        };
        estimators.iter().map(tree).collect()
    }

    /// The features of a tree, and its state.
    fn tree(&self, id: Id) -> Result<(usize, &'p [Entry]), String> {
        let tree = self.object(id, "a tree", Global::Tree)?;
        let &[features, _, outputs] = tree.arguments.as_slice() else {
            return Err("a tree made without features, classes and outputs".to_owned());
        };
        if self.size(outputs) != Some(1) {
            return Err("a tree of several outputs, expected one".to_owned());
        }
        let features = self
            .size(features)
            .ok_or("a tree without a number of features")?;
        Ok((features, self.state(tree, "a tree")?))
    }

    fn nodes(&self, tree: &'p [Entry], left: &mut usize) -> Result<Vec<Node>, String> {
        let nodes = self.array(tree, "nodes")?;
        let values = self.array(tree, "values")?;
        let used = nodes.bytes.len() + values.bytes.len();
        *left = left
            .checked_sub(used)
            .ok_or("more nodes in its trees than bytes, expected each tree to have its own")?;
        let (layout, size) = self.layout(nodes.dtype)?;
        if nodes.elements.checked_mul(size) != Some(nodes.bytes.len()) {
            let (found, elements) = (nodes.bytes.len(), nodes.elements);
            return Err(format!(
                "{elements} nodes in {found} bytes, expected {size} for each"
            ));
        }
        self.check_plain(values.dtype, "f8")?;
        let (values, rest) = values.bytes.as_chunks();
        if values.len() != nodes.elements || !rest.is_empty() {
            let (found, expected) = (values.len(), nodes.elements);
            return Err(format!(
                "{found} values, expected one for each of {expected} nodes"
            ));
        }
        let node = |(node, value): (&[u8], &[u8; 8])| {
            let [left, right, feature, threshold] = layout.map(|offset| {
                let field = node[offset..].first_chunk::<8>();
                *field.expect("fields lie within a node")
            });
            let left = i64::from_le_bytes(left);
            if left == NO_CHILD {
                return Ok(Node::Leaf(f64::from_le_bytes(*value)));
            }
            let index = |what: &str, index: i64| {
                usize::try_from(index).map_err(|_| format!("{what} {index} of a node"))
            };
            Ok(Node::Split {
                feature: index("feature", i64::from_le_bytes(feature))?,
                threshold: f64::from_le_bytes(threshold),
                left: index("left child", left)?,
                right: index("right child", i64::from_le_bytes(right))?,
            })
        };
        nodes
            .bytes
            .chunks_exact(size)
            .zip(values)
            .map(node)
            .collect()
    }

    /// Where in a node its left child, right child, feature and threshold lie, and its size.
    fn layout(&self, dtype: &Object) -> Result<([usize; 4], usize), String> {
        let Some(Value::Tuple(state)) = dtype.state.map(|id| self.values.get(id)) else {
            return Err("nodes of an unknown layout".to_owned());
        };
        let &[_, _, _, _, fields, size, ..] = state.as_slice() else {
            return Err("nodes of an unknown layout".to_owned());
        };
        let (Value::Dict(fields), Some(size)) = (self.values.get(fields), self.size(size)) else {
            return Err("nodes without fields, expected a left child and others".to_owned());
        };
        let offset = |name: &str, kind: &str| {
            let Value::Tuple(field) = self.entry(fields, name)? else {
                return Err(format!("field `{name}` is no pair of type and offset"));
            };
            let &[dtype, offset, ..] = field.as_slice() else {
                return Err(format!("field `{name}` is no pair of type and offset"));
            };
            self.check_plain(
                self.object(dtype, "the type of a field", Global::Dtype)?,
                kind,
            )?;
            let fits = |&offset: &usize| offset.checked_add(8).is_some_and(|end| end <= size);
            let offset = self.size(offset).filter(fits);
            offset.ok_or_else(|| format!("field `{name}` is not within the {size} bytes of a node"))
        };
        let layout = [
            offset("left_child", "i8")?,
            offset("right_child", "i8")?,
            offset("feature", "i8")?,
            offset("threshold", "f8")?,
        ];
        Ok((layout, size))
    }

    /// Whether the elements are numbers of this kind, the least significant byte first.
    fn check_plain(&self, dtype: &Object, expected: &str) -> Result<(), String> {
        let code = dtype.arguments.first().map(|&id| self.values.get(id));
        let order = match dtype.state.map(|id| self.values.get(id)) {
            Some(Value::Tuple(state)) => state.get(1).map(|&id| self.values.get(id)),
            _ => None,
        };
        if code == Some(&Value::Text(expected)) && order == Some(&Value::Text("<")) {
            Ok(())
        } else {
            Err(format!("numbers of another kind than <{expected}"))
        }
    }

    fn array(&self, state: &'p [Entry], name: &str) -> Result<Array<'p>, String> {
        let fault = || format!("`{name}` is no array with its elements in order");
        let Value::Object(object) = self.entry(state, name)? else {
            return Err(fault());
        };
        let (shape, dtype, in_order, bytes) = match object.global {
            Global::Reconstruct => {
                let Some(Value::Tuple(state)) = object.state.map(|id| self.values.get(id)) else {
                    return Err(fault());
                };
                let &[_, shape, dtype, fortran, bytes] = state.as_slice() else {
                    return Err(fault());
                };
                (
                    shape,
                    dtype,
                    *self.values.get(fortran) == Value::Bool(false),
                    bytes,
                )
            }
            Global::FromBuffer => {
                let &[bytes, dtype, shape, order] = object.arguments.as_slice() else {
                    return Err(fault());
                };
                (
                    shape,
                    dtype,
                    *self.values.get(order) == Value::Text("C"),
                    bytes,
                )
            }
            _ => return Err(fault()),
        };
        let (Value::Tuple(shape), Value::Bytes(bytes), true) =
            (self.values.get(shape), self.values.get(bytes), in_order)
        else {
            return Err(fault());
        };
        let elements = shape
            .iter()
            .try_fold(1usize, |product, &id| product.checked_mul(self.size(id)?))
            .ok_or_else(fault)?;
        Ok(Array {
            bytes,
            dtype: self.object(dtype, name, Global::Dtype)?,
            elements,
        })
    }

    fn entry(&self, dict: &[Entry], key: &str) -> Result<&'p Value<'_>, String> {
        let value = self.values.entry(dict, key);
        let id = value.ok_or_else(|| format!("`{key}` is missing"))?;
        Ok(self.values.get(id))
    }

    fn object(&self, id: Id, what: &str, global: Global) -> Result<&'p Object, String> {
        match self.values.get(id) {
            Value::Object(object) if object.global == global => Ok(object),
            Value::Object(object) => Err(format!(
                "{what} is of the class {:?}, expected {global:?}",
                object.global
            )),
            other => Err(format!("{what} is {}, expected {global:?}", other.kind())),
        }
    }

    fn state(&self, object: &Object, what: &str) -> Result<&'p [Entry], String> {
        match object.state.map(|id| self.values.get(id)) {
            Some(Value::Dict(state)) => Ok(state),
            _ => Err(format!("{what} has no state")),
        }
    }

    fn size(&self, id: Id) -> Option<usize> {
        match *self.values.get(id) {
            Value::Int(size) => usize::try_from(size).ok(),
            _ => None,
        }
    }
}
