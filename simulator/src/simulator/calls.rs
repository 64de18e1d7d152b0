//! The requests that the simulator received, and the tokens that it issued.

use super::Simulator;
use crate::{Call, Endpoint, Provider};

impl Simulator {
    /// How many calls an endpoint has had, held and failed ones included.
    pub fn calls(&self, endpoint: Endpoint) -> usize {
        self.count(|call| call.endpoint == endpoint)
    }

    /// How many calls an endpoint has had for one provider.
    pub fn calls_for(&self, endpoint: Endpoint, provider: Provider) -> usize {
        self.count(|call| call.endpoint == endpoint && call.provider == Some(provider))
    }

    fn count(&self, counts: impl Fn(&Call) -> bool) -> usize {
        let state = self.state();
        state.calls.log().iter().filter(|call| counts(call)).count()
    }

    /// All calls, in the order of their arrival.
    pub fn call_log(&self) -> Vec<Call> {
        self.state().calls.log().to_vec()
    }

    /// Forgets all calls.
    pub fn reset_calls(&self) {
        self.state().calls.reset();
    }

    /// Every token, JWT and code that was ever handed out: what must not be in a log or a database.
    pub fn secrets(&self) -> Vec<String> {
        self.state().secrets()
    }
}
