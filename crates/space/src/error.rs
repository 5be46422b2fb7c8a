/// What can be wrong with a space, a configuration or a constraint.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The text is no space.
    #[error("not a search space: {0}")]
    Syntax(String),
    /// A name that nothing has.
    #[error("unknown {kind} `{name}`, expected one of: {expected}")]
    Unknown {
        /// What was looked for: a preset, a family, a parameter.
        kind: &'static str,
        /// The name that was given.
        name: String,
        /// The names that exist.
        expected: String,
    },
    /// The space contradicts itself.
    #[error("parameter `{parameter}`: {reason}")]
    Parameter {
        /// The parameter's name.
        parameter: String,
        /// What is wrong with it, and what was expected.
        reason: String,
    },
    /// A family needs a parameter that the space does not have, or of another type.
    #[error("family `{family}` needs parameter `{parameter}` as {expected}, got {got}")]
    Value {
        /// The family's name.
        family: &'static str,
        /// The parameter's name.
        parameter: String,
        /// The type that it needs.
        expected: &'static str,
        /// The value, or `nothing`.
        got: String,
    },
    /// The text is no constraint.
    #[error("`{0}` is not a constraint, expected such as `latency <= 20` or `memory <= 12.5`")]
    Constraint(String),
    /// The configurations cannot be counted.
    #[error("it has more than {} configurations", usize::MAX)]
    TooLarge,
    /// The configuration's network cannot be built.
    #[error(transparent)]
    Graph(#[from] edgefront_graph::Error),
}

impl Error {
    pub(crate) fn unknown<'a>(
        kind: &'static str,
        name: &str,
        expected: impl Iterator<Item = &'a str>,
    ) -> Self {
        let expected = expected.collect::<Vec<_>>().join(", ");
        Self::Unknown {
            kind,
            name: name.to_owned(),
            expected,
        }
    }
}
