use std::{fs, path::Path};

use aho_corasick::AhoCorasick;
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};

use super::shapes::{SHAPES, Shape};

/// The end of a secret tells it as well as the whole, and is found where only a part of it is.
/// (The beginnings are alike: `sim-google-…`, or the header of a JWT.)
const LENGTH: usize = 16;

/// Secrets, in every shape in which they could be written.
pub struct Needles {
    finder: AhoCorasick,
    /// Which shape of which secret each pattern is; the secret itself is not shown.
    names: Vec<String>,
}

impl Needles {
    pub fn new(secrets: &[String]) -> Self {
        let (mut patterns, mut names) = (Vec::new(), Vec::new());
        for (number, secret) in secrets.iter().enumerate() {
            let mut add = |what: &str, bytes: &[u8], shapes: &[Shape]| {
                for shape in shapes {
                    patterns.extend(shape.of(bytes));
                    names.resize(patterns.len(), format!("secret {number}{what}, {shape:?}"));
                }
            };
            add("", tail(secret.as_bytes()), &SHAPES);
            if let Some(bytes) = decoded(secret) {
                add(", the bytes it stands for", tail(&bytes), &SHAPES);
            }
        }
        Self { finder: AhoCorasick::new(patterns).unwrap(), names }
    }

    /// The first that is there, with what is around it.
    pub fn found_in(&self, haystack: impl AsRef<[u8]>) -> Option<String> {
        let haystack = haystack.as_ref();
        let found = self.finder.find(haystack)?;
        let around = found.start().saturating_sub(300)..(found.end() + 100).min(haystack.len());
        let name = &self.names[found.pattern()];
        Some(format!("{name}: {}", String::from_utf8_lossy(&haystack[around])))
    }

    /// The same in every file below a folder, and in their names.
    pub fn found_below(&self, folder: &Path) -> Option<String> {
        fs::read_dir(folder).unwrap().find_map(|entry| {
            let path = entry.unwrap().path();
            let found = self.found_in(path.to_str().unwrap()).or_else(|| {
                if path.is_dir() {
                    self.found_below(&path)
                } else {
                    self.found_in(fs::read(&path).unwrap())
                }
            })?;
            Some(format!("{}: {found}", path.display()))
        })
    }
}

fn tail(bytes: &[u8]) -> &[u8] {
    &bytes[bytes.len() - LENGTH.min(bytes.len())..]
}

/// A key is more than its base64. A secret that is none by its own making may look like it; too few
/// bytes would be found anywhere.
fn decoded(secret: &str) -> Option<Vec<u8>> {
    let engines = [&BASE64_STANDARD, &BASE64_STANDARD_NO_PAD, &BASE64_URL_SAFE_NO_PAD];
    let bytes = engines.iter().find_map(|engine| engine.decode(secret).ok())?;
    (bytes.len() >= LENGTH).then_some(bytes)
}
