//! Declared against observed: can every kilogram in the box be explained by the declaration, and can every declared line be
//! found in the box? Pure: no I/O, no clock, no pixels; the same inputs give the same bytes.
//!
//! ```text
//! Library ─ what goods look like ─┐
//! Declaration ─ lines, masses ────┼─▶ verify ─▶ Verdict {checks, log-odds, coverage} ─▶ decide(Policy) ─▶ evaluate
//! Observation ─ segments, masses ─┘            RiskProfile ─ temperature, σ, weights
//! ```
//!
//! # The library
//!
//! A patch of shipment `s` with look (prototype) `k` is `z = μ_k + b_s + e`, `b_s ~ N(0, B_k)` between shipments,
//! `e ~ N(0, W)` within. Patches of one segment share a part `ρ` of `e`, so a mean of `n` patches has covariance
//!
//! ```text
//! Σ_k(n) = B_k (1 + 1/N_k) + c(n) W,     c(n) = ρ + (1 − ρ)/n
//! ```
//!
//! and, the covariance itself being learnt from `N_k` shipments, the density is Student's t with `4 + N_k` degrees of
//! freedom. `W` and `ρ` are pooled over headings (with one scale factor per heading), `B_k` is shrunk to the pooled one by
//! 12 shipments' worth. Counts are shipments, never patches. Headings whose densities overlap (Bhattacharyya coefficient
//! ≥ 0.3) form equivalence groups. A heading that is absent is *borrowed* from its chapter's others: it may explain, never
//! accuse. Unknown things have a density of their own: everything seen, with twice its covariance.
//!
//! # Goods: transport of mass
//!
//! For segment `i` with mean `z_i` and line `j`, with temperature `T` and a probability `δ_i` that the segment is ill-made:
//!
//! ```text
//! ln p_ij = ln((1 − δ_i) p(z_i | j) + δ_i p_unknown(z_i))
//! ln q_i  = ln((1 − ω) · mean over headings outside the lines' groups p(z_i | h) + ω p_unknown(z_i))
//! Δ_i     = (ln q_i − ln Σ_j w_j p_ij) / T, bounded
//! I(Δ)    = ∫ Π_i ((1 − φ) + φ e^{Δ_i}) dF(φ),   F the arcsine law over the undeclared share φ
//! LLR     = ln((1 − ω) I(Δ other headings) + ω I(Δ unknown)) − ln((1 − ν) + ν I(Δ unknown))
//! ```
//!
//! An honest load of `n` clear segments gives `LLR ≈ −½ ln(π n)`; one clear segment in a large load is enough to raise it. A load
//! that looks like nothing known gives `ln(ω/ν)` at most: it may be the declared goods in a form not seen before. Kilograms come from entropic unbalanced transport ([`transport`]) with affinities `ln p_ij / T + ln w_j`, line
//! capacities with a tolerance, dunnage ≤ 3 %, and the sink *undeclared* whose prior share is the posterior mean of `φ`.
//! For grade `processed` attenuation area stands for mass and every kilogram is `None`.
//!
//! # Beside it
//!
//! Total mass (Gaussian in `ln(observed/declared)`, tail probabilities where opaque), empty and not empty, material classes,
//! the model's concealment map and odd patches (Gumbel laws of a box's largest value), structure, volume, container number,
//! the declaration itself, scan quality. Each gives a log-likelihood ratio, or says why it could not be made.
//!
//! # Fusion
//!
//! ```text
//! c_k = weight_k · min(ln(1 − s_k + s_k e^{LLR_k}), cap_k)         ln odds = prior + Σ_k c_k
//! score = 100 / (1 + e^{−(ln odds − midpoint)/slope})              interval: ± 1.645 √(σ₀² + Σ (κ c_k)²)
//! ```
//!
//! `s_k` is the share of wrong boxes that are wrong in the way check `k` sees. The reasons' contributions add up to the
//! log-odds exactly. Not covered, unreadable and ambiguous set [`Verdict::is_unknown`]: then the risk is never low and the
//! lane never green, whatever the sum.
//!
//! # Who may accuse
//!
//! A library node that is known from phantoms only never accuses a real scan of misdescription. A scan does not know whether
//! it is a phantom, so this is the policy's switch `lanes.phantom_only_may_accuse`: false in `models/policy/default.toml`
//! (such claims lead to yellow at most), true in `models/policy/demo.toml`, which judges phantoms.

mod builder;
mod checks;
mod clusters;
mod context;
mod decision;
mod density;
mod distribution;
mod equivalence;
mod evaluate;
mod evidence;
mod explanation;
mod fit;
mod fusion;
mod goods;
mod library;
mod line;
mod matrix;
mod node;
mod peaks;
mod pieces;
mod policy;
mod profile;
mod shipment;
mod subject;
mod transport;
mod verdict;
mod wording;

mod error;

pub use builder::LibraryBuilder;
pub use checks::{Basis, CheckResult};
pub use context::Context;
pub use decision::{Decision, decide};
pub use error::VerifyError;
pub use evaluate::{EvaluationInputs, evaluate};
pub use explanation::ExplainedSegment;
pub use fit::{FitCase, FitReport, fit};
pub use goods::{Goods, code_name, goods, heading_name};
pub use library::{CoverageRow, DUNNAGE, GradeModel, LIBRARY_FORMAT, Library, LibraryHeader, LibraryProvenance};
pub use node::{CoverageState, MaterialProfile, Node, Prototype, SampleSource, ShipmentCounts, Spread};
pub use policy::{GreenPolicy, LanePolicy, POLICY_FORMAT, Policy, RandomLane, RandomPolicy, SafetyPolicy, Tier};
pub use profile::{
    CheckWeight, EmptyProfile, ExtremeProfile, FusionProfile, MassProfile, MaterialProfileParameters, PROFILE_FORMAT,
    PriorProfile, ReadingProfile, RiskProfile, TransportProfile,
};
pub use shipment::{BoxFacts, PatchSample, SegmentSample, ShipmentSample};
pub use transport::{Column, Problem, Row, Transported, transport};
pub use verdict::{Verdict, verify};
