use proptest::prelude::*;

use super::expression::{Call, Operator};
use super::function::Function;
use super::*;
use crate::recipe::Grid;

const BANDS: [&str; 3] = ["dem", "r", "nir"];

/// Computes a pixel of an expression of functions of single pixels, by recursion.
fn naive(expression: &Expression, pixel: &[f32]) -> f32 {
    match expression {
        Expression::Number(value) => *value,
        Expression::Band(name) => pixel[BANDS.iter().position(|band| band == name).unwrap()],
        Expression::Negate(inner) => -naive(inner, pixel),
        Expression::Binary(operator, left, right) => {
            let (a, b) = (naive(left, pixel), naive(right, pixel));
            match operator {
                Operator::Add => a + b,
                Operator::Subtract => a - b,
                Operator::Multiply => a * b,
                Operator::Divide => a / b,
                Operator::Power if b == 2.0 => a * a,
                Operator::Power => a.powf(b),
            }
        }
        Expression::Call(call) => {
            let a = naive(&call.values[0], pixel);
            let b = || naive(&call.values[1], pixel);
            match call.function.name {
                "abs" => a.abs(),
                "sqrt" => a.sqrt(),
                "log" => a.ln(),
                "exp" => a.exp(),
                "min" if a.is_nan() => a,
                "max" if a.is_nan() => a,
                "min" => {
                    let b = b();
                    if b.is_nan() { b } else { a.min(b) }
                }
                "max" => {
                    let b = b();
                    if b.is_nan() { b } else { a.max(b) }
                }
                other => panic!("{other} is no function of single pixels"),
            }
        }
    }
}

fn expressions(functions: &'static [&'static str]) -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![
        (0f32..1e6).prop_map(Expression::Number),
        any::<f32>()
            .prop_filter("finite", |value| value.is_finite())
            .prop_map(|value| Expression::Number(value.abs())),
        prop::sample::select(&BANDS[..]).prop_map(|band| Expression::Band(band.to_owned())),
    ];
    leaf.prop_recursive(6, 40, 2, move |inner| {
        let binary = (
            prop::sample::select(&Operator::ALL[..]),
            inner.clone(),
            inner.clone(),
        );
        let call = (
            prop::sample::select(functions),
            inner.clone(),
            inner.clone(),
            1usize..40,
        );
        prop_oneof![
            inner.prop_map(|inner| Expression::Negate(Box::new(inner))),
            binary.prop_map(|(operator, a, b)| {
                Expression::Binary(operator, Box::new(a), Box::new(b))
            }),
            call.prop_map(|(name, a, b, radius)| {
                let function = Function::by_name(name).unwrap();
                let mut values = vec![a, b];
                values.truncate(function.values());
                let radius = if function.has_radius() { radius } else { 0 };
                Expression::Call(Call {
                    function,
                    values,
                    radius,
                })
            }),
        ]
    })
}

const OF_PIXELS: [&str; 6] = ["abs", "sqrt", "log", "exp", "min", "max"];
const ALL: [&str; 9] = [
    "abs",
    "sqrt",
    "log",
    "exp",
    "min",
    "max",
    "slope",
    "hillshade",
    "tpi",
];

fn run(formula: &Formula, bands: &[Vec<f32>], width: usize) -> Vec<f32> {
    let program = Program::compile(formula, &BANDS.map(str::to_owned)).unwrap();
    let mut out = vec![0.0; bands[0].len()];
    let grid = Grid::new(width, None);
    program.run(bands, &grid, &mut Memory::default(), &mut out);
    out
}

fn same(a: f32, b: f32) -> bool {
    a == b || a.is_nan() && b.is_nan()
}

proptest! {
    #[test]
    fn what_is_displayed_reads_back(expression in expressions(&ALL)) {
        let formula = Formula { expression };
        prop_assert_eq!(Formula::parse(&formula.to_string()).unwrap(), formula);
    }

    #[test]
    fn planes_hold_what_their_pixels_give(
        expression in expressions(&OF_PIXELS),
        pixels in prop::collection::vec(prop::array::uniform3(-300f32..300.0), 1..20),
    ) {
        let bands: Vec<Vec<f32>> =
            (0..3).map(|band| pixels.iter().map(|pixel| pixel[band]).collect()).collect();
        let formula = Formula { expression };
        for (found, pixel) in run(&formula, &bands, pixels.len()).iter().zip(&pixels) {
            let expected = naive(&formula.expression, pixel);
            prop_assert!(same(*found, expected), "{}: {} {}", formula, found, expected);
        }
    }

    #[test]
    fn functions_of_neighbourhoods_take_any_formula(
        expression in expressions(&ALL),
        width in 1usize..5,
        values in prop::collection::vec(-300f32..300.0, 20),
    ) {
        let bands = vec![values[..width * 4].to_vec(); 3];
        let formula = Formula { expression };
        prop_assert_eq!(run(&formula, &bands, width).len(), width * 4);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,40}", formula in "[ -~]{0,40}") {
        for text in [text, formula] {
            if let Err(error) = Formula::parse(&text) {
                let is_placed = matches!(error, Error::Formula { column, .. } if column > 0);
                prop_assert!(is_placed);
            }
        }
    }
}

#[test]
fn operators_bind_as_in_mathematics() {
    let bands = [vec![2.0], vec![3.0], vec![5.0]];
    for (text, expected) in [
        ("dem + r * nir", 17.0),
        ("(dem + r) * nir", 25.0),
        ("nir - r - dem", 0.0),
        ("nir - (r - dem)", 4.0),
        ("-dem^2", -4.0),
        ("(-dem)^2", 4.0),
        ("dem^r^dem", 512.0),
        ("dem^-1", 0.5),
        ("--dem", 2.0),
        ("30 / r / dem", 5.0),
        ("2.5e-1 * NIR", 1.25),
        ("max(dem, min(r, nir)) + abs(dem - nir)", 6.0),
    ] {
        let formula = Formula::parse(text).unwrap();
        assert_eq!(run(&formula, &bands, 1), [expected], "{text}");
    }
}

#[test]
fn a_band_that_is_not_there_is_placed() {
    let formula = Formula::parse("(NIR-Red)/(NIR+Red)").unwrap();
    let bands = ["dem", "nir"].map(str::to_owned);
    let error = Program::compile(&formula, &bands).unwrap_err();
    assert_eq!(
        error.to_string(),
        "formula \"(nir - red) / (nir + red)\", column 8: unknown band \"red\"; the bands are \
         dem, nir"
    );
}
