use std::sync::Arc;

use apollo_compiler::{Node, Schema, executable::Operation, validation::Valid};
use async_graphql::{Request, parser::types::OperationType};
use moka::sync::Cache;

use super::{
    Limits, Refused,
    literals::Coerced,
    parsed::Parsed,
    schema,
    size::Size,
    variables,
    write_out::{WrittenOut, write_out},
};

/// A longer query is parsed each time: no frontend sends one often.
const LONGEST: usize = 8 * 1024;
/// Bytes of memory for cached documents.
const CAPACITY: u64 = 8 * 1024 * 1024;
/// Bytes for each document, for each selection or value that is written out, and for each token of
/// a validated one: measured, plus a tenth.
const OF_DOCUMENT: usize = 512;
const OF_SELECTION: usize = 288;
const OF_TOKEN: usize = 72;

/// The rules by which a caller's requests are prepared.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    pub limits: Limits,
    /// Whether messages may name parts of the schema that the caller has not named.
    pub shows_schema: bool,
}

/// What is known about an operation before it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outline {
    pub operation: OperationType,
    /// Whether it selects introspection fields.
    pub introspects: bool,
    /// Whether it selects one field of the root type only.
    pub has_one_field: bool,
}

/// Prepares requests, and caches the valid documents: a frontend sends the same few again and
/// again, with other variables.
#[derive(Debug)]
pub struct Documents {
    schema: Valid<Schema>,
    known: Cache<String, Arc<Known>>,
}

#[derive(Debug)]
enum Known {
    /// A document whose only operation has no variables, so that its result is the same each time.
    Same {
        name: Option<String>,
        size: Size,
        written_out: WrittenOut,
    },
    Document(Parsed),
}

impl Documents {
    /// # Panics
    /// The schema is not one: a mistake of this program's.
    pub fn new(sdl: &str) -> Self {
        let weigh = |query: &String, known: &Arc<Known>| {
            u32::try_from(query.len() + known.weight()).unwrap_or(u32::MAX)
        };
        Self {
            schema: schema::read(sdl),
            known: Cache::builder().weigher(weigh).max_capacity(CAPACITY).build(),
        }
    }

    /// Turns the request into one that async-graphql executes as it is: the text is replaced by the
    /// requested operation, written out, with its variables filled in.
    ///
    /// # Errors
    /// It is not GraphQL, not valid, its variables are wrong, or it is more than the caller may ask
    /// for.
    pub fn prepare(&self, request: &mut Request, terms: &Terms) -> Result<Outline, Refused> {
        let known = self.known(request, terms)?;
        let name = request.operation_name.take();
        let written_out = match &*known {
            Known::Same { name: of, size, written_out } => {
                if name.is_some() && name != *of {
                    return Err(no_such_operation());
                }
                size.within(&terms.limits)?;
                written_out.cost.within(&terms.limits)?;
                written_out.clone()
            }
            Known::Document(parsed) => {
                parsed.size.within(&terms.limits)?;
                let operation = operation(parsed, name.as_deref())?;
                let given = std::mem::take(&mut request.variables);
                let coerced = variables::coerce(&self.schema, operation, given, &parsed.positions)?;
                let of = (&*parsed.document, &*self.schema, &parsed.positions);
                write_out(of, operation, &coerced, &terms.limits)?
            }
        };
        let operation = written_out.document.operations.iter().next().map(|(_, only)| &only.node);
        let outline = Outline {
            operation: operation.map_or(OperationType::Query, |operation| operation.ty),
            introspects: written_out.introspects,
            has_one_field: operation
                .is_some_and(|operation| operation.selection_set.node.items.len() == 1),
        };
        request.variables = async_graphql::Variables::default();
        request.query = String::new();
        request.set_parsed_query(written_out.document);
        Ok(outline)
    }

    /// Parses and validates a document in advance.
    ///
    /// # Errors
    /// It is not GraphQL, not valid, or more than the caller may ask for, whatever its variables.
    pub fn check(&self, text: &str, terms: &Terms) -> Result<(), Refused> {
        self.known_as(Parsed::new(text, &self.schema, terms)?, terms).map(drop)
    }

    fn known(&self, request: &Request, terms: &Terms) -> Result<Arc<Known>, Refused> {
        if let Some(known) = self.known.get(&request.query) {
            return Ok(known);
        }
        let parsed = Parsed::new(&request.query, &self.schema, terms)?;
        let known = Arc::new(self.known_as(parsed, terms)?);
        if request.query.len() <= LONGEST {
            self.known.insert(request.query.clone(), known.clone());
        }
        Ok(known)
    }

    fn known_as(&self, parsed: Parsed, terms: &Terms) -> Result<Known, Refused> {
        let one = parsed.document.operations.len() == 1;
        let only = parsed
            .document
            .operations
            .iter()
            .next()
            .filter(|only| one && only.variables.is_empty());
        let Some(only) = only else {
            return Ok(Known::Document(parsed));
        };
        let of = (&*parsed.document, &*self.schema, &parsed.positions);
        let written_out = write_out(of, only, &Coerced::new(), &terms.limits)?;
        let name = only.name.as_ref().map(ToString::to_string);
        Ok(Known::Same { name, size: parsed.size, written_out })
    }
}

impl Known {
    /// Bytes on the heap, an estimate that is rather too high than too low.
    fn weight(&self) -> usize {
        OF_DOCUMENT
            + match self {
                Self::Same { written_out, .. } => {
                    written_out.cost.size.saturating_mul(OF_SELECTION)
                }
                Self::Document(parsed) => {
                    parsed.size.tokens.saturating_mul(OF_TOKEN) + parsed.positions.weight()
                }
            }
    }
}

fn operation<'a>(parsed: &'a Parsed, name: Option<&str>) -> Result<&'a Node<Operation>, Refused> {
    parsed.document.operations.get(name).map_err(|_| match name {
        Some(_) => no_such_operation(),
        None => Refused::invalid(
            "The document has several operations. Set operationName to the one to run.",
            None,
        ),
    })
}

fn no_such_operation() -> Refused {
    Refused::invalid(
        "The document has no operation with the name in operationName. Correct the name, or leave \
         it out.",
        None,
    )
}
