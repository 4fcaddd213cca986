//! Guards at both ends of a session: planes that go in and tensors that come out are as the card says or are errors.

use pellucid_core::PlaneStack;

use crate::{Card, CardOutput, ClassifyError, Meaning};

/// Input values are attenuations over 8, transmissions and flags: anything beyond this is a fault upstream.
const MAX_INPUT: f32 = 64.0;
/// Bound of an embedding's values.
const MAX_EMBEDDING: f32 = 1000.0;
/// Rounding that probabilities may show.
const PROBABILITY_SLACK: f32 = 1e-3;

/// Checks planes against the card's input.
///
/// # Errors
/// Another number of planes, another size, values that are not finite or absurd.
pub(crate) fn check_input(card: &Card, planes: &PlaneStack) -> Result<(), ClassifyError> {
    let fail = |fault: String| Err(ClassifyError::Input { name: card.name.clone(), fault });
    let input = &card.input;
    if (planes.channels, planes.height) != (input.planes.len(), input.height) || !input.widths.contains(&planes.width)
    {
        return fail(format!(
            "{} x {} x {} is not {} x {} x one of {:?}",
            planes.channels,
            planes.height,
            planes.width,
            input.planes.len(),
            input.height,
            input.widths
        ));
    }
    if planes.values.len() != planes.channels * planes.height * planes.width {
        return fail(format!("{} values do not fill the planes", planes.values.len()));
    }
    match planes.values.iter().position(|value| !value.is_finite() || value.abs() > MAX_INPUT) {
        Some(index) => fail(format!("value {} at {index} is not usable", planes.values[index])),
        None => Ok(()),
    }
}

/// Copies one output tensor out of ONNX Runtime after checking it against its entry in the card.
///
/// # Errors
/// Another shape, values that are not finite or outside what their meaning allows.
pub(crate) fn take_output(
    card: &Card,
    output: &CardOutput,
    input: &PlaneStack,
    shape: &[i64],
    values: &[f32],
) -> Result<PlaneStack, ClassifyError> {
    let fail = |fault: String| Err(ClassifyError::Output { name: card.name.clone(), fault });
    let tensor = &output.tensor;
    let (height, width) = (input.height / output.stride, input.width / output.stride);
    let expected = [1, output.channels, height, width];
    if shape.len() != 4 || shape.iter().zip(expected).any(|(have, want)| usize::try_from(*have) != Ok(want)) {
        return fail(format!("{tensor} has shape {shape:?}, not {expected:?}"));
    }
    let is_allowed = |value: &f32| match output.meaning {
        Meaning::Embedding => value.abs() <= MAX_EMBEDDING,
        Meaning::Softmax | Meaning::Sigmoid => (-PROBABILITY_SLACK..=1.0 + PROBABILITY_SLACK).contains(value),
    };
    if let Some(index) = values.iter().position(|value| !is_allowed(value)) {
        return fail(format!("{tensor} holds {} at {index}", values[index]));
    }
    let cells = height * width;
    if output.meaning == Meaning::Softmax {
        for cell in 0..cells {
            let sum: f32 = (0..output.channels).map(|c| values[c * cells + cell]).sum();
            if (sum - 1.0).abs() > 10.0 * PROBABILITY_SLACK {
                return fail(format!("{tensor} sums to {sum} in cell {cell}"));
            }
        }
    }
    Ok(PlaneStack { channels: output.channels, height, width, values: values.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::tests::CARD;

    fn planes(width: usize) -> PlaneStack {
        PlaneStack { channels: 2, height: 160, width, values: vec![0.5; 2 * 160 * width] }
    }

    #[test]
    fn planes_that_the_card_does_not_allow_are_refused() {
        let card = Card::parse(CARD).unwrap();
        assert!(check_input(&card, &planes(256)).is_ok());
        assert!(check_input(&card, &planes(320)).is_err(), "no such width");
        let mut other = planes(256);
        other.values[77] = f32::NAN;
        assert!(check_input(&card, &other).unwrap_err().to_string().contains("NaN at 77"));
        other.values[77] = f32::INFINITY;
        assert!(check_input(&card, &other).is_err());
        other.values.pop();
        assert!(check_input(&card, &other).is_err());
    }

    fn check(tensor: &str, cell: f32, shape: [i64; 4], expect: Option<&str>) {
        let card = Card::parse(CARD).unwrap();
        let output = card.output(tensor).unwrap();
        let values = vec![cell; output.channels * 40 * 64];
        let result = take_output(&card, output, &planes(256), &shape, &values);
        match expect {
            None => assert_eq!(result.unwrap().values, values),
            Some(fault) => {
                let said = result.unwrap_err().to_string();
                assert!(said.contains(fault), "{said}");
            }
        }
    }

    #[test]
    fn outputs_are_guarded_by_their_meaning() {
        check("classes", 0.2, [1, 5, 40, 64], None);
        check("classes", 0.3, [1, 5, 40, 64], Some("sums to 1.5"));
        check("classes", 0.2, [1, 5, 64, 40], Some("has shape"));
        check("castings", 1.0, [1, 1, 40, 64], None);
        check("castings", 1.1, [1, 1, 40, 64], Some("holds 1.1"));
        check("castings", f32::NAN, [1, 1, 40, 64], Some("holds NaN"));
    }
}
