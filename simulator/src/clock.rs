//! The one place where the time of day is read.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::{DateTime, Duration, Utc};

/// The time of day, injected everywhere it is needed, so that a test controls it.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// The machine's own clock.
    pub fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "everything else takes a `Clock`")]
        Self::from_fn(Utc::now)
    }

    /// A clock that shows whatever `now` returns.
    pub fn from_fn(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time of day, UTC.
    pub fn now(&self) -> DateTime<Utc> {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// How far a clock was advanced, in milliseconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Offset(Arc<AtomicI64>);

impl Offset {
    /// `clock`, advanced by this offset, even if the offset changes later.
    pub(crate) fn on(&self, clock: &Clock) -> Clock {
        let (clock, offset) = (clock.clone(), Arc::clone(&self.0));
        Clock::from_fn(move || clock.now() + Duration::milliseconds(offset.load(Ordering::Relaxed)))
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(by.num_milliseconds(), Ordering::Relaxed);
    }
}
