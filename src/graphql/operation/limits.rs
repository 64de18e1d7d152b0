/// Limits on a single request.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Tokens of the text, as the parser counts them: white space between two counts as one, too.
    pub tokens: usize,
    /// Operations in the text, of which one runs. Each is validated with the fragments it spreads.
    pub operations: usize,
    /// Directives on one selection.
    pub directives: usize,
    /// How deeply fields nest.
    pub depth: usize,
    /// Fields in all; those that may call an upstream weigh more. An alias counts as a field.
    pub complexity: usize,
    /// Selections, directives and values in all, with fragments and variables written out.
    pub size: usize,
    /// The size of introspection results: fields of objects, where 64 bytes of text count as one.
    pub introspection: usize,
}

impl Limits {
    /// For a user: enough for the introspection query of every common tool, and for all connections
    /// several times.
    pub const USER: Self = Self {
        tokens: 20_000,
        operations: 50,
        directives: 8,
        depth: 16,
        complexity: 1_000,
        size: 10_000,
        introspection: 10_000,
    };
    /// For the service: Hasura sends one alias per row of a joined table.
    pub const SERVICE: Self =
        Self { tokens: 2_000_000, complexity: 100_000, size: 1_000_000, ..Self::USER };
}
