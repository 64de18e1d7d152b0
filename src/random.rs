//! The one place where randomness comes from.

use std::{fmt, sync::Arc};

use uuid::Uuid;

/// A source of random bytes, injected everywhere they are needed.
#[derive(Clone)]
pub struct Random(Arc<Fill>);

type Fill = dyn Fn(&mut [u8]) + Send + Sync;

impl Random {
    /// The generator of the operating system. That of aws-lc-rs, which TLS uses, collects entropy of
    /// its own when it is first used, for about 60 ms: the first request would wait for it.
    ///
    /// # Panics
    /// The source panics when the operating system has no randomness to give: nothing that this
    /// server does is safe then.
    pub fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "everything else takes a `Random`")]
        Self::from_fn(|bytes| {
            getrandom::fill(bytes).expect("the operating system has no randomness");
        })
    }

    /// A source that fills buffers with `fill`.
    pub fn from_fn(fill: impl Fn(&mut [u8]) + Send + Sync + 'static) -> Self {
        Self(Arc::new(fill))
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.0)(&mut bytes);
        bytes
    }

    /// A random UUID (RFC 9562, version 4).
    pub fn uuid(&self) -> Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random")
    }
}
