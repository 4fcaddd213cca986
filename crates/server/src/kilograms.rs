use pellucid_core::{Grade, Interval, MassEstimate};

/// An interval of kilograms in a few characters.
pub(crate) fn interval(kg: Interval) -> String {
    match kg.hi {
        Some(hi) => format!("{}–{} kg", grouped(kg.lo), grouped(hi)),
        None => format!("≥ {} kg", grouped(kg.lo)),
    }
}

/// The likeliest mass with its interval; where the load is opaque no mass is likeliest, and only the lower bound is said.
pub(crate) fn likeliest(best_kg: f64, kg: Interval) -> String {
    match kg.hi {
        Some(_) => format!("{} kg ({})", grouped(best_kg), interval(kg)),
        None => interval(kg),
    }
}

/// A container's mass: as above, the interval where its composition is known to be the measured one (with a single band: the
/// assumed one), and how much of it is opaque.
pub(crate) fn cargo_mass(mass: &MassEstimate, grade: Grade) -> String {
    let composition = if grade == Grade::DualEnergyRaw { "what was measured" } else { "what is assumed" };
    let known = interval(mass.known_composition_kg);
    let opaque = match 100.0 * mass.opaque_share {
        percent if percent >= 0.05 => format!(", {percent:.1} % opaque"),
        _ => String::new(),
    };
    format!("{}; {known} if it is made of {composition}{opaque}", likeliest(mass.best_kg, mass.kg))
}

/// A whole number with its thousands apart.
pub(crate) fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0.0 && digits != "0" { format!("−{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use pellucid_core::MassBudget;

    use super::*;

    #[test]
    fn an_opaque_load_has_a_lower_bound_and_no_best() {
        assert_eq!(likeliest(3310.4, Interval { lo: 2982.3, hi: None }), "≥ 2,982 kg");
        assert_eq!(likeliest(3310.4, Interval::new(2982.3, 4000.0)), "3,310 kg (2,982–4,000 kg)");
        let mass = |hi, opaque_share| MassEstimate {
            best_kg: 3310.4,
            kg: Interval { lo: 2982.3, hi },
            known_composition_kg: Interval { lo: 3100.0, hi: hi.map(|hi| hi - 100.0) },
            budget: MassBudget::default(),
            opaque_share,
        };
        let open = cargo_mass(&mass(Some(4000.0), 0.0), Grade::DualEnergyRaw);
        assert_eq!(open, "3,310 kg (2,982–4,000 kg); 3,100–3,900 kg if it is made of what was measured");
        assert_eq!(
            cargo_mass(&mass(None, 0.25), Grade::SingleEnergyRaw),
            "≥ 2,982 kg; ≥ 3,100 kg if it is made of what is assumed, 25.0 % opaque"
        );
    }

    #[test]
    fn thousands_stand_apart() {
        for (value, text) in
            [(0.4, "0"), (999.6, "1,000"), (12_345_678.0, "12,345,678"), (-1500.0, "−1,500"), (-0.2, "0")]
        {
            assert_eq!(grouped(value), text);
        }
    }
}
