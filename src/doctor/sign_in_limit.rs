use reqwest::{RequestBuilder, StatusCode};

use super::{
    Finding,
    http::{Http, below},
};
use crate::{client_address::TrustedProxies, config::Readable};

const CHECK: &str = "sign-in limit";
/// An address for documentation, which no one has (RFC 5737).
const NOBODY: &str = "192.0.2.1";
const RAISE: &str = "raise AUTH_RATE_LIMIT_BRUTE_FORCE_BURST, or shorten \
                     AUTH_RATE_LIMIT_BRUTE_FORCE_INTERVAL, at Nhost Auth (in nhost.toml: limit and \
                     interval of [auth.rateLimit.bruteForce])";

/// Whether `connectProvider` has calls left at Nhost Auth. It doesn't say how many: one call shows
/// whether there is any, and a second one whether it counts by the address that is passed on.
pub async fn check(settings: &Readable, http: &Http) -> Vec<Finding> {
    let Some(base) = &settings.nhost_auth_url else {
        return vec![Finding::not_looked_at(CHECK, "NHOST_AUTH_URL is wrong or missing")];
    };
    let ask = |by: fn(RequestBuilder) -> RequestBuilder| {
        // Without a JWT there is nothing to hand out.
        let url = below(base, &["signin", "provider", "google", "callback", "tokens"]);
        http.send(by(http.client.get(url)))
    };
    let Ok(own) = ask(|request| request).await else {
        return vec![Finding::not_looked_at(CHECK, "Nhost Auth can't be reached")];
    };
    let proxies = settings.listener.as_ref().map(|listener| &listener.trusted_proxies);
    let trusts = proxies.is_some_and(|proxies| *proxies != TrustedProxies::default());
    if own.status != StatusCode::TOO_MANY_REQUESTS {
        return vec![room(trusts)];
    }
    let passed_on = ask(|request| request.header("x-forwarded-for", NOBODY)).await;
    let limited = passed_on.map_or(true, |answer| answer.status == StatusCode::TOO_MANY_REQUESTS);
    vec![used_up(trusts, !limited)]
}

fn room(trusts: bool) -> Finding {
    let whose = if trusts {
        "this server passes on users' addresses, as TRUSTED_PROXIES is set"
    } else {
        "TRUSTED_PROXIES is not set, so all users behind one proxy, or behind Hasura, share one \
         limit"
    };
    Finding::ok(
        CHECK,
        format!(
            "Nhost Auth lets this machine fetch sessions. By default it allows ten in five minutes \
             for each address, and {whose}"
        ),
    )
    .and_advice(if trusts {
        format!("if more users than that share an address, {RAISE}")
    } else {
        format!("set TRUSTED_PROXIES to the proxies in front of this server, or {RAISE}")
    })
}

fn used_up(trusts: bool, counts_by_address: bool) -> Finding {
    let message = "Nhost Auth doesn't let this machine fetch sessions right now: its address has \
                   reached the limit";
    if counts_by_address {
        let first = if trusts {
            "check that TRUSTED_PROXIES has all proxies in front of this server"
        } else {
            "set TRUSTED_PROXIES to the proxies in front of this server"
        };
        let message =
            format!("{message}. Addresses that this server passes on have limits of their own");
        return Finding::warning(CHECK, message, format!("{first}, or {RAISE}"));
    }
    let message = format!("{message}, and passing on users' addresses makes no difference");
    Finding::warning(CHECK, message, RAISE)
}
