//! The same calls at the simulator, which plays all providers.

use nhost_auth_simulator::{
    Clock as SimulatedClock, GrantId, GrantScript, Options, Provider as Simulated, Running,
    Simulator,
};
use secrecy::ExposeSecret;

use super::*;

async fn simulator() -> Running {
    let options =
        Options { clock: SimulatedClock::from_fn(|| NOW.parse().unwrap()), ..Options::default() };
    Simulator::start(options, ([127, 0, 0, 1], 0).into()).await.unwrap()
}

/// A server that is the simulator's client at every provider.
fn everywhere(simulator: &Running) -> Direct {
    let clients = Provider::ALL.iter().map(|provider| {
        let secret = if *provider == Provider::Apple {
            let (key, public) = apple_key();
            simulator.set_client(Simulated::Apple, "app one", &public);
            ClientSecret::Apple(key)
        } else {
            simulator.set_client(simulated(*provider), "app one", "s:e%c+ret");
            shared(&["an-older-one", "s:e%c+ret"])
        };
        let origin = format!("{}providers/{provider}", simulator.origin());
        (*provider, client(*provider, secret, &origin))
    });
    Direct::new(clients.collect(), clock()).unwrap()
}

fn simulated(provider: Provider) -> Simulated {
    provider.as_str().parse().unwrap()
}

fn signed_in(simulator: &Running, provider: Provider) -> (GrantId, SecretString, SecretString) {
    let ada = simulator.add_user("ada@example.com");
    let grant = simulator.sign_in(ada, simulated(provider), GrantScript::rotating());
    let view = simulator.grant(grant);
    let refresh = view.current_refresh_token.unwrap();
    (grant, view.current_access_token.into(), refresh.into())
}

#[tokio::test]
async fn every_provider_that_refreshes_does() {
    let simulator = simulator().await;
    let direct = everywhere(&simulator);
    let mut refreshed = 0;
    for provider in Provider::ALL.iter().filter(|provider| direct.handles(**provider)) {
        let (grant, _, refresh) = signed_in(&simulator, *provider);
        let session = direct.refresh(*provider, &refresh, clock().now()).await.unwrap();
        let view = simulator.grant(grant);
        assert_eq!(session.access_token.expose_secret(), view.current_access_token, "{provider}");
        let rotated = session.refresh_token.unwrap();
        assert_eq!(Some(rotated.expose_secret()), view.current_refresh_token.as_deref());
        assert_eq!(session.expires_at, view.access_token_expires_at, "{provider}");
        refreshed += 1;
    }
    assert_eq!(refreshed, 13);
}

#[tokio::test]
async fn every_provider_that_refreshes_says_when_the_grant_has_ended() {
    let simulator = simulator().await;
    let direct = everywhere(&simulator);
    for provider in Provider::ALL.iter().filter(|provider| direct.handles(**provider)) {
        let (grant, _, refresh) = signed_in(&simulator, *provider);
        simulator.revoke(grant);
        let error = direct.refresh(*provider, &refresh, clock().now()).await.unwrap_err();
        assert!(matches!(error, UpstreamError::Ended(_)), "{provider}: {error:?}");
        simulator.provider_outage(simulated(*provider), true);
        let error = direct.refresh(*provider, &refresh, clock().now()).await.unwrap_err();
        assert!(matches!(error, UpstreamError::Unavailable { .. }), "{provider}: {error:?}");
    }
}

#[tokio::test]
async fn every_provider_refuses_a_wrong_client_and_keeps_the_refresh_token() {
    let simulator = simulator().await;
    let direct = everywhere(&simulator);
    for provider in Provider::ALL.iter().filter(|provider| direct.handles(**provider)) {
        let (grant, _, refresh) = signed_in(&simulator, *provider);
        simulator.set_client(simulated(*provider), "app one", "another");
        let error = direct.refresh(*provider, &refresh, clock().now()).await.unwrap_err();
        assert!(matches!(error, UpstreamError::ClientRefused(_)), "{provider}: {error:?}");
        let current = simulator.grant(grant).current_refresh_token;
        assert_eq!(current.as_deref(), Some(refresh.expose_secret()), "{provider}");
    }
}

#[tokio::test]
async fn every_provider_that_revokes_ends_the_grant_and_may_be_asked_again() {
    let simulator = simulator().await;
    let direct = everywhere(&simulator);
    let mut revoked = 0;
    for provider in Provider::ALL.iter().filter(|provider| direct.revokes(**provider)) {
        let (grant, access, refresh) = signed_in(&simulator, *provider);
        for _ in 0..2 {
            direct.revoke(*provider, tokens(&access, Some(&refresh))).await.unwrap();
            assert!(!simulator.grant(grant).alive, "{provider}");
        }
        revoked += 1;
    }
    assert_eq!(revoked, 8);
}

#[tokio::test]
async fn an_expired_access_token_does_not_keep_a_grant_alive() {
    let simulator = simulator().await;
    let direct = everywhere(&simulator);
    for provider in [Provider::Github, Provider::Strava, Provider::Discord, Provider::Google] {
        let (grant, access, refresh) = signed_in(&simulator, provider);
        simulator.expire_access_token(grant);
        direct.revoke(provider, tokens(&access, Some(&refresh))).await.unwrap();
        assert!(!simulator.grant(grant).alive, "{provider}");
    }
}
