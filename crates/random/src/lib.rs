//! Counter-based random numbers: every draw is a function of its key.
//!
//! A study must give the same result whatever the number of workers, and a resumed study must
//! equal an uninterrupted one. Neither holds with a generator that threads share or that carries
//! state from one trial to the next. Here a [`Key`] names *what the numbers are for* (the study's
//! seed, the trial, the fold, the purpose), and the [`Stream`] it opens depends on nothing else.
//!
//! ```
//! use edgefront_random::Key;
//!
//! let fold = Key::new(42).with("trial", 7).with("fold", 0);
//! let mut shuffle = fold.with("shuffle", 3).stream();
//! let mut order: Vec<u32> = (0..10).collect();
//! shuffle.shuffle(&mut order);
//! // The same key gives the same order, wherever and whenever it is asked.
//! let mut again: Vec<u32> = (0..10).collect();
//! fold.with("shuffle", 3).stream().shuffle(&mut again);
//! assert_eq!(order, again);
//! ```

mod key;
mod philox;
mod stream;

pub use key::Key;
pub use stream::Stream;
