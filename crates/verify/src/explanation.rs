//! Segments explained by declared lines: densities → evidence → transport → kilograms.

use pellucid_core::{Grade, Interval, Region};

use crate::VerifyError;
use crate::distribution::{log_add, log_sum, logistic};
use crate::evidence::undeclared_evidence;
use crate::library::{DUNNAGE, GradeModel, Library};
use crate::line::Line;
use crate::node::CoverageState;
use crate::pieces::{Piece, measure};
use crate::profile::{RiskProfile, TransportProfile};
use crate::subject::Subject;
use crate::transport::{Column, Problem, Row, transport};
use crate::wording::around;

/// A segment as the transport left it: what a map draws.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainedSegment {
    /// Index of its container in the observation.
    pub container: usize,
    /// Index of the segment in that container.
    pub segment: usize,
    /// Where.
    pub region: Region,
    /// Mass in kg, or attenuation area in m² for grade `processed`.
    pub amount: f64,
    /// Share that no line explains, in [0, 1].
    pub undeclared_share: f64,
    /// Share per declared line, in the declaration's order.
    pub line_shares: Vec<f64>,
    /// Tempered log-likelihood ratio, undeclared over declared.
    pub log_ratio: f64,
}

/// An amount with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Amount {
    /// Share of the observed cargo, in [0, 1].
    pub(crate) share: f64,
    /// Best value in kg; `None` for grade `processed`.
    pub(crate) best_kg: Option<f64>,
    /// 90 % interval in kg.
    pub(crate) kg: Option<Interval>,
}

/// What a line explains.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ExplainedLine {
    pub(crate) found: Amount,
    pub(crate) likeness: Option<f64>,
    pub(crate) regions: Vec<Region>,
}

/// What undeclared cargo looks like: heading (`None`: nothing known), share of it, whether only phantoms say so.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Guess {
    pub(crate) heading: Option<String>,
    pub(crate) share: f64,
    pub(crate) is_phantom_only: bool,
}

/// All segments of a subject, explained.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Explanation {
    pub(crate) segments: Vec<ExplainedSegment>,
    pub(crate) lines: Vec<ExplainedLine>,
    pub(crate) undeclared: Amount,
    pub(crate) undeclared_region: Option<Region>,
    pub(crate) guesses: Vec<Guess>,
    /// Of "some share is undeclared" over "none is".
    pub(crate) log_likelihood_ratio: f64,
    /// Segments whose amount was measured.
    pub(crate) total_kg: Option<f64>,
}

/// 90 % of a normal distribution lie within this many standard deviations.
const Z90: f64 = 1.644_853_626_951_472_2;
const DUNNAGE_PENALTY: f64 = 60.0;
/// Rows of which a larger share than this is undeclared or censored count as such in intervals.
const NOTABLE: f64 = 0.05;

/// Explains the subject's segments; `None` when the library knows nothing at this grade or there are no segments.
pub(crate) fn explain(
    subject: &Subject<'_>,
    lines: &[Line<'_>],
    library: &Library,
    grade: Grade,
    profile: &RiskProfile,
) -> Result<Option<Explanation>, VerifyError> {
    let (Some(densities), Some(model)) = (library.densities(grade), library.grade(grade)) else { return Ok(None) };
    if lines.is_empty() || subject.boxes.iter().all(|(_, b)| b.segments.is_empty()) {
        return Ok(None);
    }
    let parameters = &profile.transport;
    let headings: Vec<&str> = model.nodes.iter().map(|n| n.heading.as_str()).collect();
    // A line of another box explains nothing here, and its goods are undeclared here.
    let outside_of = |position: usize| -> Vec<usize> {
        let here = || lines.iter().filter(|line| subject.may_hold(position, line.item.line));
        let is_outside = |h: &str| h != DUNNAGE && !here().any(|line| line.lookup.group.contains(h));
        (0..headings.len()).filter(|i| is_outside(headings[*i])).collect()
    };
    let goods: Vec<usize> = (0..headings.len()).filter(|i| headings[*i] != DUNNAGE).collect();
    let dunnage = headings.iter().position(|h| *h == DUNNAGE);

    let mut pieces = measure(subject, densities, &headings, grade, parameters)?;
    let total: f64 = pieces.iter().map(|p| p.amount).sum();
    let known = |piece: &Piece, nodes: &[usize]| {
        let values: Vec<f64> = nodes.iter().map(|i| piece.nodes[*i]).collect();
        if values.is_empty() { piece.outlier } else { log_sum(&values) - libm::log(values.len() as f64) }
    };
    let mixture = |piece: &Piece, nodes: &[usize], unknown: f64| {
        log_add(known(piece, nodes) + libm::log(1.0 - unknown), piece.outlier + libm::log(unknown))
    };
    for piece in &mut pieces {
        piece.outside = outside_of(piece.position);
        piece.sink = mixture(piece, &piece.outside, parameters.unknown_share);
        let share = (piece.amount / total).max(1e-9);
        let fault = (parameters.segment_fault_rate * (parameters.segment_fault_share / share).max(1.0)).min(0.5);
        let likely = |line: &Line<'_>| match line.lookup.state {
            _ if !subject.may_hold(piece.position, line.item.line) => f64::NEG_INFINITY,
            CoverageState::NotCovered => mixture(piece, &goods, parameters.unknown_share),
            _ => {
                let values: Vec<f64> = line.lookup.nodes.iter().map(|i| piece.nodes[*i]).collect();
                let known = log_sum(&values) - libm::log(values.len() as f64);
                log_add(known + libm::log(1.0 - fault), piece.outlier + libm::log(fault))
            }
        };
        let values: Vec<f64> = lines.iter().map(likely).collect();
        piece.lines = values;
        piece.dunnage = dunnage.map_or(piece.outlier, |i| piece.nodes[i]);
        let mut declared: Vec<f64> =
            piece.lines.iter().zip(lines).map(|(l, line)| l + libm::log(line.share.max(1e-6))).collect();
        if dunnage.is_some() && parameters.dunnage_share > 0.0 {
            declared.push(piece.dunnage + libm::log(parameters.dunnage_share));
        }
        let cap = parameters.segment_cap;
        let declared = log_sum(&declared);
        let ratio = |other: f64| ((other - declared) / parameters.temperature).clamp(-cap, cap);
        piece.log_ratio = ratio(piece.sink);
        piece.known_ratio = ratio(known(piece, &piece.outside));
        piece.unknown_ratio = ratio(piece.outlier);
    }
    let ratios: Vec<[f64; 2]> = pieces.iter().map(|p| [p.known_ratio, p.unknown_ratio]).collect();
    let (log_likelihood_ratio, fraction) = undeclared_evidence(&ratios, parameters);
    Ok(Some(move_mass(subject, lines, pieces, model, fraction, log_likelihood_ratio, parameters)))
}

fn move_mass(
    subject: &Subject<'_>,
    lines: &[Line<'_>],
    pieces: Vec<Piece>,
    model: &GradeModel,
    fraction: f64,
    log_likelihood_ratio: f64,
    parameters: &TransportProfile,
) -> Explanation {
    let l = lines.len();
    let columns_count = l + 2;
    let total: f64 = pieces.iter().map(|p| p.amount).sum();
    let has_mass = pieces.iter().all(|p| p.kg.is_some());
    let t = parameters.temperature;
    let keep = libm::log(1.0 - fraction);
    let mut affinity = Vec::with_capacity(pieces.len() * columns_count);
    for piece in &pieces {
        for (value, line) in piece.lines.iter().zip(lines) {
            affinity.push(value / t + libm::log(line.share.max(1e-6)) + keep);
        }
        affinity.push(piece.dunnage / t + libm::log(parameters.dunnage_share.max(1e-9)) + keep);
        affinity.push(piece.sink / t + libm::log(fraction));
    }
    let known = lines.iter().all(|line| line.kg.is_some());
    let mut columns: Vec<Column> = lines
        .iter()
        .map(|line| {
            let (lo_penalty, hi_penalty) = (parameters.demand_penalty, parameters.capacity_penalty);
            match line.kg {
                Some(kg) if has_mass => Column {
                    lo: kg.lo * (1.0 - parameters.capacity_tolerance).max(0.0),
                    hi: kg.hi.map_or(f64::INFINITY, |hi| hi.max(1.0) * (1.0 + parameters.capacity_tolerance)),
                    lo_penalty,
                    hi_penalty,
                },
                Some(_) if known => Column {
                    lo: 0.0,
                    hi: (line.share * total).max(1e-6) * (1.0 + parameters.capacity_tolerance_processed),
                    lo_penalty,
                    hi_penalty,
                },
                _ => Column { lo: 0.0, hi: f64::INFINITY, lo_penalty, hi_penalty },
            }
        })
        .collect();
    columns.push(Column {
        lo: 0.0,
        hi: (parameters.dunnage_share * total).max(1e-9),
        lo_penalty: DUNNAGE_PENALTY,
        hi_penalty: DUNNAGE_PENALTY,
    });
    columns.push(Column { lo: 0.0, hi: f64::INFINITY, lo_penalty: 1.0, hi_penalty: 1.0 });
    let rows: Vec<Row> = pieces.iter().map(|p| Row { mass: p.amount, top: p.top }).collect();
    let plan = transport(&Problem { rows: &rows, columns: &columns, affinity: &affinity });
    let moved: f64 = plan.mass.iter().sum();

    let amount = |column: usize| {
        let mut best = 0.0;
        let mut interval = Interval::exactly(0.0);
        let mut variance = 0.0;
        for (piece, sent) in pieces.iter().zip(plan.mass.chunks_exact(columns_count)) {
            let whole: f64 = sent.iter().sum();
            let share = sent[column] / whole;
            best += sent[column];
            variance += whole * whole * share * (1.0 - share);
            if let Some(kg) = piece.kg {
                let hi = match kg.hi {
                    Some(hi) => Some(share * hi),
                    None if share < NOTABLE => Some(share * whole),
                    None => None,
                };
                interval = interval.plus(Interval { lo: share * kg.lo, hi });
            }
        }
        let doubt = Z90 * variance.sqrt();
        let kg = Interval { lo: (interval.lo - doubt).max(0.0), hi: interval.hi.map(|hi| hi + doubt) };
        Amount {
            share: if moved > 0.0 { best / moved } else { 0.0 },
            best_kg: has_mass.then_some(best),
            kg: has_mass.then_some(kg),
        }
    };
    let shares = |piece: usize, column: usize| {
        let sent = &plan.mass[piece * columns_count..(piece + 1) * columns_count];
        sent[column] / sent.iter().sum::<f64>()
    };
    let explained_lines = (0..l)
        .map(|j| {
            let found = amount(j);
            let mut weight = 0.0;
            let mut like = 0.0;
            let mut regions = Vec::new();
            for (i, piece) in pieces.iter().enumerate() {
                let sent = plan.mass[i * columns_count + j];
                weight += sent;
                like += sent * logistic((piece.lines[j] - piece.sink) / t);
                if shares(i, j) >= 0.5 {
                    regions.push(piece.region);
                }
            }
            let is_covered = lines[j].lookup.state != CoverageState::NotCovered;
            // A line that received nothing is as like as its best segment.
            let best = pieces.iter().map(|p| logistic((p.lines[j] - p.sink) / t)).fold(0.0, f64::max);
            let likeness = if weight > 1e-6 * moved { like / weight } else { best };
            ExplainedLine { found, likeness: is_covered.then_some(likeness), regions }
        })
        .collect();

    let undeclared = amount(l + 1);
    let share_of = |i: usize| shares(i, l + 1);
    let region = undeclared_region(subject, &pieces, &share_of);
    let guesses = guess(&pieces, &share_of, model, parameters);
    let segments = pieces
        .iter()
        .enumerate()
        .map(|(i, p)| ExplainedSegment {
            container: p.container,
            segment: p.segment,
            region: p.region,
            amount: p.amount,
            undeclared_share: share_of(i),
            line_shares: (0..l).map(|j| shares(i, j)).collect(),
            log_ratio: p.log_ratio,
        })
        .collect();
    Explanation {
        segments,
        lines: explained_lines,
        undeclared,
        undeclared_region: region,
        guesses,
        log_likelihood_ratio,
        total_kg: has_mass.then_some(total),
    }
}

fn undeclared_region(subject: &Subject<'_>, pieces: &[Piece], share: &dyn Fn(usize) -> f64) -> Option<Region> {
    let guilty: Vec<usize> = (0..pieces.len()).filter(|i| share(*i) >= 0.5).collect();
    let heaviest =
        guilty.iter().copied().max_by(|a, b| pieces[*a].amount.total_cmp(&pieces[*b].amount).then(b.cmp(a)))?;
    // Regions of two boxes are not joined.
    let container = pieces[heaviest].container;
    let px = around(guilty.iter().filter(|i| pieces[**i].container == container).map(|i| pieces[*i].region.px))?;
    let view = subject.boxes.iter().find(|(i, _)| *i == container).map(|(_, b)| b.region.view)?;
    Some(Region { view, px })
}

fn guess(
    pieces: &[Piece],
    share: &dyn Fn(usize) -> f64,
    model: &GradeModel,
    parameters: &TransportProfile,
) -> Vec<Guess> {
    // One sum per node, and one for unknown things.
    let mut sums = vec![0.0; model.nodes.len() + 1];
    for (i, piece) in pieces.iter().enumerate() {
        let n = piece.outside.len().max(1) as f64;
        let prior = libm::log((1.0 - parameters.unknown_share) / n);
        let mut logs: Vec<f64> =
            piece.outside.iter().map(|k| (piece.nodes[*k] + prior) / parameters.temperature).collect();
        logs.push((piece.outlier + libm::log(parameters.unknown_share)) / parameters.temperature);
        let all = log_sum(&logs);
        let places = piece.outside.iter().copied().chain([model.nodes.len()]);
        for (k, log) in places.zip(&logs) {
            sums[k] += share(i) * piece.amount * libm::exp(log - all);
        }
    }
    let total: f64 = sums.iter().sum();
    let mut guesses: Vec<Guess> = sums
        .iter()
        .enumerate()
        .filter(|(_, sum)| **sum > 0.0)
        .map(|(k, sum)| {
            let node = model.nodes.get(k);
            Guess {
                heading: node.map(|n| n.heading.clone()),
                share: sum / total,
                is_phantom_only: node.is_some_and(|n| n.shipments.state() == CoverageState::PhantomOnly),
            }
        })
        .collect();
    guesses.sort_by(|a, b| b.share.total_cmp(&a.share).then(a.heading.cmp(&b.heading)));
    guesses
}
