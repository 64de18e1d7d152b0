use crate::store::Provider;

/// The provider's name as its users know it.
pub fn display_name(provider: Provider) -> &'static str {
    match provider {
        Provider::Apple => "Apple",
        Provider::Azuread => "Azure AD",
        Provider::Bitbucket => "Bitbucket",
        Provider::Discord => "Discord",
        Provider::Entraid => "Microsoft Entra ID",
        Provider::Facebook => "Facebook",
        Provider::Github => "GitHub",
        Provider::Gitlab => "GitLab",
        Provider::Google => "Google",
        Provider::Linkedin => "LinkedIn",
        Provider::Spotify => "Spotify",
        Provider::Strava => "Strava",
        Provider::Twitch => "Twitch",
        Provider::Twitter => "Twitter",
        Provider::Windowslive => "Microsoft",
        Provider::Workos => "WorkOS",
    }
}
