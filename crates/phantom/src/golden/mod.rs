//! Scenes that models, figures and samples hang on do not change.

mod tests;
