use crate::dice::Dice;

/// World manufacturer identifiers of cars and of motorcycles, by country of origin (ISO 3780).
const MAKERS: &[(&str, &str, &str)] = &[
    ("CN", "LFV", "LCE"),
    ("DE", "WBA", "WB1"),
    ("JP", "JTD", "JYA"),
    ("US", "1FA", "1HD"),
    ("KR", "KMH", "KMY"),
    ("GB", "SAL", "SMT"),
    ("IT", "ZFF", "ZDM"),
    ("IN", "MA3", "MD2"),
    ("TH", "MMB", "MLH"),
];
/// Characters of a VIN: no I, O and Q.
const CHARACTERS: &[u8] = b"0123456789ABCDEFGHJKLMNPRSTUVWXYZ";
/// Characters of the model year, 2018 to 2026.
const YEARS: &[u8] = b"JKLMNPRST";

/// Value of a character and weight of its place (49 CFR 565.15, GB 16735-2019 annex A).
fn value(character: u8) -> u32 {
    match character {
        b'0'..=b'9' => u32::from(character - b'0'),
        b'A'..=b'H' => u32::from(character - b'A') + 1,
        b'J'..=b'N' => u32::from(character - b'J') + 1,
        b'P' => 7,
        b'R' => 9,
        b'S'..=b'Z' => u32::from(character - b'S') + 2,
        _ => 0,
    }
}
const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
/// Place of the check digit.
const CHECK: usize = 8;

fn check_digit(vin: &[u8]) -> u8 {
    let sum: u32 = vin.iter().zip(WEIGHTS).map(|(character, weight)| value(*character) * weight).sum();
    match sum % 11 {
        10 => b'X',
        rest => b'0' + rest as u8,
    }
}

/// Vehicle identification numbers of one shipment: one maker and model, serials that follow each other with gaps.
pub(super) fn vins(dice: &mut Dice, origin: &str, is_motorcycle: bool, count: usize) -> Vec<String> {
    let known = MAKERS.iter().find(|(country, ..)| *country == origin);
    let (_, car, motorcycle) = known.unwrap_or(&MAKERS[0]);
    let maker = if is_motorcycle { motorcycle } else { car };
    let mut model = || dice.pick(CHARACTERS).copied().unwrap_or(b'A');
    let model = [model(), model(), model(), model(), model()];
    let year = dice.pick(YEARS).copied().unwrap_or(b'T');
    let plant = dice.pick(b"ABCDEFGH").copied().unwrap_or(b'A');
    let mut serial = dice.whole(10_000, 900_000);
    let mut found = Vec::with_capacity(count);
    for _ in 0..count {
        serial += dice.whole(1, 9);
        let mut vin = Vec::with_capacity(17);
        vin.extend_from_slice(maker.as_bytes());
        vin.extend_from_slice(&model);
        vin.extend_from_slice(&[b'0', year, plant]);
        vin.extend_from_slice(format!("{serial:06}").as_bytes());
        vin[CHECK] = check_digit(&vin);
        found.push(vin.into_iter().map(char::from).collect());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_those_of_published_vins() {
        // The example of 49 CFR 565 commentaries, and two of vehicles on the road.
        for vin in ["1M8GDM9AXKP042788", "11111111111111111", "5GZCZ43D13S812715"] {
            assert_eq!(check_digit(vin.as_bytes()), vin.as_bytes()[CHECK], "{vin}");
        }
    }

    #[test]
    fn vins_are_sound_and_differ() {
        let found = vins(&mut Dice::new(1, "vins"), "DE", false, 40);
        let distinct: std::collections::BTreeSet<&String> = found.iter().collect();
        assert_eq!(distinct.len(), 40);
        for vin in &found {
            assert_eq!((vin.len(), &vin[..3]), (17, "WBA"));
            assert!(vin.bytes().all(|c| CHARACTERS.contains(&c)), "{vin}");
            assert_eq!(check_digit(vin.as_bytes()), vin.as_bytes()[CHECK], "{vin}");
        }
    }
}
