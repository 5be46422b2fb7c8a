//! The functions that formulas know. A new one is a line in [`FUNCTIONS`].

mod hillshade;
mod horn;
mod pointwise;
mod slope;
mod tpi;

use super::plane::Plane;
use crate::recipe::Grid;

/// A function of formulas.
#[derive(Debug)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// How it is called: `min(A, B)`.
    pub usage: &'static str,
    /// What it computes, with the source of a method from the literature.
    pub description: &'static str,
    pub(super) compute: Compute,
}

/// Computes a plane of the values of one, pixel by pixel.
pub(super) type One = fn(Plane<'_>, &mut [f32]);
/// Computes a plane of the values of two, pixel by pixel.
pub(super) type Two = fn(Plane<'_>, Plane<'_>, &mut [f32]);
/// Computes a plane of each pixel and the eight around it.
pub(super) type Terrain = fn(&[f32], &Grid, &mut [f32]);
/// Computes a plane of each pixel and those up to so many rows and columns away, with memory to
/// use.
pub(super) type Focal = fn(&[f32], &Grid, usize, &mut Vec<f64>, &mut [f32]);

/// How a function computes a plane. Its arguments and its result are of one length.
#[derive(Clone, Copy, Debug)]
pub(super) enum Compute {
    One(One),
    Two(Two),
    Terrain(Terrain),
    Focal(Focal),
}

/// The radii of neighbourhoods in pixels.
pub(super) const RADII: std::ops::RangeInclusive<usize> = 1..=1000;

/// All functions.
pub static FUNCTIONS: [Function; 9] = [
    Function {
        name: "abs",
        usage: "abs(A)",
        description: "the value without its sign",
        compute: Compute::One(pointwise::abs),
    },
    Function {
        name: "sqrt",
        usage: "sqrt(A)",
        description: "the square root; undefined below 0",
        compute: Compute::One(pointwise::sqrt),
    },
    Function {
        name: "log",
        usage: "log(A)",
        description: "the natural logarithm; undefined at 0 and below",
        compute: Compute::One(pointwise::log),
    },
    Function {
        name: "exp",
        usage: "exp(A)",
        description: "e to the power of the value",
        compute: Compute::One(pointwise::exp),
    },
    Function {
        name: "min",
        usage: "min(A, B)",
        description: "the lesser value; undefined where one of them is",
        compute: Compute::Two(pointwise::min),
    },
    Function {
        name: "max",
        usage: "max(A, B)",
        description: "the greater value; undefined where one of them is",
        compute: Compute::Two(pointwise::max),
    },
    Function {
        name: "slope",
        usage: "slope(DEM)",
        description: "the slope in degrees, 0 to 90 (Horn, 1981)",
        compute: Compute::Terrain(slope::slope),
    },
    Function {
        name: "hillshade",
        usage: "hillshade(DEM)",
        description: "the shade in the light from 315 degrees, 45 degrees high, 1 to 255 \
                      (Horn, 1981)",
        compute: Compute::Terrain(hillshade::hillshade),
    },
    Function {
        name: "tpi",
        usage: "tpi(DEM, RADIUS)",
        description: "the topographic position index (Weiss, 2001): the height above the mean of \
                      the square of 2 RADIUS + 1 pixels",
        compute: Compute::Focal(tpi::tpi),
    },
];

impl Function {
    /// The function of this name, in lower case.
    pub(super) fn by_name(name: &str) -> Option<&'static Self> {
        FUNCTIONS.iter().find(|function| function.name == name)
    }

    /// How many expressions it is called with.
    pub(super) fn values(&self) -> usize {
        match self.compute {
            Compute::One(_) | Compute::Terrain(_) | Compute::Focal(_) => 1,
            Compute::Two(_) => 2,
        }
    }

    /// Whether a radius, a whole number of [`RADII`], follows the values.
    pub(super) fn has_radius(&self) -> bool {
        matches!(self.compute, Compute::Focal(_))
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}
