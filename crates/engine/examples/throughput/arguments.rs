use std::time::Duration;

/// The command line.
pub struct Arguments {
    pub command: String,
    /// What is not an option: names of networks, and the worker's kind of job.
    pub names: Vec<String>,
    pub time: Duration,
    pub batch: usize,
    pub threads: usize,
    pub only_training: bool,
}

impl Arguments {
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self {
            command: words.next().unwrap_or_else(|| "steps".to_owned()),
            names: Vec::new(),
            time: Duration::from_secs(5),
            batch: 16,
            threads: 1,
            only_training: false,
        };
        while let Some(word) = words.next() {
            let mut value = || {
                let text = words
                    .next()
                    .ok_or_else(|| format!("{word} needs a value"))?;
                let number = text.parse::<f64>().ok().filter(|number| *number > 0.0);
                number.ok_or_else(|| format!("{word} {text}: expected a number above zero"))
            };
            match word.as_str() {
                "--seconds" => arguments.time = Duration::from_secs_f64(value()?),
                "--batch" => arguments.batch = value()? as usize,
                "--threads" => arguments.threads = value()? as usize,
                "--training" => arguments.only_training = true,
                _ if word.starts_with('-') => return Err(format!("{word} is no option")),
                _ => arguments.names.push(word),
            }
        }
        Ok(arguments)
    }

    /// The networks named, or the design's three.
    pub fn networks(&self) -> Vec<&str> {
        if self.names.is_empty() {
            return vec!["A", "B", "C"];
        }
        self.names.iter().map(String::as_str).collect()
    }

    /// The one network named.
    pub fn only_name(&self) -> Result<&str, String> {
        match &self.names[..] {
            [name] => Ok(name),
            names => Err(format!("{} networks named, expected one", names.len())),
        }
    }
}
