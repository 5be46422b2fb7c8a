"""What torchvision's classifiers cost, said by PyTorch and onnx, and their ONNX files.

    python zoo.py export FOLDER [MODEL...]   writes MODEL.VARIANT.onnx of each (of all) into FOLDER,
                                             without the bytes of the weights
    python zoo.py expect FOLDER              writes expected.json: of each file there the MACs and
                                             parameters of the network in PyTorch, and the shapes
                                             of its nodes' outputs that onnx infers

Needs torch, torchvision, onnx and onnxscript. The variants: the exporter that traces (`ts`, with
its batch norms folded into convolutions or kept, and a symbolic batch) and the newer one (`dynamo`,
one image).
"""

import io
import json
import logging
import sys
import warnings
from pathlib import Path

import onnx
import torch
import torchvision.models as zoo
from torch.utils.flop_counter import FlopCounterMode

VARIANTS = ["ts-13-folded", "ts-17-kept", "dynamo-20"]


def build(name):
    options = {}
    if name in ("googlenet", "inception_v3"):
        options = dict(aux_logits=False, init_weights=False)
    # The exporters share tensors that are equal, as a new network's are: make them differ.
    torch.nn.init.trunc_normal_ = lambda tensor, *_, **__: tensor
    network = zoo.get_model(name, weights=None, **options).eval()
    for tensor in network.state_dict().values():
        if tensor.is_floating_point():
            tensor.uniform_(0.5, 1.5)
    return network


def images(name):
    size = 299 if name == "inception_v3" else 224
    return torch.zeros(1, 3, size, size)


def export(name, variant):
    """The model's file, with the bytes of its larger weights taken out."""
    exporter, opset, *rest = variant.split("-")
    network, file = build(name), io.BytesIO()
    if exporter == "ts":
        kept = rest == ["kept"]
        torch.onnx.export(
            network, (images(name),), file, dynamo=False, opset_version=int(opset),
            input_names=["input"], output_names=["logits"],
            dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}},
            training=torch.onnx.TrainingMode.PRESERVE if kept else torch.onnx.TrainingMode.EVAL,
            do_constant_folding=not kept,
        )
        model = onnx.load_from_string(file.getvalue())
    else:
        program = torch.onnx.export(
            network, (images(name),), dynamo=True, opset_version=int(opset), verbose=False
        )
        model = program.model_proto
    return strip(model)


def strip(model):
    """Without what an outline does not read."""
    for tensor in model.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT and elements(tensor) > 64:
            for field in ("raw_data", "float_data", "external_data", "data_location"):
                tensor.ClearField(field)
    for message in [model, model.graph, *model.graph.node, *model.graph.input, *model.graph.output]:
        message.ClearField("metadata_props")
        message.ClearField("doc_string")
    model.graph.ClearField("value_info")
    return model


def elements(tensor):
    count = 1
    for extent in tensor.dims:
        count *= extent
    return count


def expect(name, model):
    """MACs and parameters by PyTorch, shapes by onnx."""
    network = build(name).to("meta")
    with FlopCounterMode(display=False) as counter:
        network(images(name).to("meta"))
    norms = sum(node.op_type == "BatchNormalization" for node in model.graph.node)
    kept = sum(isinstance(m, torch.nn.BatchNorm2d) for m in network.modules())
    for dimension in model.graph.input[0].type.tensor_type.shape.dim[:1]:
        dimension.dim_value = 1
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    shapes = {}
    for value in [*inferred.graph.value_info, *inferred.graph.output]:
        dims = value.type.tensor_type.shape.dim
        known = value.type.tensor_type.HasField("shape")
        if known and all(dim.HasField("dim_value") for dim in dims):
            shapes[value.name] = [dim.dim_value for dim in dims]
    return {
        "macs": counter.get_total_flops() // 2,
        # A batch norm that is folded into its convolution leaves a bias of its two vectors, so
        # that the numbers are the network's only where all of them are kept.
        "parameters": sum(p.numel() for p in network.parameters()) if norms == kept else None,
        "stored": stored(model),
        "shapes": {n.name: [shapes.get(o) for o in n.output] for n in model.graph.node},
    }


def stored(model):
    """Elements of the float initializers that are no scalars and no statistics."""
    statistics = {i for n in model.graph.node if n.op_type == "BatchNormalization" for i in n.input[3:]}
    same = {n.output[0]: n.input[0] for n in model.graph.node if n.op_type == "Identity"}
    statistics = {same.get(name, name) for name in statistics}
    return sum(
        elements(t) for t in model.graph.initializer
        if t.data_type == onnx.TensorProto.FLOAT and t.dims and t.name not in statistics
    )


def main(command, folder, *names):
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    folder = Path(folder)
    if command == "export":
        folder.mkdir(parents=True, exist_ok=True)
        for name in names or zoo.list_models(module=zoo):
            for variant in VARIANTS:
                onnx.save(export(name, variant), folder / f"{name}.{variant}.onnx")
    else:
        expected = {}
        for path in sorted(folder.glob("*.onnx")):
            expected[path.name] = expect(path.name.split(".")[0], onnx.load(path))
        (folder / "expected.json").write_text(json.dumps(expected))


if __name__ == "__main__":
    main(*sys.argv[1:])
