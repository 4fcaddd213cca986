use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use crate::ClassifyError;

/// The public keys whose signatures make a model package run.
#[derive(Debug, Clone, Default)]
pub struct TrustedKeys {
    keys: Vec<VerifyingKey>,
}

/// The private key that signs model packages.
pub struct ModelSigningKey(SigningKey);

/// Key files hold one key of 64 hexadecimal digits a line; `#` opens a comment.
fn keys_in(text: &str) -> impl Iterator<Item = Result<[u8; 32], ClassifyError>> + '_ {
    text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()).filter(|line| !line.is_empty()).map(
        |line| {
            let mut key = [0_u8; 32];
            hex::decode_to_slice(line, &mut key)
                .map_err(|_| ClassifyError::Key("a line is not 64 hexadecimal digits".into()))?;
            Ok(key)
        },
    )
}

impl TrustedKeys {
    /// Reads the public keys of a key file's text.
    ///
    /// # Errors
    /// A line that is no key, a key that is no point of the curve, or no key at all.
    pub fn parse(text: &str) -> Result<Self, ClassifyError> {
        let mut keys = Vec::new();
        for bytes in keys_in(text) {
            let key = VerifyingKey::from_bytes(&bytes?)
                .map_err(|_| ClassifyError::Key("64 hexadecimal digits are not an ed25519 public key".into()))?;
            if key.is_weak() {
                return Err(ClassifyError::Key(
                    "a public key is weak: it accepts signatures anybody can make".into(),
                ));
            }
            keys.push(key);
        }
        if keys.is_empty() {
            return Err(ClassifyError::Key("there is none in the text".into()));
        }
        Ok(Self { keys })
    }

    /// Adds the keys of `other`.
    pub fn extend(&mut self, other: Self) {
        self.keys.extend(other.keys);
    }

    /// Whether one of the keys made `signature` (hexadecimal text) over `message`.
    pub(crate) fn accepts(&self, message: &[u8], signature: &str) -> bool {
        let mut bytes = [0_u8; 64];
        if hex::decode_to_slice(signature.trim(), &mut bytes).is_err() {
            return false;
        }
        let signature = Signature::from_bytes(&bytes);
        self.keys.iter().any(|key| key.verify_strict(message, &signature).is_ok())
    }
}

impl ModelSigningKey {
    /// Reads the private key of a key file's text.
    ///
    /// # Errors
    /// Not exactly one key of 64 hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, ClassifyError> {
        let keys = keys_in(text).collect::<Result<Vec<_>, _>>()?;
        match keys.as_slice() {
            [key] => Ok(Self(SigningKey::from_bytes(key))),
            _ => Err(ClassifyError::Key("a private key file holds exactly one key".into())),
        }
    }

    /// Its public key, as key files write it.
    pub fn public_hex(&self) -> String {
        hex::encode(self.0.verifying_key().as_bytes())
    }

    /// The signature over `message`, as `card.toml.sig` holds it.
    pub(crate) fn sign(&self, message: &[u8]) -> String {
        hex::encode(self.0.sign(message).to_bytes())
    }
}

impl std::fmt::Debug for ModelSigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ModelSigningKey(of {})", self.public_hex())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> ModelSigningKey {
        ModelSigningKey::parse(&format!("# private\n{}\n", hex::encode([byte; 32]))).unwrap()
    }

    #[test]
    fn only_trusted_keys_are_accepted_and_only_for_their_message() {
        let (ours, other) = (key(1), key(2));
        let trusted = TrustedKeys::parse(&ours.public_hex()).unwrap();
        assert!(trusted.accepts(b"card", &ours.sign(b"card")));
        assert!(!trusted.accepts(b"card!", &ours.sign(b"card")));
        assert!(!trusted.accepts(b"card", &other.sign(b"card")));
        assert!(!trusted.accepts(b"card", "00"));
        assert!(!TrustedKeys::default().accepts(b"card", &ours.sign(b"card")));
        let mut both = trusted;
        both.extend(TrustedKeys::parse(&other.public_hex()).unwrap());
        assert!(both.accepts(b"card", &other.sign(b"card")));
    }

    #[test]
    fn bad_key_files_are_refused_and_private_keys_are_not_printed() {
        assert!(TrustedKeys::parse("# nothing\n").is_err());
        assert!(TrustedKeys::parse("abc").is_err());
        assert!(TrustedKeys::parse(&"0".repeat(64)).is_err(), "a weak key");
        assert!(ModelSigningKey::parse(&format!("{0}\n{0}\n", "11".repeat(32))).is_err());
        assert!(!format!("{:?}", key(0x11)).contains(&"11".repeat(8)));
    }
}
