//! The shapes that each operator gives: a file per family, and the table of all.

mod conv;
mod elementwise;
mod extend;
mod gather;
mod join;
mod matmul;
mod normalize;
mod pool;
mod reduce;
mod reshape;
mod resize;
mod slice;
mod window;

use super::call::Call;

pub(super) use extend::{range_bounds, shape_bounds};
pub(super) use matmul::einsum_extents;
pub(super) use reshape::permutation;
pub(super) use slice::ranges;

/// Gives the shapes of a node's outputs, of optional ones too, or the reason why it has none.
pub(super) type Rule = fn(&Call<'_, '_>) -> Result<Vec<Vec<usize>>, String>;

/// The rule of an ONNX operator.
pub(super) fn rule(kind: &str) -> Option<Rule> {
    Some(match kind {
        "Abs" | "Acos" | "Asin" | "Atan" | "BitwiseNot" | "Cast" | "Ceil" | "Celu" | "Clip"
        | "Cos" | "CumSum" | "Elu" | "Erf" | "Exp" | "Floor" | "Gelu" | "HardSigmoid"
        | "HardSwish" | "Hardmax" | "Identity" | "IsInf" | "IsNaN" | "LeakyRelu" | "Log"
        | "LogSoftmax" | "Mish" | "Neg" | "Not" | "PRelu" | "Reciprocal" | "Relu" | "Round"
        | "Selu" | "Shrink" | "Sigmoid" | "Sign" | "Sin" | "Softmax" | "Softplus" | "Softsign"
        | "Sqrt" | "Swish" | "Tan" | "Tanh" | "ThresholdedRelu" | "Trilu" => elementwise::same,
        "Dropout" => elementwise::dropout,
        "Add" | "And" | "BitwiseAnd" | "BitwiseOr" | "BitwiseXor" | "Div" | "Equal" | "Greater"
        | "GreaterOrEqual" | "Less" | "LessOrEqual" | "Max" | "Mean" | "Min" | "Mod" | "Mul"
        | "Or" | "Pow" | "Sub" | "Sum" | "Where" | "Xor" => elementwise::broadcasting,
        "Conv" => conv::conv,
        "ConvTranspose" => conv::transposed,
        "AveragePool" | "LpPool" | "MaxPool" => pool::pool,
        "GlobalAveragePool" | "GlobalLpPool" | "GlobalMaxPool" => pool::global,
        "BatchNormalization" => normalize::batch,
        "GroupNormalization"
        | "InstanceNormalization"
        | "LRN"
        | "LpNormalization"
        | "MeanVarianceNormalization"
        | "RMSNormalization" => elementwise::same,
        "LayerNormalization" => normalize::layer,
        "Einsum" => matmul::einsum,
        "Gemm" => matmul::gemm,
        "MatMul" => matmul::matmul,
        "ArgMax" | "ArgMin" => reduce::arg,
        "ReduceL1" | "ReduceL2" | "ReduceLogSum" | "ReduceLogSumExp" | "ReduceMax"
        | "ReduceMean" | "ReduceMin" | "ReduceProd" | "ReduceSum" | "ReduceSumSquare" => {
            reduce::reduce
        }
        "DepthToSpace" => reshape::depth_to_space,
        "Flatten" => reshape::flatten,
        "Reshape" => reshape::reshape,
        "SpaceToDepth" => reshape::space_to_depth,
        "Squeeze" => reshape::squeeze,
        "Transpose" => reshape::transpose,
        "Unsqueeze" => reshape::unsqueeze,
        "Concat" => join::concat,
        "Split" => join::split,
        "Slice" => slice::slice,
        "Gather" => gather::gather,
        "GatherElements" => gather::elements,
        "GatherND" => gather::nd,
        "ScatterElements" | "ScatterND" => elementwise::same,
        "ConstantOfShape" => extend::constant,
        "Expand" => extend::expand,
        "Pad" => extend::pad,
        "Range" => extend::range,
        "Shape" => extend::shape,
        "Size" => |_| Ok(vec![vec![]]),
        "Tile" => extend::tile,
        "Resize" => resize::resize,
        "Upsample" => resize::upsample,
        _ => return None,
    })
}
