use super::Formula;
use super::expression::{Expression, Operator, power};
use crate::error::Error;
use crate::recipe::Grid;

/// A formula compiled for given bands: operations on whole planes, one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    steps: Vec<Step>,
    result: Operand,
    /// How many planes it needs beside the bands and the result.
    registers: usize,
}

#[derive(Clone, Copy, Debug)]
enum Operand {
    Number(f32),
    Band(usize),
    Register(usize),
}

/// An operation and where its result goes, which is no register that it reads.
#[derive(Clone, Copy, Debug)]
struct Step {
    operation: Operation,
    target: usize,
}

#[derive(Clone, Copy, Debug)]
enum Operation {
    Negate(Operand),
    Binary(Operator, Operand, Operand),
}

impl Program {
    /// Finds the places of the bands and orders the operations.
    pub(crate) fn compile(formula: &Formula, bands: &[String]) -> Result<Self, Error> {
        let mut compiler = Compiler {
            formula,
            bands,
            steps: Vec::new(),
            free: Vec::new(),
            registers: 0,
        };
        let result = compiler.operand(&formula.expression)?;
        Ok(Self {
            steps: compiler.steps,
            result,
            registers: compiler.registers,
        })
    }

    /// Computes the formula into `out`; all planes are of its length.
    pub(crate) fn run(
        &self,
        bands: &[Vec<f32>],
        _grid: &Grid,
        registers: &mut Vec<Vec<f32>>,
        out: &mut Vec<f32>,
    ) {
        if registers.len() < self.registers {
            registers.resize_with(self.registers, Vec::new);
        }
        for step in &self.steps {
            let mut target = std::mem::take(&mut registers[step.target]);
            target.resize(out.len(), 0.0);
            let plane = |operand| Plane::of(operand, bands, registers);
            match step.operation {
                Operation::Negate(a) => map(plane(a), &mut target, |a| -a),
                Operation::Binary(operator, a, b) => {
                    let (a, b) = (plane(a), plane(b));
                    match operator {
                        Operator::Add => combine(a, b, &mut target, |a, b| a + b),
                        Operator::Subtract => combine(a, b, &mut target, |a, b| a - b),
                        Operator::Multiply => combine(a, b, &mut target, |a, b| a * b),
                        Operator::Divide => combine(a, b, &mut target, |a, b| a / b),
                        Operator::Power => combine(a, b, &mut target, power),
                    }
                }
            }
            registers[step.target] = target;
        }
        match self.result {
            Operand::Number(value) => out.fill(value),
            Operand::Band(band) => out.copy_from_slice(&bands[band]),
            Operand::Register(register) => std::mem::swap(out, &mut registers[register]),
        }
    }
}

struct Compiler<'a> {
    formula: &'a Formula,
    bands: &'a [String],
    steps: Vec<Step>,
    free: Vec<usize>,
    registers: usize,
}

impl Compiler<'_> {
    fn operand(&mut self, expression: &Expression) -> Result<Operand, Error> {
        match expression {
            Expression::Number(value) => Ok(Operand::Number(*value)),
            Expression::Band(name) => self.band(name).map(Operand::Band),
            Expression::Negate(inner) => {
                let inner = self.operand(inner)?;
                Ok(self.step(Operation::Negate(inner), [inner]))
            }
            Expression::Binary(operator, left, right) => {
                let left = self.operand(left)?;
                let right = self.operand(right)?;
                Ok(self.step(Operation::Binary(*operator, left, right), [left, right]))
            }
        }
    }

    fn band(&self, name: &str) -> Result<usize, Error> {
        self.bands
            .iter()
            .position(|band| band == name)
            .ok_or_else(|| Error::MissingBand {
                found: self.bands.join(", "),
                missing: name.to_owned(),
                wanted_by: format!("the formula \"{}\"", self.formula),
            })
    }

    /// Adds a step; the registers that it reads are free after it.
    fn step<const N: usize>(&mut self, operation: Operation, reads: [Operand; N]) -> Operand {
        let target = self.free.pop().unwrap_or_else(|| {
            self.registers += 1;
            self.registers - 1
        });
        for operand in reads {
            if let Operand::Register(register) = operand {
                self.free.push(register);
            }
        }
        self.steps.push(Step { operation, target });
        Operand::Register(target)
    }
}

/// The values of an operand.
#[derive(Clone, Copy)]
enum Plane<'a> {
    Constant(f32),
    Values(&'a [f32]),
}

impl<'a> Plane<'a> {
    fn of(operand: Operand, bands: &'a [Vec<f32>], registers: &'a [Vec<f32>]) -> Self {
        match operand {
            Operand::Number(value) => Self::Constant(value),
            Operand::Band(band) => Self::Values(&bands[band]),
            Operand::Register(register) => Self::Values(&registers[register]),
        }
    }
}

fn map(a: Plane<'_>, out: &mut [f32], compute: impl Fn(f32) -> f32) {
    match a {
        Plane::Constant(a) => out.fill(compute(a)),
        Plane::Values(a) => {
            for (out, &a) in out.iter_mut().zip(a) {
                *out = compute(a);
            }
        }
    }
}

fn combine(a: Plane<'_>, b: Plane<'_>, out: &mut [f32], compute: impl Fn(f32, f32) -> f32) {
    match (a, b) {
        (Plane::Constant(a), b) => map(b, out, |b| compute(a, b)),
        (a, Plane::Constant(b)) => map(a, out, |a| compute(a, b)),
        (Plane::Values(a), Plane::Values(b)) => {
            for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
                *out = compute(a, b);
            }
        }
    }
}
