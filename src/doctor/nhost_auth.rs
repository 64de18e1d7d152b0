use url::Url;

use super::{
    Finding, clock_skew,
    http::{Http, below, is_loopback, is_private, shown},
};
use crate::config::Readable;

const CHECK: &str = "Nhost Auth";
/// The endpoints for provider tokens are there since 0.43.0 (its CHANGELOG, 2025-11-04).
const OLDEST: (u32, u32) = (0, 43);

/// Whether Nhost Auth responds, its version, and the URL that browsers are sent to.
pub async fn check(settings: &Readable, http: &Http) -> Vec<Finding> {
    let Some(base) = &settings.nhost_auth_url else {
        return vec![Finding::not_looked_at(CHECK, "NHOST_AUTH_URL is wrong or missing")];
    };
    let mut found = Vec::new();
    let health = http.send(http.client.get(below(base, &["healthz"]))).await;
    match health {
        Ok(answer) if answer.status.is_success() => {
            let took = answer.took.num_milliseconds();
            let message = format!("{} responds in {took} ms", shown(base));
            found.push(Finding::ok(CHECK, message));
            found.extend(clock_skew::check(&answer, "Nhost Auth"));
            found.push(version(base, http).await);
        }
        Ok(answer) => {
            let status = answer.status.as_u16();
            let advice = match status {
                404 => "check the path of NHOST_AUTH_URL: Nhost's own ends in /v1",
                300..400 => "set NHOST_AUTH_URL to the URL that it redirects to",
                429 => "Nhost Auth limits the rate of calls: wait, then run doctor again",
                _ => "check Nhost Auth's log and the proxy in front of it",
            };
            let message = format!("{} returns HTTP {status} for /healthz", shown(base));
            found.push(Finding::error(CHECK, message, advice));
        }
        Err(why) => found.push(Finding::error(
            CHECK,
            format!("{} can't be reached: {why}", shown(base)),
            "check NHOST_AUTH_URL (or NHOST_SUBDOMAIN and NHOST_REGION), that Nhost Auth is \
             running, and that this machine can reach it",
        )),
    }
    found.extend(settings.nhost_auth_public_url.as_ref().map(|public| for_browsers(base, public)));
    found
}

async fn version(base: &Url, http: &Http) -> Finding {
    let answer = http.send(http.client.get(below(base, &["version"]))).await;
    let version = answer.ok().filter(|answer| answer.status.is_success());
    let version = version.and_then(|of| of.json()["version"].as_str().map(str::to_owned));
    let Some(version) = version else {
        return Finding::ok(CHECK, "it doesn't report its version")
            .and_advice("make sure that it is 0.43 or later");
    };
    // What stands there is the other side's to choose.
    let shown: String = version.chars().filter(char::is_ascii_graphic).take(40).collect();
    match major_and_minor(&version) {
        Some(parsed) if parsed < OLDEST => Finding::warning(
            CHECK,
            format!("it is version {shown}, which has no endpoint for provider tokens"),
            "update Nhost Auth to 0.43 or later",
        ),
        Some(_) => Finding::ok(CHECK, format!("it is version {shown}")),
        None => Finding::ok(CHECK, format!("it reports version {shown}"))
            .and_advice("make sure that it is 0.43 or later"),
    }
}

fn major_and_minor(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim_start_matches('v').split('.');
    let found = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    // 0.0.0-dev and the like are builds of any age.
    (found != (0, 0)).then_some(found)
}

/// Where users are sent to sign in again.
fn for_browsers(base: &Url, public: &Url) -> Finding {
    const CHECK: &str = "sign-in address";
    let is_other = base != public;
    let name = if is_other { "NHOST_AUTH_PUBLIC_URL" } else { "NHOST_AUTH_URL" };
    let at = shown(public);
    if is_loopback(public) && !is_loopback(base) {
        return Finding::warning(
            CHECK,
            format!("users are sent to {at} ({name}), which is their own machine"),
            "set NHOST_AUTH_PUBLIC_URL to the URL of Nhost Auth that browsers can reach",
        );
    }
    if !is_loopback(public) && is_private(public) {
        return Finding::warning(
            CHECK,
            format!("users are sent to {at} ({name}), which is in a private network"),
            "set NHOST_AUTH_PUBLIC_URL to the URL of Nhost Auth that browsers can reach",
        );
    }
    if public.scheme() == "http" && !is_loopback(public) {
        return Finding::warning(
            CHECK,
            format!("users are sent to {at} ({name}), which is not encrypted"),
            format!("use https:// in {name}"),
        );
    }
    let other = if is_other { ", which differs from NHOST_AUTH_URL" } else { "" };
    Finding::ok(CHECK, format!("users are sent to {at}{other}"))
}
