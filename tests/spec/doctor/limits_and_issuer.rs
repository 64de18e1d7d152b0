//! What Nhost Auth lets this server do: how many sessions it may fetch, and whether its JWTs are
//! taken.

use nhost_auth_simulator::{Endpoint, Fault, Options, RateLimits, Running, Simulator};
use serde_json::{Value, json};

use super::{Report, doctor, migrated};

async fn with(options: Options) -> Running {
    Simulator::start(options, ([127, 0, 0, 1], 0).into()).await.unwrap()
}

fn secret_without_issuer(simulator: &Running) -> String {
    let mut secret: Value = serde_json::from_str(&simulator.jwt_secret_json()).unwrap();
    secret.as_object_mut().unwrap().remove("issuer");
    secret.to_string()
}

/// Uses up what an address may.
async fn use_up(simulator: &Running, forwarded_for: Option<&str>) {
    let url = format!("{}/signin/provider/google", simulator.base_url());
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
    for _ in 0..10 {
        let mut request = http.as_ref().unwrap().get(&url);
        if let Some(address) = forwarded_for {
            request = request.header("x-forwarded-for", address);
        }
        request.send().await.unwrap();
    }
}

const RAISE: &str = "raise AUTH_RATE_LIMIT_BRUTE_FORCE_BURST, or shorten \
                     AUTH_RATE_LIMIT_BRUTE_FORCE_INTERVAL";

#[tokio::test]
async fn sessions_that_may_be_fetched_are_told_with_one_call_and_used_up_ones_with_two() {
    let (_, database) = migrated().await;
    let limits = RateLimits { global: None, ..RateLimits::nhost_auth() };
    let simulator = with(Options { rate_limits: limits, ..Options::default() }).await;
    let report = Report::of(doctor(&simulator, &database.url)).await;
    report.says("sign-in limit", "ok", "ten in five minutes for each address", RAISE);
    report.says("sign-in limit", "ok", "TRUSTED_PROXIES is not set", "set TRUSTED_PROXIES");
    assert_eq!(simulator.calls(Endpoint::ProviderTokens), 1);
    report.is_all_ok();

    let behind = doctor(&simulator, &database.url).env("TRUSTED_PROXIES", "10.0.0.0/8");
    let report = Report::of(behind).await;
    report.says("sign-in limit", "ok", "this server passes on users' addresses", RAISE);

    simulator.reset_calls();
    use_up(&simulator, None).await;
    let report = Report::of(doctor(&simulator, &database.url)).await;
    report.says(
        "sign-in limit",
        "warning",
        "its address has reached the limit. Addresses that this server passes on have limits of their own",
        "set TRUSTED_PROXIES",
    );
    report.says("sign-in limit", "warning", "right now", RAISE);
    assert_eq!(simulator.calls(Endpoint::ProviderTokens), 2);

    use_up(&simulator, Some("192.0.2.1")).await;
    let report = Report::of(doctor(&simulator, &database.url)).await;
    report.says(
        "sign-in limit",
        "warning",
        "passing on users' addresses makes no difference",
        RAISE,
    );
}

#[tokio::test]
async fn the_issuer_that_is_taken_is_named_and_where_none_is_the_setting() {
    let (_, database) = migrated().await;
    let look = async |simulator: &Running| {
        let secret = secret_without_issuer(simulator);
        Report::of(doctor(simulator, &database.url).env("NHOST_JWT_SECRET", &secret)).await
    };
    let of_046 = with(Options { issues_by_address: true, ..Options::default() }).await;
    let issuer = format!("with the issuer \"{}\"", of_046.base_url());
    look(&of_046).await.says("service JWT", "ok", &issuer, "");
    let published = Options {
        issuer: "https://auth.example.com/v1".to_owned(),
        is_openid_provider: true,
        ..Options::default()
    };
    let issuer = "with the issuer \"https://auth.example.com/v1\"";
    look(&with(published.clone()).await).await.says("service JWT", "ok", issuer, "");
    let unheard_of = with(Options { is_openid_provider: false, ..published }).await;
    let report = look(&unheard_of).await;
    report.says(
        "service JWT",
        "error",
        "refuses JWTs that this server signs, with any of the issuers hasura-auth, http://",
        "set issuer in the JWT secret to the iss of the project's own JWTs",
    );
    // The JWT of a service account shows it.
    let service = unheard_of.add_user("service@example.com");
    let pat = unheard_of.personal_access_token(service).to_string();
    let secret = secret_without_issuer(&unheard_of);
    let binary = doctor(&unheard_of, &database.url).env("NHOST_JWT_SECRET", &secret);
    let report = Report::of(binary.env("NHOST_SERVICE_PAT", &pat)).await;
    report.says("service JWT", "ok", issuer, "");
    report.is_all_ok();
}

#[tokio::test]
async fn a_shared_key_is_published_as_null_or_as_an_empty_list() {
    let (simulator, database) = migrated().await;
    for keys in [json!(null), json!([])] {
        let set = json!({ "keys": keys });
        simulator.fail_always(Endpoint::Jwks, None, Fault::json(200, &set));
        let report = Report::of(doctor(&simulator, &database.url)).await;
        report.says("JWKS", "ok", "publishes no keys, because the JWT secret has a shared key", "");
        report.is_all_ok();
    }
    simulator.fail_always(Endpoint::Jwks, None, Fault::json(200, &json!({})));
    let report = Report::of(doctor(&simulator, &database.url)).await;
    report.says("JWKS", "warning", "is not a JSON Web Key Set", "NHOST_AUTH_URL");
}
