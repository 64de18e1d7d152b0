use std::collections::HashMap;

use domain::{Provider, Scopes};

use super::mistakes::Mistakes;
use crate::{connections::ScopeRules, upstream::TokeninfoUrls};

/// What the app asks for and can't do without, and where providers say what was granted; from
/// `PROVIDER_<ID>_…`.
#[derive(Clone, Debug, Default)]
pub struct ScopesConfig {
    pub rules: ScopeRules,
    pub tokeninfo_urls: TokeninfoUrls,
}

/// The same while it is read, provider by provider.
#[derive(Default)]
pub(super) struct ScopesRead {
    pub requested: HashMap<Provider, Scopes>,
    pub required: HashMap<Provider, Scopes>,
    pub tokeninfo_urls: TokeninfoUrls,
}

impl ScopesRead {
    pub fn check(self, mistakes: &mut Mistakes) -> ScopesConfig {
        let rules = ScopeRules::new(self.requested, self.required);
        for (provider, scopes) in rules.required_in_vain() {
            let id = provider.as_str().to_uppercase();
            mistakes.add(format!(
                "PROVIDER_{id}_REQUIRED_SCOPES has {}, which no sign-in requests: list the scopes \
                 that Nhost Auth requests from {provider} in PROVIDER_{id}_SCOPES, or remove it",
                scopes.join(" ")
            ));
        }
        ScopesConfig { rules, tokeninfo_urls: self.tokeninfo_urls }
    }
}

/// A list of scopes; what can be none is a mistake.
pub(super) fn scopes(mistakes: &mut Mistakes, name: &str, list: &str) -> Option<Scopes> {
    let scopes = Scopes::parse(list);
    if scopes.is_none() {
        mistakes.add(format!(
            "{name} is {list:?}: write at most {} scopes, separated by spaces",
            Scopes::MOST
        ));
    }
    scopes
}
