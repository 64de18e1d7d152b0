/// Limits on a single request.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Tokens of the text, as the parser counts them: white space between two is one, too.
    pub tokens: usize,
    /// Operations in the text, of which one runs. Each is validated with the fragments it spreads.
    pub operations: usize,
    /// Directives of one selection.
    pub directives: usize,
    /// Fields below each other.
    pub depth: usize,
    /// Fields in all, those that may call an upstream weighing more. An alias is a field.
    pub complexity: usize,
    /// Selections, directives and values in all, fragments and variables written out.
    pub size: usize,
    /// What introspection may answer: objects' fields, and 64 bytes of text as one of them.
    pub introspection: usize,
}

impl Limits {
    /// A user's: room for the introspection query of every common tool, and for all connections
    /// several times over.
    pub const USER: Self = Self {
        tokens: 20_000,
        operations: 50,
        directives: 8,
        depth: 16,
        complexity: 1_000,
        size: 10_000,
        introspection: 10_000,
    };
    /// The service's: Hasura sends one alias per row of a table that is joined to.
    pub const SERVICE: Self =
        Self { tokens: 2_000_000, complexity: 100_000, size: 1_000_000, ..Self::USER };
}
