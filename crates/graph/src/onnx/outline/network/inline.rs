//! Functions of a model, put in place of the nodes that call them.

use std::collections::{BTreeMap, HashMap};

use super::{Node, Stored, TensorId, full_kind};
use crate::Error;
use crate::onnx::outline::message::{self, Attribute, Content, Function, Model, is_default};
use crate::onnx::outline::wire::invalid;

/// How deep functions may call functions.
const DEEPEST: usize = 32;

/// How many bytes the nodes of functions may take, about: a small file could otherwise unfold into
/// any number.
const LARGEST: usize = 1 << 26;

/// The tensors that a graph or a function knows by name: none for an input that a call leaves out.
pub(super) type Scope<'a> = HashMap<&'a str, Option<TensorId>>;

/// Resolves the names of nodes, those of functions too.
pub(super) struct Inliner<'m, 'a> {
    functions: HashMap<(&'a str, &'a str, &'a str), &'m Function<'a>>,
    inlined: Inlined<'a>,
    /// The names of nodes, and how often each was asked for.
    taken: HashMap<String, usize>,
    unfolded: usize,
}

/// What comes of it.
#[derive(Default)]
pub(super) struct Inlined<'a> {
    pub names: Vec<&'a str>,
    pub nodes: Vec<Node<'a>>,
    /// The outputs of `Constant` nodes, which are not among the nodes.
    pub constants: Vec<(TensorId, Stored<'a>)>,
}

/// From where nodes are inlined.
struct Caller<'c, 'a> {
    /// What the names of nodes begin with.
    prefix: &'c str,
    /// The attributes that nodes of a function refer to; none in the graph itself.
    attributes: BTreeMap<&'a str, Content<'a>>,
    depth: usize,
}

impl<'m, 'a> Inliner<'m, 'a> {
    pub fn new(model: &'m Model<'a>) -> Self {
        Self {
            functions: model
                .functions
                .iter()
                .map(|f| ((f.domain, f.name, f.overload), f))
                .collect(),
            inlined: Inlined::default(),
            taken: HashMap::new(),
            unfolded: 0,
        }
    }

    pub fn finish(self) -> Inlined<'a> {
        self.inlined
    }

    /// The tensor that `scope` knows as `name`, a new one if it knows none.
    pub fn define(&mut self, scope: &mut Scope<'a>, name: &'a str) -> TensorId {
        *scope.entry(name).or_insert(None).get_or_insert_with(|| {
            self.inlined.names.push(name);
            self.inlined.names.len() - 1
        })
    }

    /// Adds the nodes of the graph itself, in the order in which they stand.
    pub fn inline(
        &mut self,
        nodes: &'m [message::Node<'a>],
        scope: &mut Scope<'a>,
    ) -> Result<(), Error> {
        let graph = Caller {
            prefix: "",
            attributes: BTreeMap::new(),
            depth: 0,
        };
        self.body(nodes, scope, &graph)
    }

    fn body(
        &mut self,
        nodes: &'m [message::Node<'a>],
        scope: &mut Scope<'a>,
        caller: &Caller<'_, 'a>,
    ) -> Result<(), Error> {
        // All outputs first: a file whose nodes are out of order is read, too.
        for node in nodes {
            for output in node.outputs.iter().filter(|name| !name.is_empty()) {
                self.define(scope, output);
            }
        }
        for node in nodes {
            self.node(node, scope, caller)?;
        }
        Ok(())
    }

    fn node(
        &mut self,
        node: &'m message::Node<'a>,
        scope: &Scope<'a>,
        caller: &Caller<'_, 'a>,
    ) -> Result<(), Error> {
        let name = self.unique(node, caller.prefix);
        let resolve = |tensor: &&'a str| match scope.get(tensor) {
            _ if tensor.is_empty() => Ok(None),
            Some(id) => Ok(*id),
            None => Err(Error::UnsupportedOnnx {
                node: name.clone(),
                op_type: full_kind(node.domain, node.kind),
                reason: format!("reads `{tensor}`, which no node, input or initializer gives"),
            }),
        };
        let inputs = node
            .inputs
            .iter()
            .map(resolve)
            .collect::<Result<Vec<_>, _>>()?;
        let outputs = node
            .outputs
            .iter()
            .map(resolve)
            .collect::<Result<Vec<_>, _>>()?;
        let attributes = node.attributes.iter().filter_map(|attribute| {
            let content = match &attribute.content {
                Content::Reference(name) => caller.attributes.get(name)?.clone(),
                content => content.clone(),
            };
            Some((attribute.name, content))
        });
        let attributes: Vec<_> = attributes.collect();
        if caller.depth > 0 {
            let content: usize = attributes.iter().map(|(_, content)| content.size()).sum();
            self.unfolded += 64 + 2 * name.len() + 16 * (inputs.len() + outputs.len()) + content;
            if self.unfolded > LARGEST {
                return Err(invalid("functions that unfold into too many nodes"));
            }
        }
        let function = (node.domain, node.kind, node.overload);
        if let Some(function) = self.functions.get(&function).copied() {
            let attributes = function
                .defaults
                .iter()
                .map(|Attribute { name, content }| (*name, content.clone()))
                .chain(attributes)
                .collect();
            let inner = Caller {
                prefix: &format!("{name}/"),
                attributes,
                depth: caller.depth + 1,
            };
            return self.call(function, &inputs, &outputs, &inner);
        }
        let (mut numbers, mut tensor) = (Vec::new(), None);
        for (name, content) in attributes {
            match content {
                Content::Number(number) => numbers.push((name, number)),
                Content::Tensor(found) => tensor = Some(found),
                Content::Reference(_) | Content::Other => {}
            }
        }
        if node.kind == "Constant" && is_default(node.domain) {
            let stored = match (tensor, numbers.pop()) {
                (Some(tensor), _) => Stored::Tensor(tensor),
                (None, Some((_, number))) => Stored::Number(number),
                (None, None) => {
                    return Err(Error::UnsupportedOnnx {
                        node: name,
                        op_type: node.kind.to_owned(),
                        reason: "has no tensor and no numbers".to_owned(),
                    });
                }
            };
            if let Some(Some(id)) = outputs.first() {
                self.inlined.constants.push((*id, stored));
            }
            return Ok(());
        }
        self.inlined.nodes.push(Node {
            name,
            kind: full_kind(node.domain, node.kind),
            attributes: numbers,
            tensor,
            inputs,
            outputs,
        });
        Ok(())
    }

    fn call(
        &mut self,
        function: &'m Function<'a>,
        inputs: &[Option<TensorId>],
        outputs: &[Option<TensorId>],
        caller: &Caller<'_, 'a>,
    ) -> Result<(), Error> {
        if caller.depth > DEEPEST {
            return Err(invalid(format!(
                "function `{}` calls itself, or more than {DEEPEST} others within each other",
                function.name
            )));
        }
        let mut scope = Scope::new();
        for (place, name) in function.inputs.iter().enumerate() {
            scope.insert(name, inputs.get(place).copied().flatten());
        }
        for (name, id) in function.outputs.iter().zip(outputs) {
            if let Some(id) = id {
                scope.insert(name, Some(*id));
            }
        }
        self.body(&function.nodes, &mut scope, caller)
    }

    /// The node's name, made unique. One without a name is called after its operator and its first
    /// output.
    fn unique(&mut self, node: &message::Node<'a>, prefix: &str) -> String {
        let name = if node.name.is_empty() {
            let output = node.outputs.first().unwrap_or(&"");
            format!("{prefix}{}_{output}", node.kind)
        } else {
            format!("{prefix}{}", node.name)
        };
        let mut unique = name.clone();
        while self.taken.contains_key(&unique) {
            let count = self.taken.get_mut(&name).expect("an earlier node has it");
            *count += 1;
            unique = format!("{name}_{count}");
        }
        self.taken.insert(unique.clone(), 1);
        unique
    }
}
