use crate::terms::{Measured, Stated};

/// What a trader knows of one line of a shipment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LineFacts {
    pub(crate) stated: Stated,
    pub(crate) net_kg: f64,
    pub(crate) gross_kg: f64,
    pub(crate) packages: f64,
    pub(crate) pieces: f64,
}

impl LineFacts {
    /// Its quantities, of which `net_kg` are stated.
    pub(crate) fn measured(&self, net_kg: f64) -> Measured {
        Measured { net_kg, packages: self.packages, pieces: self.pieces }
    }
}

/// What a trader and a weighbridge know of one container.
#[derive(Debug, Clone)]
pub(crate) struct BoxFacts {
    /// Goods as claimed, gross.
    pub(crate) claimed_kg: f64,
    /// All that is really in it.
    pub(crate) real_kg: f64,
}
