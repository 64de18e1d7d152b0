use base64::{Engine, prelude::BASE64_STANDARD};

/// The end of a secret tells it as well as the whole, and is found where only a part of it is.
/// (The beginnings are alike: `sim-google-…`, or the header of a JWT.)
const LENGTH: usize = 16;

/// Secrets, in every shape in which they could be written.
pub struct Needles(Vec<String>);

impl Needles {
    pub fn new(secrets: &[String]) -> Self {
        let mut needles = Vec::new();
        for secret in secrets {
            let bytes = secret.as_bytes();
            needles.push(secret[secret.len() - LENGTH.min(secret.len())..].to_owned());
            needles.push(listed(bytes));
            needles.push(hexadecimal(bytes));
            // A key is more than its base64.
            if let Ok(bytes) = BASE64_STANDARD.decode(secret) {
                needles.extend([bytes_as_text(&bytes), listed(&bytes), hexadecimal(&bytes)]);
            }
        }
        Self(needles)
    }

    /// The first that is there, with what is around it.
    pub fn found_in(&self, haystack: &str) -> Option<String> {
        self.0.iter().find_map(|needle| {
            let at = haystack.find(needle.as_str())?;
            let from = haystack.floor_char_boundary(at.saturating_sub(300));
            let to = haystack.ceil_char_boundary(at + needle.len() + 100);
            Some(haystack[from..to].to_owned())
        })
    }
}

/// Each byte as the character of its number, so that bytes can be searched for as text.
pub fn bytes_as_text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// As a derived `Debug` shows bytes: `1, 2, 3`.
fn listed(bytes: &[u8]) -> String {
    bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(", ")
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |digits, byte| format!("{digits}{byte:02x}"))
}
