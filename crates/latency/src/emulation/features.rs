//! temporary
use crate::kernel::{Family, Kernel};
pub(crate) fn features(kernel: &Kernel) -> Option<Vec<f64>> {
    let h = kernel.height as f64;
    let (cin, cout) = (kernel.input_channels as f64, kernel.output_channels as f64);
    let (k, s) = (kernel.kernel[1] as f64, kernel.stride[1] as f64);
    let conv = |params: f64| {
        let flops = 2.0 * (h / s) * (h / s) * params;
        vec![h, cin, cout, k, s, flops / 2e6, params / 1e6]
    };
    Some(match kernel.family? {
        Family::Convolution => conv(cout * (k * k * cin + 1.0)),
        Family::Depthwise => conv(cout * (k * k + 1.0)),
        Family::FullyConnected => {
            let f = (2.0 * cin + 1.0) * cout;
            vec![cin, cout, f / 2e6, f / 1e6]
        }
        Family::MaxPool | Family::AveragePool => vec![h, cin, cout, k, s],
        Family::GlobalPool => vec![1.0, cin],
        Family::ChannelShuffle | Family::Split | Family::SqueezeExcite | Family::HardSwish
        | Family::BatchNorm | Family::BatchNormRelu | Family::Relu => vec![h, cin],
        Family::Add | Family::AddRelu => vec![h, cin, cin],
        Family::Concat => vec![h, kernel.output_elements / h / h],
        Family::View => return None,
    })
}
