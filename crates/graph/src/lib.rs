//! Network graphs: operators, shapes, costs, builders, ONNX.
