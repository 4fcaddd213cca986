use super::Session;
use crate::failure::Failure;

/// `pellucid config`.
pub(crate) fn run(session: &Session) -> Result<(), Failure> {
    let text = session.config.to_toml();
    let shown: toml::Value = toml::from_str(&text).unwrap_or(toml::Value::Boolean(false));
    session.answer(&shown, || text)
}
