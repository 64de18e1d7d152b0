//! What goes wrong, and which calls are held.

use super::Simulator;
use crate::{Endpoint, Fault, Gate, Provider, gate::Hold};

impl Simulator {
    /// Makes the next call fail; several are queued.
    pub fn fail_next(&self, endpoint: Endpoint, fault: Fault) {
        self.state().faults.once(endpoint, None, fault);
    }

    /// Makes the next call for one provider fail.
    pub fn fail_next_for(&self, endpoint: Endpoint, provider: Provider, fault: Fault) {
        self.state().faults.once(endpoint, Some(provider), fault);
    }

    /// Makes every call fail, for one provider or for all, until it is healed.
    pub fn fail_always(&self, endpoint: Endpoint, provider: Option<Provider>, fault: Fault) {
        self.state().faults.always(endpoint, provider, fault);
    }

    /// Takes the faults of an endpoint away.
    pub fn heal(&self, endpoint: Endpoint) {
        self.state().faults.heal(endpoint);
    }

    /// Takes all faults away. Outages and disabled providers stay.
    pub fn heal_all(&self) {
        self.state().faults.heal_all();
    }

    /// The provider itself is down: Nhost Auth can't refresh or sign in, its own endpoints are 503.
    pub fn provider_outage(&self, provider: Provider, down: bool) {
        self.state().provider_mut(provider).down = down;
    }

    /// Whether the provider itself is down.
    pub fn is_down(&self, provider: Provider) -> bool {
        self.state().provider(provider).down
    }

    /// The provider is not configured at Nhost Auth.
    pub fn disable_provider(&self, provider: Provider) {
        self.state().provider_mut(provider).enabled = false;
    }

    /// The provider is configured at Nhost Auth again.
    pub fn enable_provider(&self, provider: Provider) {
        self.state().provider_mut(provider).enabled = true;
    }

    /// The client credentials that the provider's own endpoints ask for; `simulator-client` and
    /// `simulator-secret` otherwise. Apple's secrets are signed: give the public key, in PEM.
    pub fn set_client(&self, provider: Provider, client_id: &str, client_secret: &str) {
        let mut state = self.state();
        let settings = state.provider_mut(provider);
        client_id.clone_into(&mut settings.client_id);
        client_secret.clone_into(&mut settings.client_secret);
    }

    /// Holds every call to an endpoint before any work.
    pub fn gate(&self, endpoint: Endpoint) -> Gate {
        self.hold(endpoint, Hold::Request)
    }

    /// Holds every answer of an endpoint after its work was done.
    pub fn gate_answers(&self, endpoint: Endpoint) -> Gate {
        self.hold(endpoint, Hold::Answer)
    }

    fn hold(&self, endpoint: Endpoint, hold: Hold) -> Gate {
        let (gate, bar) = Gate::new();
        self.state().bars.push((endpoint, hold, bar));
        gate
    }
}
