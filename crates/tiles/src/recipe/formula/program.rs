use super::Formula;
use super::expression::{Expression, Operator, power};
use super::function::{Compute, Focal, One, Terrain, Two};
use super::plane::{Plane, combine, map};
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

/// What programs use again from run to run.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    registers: Vec<Vec<f32>>,
    sums: Vec<f64>,
}

#[derive(Clone, Copy, Debug)]
enum Operand {
    Number(f32),
    Plane(Source),
}

/// Where a plane is.
#[derive(Clone, Copy, Debug)]
enum Source {
    Band(usize),
    Register(usize),
}

/// An operation and the register of its result, which is none that it reads.
#[derive(Clone, Copy, Debug)]
struct Step {
    operation: Operation,
    target: usize,
}

#[derive(Clone, Copy, Debug)]
enum Operation {
    Fill(f32),
    Negate(Operand),
    Binary(Operator, Operand, Operand),
    One(One, Operand),
    Two(Two, Operand, Operand),
    Terrain(Terrain, Source),
    Focal(Focal, Source, usize),
}

impl Program {
    /// Finds the places of the bands and orders the operations.
    ///
    /// # Errors
    /// [`Error::Formula`] for a band that is not there.
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
        grid: &Grid,
        memory: &mut Memory,
        out: &mut Vec<f32>,
    ) {
        let Memory { registers, sums } = memory;
        if registers.len() < self.registers {
            registers.resize_with(self.registers, Vec::new);
        }
        for step in &self.steps {
            let mut target = std::mem::take(&mut registers[step.target]);
            target.resize(out.len(), 0.0);
            let values = |source| match source {
                Source::Band(band) => bands[band].as_slice(),
                Source::Register(register) => registers[register].as_slice(),
            };
            let plane = |operand| match operand {
                Operand::Number(value) => Plane::Constant(value),
                Operand::Plane(source) => Plane::Values(values(source)),
            };
            match step.operation {
                Operation::Fill(value) => target.fill(value),
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
                Operation::One(function, a) => function(plane(a), &mut target),
                Operation::Two(function, a, b) => function(plane(a), plane(b), &mut target),
                Operation::Terrain(function, a) => function(values(a), grid, &mut target),
                Operation::Focal(function, a, radius) => {
                    function(values(a), grid, radius, sums, &mut target);
                }
            }
            registers[step.target] = target;
        }
        match self.result {
            Operand::Number(value) => out.fill(value),
            Operand::Plane(Source::Band(band)) => out.copy_from_slice(&bands[band]),
            Operand::Plane(Source::Register(register)) => {
                std::mem::swap(out, &mut registers[register]);
            }
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
            Expression::Band(name) => self.band(name),
            Expression::Negate(inner) => {
                let inner = self.operand(inner)?;
                Ok(self.step(Operation::Negate(inner), &[inner]))
            }
            Expression::Binary(operator, left, right) => {
                let (left, right) = (self.operand(left)?, self.operand(right)?);
                Ok(self.step(Operation::Binary(*operator, left, right), &[left, right]))
            }
            Expression::Call(call) => {
                let a = self.operand(&call.values[0])?;
                match call.function.compute {
                    Compute::One(one) => Ok(self.step(Operation::One(one, a), &[a])),
                    Compute::Two(two) => {
                        let b = self.operand(&call.values[1])?;
                        Ok(self.step(Operation::Two(two, a, b), &[a, b]))
                    }
                    Compute::Terrain(terrain) => {
                        let a = self.source(a);
                        Ok(self.step(Operation::Terrain(terrain, a), &[Operand::Plane(a)]))
                    }
                    Compute::Focal(focal) => {
                        let a = self.source(a);
                        let operation = Operation::Focal(focal, a, call.radius);
                        Ok(self.step(operation, &[Operand::Plane(a)]))
                    }
                }
            }
        }
    }

    fn band(&self, name: &str) -> Result<Operand, Error> {
        match self.bands.iter().position(|band| band == name) {
            Some(band) => Ok(Operand::Plane(Source::Band(band))),
            None => Err(self.formula.unknown_band(name, self.bands)),
        }
    }

    /// A plane of the operand, of equal values for a number.
    fn source(&mut self, operand: Operand) -> Source {
        match operand {
            Operand::Plane(source) => source,
            Operand::Number(value) => Source::Register(self.push(Operation::Fill(value))),
        }
    }

    /// Adds a step that reads these; their registers are free after it.
    fn step(&mut self, operation: Operation, reads: &[Operand]) -> Operand {
        let target = self.push(operation);
        for operand in reads {
            if let Operand::Plane(Source::Register(register)) = operand {
                self.free.push(*register);
            }
        }
        Operand::Plane(Source::Register(target))
    }

    /// Adds a step that writes to a register that is free.
    fn push(&mut self, operation: Operation) -> usize {
        let target = self.free.pop().unwrap_or_else(|| {
            self.registers += 1;
            self.registers - 1
        });
        self.steps.push(Step { operation, target });
        target
    }
}
