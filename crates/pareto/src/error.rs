use thiserror::Error as ThisError;

/// What can be wrong with the input of an analysis.
#[derive(Clone, Debug, PartialEq, ThisError)]
pub enum Error {
    /// The text is no objective.
    #[error(
        "objective `{text}`: {reason}; expected NAME:min or NAME:max, \
         with a tolerance as in NAME:min:0.5"
    )]
    Objective {
        /// The text as given.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Points need at least one objective.
    #[error("points of zero objectives; expected at least one")]
    NoObjectives,
    /// The values do not fill whole rows.
    #[error("{values} values do not fill rows of {objectives} objectives")]
    RaggedPoints {
        /// How many values there are.
        values: usize,
        /// The length of a row.
        objectives: usize,
    },
}
