use clap::Args;

use super::{groups, mistakes::Mistakes};
use crate::{
    connections::{NoRedirectTarget, RedirectTarget, RedirectTargets},
    upstream::{SignInParams, SignInParamsError},
};

/// How browsers are sent to a sign-in.
#[derive(Args, Clone, Default)]
pub struct SignInArgs {
    /// URLs that a sign-in may return to, including everything below them, separated by commas,
    /// such as `https://app.example.com`, `https://*.example.com` or `myapp://signed-in`. By
    /// default every URL that Nhost Auth allows
    #[arg(
        long,
        env = "REDIRECT_ALLOWED_URLS",
        value_name = "URL,…",
        default_value = "",
        help_heading = groups::ACCESS,
    )]
    redirect_allowed_urls: String,

    /// Query parameters that a sign-in passes to the provider, as JSON, such as
    /// `{"google":{"access_type":"offline","prompt":"consent"}}`. See docs/providers.md
    #[arg(
        long,
        env = "SIGN_IN_PARAMS",
        value_name = "JSON",
        default_value = "",
        help_heading = groups::PROVIDERS,
    )]
    sign_in_params: String,
}

/// The settings of sign-ins, checked.
#[derive(Clone, Debug, Default)]
pub struct SignInConfig {
    pub redirect_targets: RedirectTargets,
    pub params: SignInParams,
}

impl SignInArgs {
    pub(super) fn check_into(self, mistakes: &mut Mistakes) -> Option<SignInConfig> {
        let entries = self.redirect_allowed_urls.split(',').map(str::trim);
        let targets = entries.filter(|entry| !entry.is_empty()).filter_map(|entry| {
            entry
                .parse::<RedirectTarget>()
                .map_err(|why: NoRedirectTarget| {
                    mistakes.add(format!("REDIRECT_ALLOWED_URLS has {entry:?}: {why}"));
                })
                .ok()
        });
        let redirect_targets = targets.collect();
        let params = match self.sign_in_params.trim() {
            "" => SignInParams::default(),
            json => json
                .parse()
                .map_err(|why: SignInParamsError| mistakes.add(format!("SIGN_IN_PARAMS {why}")))
                .ok()?,
        };
        Some(SignInConfig { redirect_targets, params })
    }
}
