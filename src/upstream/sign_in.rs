//! What a sign-in requests from a provider besides its scopes.

use std::{collections::BTreeMap, str::FromStr};

use domain::Provider;
use url::Url;

use super::scopes::asks_again;

/// Protocol parameters, which Nhost Auth sets itself and accepts from nobody: those of the
/// authorization request and response, and those of the token request (RFC 6749, RFC 7636, RFC
/// 7523, RFC 9101, and those of OIDC).
const RESERVED: [&str; 24] = [
    "access_token",
    "assertion",
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "error",
    "grant_type",
    "id_token",
    "nonce",
    "redirect_uri",
    "refresh_token",
    "registration",
    "request",
    "request_uri",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "token",
];

/// Parameters of a sign-in at Nhost Auth itself. A provider doesn't know them, so they must be a
/// mistake here.
const NHOST_AUTHS_OWN: [&str; 11] = [
    "allowedRoles",
    "codeChallenge",
    "connect",
    "defaultRole",
    "displayName",
    "locale",
    "metadata",
    "providerSpecificParams",
    "redirectTo",
    "refreshToken",
    "upstreamParams",
];

/// Why a name can't be a parameter for a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("which Nhost Auth sets itself: leave it out")]
    Reserved,
    #[error("which is a parameter of Nhost Auth, not of the provider: leave it out")]
    NhostAuths,
    #[error(
        "which is not a valid parameter name: use letters, digits, dots, hyphens and underscores"
    )]
    Form,
}

fn check_name(name: &str) -> Result<(), NameError> {
    let is_one_of = |names: &[&str]| names.iter().any(|other| name.eq_ignore_ascii_case(other));
    // `a][b` would become another parameter inside brackets.
    let of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if is_one_of(&RESERVED) {
        Err(NameError::Reserved)
    } else if is_one_of(&NHOST_AUTHS_OWN) {
        Err(NameError::NhostAuths)
    } else if name.is_empty() || !name.chars().all(of_name) {
        Err(NameError::Form)
    } else {
        Ok(())
    }
}

/// Query parameters for the providers' authorization pages, such as Google's `access_type=offline`:
/// newer versions of Nhost Auth forward those in `upstreamParams` (nhost/nhost#4664).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignInParams(BTreeMap<Provider, BTreeMap<String, String>>);

/// Why they are not valid.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInParamsError {
    #[error(
        "is not a JSON object of providers and their parameters: write it like \
         {{\"google\":{{\"access_type\":\"offline\",\"prompt\":\"consent\"}}}}"
    )]
    Form,
    #[error("has an unknown provider: {0:?}")]
    Provider(String),
    #[error("has {name:?} for {provider}, {why}")]
    Name { provider: Provider, name: String, why: NameError },
}

impl FromStr for SignInParams {
    type Err = SignInParamsError;

    fn from_str(json: &str) -> Result<Self, SignInParamsError> {
        let given: BTreeMap<String, BTreeMap<String, String>> =
            serde_json::from_str(json).map_err(|_| SignInParamsError::Form)?;
        let read = |(id, parameters): (String, BTreeMap<String, String>)| {
            let provider = id.parse::<Provider>().map_err(|_| SignInParamsError::Provider(id))?;
            for name in parameters.keys() {
                let of = |why| SignInParamsError::Name { provider, name: name.clone(), why };
                check_name(name).map_err(of)?;
            }
            Ok((provider, parameters))
        };
        given.into_iter().map(read).collect::<Result<_, _>>().map(Self)
    }
}

impl SignInParams {
    /// Adds those of the provider to the URL of a sign-in at Nhost Auth and, if the user should be
    /// asked `again`, those that make the provider ask.
    pub(super) fn add_to(&self, url: &mut Url, provider: Provider, again: bool) {
        let mut parameters = self.0.get(&provider).cloned().unwrap_or_default();
        for (name, value) in asks_again(provider).iter().filter(|_| again) {
            let given = parameters.entry((*name).to_owned()).or_default();
            // Google accepts several prompts, such as `consent select_account`.
            if provider == Provider::Google && *name == "prompt" && !matches!(&**given, "" | "none")
            {
                if given.split(' ').all(|prompt| prompt != *value) {
                    *given = format!("{value} {given}");
                }
            } else {
                (*value).clone_into(given);
            }
        }
        if !parameters.is_empty() {
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
        ] {
            assert_eq!(json.parse::<SignInParams>(), Err(error), "{json}");
        }
        assert_eq!("{}".parse(), Ok(SignInParams::default()));
    }

    #[test]
    fn whoever_is_asked_again_sees_the_providers_consent_page() {
        let added = |settings: &str, provider, again| {
            let mut url: Url = "https://auth.example.com/".parse().unwrap();
            settings.parse::<SignInParams>().unwrap().add_to(&mut url, provider, again);
            url.query_pairs().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>()
        };
        let google =
            ["upstreamParams[include_granted_scopes]=true", "upstreamParams[prompt]=consent"];
        assert_eq!(added("{}", Provider::Google, true), google);
        assert!(added("{}", Provider::Google, false).is_empty());
        for microsoft in [Provider::Azuread, Provider::Entraid] {
            assert!(added("{}", microsoft, true).is_empty(), "{microsoft}");
        }
        assert_eq!(added("{}", Provider::Facebook, true), ["upstreamParams[auth_type]=rerequest"]);
        assert!(added("{}", Provider::Github, true).is_empty());
        // The operator's other values stay.
        let own = r#"{"google":{"access_type":"offline","prompt":"select_account"}}"#;
        let both = added(own, Provider::Google, true);
        assert!(both.contains(&"upstreamParams[access_type]=offline".to_owned()), "{both:?}");
        assert!(
            both.contains(&"upstreamParams[prompt]=consent select_account".to_owned()),
            "{both:?}"
        );
        let own = r#"{"entraid":{"prompt":"select_account"},"google":{"prompt":"consent"}}"#;
        assert_eq!(added(own, Provider::Entraid, true), ["upstreamParams[prompt]=select_account"]);
        assert_eq!(added(own, Provider::Google, true), google);
    }

    #[test]
    fn parameters_of_the_protocol_and_of_nhost_auth_are_refused_by_name() {
        for (name, why) in [
            ("redirect_uri", NameError::Reserved),
            ("Redirect_URI", NameError::Reserved),
            ("state", NameError::Reserved),
            ("code", NameError::Reserved),
            ("client_secret", NameError::Reserved),
            ("scope", NameError::Reserved),
            ("request_uri", NameError::Reserved),
            ("response_mode", NameError::Reserved),
            ("redirectTo", NameError::NhostAuths),
            ("connect", NameError::NhostAuths),
            ("codeChallenge", NameError::NhostAuths),
            ("upstreamParams", NameError::NhostAuths),
            ("upstreamParams[state]", NameError::Form),
            ("x][state", NameError::Form),
            ("state ", NameError::Form),
            ("x&state", NameError::Form),
            ("", NameError::Form),
        ] {
            let json = serde_json::json!({ "google": { "prompt": "consent", name: "x" } });
            let error = json.to_string().parse::<SignInParams>().unwrap_err();
            let (provider, name) = (Provider::Google, name.to_owned());
            assert_eq!(error, SignInParamsError::Name { provider, name, why });
        }
        let all = "{\"google\":{\"access_type\":\"offline\",\"login_hint\":\"\",\"hd\":\"x\",\"prompt\":\"y\"}}";
        assert!(all.parse::<SignInParams>().is_ok());
    }
}
