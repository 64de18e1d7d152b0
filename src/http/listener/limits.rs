/// The limits for clients.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub connections: usize,
    /// Per address, not counting WebSockets; trusted proxies have no limit.
    pub per_address: usize,
    /// In addition to these: connections that only serve health checks, one each.
    pub reserve: usize,
    /// Bodies that the server waits for.
    pub bodies: usize,
    pub body_bytes: usize,
    /// Bytes of heads that the server waits for.
    pub head_bytes: usize,
    /// Bytes of responses that clients have not read.
    pub answer_bytes: usize,
}

impl Limits {
    pub fn of(connections: usize) -> Self {
        Self {
            connections,
            // So that no single address can have all of them, but an untrusted proxy has enough.
            per_address: (connections / 2).max(1),
            reserve: 16,
            bodies: 256,
            body_bytes: 16 * 1024 * 1024,
            head_bytes: 16 * 1024 * 1024,
            answer_bytes: 32 * 1024 * 1024,
        }
    }
}
