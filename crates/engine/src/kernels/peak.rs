use std::hint::black_box;

/// Multiplies and adds in registers, `rounds` times on many independent numbers, and gives the
/// number of floating-point operations: what the other kernels could reach at best.
pub(crate) fn multiply_adds(rounds: usize) -> usize {
    let (factor, term) = (black_box(0.999f32), black_box(0.001f32));
    let mut numbers = [0.0f32; 32];
    for _ in 0..rounds {
        for number in &mut numbers {
            *number = *number * factor + term;
        }
    }
    let numbers = black_box(numbers);
    rounds * numbers.len() * 2
}
