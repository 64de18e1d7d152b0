//! Users of an app: each connects, reads, refreshes and disconnects, and some go away amid a call.

use std::time::Duration;

use nhost_auth_simulator::{GrantScript, Provider};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::field::Field;

/// No answer takes longer, whatever the upstreams do: waiting for a turn, a call and a lease.
const PATIENCE: Duration = Duration::from_mins(1);
const READ: &str = "{ providerConnections { provider status accessToken expiresAt \
     lastFailure { code retryAt } reauthenticationUrl events(first: 3) { kind } } }";
pub const PROVIDERS: [Provider; 4] =
    [Provider::Google, Provider::Spotify, Provider::Discord, Provider::Gitlab];

pub async fn all(field: &Field) {
    let kept = client(90);
    // Not kept: a connection each.
    let fresh = client(0);
    tokio::join!(
        live(field, &kept),
        live(field, &kept),
        live(field, &fresh),
        read(field, &kept),
        read(field, &fresh),
        go_away(field, &fresh),
        time_passes(field),
    );
}

fn client(kept: usize) -> reqwest::Client {
    let client = reqwest::Client::builder().timeout(PATIENCE).pool_max_idle_per_host(kept);
    client.build().unwrap()
}

/// Signs in with a provider, connects it, uses it, and now and then disconnects it.
async fn live(field: &Field, http: &reqwest::Client) {
    field
        .repeat(Duration::from_millis(40), async || {
            let (user, provider) = (*field.pick(&field.users), *field.pick(&PROVIDERS));
            let script = *field.pick(&[
                GrantScript::stable(),
                GrantScript::rotating(),
                GrantScript::no_refresh_token(),
                GrantScript::stable().lifetime(30),
            ]);
            match field.roll(8) {
                0 | 1 => {
                    field.cluster.simulator.sign_in(user, provider, script);
                    let connect = mutation("connectProvider", provider, "status accessToken");
                    ask(field, http, "connect", user, &connect).await;
                }
                2..=5 => {
                    let refresh = mutation("refreshProviderToken", provider, "status expiresAt");
                    ask(field, http, "refresh", user, &refresh).await;
                }
                6 => {
                    let disconnect = mutation("disconnectProvider", provider, "id");
                    ask(field, http, "disconnect", user, &disconnect).await;
                }
                _ => {
                    let sign_in = format!("{{ providerSignInUrl(provider: {provider}) }}");
                    ask(field, http, "sign-in URL", user, &sign_in).await;
                }
            }
        })
        .await;
}

async fn read(field: &Field, http: &reqwest::Client) {
    field
        .repeat(Duration::from_millis(25), async || {
            ask(field, http, "read", *field.pick(&field.users), READ).await;
        })
        .await;
}

/// Drops a call that is under way.
async fn go_away(field: &Field, http: &reqwest::Client) {
    field
        .repeat(Duration::from_millis(80), async || {
            let user = *field.pick(&field.users);
            let refresh = mutation("refreshProviderToken", *field.pick(&PROVIDERS), "status");
            let call = post(field, http, user, &refresh).send();
            field.tally.called("gone amid a refresh");
            let patience = Duration::from_millis(field.roll(12) as u64);
            let _ = tokio::time::timeout(patience, call).await;
        })
        .await;
}

/// Access tokens expire.
async fn time_passes(field: &Field) {
    field.repeat(Duration::from_secs(2), async || field.cluster.expire_tokens().await).await;
}

fn mutation(name: &str, provider: Provider, fields: &str) -> String {
    format!("mutation {{ {name}(provider: {provider}) {{ {fields} }} }}")
}

fn post(field: &Field, http: &reqwest::Client, user: Uuid, query: &str) -> reqwest::RequestBuilder {
    let request = http.post(format!("{}/graphql", field.url())).bearer_auth(field.jwt(user));
    request.json(&json!({ "query": query }))
}

/// A valid call: it is answered, whatever goes wrong behind it.
async fn ask(field: &Field, http: &reqwest::Client, kind: &'static str, user: Uuid, query: &str) {
    field.tally.called(kind);
    let answer = async { post(field, http, user, query).send().await?.json::<Value>().await };
    match answer.await {
        Ok(answer) => field.tally.answered(&answer),
        Err(error) => field.tally.is_wrong(format!("{kind} has no answer: {error}")),
    }
}
