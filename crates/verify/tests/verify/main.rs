//! Verification on a made-up world with known truth.

#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

mod boxes;
mod files;
mod fitting;
mod goods;
mod masses;
mod records;
mod synthetic;
