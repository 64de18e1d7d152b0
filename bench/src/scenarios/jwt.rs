//! What the kind of a JWT costs: each kind has its own simulator and server, on SQLite. Users have no
//! connections, so that little else takes time.

use super::{
    Stand,
    closed_loop::{Entry, take_turns},
};
use crate::{
    Result,
    contestants::{Server, Settings, Simulator},
    load::Target,
    results::Contestant,
};

/// The name, the algorithm, and whether the server fetches the public keys.
const KINDS: [(&str, &str, bool); 3] =
    [("HS256", "HS256", false), ("RS256", "RS256", false), ("RS256 by JWKS", "RS256", true)];

pub async fn run(stand: &mut Stand) -> Result<Vec<Contestant>> {
    let mut contestants = Vec::new();
    for (name, algorithm, fetches_keys) in KINDS {
        let simulator = Simulator::start(&stand.programs, algorithm)?;
        let jwks_secret = simulator.jwks_secret();
        let jwt_secret = fetches_keys.then_some(jwks_secret.as_str());
        let settings = Settings { jwt_secret, ..Settings::default() };
        let server = Server::start(&stand.programs, &simulator, settings)?;
        let user = simulator.user("ada@example.com").await?;
        let empty = ("\"providerConnections\":[]", 1);
        let query = "{ providerConnections { id } }";
        let target = Target::graphql(server.url(), &user.jwt, query, empty);
        contestants.push((name, target, server, simulator));
    }
    let entries =
        contestants.iter().map(|(name, target, server, _)| Entry::http(name, target, server.id()));
    take_turns(stand, &entries.collect::<Vec<_>>()).await
}
