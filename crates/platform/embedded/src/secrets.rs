//! Tokens, passwords and short ids that nobody can guess.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use onramp_core::{model::Secret, port::Random};
use zeroize::Zeroizing;

const TOKEN_BYTES: usize = 32;
const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const PASSWORD_LETTERS: usize = 24;
const SHORT_ID_LETTERS: usize = 24;
/// With this a personal access token begins; no session's token does, their letters are chance.
const PAT_PREFIX: &str = "pat_";
const SESSION_PREFIX: &str = "ort_";

/// A token of a session.
pub(crate) fn session_token(random: &dyn Random) -> Secret {
    token(SESSION_PREFIX, random)
}

/// A personal access token.
pub(crate) fn pat(random: &dyn Random) -> Secret {
    token(PAT_PREFIX, random)
}

/// A password.
pub(crate) fn password(random: &dyn Random) -> Secret {
    Secret::new(letters(PASSWORD_LETTERS, random))
}

/// The end of a role's id.
pub(crate) fn short_id(random: &dyn Random) -> String {
    letters(SHORT_ID_LETTERS, random)
}

fn token(prefix: &str, random: &dyn Random) -> Secret {
    let mut bytes = Zeroizing::new([0; TOKEN_BYTES]);
    random.fill(&mut bytes[..]);
    let mut text = prefix.to_owned();
    URL_SAFE_NO_PAD.encode_string(&bytes[..], &mut text);
    Secret::new(text)
}

/// Letters and digits, each as likely as any other.
fn letters(count: usize, random: &dyn Random) -> String {
    let mut text = String::with_capacity(count);
    while text.len() < count {
        let mut bytes = Zeroizing::new([0; 32]);
        random.fill(&mut bytes[..]);
        // The bytes above the largest multiple of 62 would favour the first letters.
        let fair =
            bytes.iter().filter(|byte| **byte < 248).map(|byte| char::from(LETTERS[usize::from(byte % 62)]));
        text.extend(fair.take(count - text.len()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU8, Ordering};

    struct Counting(AtomicU8);

    impl Random for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed));
        }
        fn uuid(&self) -> String {
            String::new()
        }
    }

    #[test]
    fn secrets_have_their_shape() {
        let random = Counting(AtomicU8::new(240));
        let password = password(&random);
        assert_eq!(password.expose().len(), 24);
        assert!(password.expose().bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let token = pat(&random);
        assert_eq!(token.expose().len(), 4 + 43);
        assert!(token.expose().starts_with("pat_"));
        assert_ne!(session_token(&random), session_token(&random));
    }
}
