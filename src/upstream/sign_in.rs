//! What a sign-in asks a provider for besides its scopes.

use std::{collections::BTreeMap, str::FromStr};

use domain::Provider;
use url::Url;

/// Parameters of the authorization request that are Nhost Auth's own (RFC 6749 §4.1.1, RFC 7636
/// §4.3), which it passes on from nobody.
const RESERVED: [&str; 8] = [
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
];

/// Query parameters for the providers' authorization pages, such as Google's `access_type=offline`:
/// newer versions of Nhost Auth pass on what is in `upstreamParams` (nhost/nhost#4664).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignInParams(BTreeMap<Provider, BTreeMap<String, String>>);

/// Why they can't be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInParamsError {
    #[error(
        "is not an object of providers and their parameters: write JSON, such as \
         {{\"google\":{{\"access_type\":\"offline\",\"prompt\":\"consent\"}}}}"
    )]
    Form,
    #[error("names no provider that this server knows: {0:?}")]
    Provider(String),
    #[error("has {name:?} for {provider}, which Nhost Auth sets itself: leave it out")]
    Reserved { provider: Provider, name: String },
}

impl FromStr for SignInParams {
    type Err = SignInParamsError;

    fn from_str(json: &str) -> Result<Self, SignInParamsError> {
        let given: BTreeMap<String, BTreeMap<String, String>> =
            serde_json::from_str(json).map_err(|_| SignInParamsError::Form)?;
        let read = |(id, parameters): (String, BTreeMap<String, String>)| {
            let provider = id.parse::<Provider>().map_err(|_| SignInParamsError::Provider(id))?;
            let reserved = parameters.keys().find(|name| RESERVED.contains(&name.as_str()));
            match reserved.cloned() {
                Some(name) => Err(SignInParamsError::Reserved { provider, name }),
                None => Ok((provider, parameters)),
            }
        };
        given.into_iter().map(read).collect::<Result<_, _>>().map(Self)
    }
}

impl SignInParams {
    /// Adds those of the provider to the address of a sign-in at Nhost Auth.
    pub(super) fn add_to(&self, url: &mut Url, provider: Provider) {
        if let Some(parameters) = self.0.get(&provider).filter(|parameters| !parameters.is_empty())
        {
            let named =
                parameters.iter().map(|(name, value)| (format!("upstreamParams[{name}]"), value));
            url.query_pairs_mut().extend_pairs(named);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_not_be_meant_is_told() {
        for (json, error) in [
            ("", SignInParamsError::Form),
            ("access_type=offline", SignInParamsError::Form),
            ("{\"google\":\"offline\"}", SignInParamsError::Form),
            ("{\"google\":{\"access_type\":1}}", SignInParamsError::Form),
            ("{\"myspace\":{}}", SignInParamsError::Provider("myspace".to_owned())),
            (
                "{\"google\":{\"redirect_uri\":\"https://evil.example\"}}",
                SignInParamsError::Reserved {
                    provider: Provider::Google,
                    name: "redirect_uri".to_owned(),
                },
            ),
        ] {
            assert_eq!(json.parse::<SignInParams>(), Err(error), "{json}");
        }
        assert_eq!("{}".parse(), Ok(SignInParams::default()));
    }
}
