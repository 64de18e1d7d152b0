use clap::Args;

use super::mistakes::Mistakes;
use crate::{
    connections::{NoRedirectTarget, RedirectTarget, RedirectTargets},
    upstream::{SignInParams, SignInParamsError},
};

/// How browsers are sent to a sign-in.
#[derive(Args, Clone, Default)]
pub struct SignInArgs {
    /// Addresses that a sign-in may come back to, and all below them, separated by commas, such as
    /// <https://app.example.com>, <https://*.example.com> or <myapp://signed-in>. Left out: all that
    /// Nhost Auth allows
    #[arg(long, env = "REDIRECT_ALLOWED_URLS", value_name = "URL,…", default_value = "")]
    redirect_allowed_urls: String,

    /// Query parameters that a sign-in has for the provider, as JSON:
    /// {"google":{"access_type":"offline","prompt":"consent"}}
    #[arg(long, env = "SIGN_IN_PARAMS", value_name = "JSON", default_value = "")]
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
