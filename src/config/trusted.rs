use std::{
    collections::{HashMap, HashSet},
    fmt::{self, Write as _},
    fs,
    path::Path,
    sync::Arc,
};

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::Value;

use super::Mistakes;
use crate::graphql::mistakes_in_documents;

const NO_MANIFEST: &str = "it is not a manifest: write a JSON object of IDs and documents, as \
                           Relay and GraphQL Code Generator do, or Apollo's with \"operations\"";

/// The documents that users may run, from the manifest at `TRUSTED_DOCUMENTS`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct TrustedDocuments {
    by_id: HashMap<String, Arc<str>>,
    by_hash: HashMap<String, Arc<str>>,
    texts: HashSet<Arc<str>>,
}

impl TrustedDocuments {
    /// Reads a manifest: `{id: text}`, as the Relay compiler (`persistConfig`) and GraphQL Code
    /// Generator's client preset (`persistedDocuments`) write it, or Apollo's
    /// (`generate-persisted-query-manifest`). Every document must be one that the schema can run.
    ///
    /// # Errors
    /// Lists all that is wrong with it.
    pub fn parse(json: &str) -> Result<Self, Vec<String>> {
        let json: Value = serde_json::from_str(json).map_err(|_| vec![NO_MANIFEST.to_owned()])?;
        let entries = entries(&json)?;
        let mut problems = Vec::new();
        let mut documents = Self::default();
        let mistakes = mistakes_in_documents(entries.iter().map(|(_, text)| *text));
        for ((id, text), mistakes) in entries.iter().zip(mistakes) {
            problems.extend(
                mistakes
                    .into_iter()
                    .map(|problem| format!("the document {id:?} can't be run: {problem}")),
            );
            if documents.by_id.contains_key(*id) {
                problems.push(format!("it has the ID {id:?} twice: IDs must differ"));
            }
            documents.add(id, text);
        }
        if documents.by_id.is_empty() {
            problems.push("it has no documents: users could run nothing".to_owned());
        }
        if problems.is_empty() { Ok(documents) } else { Err(problems) }
    }

    fn add(&mut self, id: &str, text: &str) {
        let text: Arc<str> = text.into();
        self.by_hash.insert(sha256(&text), text.clone());
        self.by_id.insert(id.to_owned(), text.clone());
        self.texts.insert(text);
    }

    /// The document with this id; `sha256:` before it, as GraphQL over HTTP has it, may be left out.
    pub fn by_id(&self, id: &str) -> Option<&str> {
        let plain = || self.by_id.get(id.strip_prefix("sha256:")?);
        self.by_id.get(id).or_else(plain).map(AsRef::as_ref)
    }

    /// The document whose text has this SHA-256, whatever its id.
    pub fn by_hash(&self, sha256: &str) -> Option<&str> {
        self.by_hash.get(sha256).map(AsRef::as_ref)
    }

    /// Whether this is the text of one of them.
    pub fn has(&self, text: &str) -> bool {
        self.texts.contains(text)
    }

    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }
}

/// Thousands of texts would help nobody.
impl fmt::Debug for TrustedDocuments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrustedDocuments({})", self.len())
    }
}

/// Ids and texts.
fn entries(json: &Value) -> Result<Vec<(&str, &str)>, Vec<String>> {
    let mut problems = Vec::new();
    let mut entries = Vec::new();
    let is_apollos = json.get("format").is_some() || json.get("operations").is_some();
    if is_apollos {
        if json.get("format").is_none_or(|format| format != "apollo-persisted-query-manifest") {
            problems.push("its \"format\" is not apollo-persisted-query-manifest".to_owned());
        }
        if json.get("version").is_none_or(|version| version != 1) {
            problems.push("its \"version\" is not 1, the one that this server reads".to_owned());
        }
        let Some(operations) = json.get("operations").and_then(Value::as_array) else {
            problems.push("it has no list of \"operations\"".to_owned());
            return Err(problems);
        };
        for (number, operation) in (1..).zip(operations) {
            let text = |name: &str| operation.get(name).and_then(Value::as_str);
            match (text("id"), text("body")) {
                (Some(id), Some(body)) => entries.push((id, body)),
                _ => problems.push(format!("operation {number} lacks an \"id\" or a \"body\"")),
            }
        }
    } else {
        let Some(documents) = json.as_object() else { return Err(vec![NO_MANIFEST.to_owned()]) };
        for (id, text) in documents {
            match text.as_str() {
                Some(text) => entries.push((id, text)),
                None => problems.push(format!("the document {id:?} is not a string")),
            }
        }
    }
    if problems.is_empty() { Ok(entries) } else { Err(problems) }
}

fn sha256(text: &str) -> String {
    let mut hex = String::new();
    for byte in digest(&SHA256, text.as_bytes()).as_ref() {
        write!(hex, "{byte:02x}").expect("memory takes it");
    }
    hex
}

impl Mistakes {
    /// `None` also where none is set.
    pub(super) fn trusted_documents(&mut self, path: Option<&Path>) -> Option<TrustedDocuments> {
        let path = path.filter(|path| !path.as_os_str().is_empty())?;
        let json =
            fs::read_to_string(path).map_err(|error| vec![format!("it can't be read: {error}")]);
        match json.and_then(|json| TrustedDocuments::parse(&json)) {
            Ok(documents) => Some(documents),
            Err(problems) => {
                for problem in problems {
                    self.add(format!("TRUSTED_DOCUMENTS ({}): {problem}", path.display()));
                }
                None
            }
        }
    }
}
