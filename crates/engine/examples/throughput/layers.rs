//! Prints, for each geometry of a convolution, what it reaches forward, for the gradient of its
//! input and for that of its weights, in operations of the direct algorithm. Winograd's needs
//! fewer, and so may exceed the peak.

use edgefront_engine::{ConvolutionRates, Cpu, convolution_rates, multiply_add_peak};

use crate::arguments::Arguments;
use crate::networks;

pub fn print(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let peak = multiply_add_peak(arguments.time)?;
    println!(
        "Kernels: {}. Peak of fused multiply-adds: {:.1} GFLOP/s. Batch {}, GFLOP/s (% of the peak).",
        Cpu::kernels()?,
        peak * 1e-9,
        arguments.batch,
    );
    for name in arguments.networks() {
        let graph = networks::graph(name)?;
        println!();
        println!("| {name} | kernel | layers | forward | data gradient | weight gradient |");
        println!("|---|---|---:|---:|---:|---:|");
        for rates in convolution_rates(&graph, arguments.batch, arguments.time)? {
            println!("{}", row(&rates, peak));
        }
    }
    Ok(())
}

fn row(rates: &ConvolutionRates, peak: f64) -> String {
    let cell = |rate: f64| format!("{:.1} ({:.0} %)", rate * 1e-9, 100.0 * rate / peak);
    let [rows, columns] = rates.window.kernel;
    format!(
        "| {} → {} | {rows}x{columns} / {} | {} | {} | {} | {} |",
        rates.input,
        rates.output,
        rates.window.stride[0],
        rates.nodes.len(),
        cell(rates.forward),
        rates.data_gradient.map_or("-".to_owned(), cell),
        cell(rates.weight_gradient),
    )
}
