//! A connection that is known to lack what the app can't do without hands out no token, and says so.

use chrono::TimeDelta;
use domain::Scopes;
use nhost_auth_simulator::{GrantScript, Provider};
use provider_connections::{config::Config, connections::ScopeRules};
use serde_json::{Value, json};

use super::{CALENDAR, EMAIL, look_up, world};
use crate::harness::on_both_empty_databases;

fn requires_a_calendar(config: &mut Config) {
    let of = |list: &str| {
        [domain::Provider::Google, domain::Provider::Twitter]
            .map(|provider| (provider, Scopes::parse(list).unwrap()))
            .into()
    };
    let asked = format!("openid email {CALENDAR}");
    config.scopes.rules = ScopeRules::new(of(&asked), of(CALENDAR));
}

on_both_empty_databases! {
    async fn a_connection_without_a_required_scope_hands_out_no_token(database: Database) {
        let world = world(database, requires_a_calendar).await;
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Github, GrantScript::never_expires()).await;
        let grant = ada.sign_in(Provider::Google, GrantScript::stable());
        world.simulator.grant_scopes(grant, &[EMAIL, "openid"], false);
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        look_up(&world).await;
        let answer = ada.ask("{ providerConnections { provider status accessToken } }").await;
        assert_eq!(answer.code(), "INSUFFICIENT_SCOPE");
        assert_eq!(answer.extension("provider"), "google");
        assert_eq!(answer.extension("missingScopes"), &json!([CALENDAR]));
        let again = answer.extension("reauthenticationUrl").as_str().unwrap();
        assert!(again.contains("upstreamParams%5Bprompt%5D=consent"), "{again}");
        let message = answer.message();
        assert!(message.starts_with(&format!("Google has not granted {CALENDAR}")), "{message}");
        // The grant works as ever, and the other connection stands.
        let (github, google) = (answer.at("/data/providerConnections/0"), answer.at("/data/providerConnections/1"));
        assert!(github["accessToken"].is_string());
        assert_eq!((&google["status"], &google["accessToken"]), (&json!("ACTIVE"), &Value::Null));
        // It is not renewed for nothing, and nobody was handed a token.
        world.server.connections.flush_reads().await.unwrap();
        let read = "SELECT COUNT(*) FROM provider_connection_event WHERE kind = 'token_read' AND provider = 'google' \
                    AND at > (SELECT max(at) FROM provider_connection_event WHERE kind = 'scopes_changed')";
        assert_eq!(world.database.number(read).await, 0);
        // Signing in again, and agreeing, is all that it takes.
        world.advance(TimeDelta::minutes(2));
        ada.renew_jwt();
        let grant = ada.sign_in(Provider::Google, GrantScript::stable());
        world.simulator.grant_scopes(grant, &[EMAIL, "openid", CALENDAR], false);
        let connected = ada.connect(Provider::Google).await;
        assert!(connected.data("/connectProvider/accessToken").is_string());
        look_up(&world).await;
        ada.access_token(Provider::Google).await;
    }

    async fn a_token_whose_scopes_nobody_knows_is_handed_out(database: Database) {
        let world = world(database, requires_a_calendar).await;
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        // As the release before left it.
        world.database.execute("UPDATE provider_connection SET scopes_requested = NULL").await;
        ada.access_token(Provider::Google).await;
    }

    async fn a_connection_that_was_made_before_the_app_asked_for_more_says_so(database: Database) {
        let world = world(database, |_| {}).await;
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        ada.access_token(Provider::Google).await;
        let stricter = world.replica_with(requires_a_calendar).await;
        let query = "{ providerConnection(provider: google) { accessToken } }";
        let answer = ada.ask_at(&stricter, query, json!({})).await;
        assert_eq!(answer.code(), "INSUFFICIENT_SCOPE");
        assert_eq!(answer.at("/data/providerConnection/accessToken"), &Value::Null);
    }
}
