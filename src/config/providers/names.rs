//! Which variables there are.

use domain::Provider;

use super::PREFIX;
use crate::config::environment;
use crate::upstream::{ClientAuth, facts, is_asked_at_an_address};

/// `GOOGLE_CLIENT_ID`: the provider, and which of its settings.
pub(super) fn recognised(rest: &str) -> Result<(Provider, &'static str), String> {
    let (id, setting) = rest.split_once('_').unwrap_or((rest, ""));
    let ids = || Provider::ALL.iter().map(|provider| provider.as_str().to_uppercase());
    let found = Provider::ALL.iter().zip(ids()).find(|(_, known)| known == id);
    let Some((&provider, _)) = found else {
        let known: Vec<_> = ids().collect();
        let nearest = nearest(id, known.iter().map(String::as_str));
        return Err(format!(
            "names an unknown provider: did you mean {PREFIX}{nearest}_{setting}? The providers \
             are {}",
            known.join(", ")
        ));
    };
    let known = settings_of(provider);
    if known.is_empty() {
        return Err(format!(
            "has no effect, because {provider} supports neither direct refresh nor revocation: \
             unset it"
        ));
    }
    known.iter().find(|known| **known == setting).map(|known| (provider, *known)).ok_or_else(|| {
        // `SECRET` is meant for `CLIENT_SECRET`, whatever is nearer by its letters.
        let ends = known.iter().copied().find(|known| known.ends_with(setting));
        let nearest = ends.unwrap_or_else(|| nearest(setting, known.iter().copied()));
        let guess = match setting {
            "" => String::new(),
            _ => format!(" did you mean {PREFIX}{id}_{nearest}?"),
        };
        format!("is not a setting of this provider:{guess} Its settings are {}", known.join(", "))
    })
}

/// Variables that begin with this server's own name aren't a provider's: that of Hasura's with the
/// service secret, `CONNECTIONS_SERVICE_SECRET`, and those that Kubernetes puts into every container
/// of a namespace that has a service named `provider-…`, as this one is likely to be.
pub(super) fn is_nobodys(rest: &str) -> bool {
    rest.starts_with("CONNECTIONS_") || is_service_link(rest)
}

fn is_service_link(rest: &str) -> bool {
    let numbered = rest
        .split_once("_PORT_")
        .is_some_and(|(_, after)| after.starts_with(|letter: char| letter.is_ascii_digit()));
    numbered
        || rest.ends_with("_PORT")
        || rest.ends_with("_SERVICE_HOST")
        || rest.contains("_SERVICE_PORT_")
}

pub(super) fn settings_of(provider: Provider) -> Vec<&'static str> {
    let facts = facts(provider);
    let signals = super::signals::SETTINGS.iter().filter(|(of, _)| *of == provider);
    let signals = signals.map(|(_, setting)| *setting);
    if !facts.refreshable && facts.revocation.is_none() {
        return signals.collect();
    }
    let mut known = vec!["CLIENT_ID"];
    known.extend(match facts.client_auth {
        ClientAuth::AppleJwt => &["TEAM_ID", "KEY_ID", "PRIVATE_KEY", "PRIVATE_KEY_FILE"][..],
        ClientAuth::Basic | ClientAuth::Post => &["CLIENT_SECRET", "CLIENT_SECRET_FILE"],
    });
    if facts.token_endpoint.is_some_and(|url| url.contains("{tenant}")) {
        known.push("TENANT");
    }
    if facts.refreshable {
        known.push("TOKEN_URL");
    }
    if facts.revocation.is_some() {
        known.push("REVOCATION_URL");
    }
    known.push("USERINFO_URL");
    if is_asked_at_an_address(provider) {
        known.push("TOKENINFO_URL");
    }
    known.extend(["SCOPES", "REQUIRED_SCOPES"]);
    known.extend(signals);
    known
}

fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> &'a str {
    environment::nearest(word, known).map_or("", |(nearest, _)| nearest)
}
