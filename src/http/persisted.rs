//! Requests that name a document instead of sending its text: *trusted documents*, which the
//! operator lists in a manifest (`TRUSTED_DOCUMENTS`), and Apollo's automatic persisted queries,
//! which are declined in a way that makes clients send the text.

use async_graphql::{
    Request,
    parser::types::{ExecutableDocument, Selection, SelectionSet},
};
use axum::http::StatusCode;
use serde_json::Value;

use super::refusal::Refusal;
use crate::config::TrustedDocuments;

const NOT_FOUND: &str = "PERSISTED_QUERY_NOT_FOUND";

/// A request as it was sent.
pub struct Asked {
    /// Without a text its query is empty.
    request: Request,
    document: Option<Document>,
}

/// How a request names its document.
enum Document {
    /// `documentId` of the GraphQL-over-HTTP specification, `doc_id` of Relay, or `id`.
    Id(String),
    /// `extensions.persistedQuery.sha256Hash` of Apollo and urql.
    Hash(String),
}

impl Asked {
    /// # Errors
    /// It isn't a GraphQL request.
    pub fn from_json(mut json: Value) -> Result<Self, Refusal> {
        let document = Document::of(&json);
        // If a document is named, a text that is null or empty counts as missing.
        let has_text = match json.get("query") {
            Some(Value::String(text)) => document.is_none() || !text.is_empty(),
            Some(Value::Null) | None => false,
            // Otherwise a misspelled or missing `query` would be an empty document.
            Some(_) => return Err(no_query()),
        };
        if !has_text {
            match (&document, json.as_object_mut()) {
                (Some(_), Some(fields)) => drop(fields.insert("query".to_owned(), "".into())),
                _ => return Err(no_query()),
            }
        }
        let request = serde_json::from_value(json).map_err(|_| {
            Refusal::bad_request(
                "\"variables\" and \"extensions\" must be objects, and \"operationName\" must be a \
                 string. Send {\"query\": \"…\", \"variables\": {…}}.",
            )
        })?;
        Ok(Self { request, document })
    }

    pub fn names_a_document(json: &Value) -> bool {
        Document::of(json).is_some()
    }

    /// The request with a text: that of the manifest if it names a document in it, its own
    /// otherwise. Next to a text, an id that is not in the manifest is ignored.
    ///
    /// # Errors
    /// It names a document that this server does not know, and has no text.
    pub fn resolve(mut self, trusted: Option<&TrustedDocuments>) -> Result<Request, Refusal> {
        let Some(document) = self.document else { return Ok(self.request) };
        let text = trusted.and_then(|trusted| match &document {
            Document::Id(id) => trusted.by_id(id),
            Document::Hash(hash) => trusted.by_id(hash).or_else(|| trusted.by_hash(hash)),
        });
        if let Some(text) = text {
            text.clone_into(&mut self.request.query);
            return Ok(self.request);
        }
        if !self.request.query.is_empty() {
            return Ok(self.request);
        }
        Err(match (trusted, document) {
            (Some(_), _) => Refusal::new(
                StatusCode::OK,
                NOT_FOUND,
                "This server has no trusted document with this id. Set TRUSTED_DOCUMENTS to the \
                 manifest that your client was built with.",
            ),
            // The message and the status that tell Apollo and urql to send the text from now on.
            (None, Document::Hash(_)) => Refusal::new(
                StatusCode::OK,
                "PERSISTED_QUERY_NOT_SUPPORTED",
                "PersistedQueryNotSupported",
            ),
            (None, Document::Id(_)) => Refusal::bad_request(
                "This server has no trusted documents. Send the text as \"query\", or set \
                 TRUSTED_DOCUMENTS to the manifest of your client.",
            ),
        })
    }
}

impl Document {
    fn of(json: &Value) -> Option<Self> {
        let id = ["documentId", "doc_id", "id"].iter().find_map(|name| json.get(name)?.as_str());
        // `Value::pointer` would copy each part of the path.
        let hash = || json.get("extensions")?.get("persistedQuery")?.get("sha256Hash")?.as_str();
        let is_given = |text: &&str| !text.is_empty();
        id.filter(is_given)
            .map(|id| Self::Id(id.to_owned()))
            .or_else(|| hash().filter(is_given).map(|hash| Self::Hash(hash.to_owned())))
    }
}

fn no_query() -> Refusal {
    Refusal::bad_request(
        "The body has no string \"query\". Send {\"query\": \"…\", \"variables\": {…}}.",
    )
}

/// The error for a text that is not in the manifest, if there is one.
pub fn not_trusted() -> async_graphql::ServerError {
    let mut error = async_graphql::ServerError::new(
        "This server runs only trusted documents, and this is not one of them. Add it to the \
         manifest at TRUSTED_DOCUMENTS, or call as a service.",
        None,
    );
    error.extensions.get_or_insert_default().set("code", NOT_FOUND);
    error
}

/// Whether the document only selects introspection fields. A fragment at its root makes it
/// something else.
pub fn only_introspects(document: &ExecutableDocument) -> bool {
    let mut operations = document.operations.iter().map(|(_, one)| &one.node.selection_set.node);
    operations.all(selects_the_schema_alone)
}

fn selects_the_schema_alone(selections: &SelectionSet) -> bool {
    selections.items.iter().all(|selection| match &selection.node {
        Selection::Field(field) => {
            matches!(field.node.name.node.as_str(), "__schema" | "__type" | "__typename")
        }
        Selection::InlineFragment(fragment) => {
            selects_the_schema_alone(&fragment.node.selection_set.node)
        }
        Selection::FragmentSpread(_) => false,
    })
}
