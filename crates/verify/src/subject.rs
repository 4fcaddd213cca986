//! Which box of the scan, and which container of the declaration, an evaluation is about.

use pellucid_core::{
    Bilingual, ContainerNumber, ContainerObservation, Declaration, DeclaredContainer, IsoSize, Observation,
};

use crate::context::Context;

/// Boxes and containers that belong together.
#[derive(Debug, Clone)]
pub(crate) struct Subject<'a> {
    /// Boxes with their index in the observation.
    pub(crate) boxes: Vec<(usize, &'a ContainerObservation)>,
    /// Containers of the declaration.
    pub(crate) declared: Vec<&'a DeclaredContainer>,
    /// Whether the declaration says that the box is empty.
    pub(crate) is_declared_empty: bool,
    /// Whether these are all containers of the declaration, so that shipment totals are box totals.
    pub(crate) is_whole_shipment: bool,
}

impl Subject<'_> {
    /// Whether the i-th box is taken to be the i-th container.
    pub(crate) fn is_paired(&self) -> bool {
        self.boxes.len() == self.declared.len()
    }

    /// Whether a line may be in a box.
    pub(crate) fn may_hold(&self, position: usize, line: u32) -> bool {
        match self.declared.get(position) {
            Some(container) if self.is_paired() => container.items.is_empty() || container.items.contains(&line),
            _ => true,
        }
    }

    /// Whether other shipments may be inside.
    pub(crate) fn is_shared(&self) -> bool {
        self.declared.iter().any(|c| c.lcl)
    }

    /// ISO size of a box: as observed, else as declared.
    pub(crate) fn size(&self, position: usize) -> Option<IsoSize> {
        let observed = self.boxes.get(position).and_then(|(_, b)| b.size);
        let declared = match self.declared.as_slice() {
            [one] => Some(one),
            many => many.get(position),
        };
        observed.or_else(|| declared.and_then(|c| c.size_type.as_deref()).and_then(IsoSize::from_code))
    }
}

/// Subjects that come into question (several when it cannot be told which box is meant), and why it could not be told.
pub(crate) struct Selection<'a> {
    pub(crate) candidates: Vec<Subject<'a>>,
    pub(crate) doubts: Vec<Bilingual>,
}

pub(crate) fn select<'a>(
    declaration: &'a Declaration,
    observation: &'a Observation,
    context: &Context,
    least_confidence: f64,
) -> Selection<'a> {
    let boxes: Vec<(usize, &ContainerObservation)> = observation
        .containers
        .iter()
        .enumerate()
        .filter(|(_, c)| f64::from(c.confidence) >= least_confidence)
        .collect();
    let mut doubts = Vec::new();
    let declared = declared_containers(declaration, context, boxes.len(), &mut doubts);
    let pair = |boxes: Vec<(usize, &'a ContainerObservation)>, declared: Vec<&'a DeclaredContainer>| Subject {
        boxes,
        is_declared_empty: declaration.items.is_empty(),
        is_whole_shipment: declaration.containers.len() <= declared.len().max(1),
        declared,
    };
    let make = |boxes| pair(boxes, declared.clone());
    if let ([a, b], 2) = (declared.as_slice(), boxes.len()) {
        // Which is which is not known, and both are judged: the order that fits better is believed.
        let orders = [vec![*a, *b], vec![*b, *a]];
        let candidates = orders.into_iter().map(|order| pair(boxes.clone(), order)).collect();
        return Selection { candidates, doubts };
    }
    if boxes.len() <= 1 || declared.len() == boxes.len() {
        return Selection { candidates: vec![make(boxes)], doubts };
    }
    if let Some(index) = context.container_index
        && let Some(found) = boxes.iter().find(|(i, _)| *i == index)
    {
        return Selection { candidates: vec![make(vec![*found])], doubts };
    }
    if let [one] = declared.as_slice()
        && let Some(size) = one.size_type.as_deref().and_then(IsoSize::from_code)
    {
        let of_size: Vec<_> = boxes.iter().filter(|(_, b)| b.size == Some(size)).copied().collect();
        if of_size.len() == 1 {
            return Selection { candidates: vec![make(of_size)], doubts };
        }
    }
    doubts.push(Bilingual::new(
        format!("图像中有 {} 个集装箱，无法确定申报的是哪一个", boxes.len()),
        format!("The scan shows {} containers; it cannot be told which one is declared", boxes.len()),
    ));
    Selection { candidates: boxes.into_iter().map(|b| make(vec![b])).collect(), doubts }
}

fn declared_containers<'a>(
    declaration: &'a Declaration,
    context: &Context,
    boxes: usize,
    doubts: &mut Vec<Bilingual>,
) -> Vec<&'a DeclaredContainer> {
    let all = &declaration.containers;
    if let Some(id) = &context.container {
        return match declaration.container(Some(id)) {
            Some(found) => vec![found],
            // A wrong number is a finding of its own; the only declared container is still the one to compare with.
            None if all.len() == 1 => vec![&all[0]],
            None => Vec::new(),
        };
    }
    if all.len() <= 1 || all.len() == boxes {
        return all.iter().collect();
    }
    let read: Vec<ContainerNumber> = context.containers_read.iter().filter_map(|r| r.id.parse().ok()).collect();
    let named: Vec<&DeclaredContainer> = all.iter().filter(|c| read.contains(&c.id)).collect();
    if !named.is_empty() && named.len() <= boxes.max(1) {
        return named;
    }
    doubts.push(Bilingual::new(
        format!("申报有 {} 个集装箱，无法确定扫描的是哪一个", all.len()),
        format!("The declaration names {} containers; it cannot be told which one was scanned", all.len()),
    ));
    Vec::new()
}
