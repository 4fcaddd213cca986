//! Inspections and jobs with the real engine, observation, verification and store; only the two models are stand-ins.

#![allow(clippy::unwrap_used)]

mod bench;
mod jobs;
mod stages;
