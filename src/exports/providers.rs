use std::collections::HashMap;

use domain::Provider;

use super::row::plain;

/// Other systems' names for providers that differ from Nhost's id.
///
/// All of Microsoft's except the old `windowslive` use the second version of its endpoints, as
/// Nhost's `entraid` does.
const ELSEWHERE: [(&str, Provider); 33] = [
    ("azure", Provider::Entraid),
    ("azure-ad", Provider::Entraid),
    ("azure-ad-b2c", Provider::Entraid),
    ("entra-id", Provider::Entraid),
    ("microsoft", Provider::Entraid),
    ("microsoft-entra-id", Provider::Entraid),
    ("microsoft-excel", Provider::Entraid),
    ("microsoft-teams", Provider::Entraid),
    ("one-drive", Provider::Entraid),
    ("one-note", Provider::Entraid),
    ("outlook", Provider::Entraid),
    ("sharepoint-online", Provider::Entraid),
    ("live", Provider::Windowslive),
    ("windows-live", Provider::Windowslive),
    ("github-app-oauth", Provider::Github),
    ("github-getting-started", Provider::Github),
    ("gitlab-pat", Provider::Gitlab),
    ("gmail", Provider::Google),
    ("google-analytics", Provider::Google),
    ("google-calendar", Provider::Google),
    ("google-calendar-getting-started", Provider::Google),
    ("google-contacts", Provider::Google),
    ("google-docs", Provider::Google),
    ("google-drive", Provider::Google),
    ("google-forms", Provider::Google),
    ("google-mail", Provider::Google),
    ("google-meet", Provider::Google),
    ("google-sheet", Provider::Google),
    ("google-slides", Provider::Google),
    ("youtube", Provider::Google),
    ("linkedin-openid", Provider::Linkedin),
    ("strava-web", Provider::Strava),
    ("twitch-tv", Provider::Twitch),
];

/// Which of Nhost's providers a name stands for.
#[derive(Clone, Debug, Default)]
pub struct ProviderNames(HashMap<String, Provider>);

impl ProviderNames {
    /// Mappings of the form `NAME=ID`: the file's name for a provider, and Nhost's id of it.
    ///
    /// # Errors
    /// What is wrong with the first that is none such, for a person.
    pub fn with(mapped: &[String]) -> Result<Self, String> {
        let mut names = HashMap::new();
        for pair in mapped {
            let (name, id) = pair.rsplit_once('=').ok_or_else(|| {
                format!("--map-provider {pair} has no =: write NAME=ID, such as google-prod=google")
            })?;
            let provider = id.trim().to_lowercase().parse().map_err(|_| {
                let ids: Vec<_> = Provider::ALL.iter().map(|one| one.as_str()).collect();
                format!(
                    "--map-provider {pair} has an unknown provider: ID must be one of {}",
                    ids.join(", ")
                )
            })?;
            names.insert(plain(name), provider);
        }
        Ok(Self(names))
    }

    /// The provider with that name: as mapped, as Nhost's id, or as another system's name.
    pub fn find(&self, name: &str) -> Option<Provider> {
        let plain = plain(name);
        let elsewhere = || ELSEWHERE.iter().find(|(other, _)| *other == plain).map(|(_, one)| *one);
        self.0.get(&plain).copied().or_else(|| plain.parse().ok()).or_else(elsewhere)
    }
}
