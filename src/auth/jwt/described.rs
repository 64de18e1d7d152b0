use url::Url;

use super::{
    JwtSecret, JwtSecrets, key::type_name, location::Location, namespace::Namespace, secret::Keys,
};

/// What a JWT secret says, without its keys.
#[derive(Clone, Debug)]
pub struct Described {
    /// The algorithm of the tokens that it verifies, as in `type`. Empty if the published keys
    /// decide.
    pub algorithms: Vec<&'static str>,
    /// Whether the key that verifies can also sign.
    pub is_shared: bool,
    pub can_mint: bool,
    pub jwk_url: Option<Url>,
    pub issuer: Option<String>,
    pub audience: Option<Vec<String>>,
    /// Seconds of leeway for `exp` and `nbf`.
    pub allowed_skew: u32,
    /// Where in a token the Hasura claims are.
    pub claims_at: String,
    /// Where in a request the token is.
    pub location: String,
}

impl JwtSecrets {
    /// What each of them says.
    pub fn describe(&self) -> Vec<Described> {
        self.iter().map(JwtSecret::describe).collect()
    }
}

impl JwtSecret {
    fn describe(&self) -> Described {
        let (algorithms, is_shared, jwk_url) = match &self.keys {
            Keys::Fixed { verifying: [key], .. } => {
                let names = key.algorithms.iter().map(|of| type_name(*of)).collect();
                (names, key.is_shared(), None)
            }
            Keys::Published { url, only } => {
                (only.iter().map(|of| type_name(*of)).collect(), false, Some(url.clone()))
            }
        };
        Described {
            algorithms,
            is_shared,
            can_mint: self.can_mint(),
            jwk_url,
            issuer: self.issuer.clone(),
            audience: self.audience.clone(),
            allowed_skew: self.allowed_skew,
            claims_at: match &self.namespace {
                Namespace::Name(name, _) => format!("the claim {name:?}"),
                Namespace::Path(..) => "the claims_namespace_path of the JWT secret".to_owned(),
                Namespace::Map(_) => "the paths of the JWT secret's claims_map".to_owned(),
            },
            location: match &self.location {
                Location::Authorization => "the header Authorization".to_owned(),
                Location::Cookie(name) => format!("the cookie {name:?}"),
                Location::CustomHeader(name) => format!("the header {name}"),
            },
        }
    }
}
