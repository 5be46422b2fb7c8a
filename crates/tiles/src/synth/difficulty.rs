use std::fmt;
use std::str::FromStr;

use super::scene::Kind;
use crate::error::Error;

/// How hard synthetic crossings are to tell from what resembles them: from 0, easy, to 1, hard.
///
/// The harder, the lower embankments stand and the shallower channels run, the more the lidar errs,
/// the more trees hide, and the more of the negatives show a channel beside a road that it does not
/// cross, whose statistics are those of a crossing.
///
/// ```
/// use edgefront_tiles::Difficulty;
///
/// assert_eq!("medium".parse::<Difficulty>()?, Difficulty::MEDIUM);
/// assert_eq!("0.5".parse::<Difficulty>()?, Difficulty::MEDIUM);
/// assert!("1.5".parse::<Difficulty>().is_err());
/// # Ok::<(), edgefront_tiles::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difficulty(f64);

impl Difficulty {
    /// 0.
    pub const EASY: Self = Self(0.0);
    /// 0.5: relief and errors as measured of real crossings.
    pub const MEDIUM: Self = Self(0.5);
    /// 1.
    pub const HARD: Self = Self(1.0);

    /// The difficulty of this level.
    ///
    /// # Errors
    /// [`Error::Option`] if the level is not within 0 and 1.
    pub fn new(level: f64) -> Result<Self, Error> {
        if (0.0..=1.0).contains(&level) {
            return Ok(Self(level));
        }
        Err(refused(level.to_string()))
    }

    /// Between 0 and 1.
    #[must_use]
    pub fn level(self) -> f64 {
        self.0
    }

    /// A number that goes from the first value over the second to the third.
    fn among(self, [easy, medium, hard]: [f64; 3]) -> f64 {
        if self.0 < 0.5 {
            easy + (medium - easy) * 2.0 * self.0
        } else {
            medium + (hard - medium) * (2.0 * self.0 - 1.0)
        }
    }

    /// Heights of embankments and depths of ditches and channels are multiplied by it.
    pub(super) fn relief(self) -> f64 {
        self.among([1.3, 1.0, 0.4])
    }

    /// Errors of the lidar are multiplied by it.
    pub(super) fn error(self) -> f64 {
        self.among([0.5, 1.0, 4.0])
    }

    /// The share of channels that trees stand along.
    pub(super) fn lined(self) -> f64 {
        self.among([0.4, 0.6, 1.0])
    }

    /// The kind of a region's negative of this number, from 0: so that the first n hold each kind
    /// in its share, to within two or three.
    pub(super) fn negative(self, number: usize) -> Kind {
        let shares = [
            (Kind::Beside, self.among([0.25, 0.475, 0.7])),
            (Kind::Road, self.among([0.25, 0.2, 0.15])),
            (Kind::Channel, self.among([0.25, 0.175, 0.1])),
        ];
        // Multiples of the golden ratio, less their whole parts, fill the unit interval evenly.
        let mut place = (number as f64 * 0.618_033_988_749_894_9).fract();
        for (kind, share) in shares {
            if place < share {
                return kind;
            }
            place -= share;
        }
        Kind::Field
    }
}

impl Default for Difficulty {
    fn default() -> Self {
        Self::MEDIUM
    }
}

fn refused(found: String) -> Error {
    Error::Option {
        option: "difficulty",
        found,
        expected: "easy, medium, hard, or a number from 0 to 1",
    }
}

impl FromStr for Difficulty {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "easy" => Ok(Self::EASY),
            "medium" => Ok(Self::MEDIUM),
            "hard" => Ok(Self::HARD),
            _ => match text.parse() {
                Ok(level) => Self::new(level),
                Err(_) => Err(refused(text.to_owned())),
            },
        }
    }
}

impl fmt::Display for Difficulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::EASY => f.write_str("easy"),
            Self::MEDIUM => f.write_str("medium"),
            Self::HARD => f.write_str("hard"),
            Self(level) => write!(f, "{level}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negatives_come_in_their_shares() {
        for (difficulty, beside, field) in [
            (Difficulty::EASY, 0.25, 0.25),
            (Difficulty::MEDIUM, 0.475, 0.15),
            (Difficulty::HARD, 0.7, 0.05),
        ] {
            for count in [8, 50, 1000] {
                let share = |wanted: Kind| {
                    let kinds = (0..count).map(|number| difficulty.negative(number));
                    kinds.filter(|&kind| kind == wanted).count() as f64
                };
                for (kind, expected) in [(Kind::Beside, beside), (Kind::Field, field)] {
                    let off = share(kind) - expected * f64::from(count as u32);
                    assert!(off.abs() <= 3.0, "{difficulty}, {count}: {kind:?} {off}");
                }
            }
        }
    }

    #[test]
    fn names_and_levels_are_read() {
        for text in ["easy", "medium", "hard", "0.25"] {
            assert_eq!(text.parse::<Difficulty>().unwrap().to_string(), text);
        }
        for text in ["", "harder", "-0.1", "1.01", "NaN"] {
            let message = text.parse::<Difficulty>().unwrap_err().to_string();
            assert!(message.contains("easy, medium, hard"), "{message}");
        }
    }
}
