//! Scopes: what a connection's tokens allow, by whose word that is known, what changes it, and which
//! tokens are not handed out without it.

mod again;
mod required;

use chrono::TimeDelta;
use nhost_auth_simulator::{Endpoint, Fault, GrantScript, Provider, Signing};
use provider_connections::config::Config;
use serde_json::{Value, json};

use crate::harness::{
    Answer, Database, SERVICE_SECRET, User, World, directly, on_both_empty_databases,
};

const CALENDAR: &str = "https://www.googleapis.com/auth/calendar";
const EMAIL: &str = "https://www.googleapis.com/auth/userinfo.email";

/// A world whose providers are asked, and refreshed, at the simulator.
async fn world(database: Database, change: impl FnOnce(&mut Config)) -> World {
    World::on_with_simulator(database, Signing::hs256(), |config, _| {
        for provider in domain::Provider::ALL {
            let path = format!("/providers/{provider}/tokeninfo");
            let url = config.nhost_auth_url.join(&path).unwrap();
            config.scopes.tokeninfo_urls.insert(*provider, url);
        }
        directly(config, Provider::Google);
        change(config);
    })
    .await
}

/// `scopes`, by whose word, and whether a calendar and an email address are among them.
async fn scopes(user: &User<'_>, provider: Provider) -> (Value, Value) {
    let answer = user
        .ask(&format!("{{ providerConnection(provider: {provider}) {{ scopes scopesSource }} }}"))
        .await;
    let of = |name| answer.data(&format!("/providerConnection/{name}")).clone();
    (of("scopes"), of("scopesSource"))
}

async fn missing(user: &User<'_>, of: &[&str]) -> Answer {
    let query = "query($of: [String!]!) { providerConnection(provider: google) { id missingScopes(of: $of) } }";
    user.ask_with(query, json!({ "of": of })).await
}

/// The evidence of every change of the scopes, the oldest first.
async fn changes(user: &User<'_>) -> Vec<String> {
    let query = "{ providerConnection(provider: google) { events(first: 100, kinds: [SCOPES_CHANGED]) \
                 { evidence } } }";
    let answer = user.ask(query).await;
    let events = answer.data("/providerConnection/events").as_array().unwrap().clone();
    events.iter().rev().map(|event| event["evidence"].as_str().unwrap().to_owned()).collect()
}

async fn expecting(user: &User<'_>, provider: Provider, account_id: &str) {
    let query = format!(
        "mutation($id: String) {{ connectProvider(provider: {provider}, expectAccountId: $id) \
         {{ id }} }}"
    );
    let connected = user.ask_with(&query, json!({ "id": account_id })).await;
    connected.data("/connectProvider/id");
}

async fn look_up(world: &World) {
    world.server.connections.look_up_due().await.unwrap();
}

on_both_empty_databases! {
    async fn a_sign_in_begins_with_what_it_asked_for(database: Database) {
        let world = world(database, |_| {}).await;
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let asked = json!(["email", "openid", "profile"]);
        assert_eq!(scopes(&ada, Provider::Google).await, (asked, json!("REQUESTED")));
        let lacks = missing(&ada, &[EMAIL, CALENDAR, "openid"]).await;
        assert_eq!(lacks.data("/providerConnection/missingScopes"), &json!([CALENDAR]));
        let none = missing(&ada, &[]).await;
        assert_eq!(none.data("/providerConnection/missingScopes"), &json!([]));
        // Nobody knows what an OAuth 1 sign-in asks for.
        ada.connected(Provider::Twitter, GrantScript::oauth1()).await;
        assert_eq!(scopes(&ada, Provider::Twitter).await, (Value::Null, Value::Null));
        assert!(changes(&ada).await.is_empty());
    }

    async fn offline_access_is_missing_where_no_refresh_token_came(database: Database) {
        let world = world(database, |_| {}).await;
        let ada = world.user("ada@example.com");
        let query = "{ providerConnection(provider: entraid) { refreshable \
                     missingScopes(of: [\"email\", \"offline_access\"]) } }";
        for (script, refreshable, lacks) in [
            (GrantScript::no_refresh_token(), false, json!(["offline_access"])),
            (GrantScript::rotating(), true, json!([])),
        ] {
            ada.connected(Provider::Entraid, script).await;
            let answer = ada.ask(query).await;
            assert_eq!(answer.data("/providerConnection/refreshable"), &json!(refreshable));
            assert_eq!(answer.data("/providerConnection/missingScopes"), &lacks);
            world.advance(TimeDelta::minutes(1));
        }
    }

    async fn what_can_be_no_scope_is_refused_and_the_connection_stands(database: Database) {
        let world = world(database, |_| {}).await;
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let many: Vec<_> = (0..101).map(|number| format!("scope:{number}")).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        let long = "x".repeat(257);
        for wrong in [vec!["email profile"], vec![""], vec!["a\"b"], vec!["é"], many, vec![&*long]] {
            let answer = missing(&ada, &wrong).await;
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{wrong:?}");
            assert!(answer.at("/data/providerConnection/id").is_string());
        }
    }

    async fn the_provider_is_asked_after_a_sign_in(database: Database) {
        let world = world(database, |_| {}).await;
        let ada = world.user("ada@example.com");
        for (provider, granted) in [
            (Provider::Google, [CALENDAR, "openid"]),
            (Provider::Discord, ["guilds", "identify"]),
            (Provider::Facebook, ["email", "public_profile"]),
            (Provider::Twitch, ["channel:read:polls", "user:read:email"]),
            (Provider::Gitlab, ["api", "read_user"]),
            (Provider::Github, ["repo", "user"]),
            (Provider::Bitbucket, ["account", "email"]),
        ] {
            let grant = ada.sign_in(provider, GrantScript::stable());
            world.simulator.grant_scopes(grant, &granted, false);
            ada.connect(provider).await.data("/connectProvider/id");
            let (asked, own) = (world.simulator.calls(Endpoint::Userinfo), world.simulator.calls(Endpoint::Tokeninfo));
            look_up(&world).await;
            let known = (json!(granted), json!("PROVIDER"));
            assert_eq!(scopes(&ada, provider).await, known, "{provider}");
            // One answer tells both, where it does.
            let is_beside = matches!(
                provider,
                Provider::Github | Provider::Bitbucket | Provider::Twitch
            );
            assert_eq!(world.simulator.calls(Endpoint::Userinfo), asked + 1, "{provider}");
            assert_eq!(world.simulator.calls(Endpoint::Tokeninfo), own + usize::from(!is_beside), "{provider}");
        }
    }

    async fn a_provider_that_does_not_say_is_not_asked(database: Database) {
        let world = world(database, |_| {}).await;
        let ada = world.user("ada@example.com");
        for provider in [Provider::Entraid, Provider::Linkedin, Provider::Spotify, Provider::Strava] {
            let grant = ada.sign_in(provider, GrantScript::stable());
            world.simulator.grant_scopes(grant, &["never-said"], false);
            ada.connect(provider).await.data("/connectProvider/id");
            look_up(&world).await;
            assert_eq!(scopes(&ada, provider).await.1, "REQUESTED", "{provider}");
        }
        assert_eq!(world.simulator.calls(Endpoint::Tokeninfo), 0);
    }

    async fn a_provider_that_can_not_say_now_is_asked_again_and_no_token_waits(database: Database) {
        let world = world(database, |_| {}).await;
        let ada = world.user("ada@example.com");
        let grant = ada.sign_in(Provider::Google, GrantScript::stable());
        world.simulator.grant_scopes(grant, &[CALENDAR, "openid"], false);
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        for fault in [Fault::Empty(503), Fault::Html(502), Fault::RateLimited] {
            world.simulator.fail_always(Endpoint::Tokeninfo, None, fault);
            look_up(&world).await;
            assert_eq!(scopes(&ada, Provider::Google).await.1, "REQUESTED");
            ada.access_token(Provider::Google).await;
            world.advance(TimeDelta::minutes(1));
        }
        world.simulator.heal(Endpoint::Tokeninfo);
        look_up(&world).await;
        let known = (json!([CALENDAR, "openid"]), json!("PROVIDER"));
        assert_eq!(scopes(&ada, Provider::Google).await, known);
    }

    async fn while_the_scopes_are_outstanding_the_account_is_known_and_not_asked_for_again(database: Database) {
        let world = world(database, |_| {}).await;
        let mut ada = world.user("ada@example.com");
        let grant = ada.sign_in(Provider::Google, GrantScript::stable());
        world.simulator.grant_scopes(grant, &[CALENDAR, "openid"], false);
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        world.simulator.fail_always(Endpoint::Tokeninfo, None, Fault::Empty(503));
        for asked in 1..=3 {
            look_up(&world).await;
            assert_eq!(world.simulator.calls(Endpoint::Tokeninfo), asked);
            let read = "{ providerConnection(provider: google) { account { id } } }";
            let id = ada.ask(read).await.text("/providerConnection/account/id").to_owned();
            assert_eq!(id, "google|ada@example.com");
            world.advance(TimeDelta::minutes(1));
        }
        world.simulator.heal(Endpoint::Tokeninfo);
        for _ in 0..2 {
            look_up(&world).await;
            world.advance(TimeDelta::minutes(10));
        }
        ada.renew_jwt();
        let known = (json!([CALENDAR, "openid"]), json!("PROVIDER"));
        assert_eq!(scopes(&ada, Provider::Google).await, known);
        let asked = |of| world.simulator.calls(of);
        assert_eq!((asked(Endpoint::Userinfo), asked(Endpoint::Tokeninfo)), (1, 4));
        let read = "SELECT COUNT(*) FROM provider_connection_event WHERE kind = 'account_read'";
        assert_eq!(world.database.number(read).await, 1);
    }

    async fn a_sign_in_with_the_expected_account_is_asked_about_until_its_scopes_are_known(database: Database) {
        let world = world(database, |_| {}).await;
        let ada = world.user("ada@example.com");
        world.simulator.fail_always(Endpoint::Tokeninfo, None, Fault::Empty(503));
        let grant = ada.sign_in(Provider::Google, GrantScript::stable());
        world.simulator.grant_scopes(grant, &[CALENDAR, "openid"], false);
        expecting(&ada, Provider::Google, "google|ada@example.com").await;
        look_up(&world).await;
        assert_eq!(scopes(&ada, Provider::Google).await.1, "REQUESTED");
        world.simulator.heal(Endpoint::Tokeninfo);
        world.advance(TimeDelta::minutes(1));
        look_up(&world).await;
        let known = (json!([CALENDAR, "openid"]), json!("PROVIDER"));
        assert_eq!(scopes(&ada, Provider::Google).await, known);
        assert_eq!(world.simulator.calls(Endpoint::Userinfo), 1);
    }

    async fn what_the_answer_about_an_expected_account_says_of_its_scopes_is_known_at_once(database: Database) {
        let world = world(database, |_| {}).await;
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Github, GrantScript::stable()).await;
        look_up(&world).await;
        let read = "{ providerConnection(provider: github) { account { id } } }";
        let id = ada.ask(read).await.text("/providerConnection/account/id").to_owned();
        world.advance(TimeDelta::minutes(2));
        let grant = ada.sign_in(Provider::Github, GrantScript::stable());
        world.simulator.grant_scopes(grant, &["repo", "user"], false);
        expecting(&ada, Provider::Github, &id).await;
        let known = (json!(["repo", "user"]), json!("PROVIDER"));
        assert_eq!(scopes(&ada, Provider::Github).await, known);
    }

    async fn an_import_that_replaces_a_connection_does_not_keep_what_the_grant_before_had(database: Database) {
        let world = world(database, |_| {}).await;
        let mut ada = world.user("ada@example.com");
        let grant = ada.sign_in(Provider::Google, GrantScript::stable());
        world.simulator.grant_scopes(grant, &[CALENDAR, "openid"], false);
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        look_up(&world).await;
        assert_eq!(scopes(&ada, Provider::Google).await.1, "PROVIDER");
        world.advance(TimeDelta::minutes(10));
        ada.renew_jwt();
        let grant = ada.sign_in(Provider::Google, GrantScript::stable());
        world.simulator.grant_scopes(grant, &[EMAIL, "openid"], false);
        let token = world.simulator.grant(grant).current_refresh_token.unwrap();
        let import = "mutation($userId: uuid!, $token: String!) { importProviderConnection(                      userId: $userId, provider: google, refreshToken: $token, replace: true) { id } }";
        let service = [("x-service-secret", SERVICE_SECRET)];
        let variables = json!({ "userId": ada.id, "token": token });
        let imported = world.server.ask(&service, import, variables).await;
        imported.data("/importProviderConnection/id");
        assert_eq!(scopes(&ada, Provider::Google).await, (Value::Null, Value::Null));
        look_up(&world).await;
        let known = (json!([EMAIL, "openid"]), json!("PROVIDER"));
        assert_eq!(scopes(&ada, Provider::Google).await, known);
    }

    async fn an_answer_that_makes_no_sense_says_nothing(database: Database) {
        let world = world(database, |_| {}).await;
        let ada = world.user("ada@example.com");
        for fault in [
            Fault::Html(200),
            Fault::Empty(204),
            Fault::Empty(401),
            Fault::Status {
                status: 200,
                body: r#"{"scope":{"email":true}}"#.to_owned(),
                content_type: "application/json".to_owned(),
            },
        ] {
            world.simulator.fail_always(Endpoint::Tokeninfo, None, fault.clone());
            ada.connected(Provider::Google, GrantScript::stable()).await;
            look_up(&world).await;
            assert_eq!(scopes(&ada, Provider::Google).await.1, "REQUESTED", "{fault:?}");
            world.advance(TimeDelta::minutes(1));
        }
    }

    async fn what_a_refresh_names_counts_and_a_change_of_it_is_an_event(database: Database) {
        let world = world(database, |_| {}).await;
        let mut ada = world.user("ada@example.com");
        let grant = ada.connected(Provider::Google, GrantScript::stable()).await;
        for (granted, named, shown, source) in [
            // Other names of what was asked for.
            (vec![EMAIL, "openid", "profile"], true, vec![EMAIL, "openid", "profile"], "ANSWER"),
            (vec![EMAIL, "openid", CALENDAR], true, vec![CALENDAR, EMAIL, "openid"], "ANSWER"),
            // A refresh that names none keeps what is known.
            (vec![EMAIL], false, vec![CALENDAR, EMAIL, "openid"], "ANSWER"),
            (vec![EMAIL, "openid"], true, vec![EMAIL, "openid"], "ANSWER"),
        ] {
            world.simulator.grant_scopes(grant, &granted, named);
            world.advance(TimeDelta::minutes(10));
            ada.renew_jwt();
            ada.refresh(Provider::Google).await.data("/refreshProviderToken/status");
            assert_eq!(scopes(&ada, Provider::Google).await, (json!(shown), json!(source)));
        }
        let expected = [
            format!("added: {CALENDAR}; no longer granted: profile"),
            format!("no longer granted: {CALENDAR}"),
        ];
        assert_eq!(changes(&ada).await, expected);
    }

    async fn a_later_sign_in_that_grants_less_says_so_once_the_provider_has(database: Database) {
        let world = world(database, |_| {}).await;
        let mut ada = world.user("ada@example.com");
        for granted in [vec![CALENDAR, EMAIL, "openid"], vec![EMAIL, "openid"]] {
            let grant = ada.sign_in(Provider::Google, GrantScript::stable());
            world.simulator.grant_scopes(grant, &granted, false);
            ada.connect(Provider::Google).await.data("/connectProvider/id");
            // What was known before the sign-in is not dropped on a guess.
            let (before, source) = scopes(&ada, Provider::Google).await;
            assert_eq!(source, "REQUESTED");
            let had = before.as_array().unwrap().contains(&json!(CALENDAR));
            assert_eq!(had, granted.len() == 2);
            look_up(&world).await;
            assert_eq!(scopes(&ada, Provider::Google).await, (json!(granted), json!("PROVIDER")));
            world.advance(TimeDelta::minutes(2));
            ada.renew_jwt();
        }
        let first = format!("added: {CALENDAR}; no longer granted: profile");
        assert_eq!(changes(&ada).await, [first, format!("no longer granted: {CALENDAR}")]);
    }

    async fn what_another_account_has_granted_says_nothing_of_this_one(database: Database) {
        let world = world(database, |config| directly(config, Provider::Spotify)).await;
        let mut ada = world.user("ada@example.com");
        let grant = ada.sign_in_as(Provider::Spotify, "first@example.com", GrantScript::stable());
        world.simulator.grant_scopes(grant, &["playlist-read-private", "user-read-email"], true);
        ada.connect(Provider::Spotify).await.data("/connectProvider/id");
        look_up(&world).await;
        world.advance(TimeDelta::minutes(10));
        ada.renew_jwt();
        ada.refresh(Provider::Spotify).await.data("/refreshProviderToken/status");
        assert_eq!(scopes(&ada, Provider::Spotify).await.1, "ANSWER");
        ada.sign_in_as(Provider::Spotify, "second@example.com", GrantScript::stable());
        ada.connect(Provider::Spotify).await.data("/connectProvider/id");
        look_up(&world).await;
        let asked = json!(["user-read-email", "user-read-private"]);
        assert_eq!(scopes(&ada, Provider::Spotify).await, (asked, json!("REQUESTED")));
    }

    async fn a_look_up_never_overwrites_what_a_newer_answer_named(database: Database) {
        let world = world(database, |_| {}).await;
        let mut ada = world.user("ada@example.com");
        let grant = ada.connected(Provider::Google, GrantScript::stable()).await;
        let store = world.database.open(provider_connections::store::Now::Injected(world.clock())).await;
        let key = domain::ConnectionKey { user_id: ada.id, provider: domain::Provider::Google };
        let before = store.find(key).await.unwrap().unwrap();
        world.simulator.grant_scopes(grant, &[CALENDAR], true);
        world.advance(TimeDelta::minutes(10));
        ada.renew_jwt();
        ada.refresh(Provider::Google).await.data("/refreshProviderToken/status");
        let older = domain::Scopes::parse("email").unwrap();
        store.note_scopes(&before, &older, &domain::Actor::Worker).await.unwrap();
        assert_eq!(scopes(&ada, Provider::Google).await, (json!([CALENDAR]), json!("ANSWER")));
        // Nor what another sign-in brought.
        world.advance(TimeDelta::minutes(10));
        ada.renew_jwt();
        ada.connected(Provider::Google, GrantScript::stable()).await;
        store.note_scopes(&before, &older, &domain::Actor::Worker).await.unwrap();
        assert_eq!(scopes(&ada, Provider::Google).await.1, "REQUESTED");
        store.close().await;
    }
}
