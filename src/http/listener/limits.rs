/// The limits for clients.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub connections: usize,
    /// Of one address, besides WebSockets; a trusted proxy has as many as it likes.
    pub per_address: usize,
    /// Beyond these: health checks alone are answered on them, and each answers once.
    pub reserve: usize,
    /// Bodies that are waited for.
    pub bodies: usize,
    pub body_bytes: usize,
    /// Bytes of heads that are waited for.
    pub head_bytes: usize,
    /// Bytes of answers that are not taken.
    pub answer_bytes: usize,
}

impl Limits {
    pub fn of(connections: usize) -> Self {
        Self {
            connections,
            // So that no address has all of them, and a proxy that is not trusted has enough.
            per_address: (connections / 2).max(1),
            reserve: 16,
            bodies: 256,
            body_bytes: 16 * 1024 * 1024,
            head_bytes: 16 * 1024 * 1024,
            answer_bytes: 32 * 1024 * 1024,
        }
    }
}
