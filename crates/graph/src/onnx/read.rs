use std::collections::HashMap;

use prost::Message;

use super::Model;
use super::constants::Constants;
use super::proto::{Attribute, Extent, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfo};
use crate::op::{
    Add, AveragePool, BatchNorm, Concat, Conv2d, Dropout, Flatten, GlobalAveragePool, HardSwish,
    Linear, MaxPool, Relu, Relu6,
};
use crate::{Error, Graph, NodeId, Op, Padding, Shape, Tensor, Weights, Window};

impl Model {
    /// Reads the bytes of an ONNX file.
    ///
    /// Understood are the operators of [`Op`] with float32 weights inside the file, as this crate
    /// and PyTorch's exporter write them.
    ///
    /// # Errors
    /// If the bytes are no ONNX model, contradict themselves, or use another operator or setting:
    /// the error names the node.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let model = ModelProto::decode(bytes).map_err(|e| Error::InvalidOnnx(e.to_string()))?;
        let proto = model
            .graph
            .ok_or_else(|| Error::InvalidOnnx("it holds no graph".into()))?;
        let tensors = Constants::of(&proto);
        let (name, shape) = only_input(&proto, &tensors)?;
        let mut graph = Graph::new(shape)?;
        let mut values: HashMap<&str, NodeId> = HashMap::from([(name, graph.input())]);
        let mut weights: Vec<Vec<Tensor>> = vec![Vec::new()];
        for (index, node) in proto.node.iter().enumerate() {
            let reader = NodeReader {
                node,
                index,
                tensors: &tensors,
            };
            let output = node
                .output
                .first()
                .ok_or_else(|| reader.fault("it has no output"))?;
            if tensors.get(output).is_some() {
                continue;
            }
            if node.op_type == "Identity" {
                values.insert(output, reader.inputs(1, &values)?[0]);
                continue;
            }
            let (op, own) = reader.operator()?;
            let arity = op.operator().arity();
            let inputs = reader.inputs(arity, &values)?;
            reader.check_reshape(graph.node(inputs[0]).shape)?;
            let mut id = graph.push(reader.free_name(&graph), op, &inputs)?;
            weights.push(own);
            if reader.drops_positions() {
                id = graph.push(reader.free_name(&graph), Flatten, &[id])?;
                weights.push(Vec::new());
            }
            values.insert(output, id);
        }
        let result = proto.output.first().map_or("", |value| value.name.as_str());
        if proto.output.len() != 1 || values.get(result) != Some(&graph.output()) {
            let text = "the output must be one, that of the last node";
            return Err(Error::InvalidOnnx(text.into()));
        }
        let weights = Weights::new(&graph, weights)?;
        let metadata = model
            .metadata_props
            .into_iter()
            .map(|e| (e.key, e.value))
            .collect();
        Ok(Self {
            graph,
            weights,
            metadata,
        })
    }
}

/// The one graph input that is no initializer, and its shape.
fn only_input<'a>(
    proto: &'a GraphProto,
    tensors: &Constants<'_>,
) -> Result<(&'a str, Shape), Error> {
    let mut inputs = proto
        .input
        .iter()
        .filter(|value| tensors.get(&value.name).is_none());
    let (Some(input), None) = (inputs.next(), inputs.next()) else {
        return Err(Error::InvalidOnnx("it must have exactly one input".into()));
    };
    let shape = image_shape(input).ok_or_else(|| {
        let text = format!("input `{}` must be (N, bands, height, width)", input.name);
        Error::InvalidOnnx(text)
    })?;
    Ok((&input.name, shape))
}

fn image_shape(value: &ValueInfo) -> Option<Shape> {
    let dims = &value.kind.as_ref()?.tensor.as_ref()?.shape.as_ref()?.dim;
    let extent = |index: usize| match dims.get(index)?.extent.as_ref()? {
        // Far beyond any image, far below where products of extents could overflow.
        Extent::Value(n) => usize::try_from(*n).ok().filter(|&n| n <= 1 << 16),
        Extent::Symbol(_) => None,
    };
    (dims.len() == 4).then_some(())?;
    Some(Shape::new(extent(1)?, extent(2)?, extent(3)?))
}

struct NodeReader<'a> {
    node: &'a NodeProto,
    index: usize,
    tensors: &'a Constants<'a>,
}

impl NodeReader<'_> {
    fn fault(&self, reason: impl Into<String>) -> Error {
        let name = match (&self.node.name, self.node.output.first()) {
            (name, _) if !name.is_empty() => name.clone(),
            (_, Some(output)) => output.clone(),
            _ => format!("#{}", self.index),
        };
        let op_type = self.node.op_type.clone();
        Error::UnsupportedOnnx {
            node: name,
            op_type,
            reason: reason.into(),
        }
    }

    /// The name that the node's weight tells, so that its tensors keep theirs; or the node's own;
    /// or one that no node has yet, for ONNX allows unnamed nodes.
    fn free_name(&self, graph: &Graph) -> String {
        let names = graph.names();
        let weight = self.node.input.get(1).map_or("", String::as_str);
        let owner = weight.strip_suffix(".weight").unwrap_or_default();
        let free = |name: &&str| !name.is_empty() && !names.contains(name);
        if let Some(name) = [owner, &self.node.name].into_iter().find(free) {
            return name.to_owned();
        }
        let mut name = format!("{}_{}", self.node.op_type, self.index);
        while names.contains(name.as_str()) {
            name.push('_');
        }
        name
    }

    fn inputs(&self, arity: usize, values: &HashMap<&str, NodeId>) -> Result<Vec<NodeId>, Error> {
        (0..arity)
            .map(|index| {
                let name = self.node.input.get(index).map_or("", String::as_str);
                values.get(name).copied().ok_or_else(|| {
                    self.fault(format!(
                        "input {index} (`{name}`) is no result of an earlier node"
                    ))
                })
            })
            .collect()
    }

    /// The operator and its tensors.
    fn operator(&self) -> Result<(Op, Vec<Tensor>), Error> {
        let plain = |op: Op| Ok((op, Vec::new()));
        match self.node.op_type.as_str() {
            "Conv" => self.conv(),
            "BatchNormalization" => self.batch_norm(),
            "Gemm" => self.linear(),
            "MaxPool" => plain(
                MaxPool {
                    window: self.window(None)?,
                }
                .into(),
            ),
            "AveragePool" => plain(
                AveragePool {
                    window: self.window(None)?,
                    count_include_pad: self.int("count_include_pad", 0) != 0,
                }
                .into(),
            ),
            "Relu" => plain(Relu.into()),
            "Clip" => match (self.number("min", 1)?, self.number("max", 2)?) {
                (Some(0.0), None) => plain(Relu.into()),
                (Some(0.0), Some(6.0)) => plain(Relu6.into()),
                (min, max) => {
                    let got = format!("min is {min:?}, max is {max:?}");
                    Err(self.fault(format!("{got}, only 0 and 6, or 0 and none, are supported")))
                }
            },
            "HardSwish" => plain(HardSwish.into()),
            "GlobalAveragePool" => plain(GlobalAveragePool.into()),
            "ReduceMean" => {
                self.expect_both_axes()?;
                plain(GlobalAveragePool.into())
            }
            "Reshape" => plain(Flatten.into()),
            "Flatten" => {
                self.expect_int("axis", 1)?;
                plain(Flatten.into())
            }
            "Add" => plain(Add.into()),
            "Concat" => {
                self.expect_int("axis", 1)?;
                let inputs = self.node.input.len();
                plain(Concat { inputs }.into())
            }
            "Dropout" => {
                let probability = self.number("ratio", 1)?.unwrap_or(0.5);
                plain(Dropout { probability }.into())
            }
            _ => Err(self.fault("this operator is not supported")),
        }
    }

    fn conv(&self) -> Result<(Op, Vec<Tensor>), Error> {
        let weight = self.tensor(1)?;
        let [out_channels, _, rows, columns] = weight.dims[..] else {
            return Err(self.fault(format!(
                "the weight must have rank 4, has {:?}",
                weight.dims
            )));
        };
        let bias = self.node.input.get(2).is_some_and(|name| !name.is_empty());
        let groups = self.int("group", 1);
        let groups =
            usize::try_from(groups).map_err(|_| self.fault(format!("group is {groups}")))?;
        let window = self.window(Some([rows, columns]))?;
        let mut tensors = vec![weight];
        if bias {
            tensors.push(self.tensor(2)?);
        }
        Ok((
            Conv2d {
                out_channels,
                window,
                groups,
                bias,
            }
            .into(),
            tensors,
        ))
    }

    fn batch_norm(&self) -> Result<(Op, Vec<Tensor>), Error> {
        let epsilon = self
            .attribute("epsilon")
            .map_or(1e-5, |attribute| attribute.f);
        if epsilon != BatchNorm::EPSILON {
            let expected = BatchNorm::EPSILON;
            return Err(self.fault(format!(
                "epsilon is {epsilon}, only {expected} is supported"
            )));
        }
        self.expect_int("training_mode", 0)?;
        let tensors = (1..5)
            .map(|index| self.tensor(index))
            .collect::<Result<_, _>>()?;
        Ok((BatchNorm.into(), tensors))
    }

    fn linear(&self) -> Result<(Op, Vec<Tensor>), Error> {
        self.expect_int("transA", 0)?;
        for name in ["alpha", "beta"] {
            let factor = self.attribute(name).map_or(1.0, |attribute| attribute.f);
            if factor != 1.0 {
                return Err(self.fault(format!("{name} is {factor}, only 1 is supported")));
            }
        }
        let mut weight = self.tensor(1)?;
        let [rows, columns] = weight.dims[..] else {
            return Err(self.fault(format!(
                "the weight must have rank 2, has {:?}",
                weight.dims
            )));
        };
        if self.int("transB", 0) == 0 {
            let turned = (0..rows * columns).map(|i| weight.data[(i % rows) * columns + i / rows]);
            weight = Tensor {
                dims: vec![columns, rows],
                data: turned.collect(),
            };
        }
        let out_features = weight.dims[0];
        Ok((
            Linear { out_features }.into(),
            vec![weight, self.tensor(2)?],
        ))
    }

    /// The window of a convolution (whose kernel its weight tells) or of a pooling.
    fn window(&self, kernel: Option<[usize; 2]>) -> Result<Window, Error> {
        let auto_pad = self
            .attribute("auto_pad")
            .map_or(&b"NOTSET"[..], |attribute| &attribute.s);
        if auto_pad != b"NOTSET" {
            let mode = String::from_utf8_lossy(auto_pad).into_owned();
            return Err(self.fault(format!("auto_pad {mode} is not supported")));
        }
        self.expect_int("ceil_mode", 0)?;
        if self
            .extents::<2>("dilations")?
            .is_some_and(|dilations| dilations != [1, 1])
        {
            return Err(self.fault("dilations other than 1 are not supported"));
        }
        let stated = self.extents("kernel_shape")?;
        let kernel = match (kernel, stated) {
            (Some(own), Some(stated)) if own != stated => {
                let text = format!("kernel_shape {stated:?} contradicts the weight's {own:?}");
                return Err(self.fault(text));
            }
            (own, stated) => own
                .or(stated)
                .ok_or_else(|| self.fault("kernel_shape is missing"))?,
        };
        let stride = self.extents("strides")?.unwrap_or([1, 1]);
        let [top, left, bottom, right] = self.extents("pads")?.unwrap_or([0; 4]);
        Ok(Window {
            kernel,
            stride,
            padding: Padding {
                top,
                left,
                bottom,
                right,
            },
        })
    }

    /// Whether a mean over the maps leaves a vector instead of maps of one position.
    fn drops_positions(&self) -> bool {
        self.node.op_type == "ReduceMean" && self.int("keepdims", 1) == 0
    }

    /// A mean must be over rows and columns. They are named by an attribute up to opset 17, by an
    /// input since.
    fn expect_both_axes(&self) -> Result<(), Error> {
        let axes = match self.attribute("axes") {
            Some(attribute) => attribute.ints.clone(),
            None => self.integers(1)?,
        };
        let mut positive: Vec<i64> = axes
            .iter()
            .map(|&axis| {
                if axis < 0 {
                    axis.saturating_add(4)
                } else {
                    axis
                }
            })
            .collect();
        positive.sort_unstable();
        if positive == [2, 3] {
            return Ok(());
        }
        Err(self.fault(format!("a mean over the axes {axes:?}, expected [2, 3]")))
    }

    /// A `Reshape` must make a vector of each image: the batch stays, the rest is one dimension.
    fn check_reshape(&self, input: Shape) -> Result<(), Error> {
        if self.node.op_type != "Reshape" {
            return Ok(());
        }
        let target = self.integers(1)?;
        let elements = input.elements() as i64;
        match target[..] {
            [batch, -1] if batch >= 0 => Ok(()),
            [_, features] if features == elements => Ok(()),
            _ => Err(self.fault(format!(
                "it makes {target:?} of {input}, expected [-1, {elements}]"
            ))),
        }
    }

    fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.node
            .attribute
            .iter()
            .find(|attribute| attribute.name == name)
    }

    fn int(&self, name: &str, default: i64) -> i64 {
        self.attribute(name)
            .map_or(default, |attribute| attribute.i)
    }

    /// A setting that is an attribute in older operator sets and an input since.
    fn number(&self, name: &str, index: usize) -> Result<Option<f32>, Error> {
        if let Some(attribute) = self.attribute(name) {
            return Ok(Some(attribute.f));
        }
        if self.node.input.get(index).is_none_or(String::is_empty) {
            return Ok(None);
        }
        let tensor = self.tensor(index)?;
        match tensor.data[..] {
            [number] => Ok(Some(number)),
            _ => Err(self.fault(format!("{name} has the dimensions {:?}", tensor.dims))),
        }
    }

    fn expect_int(&self, name: &str, expected: i64) -> Result<(), Error> {
        let got = self.int(name, expected);
        if got == expected {
            return Ok(());
        }
        Err(self.fault(format!("{name} is {got}, only {expected} is supported")))
    }

    fn extents<const COUNT: usize>(&self, name: &str) -> Result<Option<[usize; COUNT]>, Error> {
        let Some(attribute) = self.attribute(name) else {
            return Ok(None);
        };
        let values: Option<Vec<usize>> = attribute
            .ints
            .iter()
            .map(|&n| usize::try_from(n).ok().filter(|&n| n <= 1 << 16))
            .collect();
        values
            .and_then(|values| <[usize; COUNT]>::try_from(values).ok())
            .map(Some)
            .ok_or_else(|| {
                let got = &attribute.ints;
                self.fault(format!(
                    "{name} is {got:?}, expected {COUNT} numbers from 0 to 65536"
                ))
            })
    }

    /// The constant that is this input of the node, and how to complain about it.
    fn constant(
        &self,
        index: usize,
        kind: i32,
        kind_name: &str,
    ) -> Result<(&TensorProto, impl Fn(String) -> Error), Error> {
        let name = self.node.input.get(index).map_or("", String::as_str);
        let tensor = self
            .tensors
            .get(name)
            .ok_or_else(|| self.fault(format!("input {index} (`{name}`) is no initializer")))?;
        let fault = move |reason: String| self.fault(format!("initializer `{name}`: {reason}"));
        if tensor.data_type != kind {
            let got = tensor.data_type;
            return Err(fault(format!(
                "data type {got} is not {kind_name} ({kind})"
            )));
        }
        if tensor.data_location != 0 {
            let text = "its data is outside the file: export with external_data=False";
            return Err(fault(text.into()));
        }
        Ok((tensor, fault))
    }

    /// The whole numbers of a constant.
    fn integers(&self, index: usize) -> Result<Vec<i64>, Error> {
        let (tensor, fault) = self.constant(index, TensorProto::INT64, "int64")?;
        if tensor.raw_data.is_empty() {
            return Ok(tensor.int64_data.clone());
        }
        let (words, rest) = tensor.raw_data.as_chunks();
        if !rest.is_empty() {
            let length = tensor.raw_data.len();
            return Err(fault(format!("{length} bytes are no whole numbers of 8")));
        }
        Ok(words.iter().map(|&word| i64::from_le_bytes(word)).collect())
    }

    /// The numbers of a constant.
    fn tensor(&self, index: usize) -> Result<Tensor, Error> {
        let (tensor, fault) = self.constant(index, TensorProto::FLOAT, "float32")?;
        let data: Vec<f32> = if tensor.raw_data.is_empty() {
            tensor.float_data.clone()
        } else {
            let words = tensor.raw_data.chunks_exact(4);
            words
                .map(|word| f32::from_le_bytes([word[0], word[1], word[2], word[3]]))
                .collect()
        };
        let dims: Option<Vec<usize>> = tensor
            .dims
            .iter()
            .map(|&n| usize::try_from(n).ok().filter(|&n| n > 0))
            .collect();
        let dims = dims.ok_or_else(|| fault(format!("dimensions {:?}", tensor.dims)))?;
        let elements = dims
            .iter()
            .try_fold(1_usize, |product, &n| product.checked_mul(n));
        if elements != Some(data.len()) || tensor.raw_data.len() % 4 != 0 {
            return Err(fault(format!(
                "dimensions {dims:?} need other than {} numbers",
                data.len()
            )));
        }
        Ok(Tensor { dims, data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Folded, ResNet};
    use proptest::prelude::*;

    fn model(bands: usize, size: usize, width: usize, folded: bool) -> Model {
        let net = ResNet {
            width,
            ..ResNet::resnet18(bands, size, 3)
        };
        let mut graph = net.build().unwrap();
        let mut counter = 0_u32;
        let mut weights = Weights::build(&graph, |_, parameter| {
            let mut tensor = Tensor::filled(&parameter.dims, 0.0);
            for value in &mut tensor.data {
                counter += 1;
                *value = (counter % 97) as f32 / 97.0 + 0.1;
            }
            tensor
        });
        if folded {
            let folded = Folded::new(&graph).unwrap();
            weights = folded.weights(&weights).unwrap();
            graph = folded.graph().clone();
        }
        Model {
            graph,
            weights,
            metadata: vec![("classes".into(), "F,T".into())],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for folded in [false, true] {
            let model = model(5, 40, 3, folded);
            assert_eq!(Model::decode(&model.encode()).unwrap(), model);
        }
    }

    /// The operators that a `ResNet` does not have.
    fn mobile() -> Model {
        let mut graph = Graph::new(Shape::new(6, 9, 7)).unwrap();
        let input = graph.input();
        let grouped = Conv2d {
            groups: 3,
            bias: true,
            ..Conv2d::new(12, Window::square(3, 2, 1))
        };
        let pool = |count_include_pad| AveragePool {
            window: Window::square(3, 1, 1),
            count_include_pad,
        };
        let mut x = graph.push("conv", grouped, &[input]).unwrap();
        x = graph.push("relu6", Relu6, &[x]).unwrap();
        let whole = graph.push("whole", pool(true), &[x]).unwrap();
        let inside = graph.push("inside", pool(false), &[x]).unwrap();
        let swish = graph.push("swish", HardSwish, &[inside]).unwrap();
        let concat = Concat { inputs: 3 };
        x = graph.push("concat", concat, &[whole, swish, x]).unwrap();
        x = graph.push("mean", GlobalAveragePool, &[x]).unwrap();
        x = graph.push("flatten", Flatten, &[x]).unwrap();
        x = graph
            .push("dropout", Dropout { probability: 0.3 }, &[x])
            .unwrap();
        graph.push("fc", Linear { out_features: 2 }, &[x]).unwrap();
        Model {
            weights: Weights::zeros(&graph),
            graph,
            metadata: Vec::new(),
        }
    }

    #[test]
    fn operators_of_mobile_networks_are_read() {
        let model = mobile();
        let bytes = model.encode();
        assert_eq!(bytes.len(), crate::onnx::encoded_len(&model.graph, &[]));
        assert_eq!(Model::decode(&bytes).unwrap(), model);
    }

    /// As PyTorch has them: the bounds of a clip in nodes of their own, no upper one for a ReLU.
    #[test]
    fn constants_may_be_nodes() {
        let mut proto = ModelProto::decode(&mobile().encode()[..]).unwrap();
        let graph = proto.graph.as_mut().unwrap();
        let (bounds, others) = (graph.initializer.drain(..))
            .partition(|tensor: &TensorProto| tensor.name.starts_with("relu6."));
        graph.initializer = others;
        for tensor in bounds {
            let node = NodeProto {
                output: vec![tensor.name.clone()],
                op_type: "Constant".into(),
                attribute: vec![Attribute {
                    name: "value".into(),
                    t: Some(tensor),
                    ..Attribute::default()
                }],
                ..NodeProto::default()
            };
            graph.node.insert(0, node);
        }
        assert_eq!(Model::decode(&proto.encode_to_vec()).unwrap(), mobile());

        let graph = proto.graph.as_mut().unwrap();
        let clip = graph.node.iter_mut().find(|n| n.op_type == "Clip").unwrap();
        clip.input.pop();
        let model = Model::decode(&proto.encode_to_vec()).unwrap();
        assert_eq!(model.graph.nodes()[2].op, Op::Relu(Relu));

        let graph = proto.graph.as_mut().unwrap();
        let clip = graph.node.iter_mut().find(|n| n.op_type == "Clip").unwrap();
        clip.input[1].clear();
        assert_eq!(
            Model::decode(&proto.encode_to_vec())
                .unwrap_err()
                .to_string(),
            "ONNX node `relu6` (Clip): min is None, max is None, only 0 and 6, or 0 and none, are \
             supported"
        );
    }

    /// The model after its file was changed as other exporters would have written it.
    fn rewritten(change: impl Fn(&mut GraphProto)) -> Result<Model, Error> {
        let bytes = model(5, 40, 3, true).encode();
        let mut file = ModelProto::decode(&bytes[..]).unwrap();
        change(file.graph.as_mut().unwrap());
        Model::decode(&file.encode_to_vec())
    }

    fn node<'a>(graph: &'a mut GraphProto, op_type: &str) -> &'a mut NodeProto {
        let mut nodes = graph.node.iter_mut();
        nodes.find(|node| node.op_type == op_type).unwrap()
    }

    fn constant(graph: &mut GraphProto, name: &str, values: &[i64]) {
        graph.initializer.push(TensorProto {
            dims: vec![values.len() as i64],
            data_type: TensorProto::INT64,
            name: name.to_owned(),
            raw_data: values.iter().flat_map(|n| n.to_le_bytes()).collect(),
            ..TensorProto::default()
        });
    }

    #[test]
    fn a_mean_over_the_maps_is_a_global_average() {
        let mean = |axes: &'static [i64]| {
            move |graph: &mut GraphProto| {
                constant(graph, "axes", axes);
                let node = node(graph, "GlobalAveragePool");
                node.op_type = "ReduceMean".to_owned();
                node.input.push("axes".to_owned());
            }
        };
        for axes in [&[2, 3], &[-1, -2]] {
            assert_eq!(rewritten(mean(axes)).unwrap(), model(5, 40, 3, true));
        }
        let error = rewritten(mean(&[1, 2])).unwrap_err().to_string();
        let text = "ONNX node `avgpool` (ReduceMean): a mean over the axes [1, 2], expected [2, 3]";
        assert_eq!(error, text);
        // Without the dimensions that it was taken over it is a vector, and needs no Flatten.
        let vector = rewritten(|graph| {
            mean(&[2, 3])(graph);
            node(graph, "ReduceMean").attribute = vec![Attribute {
                name: "keepdims".to_owned(),
                ..Attribute::default()
            }];
            let flat = node(graph, "Flatten").output[0].clone();
            graph.node.retain(|node| node.op_type != "Flatten");
            node(graph, "ReduceMean").output = vec![flat];
        });
        assert_eq!(
            vector.unwrap().graph.key(),
            model(5, 40, 3, true).graph.key()
        );
    }

    #[test]
    fn a_reshape_to_vectors_is_a_flatten() {
        let reshape = |target: &'static [i64]| {
            move |graph: &mut GraphProto| {
                constant(graph, "target", target);
                let node = node(graph, "Flatten");
                node.op_type = "Reshape".to_owned();
                node.input.push("target".to_owned());
            }
        };
        for target in [&[-1, 24], &[0, -1], &[1, 24]] {
            assert_eq!(rewritten(reshape(target)).unwrap(), model(5, 40, 3, true));
        }
        for target in [&[-1, 12][..], &[-1, -1], &[24], &[1, 24, 1]] {
            let error = rewritten(reshape(target)).unwrap_err().to_string();
            assert!(error.contains("of 24x1x1, expected [-1, 24]"), "{error}");
        }
    }

    #[test]
    fn equal_tensors_may_share_their_numbers() {
        let identity = |from: &str, to: &str| NodeProto {
            input: vec![from.to_owned()],
            output: vec![to.to_owned()],
            op_type: "Identity".to_owned(),
            ..NodeProto::default()
        };
        let shared = rewritten(|graph| {
            let own = "layer1.0.conv1.bias";
            graph.initializer.retain(|tensor| tensor.name != own);
            graph.node.insert(0, identity("conv1.bias", own));
            // A value may have a second name too, as a dropout leaves it.
            let flat = node(graph, "Flatten").output[0].clone();
            node(graph, "Gemm").input[0] = "dropped".to_owned();
            let at = graph.node.len() - 1;
            graph.node.insert(at, identity(&flat, "dropped"));
        })
        .unwrap();
        let mut expected = model(5, 40, 3, true);
        assert_eq!(shared.graph, expected.graph);
        let id = |name: &str| {
            let mut ids = shared.graph.ids();
            ids.find(|&id| shared.graph.node(id).name == name).unwrap()
        };
        let bias = expected.weights.of(id("conv1"))[1].clone();
        expected.weights.of_mut(id("layer1.0.conv1"))[1] = bias;
        assert_eq!(shared.weights, expected.weights);
    }

    #[test]
    fn data_outside_the_file_is_refused() {
        let error = rewritten(|graph| graph.initializer[0].data_location = 1).unwrap_err();
        assert_eq!(
            error.to_string(),
            "ONNX node `conv1` (Conv): initializer `conv1.weight`: its data is outside the file: \
             export with external_data=False"
        );
    }

    #[test]
    fn a_cut_file_is_an_error() {
        let bytes = model(3, 33, 2, true).encode();
        for length in (0..bytes.len()).step_by(97) {
            assert!(Model::decode(&bytes[..length]).is_err(), "{length} bytes");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn broken_bytes_never_panic(other: bool, at in 0.0..1.0f64, value: u8) {
            let model = if other { mobile() } else { model(3, 33, 2, true) };
            let mut bytes = model.encode();
            let at = (at * bytes.len() as f64) as usize;
            bytes[at] = value;
            let _ = Model::decode(&bytes);
        }

        #[test]
        fn random_bytes_never_panic(bytes: Vec<u8>) {
            let _ = Model::decode(&bytes);
        }
    }
}
