use url::Url;

use super::{
    Finding, clock_skew,
    http::{Http, below, is_loopback, is_private, shown},
};
use crate::config::Readable;

const CHECK: &str = "Nhost Auth";
/// The endpoints for provider tokens are there since 0.43.0 (its CHANGELOG, 2025-11-04).
const OLDEST: (u32, u32) = (0, 43);

/// Whether Nhost Auth answers, which one it is, and what browsers are told of it.
pub async fn check(settings: &Readable, http: &Http) -> Vec<Finding> {
    let Some(base) = &settings.nhost_auth_url else {
        return vec![Finding::not_looked_at(CHECK, "NHOST_AUTH_URL has a mistake, or is missing")];
    };
    let mut found = Vec::new();
    let health = http.send(http.client.get(below(base, &["healthz"]))).await;
    match health {
        Ok(answer) if answer.status.is_success() => {
            let took = answer.took.num_milliseconds();
            let message = format!("{} answers, in {took} ms", shown(base));
            found.push(Finding::ok(CHECK, message));
            found.extend(clock_skew::check(&answer, "Nhost Auth"));
            found.push(version(base, http).await);
        }
        Ok(answer) => {
            let status = answer.status.as_u16();
            let advice = match status {
                404 => "check the path of NHOST_AUTH_URL: at Nhost it ends in /v1",
                300..400 => "set NHOST_AUTH_URL to where it redirects to",
                429 => "it limits the rate of calls: wait, then run doctor again",
                _ => "look at Nhost Auth's log, and at the proxy in front of it",
            };
            let message = format!("{} answers HTTP {status} at /healthz", shown(base));
            found.push(Finding::error(CHECK, message, advice));
        }
        Err(why) => found.push(Finding::error(
            CHECK,
            format!("{} can't be reached: {why}", shown(base)),
            "check NHOST_AUTH_URL (or NHOST_SUBDOMAIN and NHOST_REGION), that Nhost Auth is up, and \
             that this machine may reach it",
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
        return Finding::ok(CHECK, "it does not say which version it is")
            .and_advice("it has to be 0.43 or later");
    };
    // What stands there is the other side's to choose.
    let shown: String = version.chars().filter(char::is_ascii_graphic).take(40).collect();
    match major_and_minor(&version) {
        Some(parsed) if parsed < OLDEST => Finding::warning(
            CHECK,
            format!("it is version {shown}, which does not hand out provider tokens"),
            "update Nhost Auth to 0.43 or later",
        ),
        Some(_) => Finding::ok(CHECK, format!("it is version {shown}")),
        None => Finding::ok(CHECK, format!("it says that it is version {shown}"))
            .and_advice("it has to be 0.43 or later"),
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
            "set NHOST_AUTH_PUBLIC_URL to Nhost Auth as browsers reach it",
        );
    }
    if !is_loopback(public) && is_private(public) {
        return Finding::warning(
            CHECK,
            format!("users are sent to {at} ({name}), which only a private network knows"),
            "set NHOST_AUTH_PUBLIC_URL to Nhost Auth as browsers reach it",
        );
    }
    if public.scheme() == "http" && !is_loopback(public) {
        return Finding::warning(
            CHECK,
            format!("users are sent to {at} ({name}), which is not encrypted"),
            format!("begin {name} with https://"),
        );
    }
    let other = if is_other { ", which is another than this server's own" } else { "" };
    Finding::ok(CHECK, format!("users are sent to {at}{other}"))
}
