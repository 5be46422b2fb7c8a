//! From the nodes of a model to its outline: shapes node by node, then what of it runs.

use std::collections::HashMap;

use super::call::{Call, Fact, Origin, extent};
use super::message::{Dimension, ValueInfo};
use super::network::{Network, Node, Stored, TensorId};
use super::tensor::{FEW, Numbers, Tensor};
use super::wire::invalid;
use super::{Attribute, Operand, Operator, Outline, OutlineOptions, Source, cost, fold, shape};
use crate::Error;

/// The most elements that a tensor may have: more than any memory holds, and so few that their
/// products with a window's still fit into 64 bits.
const MOST_ELEMENTS: usize = 1 << 40;

/// The most dimensions that a tensor may have.
const MOST_DIMENSIONS: usize = 16;

/// Infers all shapes and keeps what runs.
pub(super) fn infer(network: &Network<'_>, options: &OutlineOptions) -> Result<Outline, Error> {
    let mut inference = Inference {
        network,
        facts: vec![None; network.names.len()],
        symbols: HashMap::new(),
    };
    inference.stored()?;
    inference.inputs(options)?;
    for (place, node) in network.nodes.iter().enumerate() {
        inference
            .node(place, node)
            .map_err(|reason| node.error(reason))?;
    }
    inference.outline()
}

struct Inference<'n, 'a> {
    network: &'n Network<'a>,
    facts: Vec<Option<Fact>>,
    /// Dimensions that have a name.
    symbols: HashMap<&'a str, usize>,
}

impl<'n, 'a> Inference<'n, 'a> {
    fn fact(&self, tensor: TensorId) -> &Fact {
        let fact = &self.facts[tensor];
        fact.as_ref()
            .expect("nodes stand after those that they read from")
    }

    /// The tensors that the file holds.
    fn stored(&mut self) -> Result<(), Error> {
        for (id, stored) in &self.network.stored {
            let name = self.network.names[*id];
            let (shape, numbers) = match stored {
                Stored::Tensor(tensor) => {
                    let shape = tensor_shape(tensor)
                        .map_err(|reason| invalid(format!("tensor `{name}`: {reason}")))?;
                    let numbers = tensor.numbers(shape.iter().product())?;
                    (shape, numbers)
                }
                Stored::Number(number) => listed(number),
            };
            self.facts[*id] = Some(Fact {
                shape,
                numbers,
                origin: Origin::File,
            });
        }
        Ok(())
    }

    /// The inputs that the network is given.
    fn inputs(&mut self, options: &OutlineOptions) -> Result<(), Error> {
        let inputs = &self.network.inputs;
        for (name, _) in &options.input_shapes {
            let found = match name {
                Some(name) => inputs.iter().any(|(_, info)| info.name == name),
                None => inputs.len() == 1,
            };
            if !found {
                let names: Vec<_> = inputs.iter().map(|(_, info)| info.name).collect();
                let what = name.as_deref().unwrap_or("an input without a name");
                return Err(invalid(format!(
                    "a shape is given for `{what}`; the model's inputs are {names:?}"
                )));
            }
        }
        for (id, info) in inputs {
            let mut given = options.input_shapes.iter().filter(|(name, _)| match name {
                Some(name) => name == info.name,
                None => true,
            });
            let given = given.next().map(|(_, shape)| shape.as_slice());
            let shape = self
                .input_shape(info, given)
                .and_then(|shape| runnable(&shape).map(|()| shape))
                .map_err(|reason| invalid(format!("input `{}`: {reason}", info.name)))?;
            self.facts[*id] = Some(Fact {
                shape,
                numbers: None,
                origin: Origin::Input,
            });
        }
        Ok(())
    }

    fn input_shape(
        &mut self,
        info: &ValueInfo<'a>,
        given: Option<&[usize]>,
    ) -> Result<Vec<usize>, String> {
        let Some(declared) = &info.shape else {
            return given.map(<[_]>::to_vec).ok_or_else(|| {
                "the file does not say its shape; give it (`--input-shape 1x3x224x224`)".to_owned()
            });
        };
        if let Some(given) = given.filter(|given| given.len() != declared.len()) {
            return Err(format!(
                "it has {} dimensions, and the shape that is given for it {}",
                declared.len(),
                given.len()
            ));
        }
        let mut shape = Vec::with_capacity(declared.len());
        for (place, dimension) in declared.iter().enumerate() {
            let given = given.map(|given| given[place]);
            shape.push(match *dimension {
                Dimension::Known(number) => {
                    let known = extent(number)?;
                    if let Some(given) = given.filter(|given| *given != known) {
                        return Err(format!(
                            "dimension {place} is {known} in the file, and {given} is given"
                        ));
                    }
                    known
                }
                Dimension::Symbol(symbol) => {
                    let known = self.symbols.get(symbol).copied();
                    let batch = (place == 0).then_some(1);
                    let Some(extent) = given.or(known).or(batch) else {
                        return Err(format!(
                            "the file leaves dimension {place} open (`{symbol}`); give the shape \
                             (`--input-shape 1x3x224x224`)"
                        ));
                    };
                    if !symbol.is_empty() {
                        self.symbols.entry(symbol).or_insert(extent);
                    }
                    extent
                }
            });
        }
        Ok(shape)
    }

    /// What a node makes of its inputs.
    fn node(&mut self, place: usize, node: &'n Node<'a>) -> Result<(), String> {
        let call = Call {
            node,
            inputs: node
                .inputs
                .iter()
                .map(|id| id.map(|id| self.fact(id)))
                .collect(),
        };
        let shapes = match shape::rule(&node.kind) {
            Some(rule) => rule(&call)?,
            None => self.declared(node)?,
        };
        if shapes.len() < node.outputs.len() {
            let (got, most) = (node.outputs.len(), shapes.len());
            return Err(format!("it has {got} outputs, expected at most {most}"));
        }
        for shape in &shapes {
            bounded(shape)?;
        }
        let known = fold::numbers(&call, &shapes);
        let mut inputs = call.inputs.iter().flatten();
        let runs = known.is_none() && inputs.any(|fact| fact.origin != Origin::File);
        let mut known = known.unwrap_or_default().into_iter();
        for (output, (id, shape)) in node.outputs.iter().zip(shapes).enumerate() {
            let numbers = known.next();
            let Some(id) = id else { continue };
            if runs {
                runnable(&shape)?;
            }
            self.facts[*id] = Some(Fact {
                shape,
                numbers,
                origin: match runs {
                    true => Origin::Node { place, output },
                    false => Origin::File,
                },
            });
        }
        Ok(())
    }

    /// The shapes that the file says of a node's outputs.
    fn declared(&self, node: &Node<'a>) -> Result<Vec<Vec<usize>>, String> {
        let shape = |id: &Option<TensorId>| match id {
            None => Ok(Vec::new()),
            Some(id) => self
                .network
                .declared
                .get(id)
                .and_then(|dimensions| {
                    let extent = |dimension: &Dimension<'_>| match dimension {
                        Dimension::Known(extent) => usize::try_from(*extent).ok(),
                        Dimension::Symbol(symbol) => self.symbols.get(symbol).copied(),
                    };
                    dimensions.iter().map(extent).collect()
                })
                .ok_or_else(|| {
                    format!(
                        "an unknown operator, and the file does not say the shape of its output \
                         `{}`",
                        self.network.names[*id]
                    )
                }),
        };
        node.outputs.iter().map(shape).collect()
    }

    /// The operators that run for the network's outputs, and what they cost.
    fn outline(&self) -> Result<Outline, Error> {
        let running = self.running();
        let mut operators: Vec<Operator> = Vec::new();
        let mut index = vec![0; running.len()];
        for (place, node) in self.network.nodes.iter().enumerate() {
            if running[place] {
                index[place] = operators.len();
                operators.push(self.operator(node, &index)?);
            }
        }
        let mut macs = 0_u64;
        for operator in &operators {
            macs = macs
                .checked_add(operator.macs)
                .ok_or_else(|| invalid("more multiply-accumulate operations than 64 bits count"))?;
        }
        Ok(Outline {
            operators,
            macs,
            parameters: self.parameters(&running),
        })
    }

    /// Which nodes run: those that the outputs need.
    fn running(&self) -> Vec<bool> {
        let mut running = vec![false; self.network.nodes.len()];
        let mut waiting: Vec<TensorId> = self.network.outputs.clone();
        while let Some(tensor) = waiting.pop() {
            if let Origin::Node { place, .. } = self.fact(tensor).origin
                && !running[place]
            {
                running[place] = true;
                waiting.extend(self.network.nodes[place].inputs.iter().flatten());
            }
        }
        running
    }

    fn operator(&self, node: &Node<'a>, index: &[usize]) -> Result<Operator, Error> {
        let inputs: Vec<_> = node
            .inputs
            .iter()
            .map(|id| id.map(|id| self.fact(id)))
            .collect();
        let operands = inputs
            .iter()
            .map(|fact| match fact {
                None => Operand {
                    source: Source::Absent,
                    shape: Vec::new(),
                },
                Some(fact) => Operand {
                    source: source(fact, index),
                    shape: fact.shape.clone(),
                },
            })
            .collect();
        let listed = node
            .outputs
            .iter()
            .rposition(Option::is_some)
            .map_or(0, |last| last + 1);
        let outputs: Vec<_> = node.outputs[..listed]
            .iter()
            .map(|id| id.map_or_else(Vec::new, |id| self.fact(id).shape.clone()))
            .collect();
        let call = Call { node, inputs };
        let macs = cost::macs(&call, &outputs).map_err(|reason| node.error(reason))?;
        Ok(Operator {
            name: node.name.clone(),
            kind: node.kind.clone(),
            attributes: node
                .attributes
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
            inputs: operands,
            outputs,
            macs,
        })
    }

    /// The elements of the tensors that `running` nodes read as weights, directly or through nodes
    /// that do not run.
    fn parameters(&self, running: &[bool]) -> u64 {
        let nodes = &self.network.nodes;
        let mut makers = vec![None; self.facts.len()];
        for node in nodes {
            for id in node.outputs.iter().flatten() {
                makers[*id] = Some(node);
            }
        }
        let mut read = vec![false; self.facts.len()];
        let mut waiting: Vec<TensorId> = Vec::new();
        let trained = |node: &Node<'_>| -> Vec<TensorId> {
            let inputs = node.inputs.iter().enumerate();
            let trained = inputs.filter(|(place, _)| cost::is_trained(&node.kind, *place));
            trained.filter_map(|(_, id)| *id).collect()
        };
        for (node, _) in nodes.iter().zip(running).filter(|(_, runs)| **runs) {
            waiting.extend(trained(node));
        }
        while let Some(tensor) = waiting.pop() {
            let from_file = self.fact(tensor).origin == Origin::File;
            if from_file
                && !std::mem::replace(&mut read[tensor], true)
                && let Some(node) = makers[tensor]
            {
                waiting.extend(trained(node));
            }
        }
        let mut elements = 0;
        for (id, stored) in &self.network.stored {
            let shape = &self.fact(*id).shape;
            if read[*id] && !shape.is_empty() && is_float(stored) {
                elements += shape.iter().product::<usize>() as u64;
            }
        }
        elements
    }
}

fn source(fact: &Fact, index: &[usize]) -> Source {
    match fact.origin {
        Origin::Input => Source::Input,
        Origin::Node { place, output } => Source::Operator {
            index: index[place],
            output,
        },
        Origin::File => match &fact.numbers {
            Some(numbers) if numbers.whole || fact.shape.is_empty() => {
                Source::Constant(numbers.values.clone())
            }
            _ => Source::Weight,
        },
    }
}

fn is_float(stored: &Stored<'_>) -> bool {
    match stored {
        Stored::Tensor(tensor) => tensor.is_float(),
        Stored::Number(number) => matches!(number, Attribute::Float(_) | Attribute::Floats(_)),
    }
}

/// The shape and the numbers of a `Constant` whose value is an attribute.
fn listed(number: &Attribute) -> (Vec<usize>, Option<Numbers>) {
    let (shape, values, whole) = match number {
        Attribute::Int(number) => (vec![], vec![*number as f64], true),
        Attribute::Float(number) => (vec![], vec![f64::from(*number)], false),
        Attribute::Ints(numbers) => {
            let values = numbers.iter().map(|number| *number as f64).collect();
            (vec![numbers.len()], values, true)
        }
        Attribute::Floats(numbers) => {
            let values = numbers.iter().map(|number| f64::from(*number)).collect();
            (vec![numbers.len()], values, false)
        }
        Attribute::Text(_) => return (vec![], None),
    };
    let few = values.len() <= FEW;
    (shape, few.then_some(Numbers { values, whole }))
}

fn tensor_shape(tensor: &Tensor<'_>) -> Result<Vec<usize>, String> {
    let extents = tensor.dims.iter().map(|number| extent(*number));
    let shape: Vec<usize> = extents.collect::<Result<_, _>>()?;
    bounded(&shape)?;
    Ok(shape)
}

/// Refuses shapes that no memory could hold.
fn bounded(shape: &[usize]) -> Result<(), String> {
    let elements = shape.iter().try_fold(1_usize, |product, extent| {
        product.checked_mul((*extent).max(1))
    });
    match elements {
        Some(elements) if elements < MOST_ELEMENTS && shape.len() <= MOST_DIMENSIONS => Ok(()),
        _ if shape.len() > MOST_DIMENSIONS => Err(format!(
            "a tensor of {} dimensions, expected at most {MOST_DIMENSIONS}",
            shape.len()
        )),
        _ => Err(format!(
            "a tensor of shape {shape:?}, with 2^40 elements or more"
        )),
    }
}

/// Refuses shapes without elements, too: there is nothing to run.
fn runnable(shape: &[usize]) -> Result<(), String> {
    if shape.contains(&0) {
        return Err(format!(
            "a tensor of shape {shape:?}, with a dimension of zero"
        ));
    }
    bounded(shape)
}
