//! What each of the others asks of a receiver besides.

use chrono::TimeDelta;
use domain::State;
use nhost_auth_simulator::{Endpoint, Provider, SignalMessage, SignalSecrets};
use serde_json::{Value, json};

use super::world;
use crate::harness::on_both_empty_databases;

const ADA: &str = "ada@example.com";

on_both_empty_databases! {
    async fn discord_is_answered_204_to_its_ping_and_401_to_one_that_is_forged(database: Database) {
        let world = world(database).await;
        let ping = world.simulator.discord_ping();
        assert_eq!(world.signal(Provider::Discord, &ping).await, 204);
        let forged = ping.with_header("x-signature-timestamp", "1");
        assert_eq!(world.signal(Provider::Discord, &forged).await, 401);
    }

    async fn twitch_gets_its_challenge_back_as_it_is(database: Database) {
        let world = world(database).await;
        let challenge = world.simulator.twitch_challenge("pogchamp-kappa-360noscope-vohiyo");
        let mut request =
            reqwest::Client::new().post(world.receiver(Provider::Twitch)).body(challenge.body.clone());
        for (name, value) in &challenge.headers {
            request = request.header(*name, value);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
        assert_eq!(answer.text().await.unwrap(), "pogchamp-kappa-360noscope-vohiyo");
        let forged = challenge.with_header("twitch-eventsub-message-id", "1");
        assert_eq!(world.signal(Provider::Twitch, &forged).await, 401);
    }

    async fn strava_gets_its_challenge_back_if_it_knows_the_verify_token(database: Database) {
        let world = world(database).await;
        let ask = async |token: &str| {
            let url = world.receiver(Provider::Strava);
            let query = [
                ("hub.mode", "subscribe"),
                ("hub.challenge", "15f7d1a91c1f40f8a748fd134752feb3"),
                ("hub.verify_token", token),
            ];
            let url = url::Url::parse_with_params(&url, query).unwrap();
            let answer = reqwest::get(url).await.unwrap();
            (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
        };
        let (status, body) = ask(SignalSecrets::STRAVA).await;
        assert_eq!((status, &body["hub.challenge"]), (200, &json!("15f7d1a91c1f40f8a748fd134752feb3")));
        assert_eq!(ask("guessed").await.0, 401);
        assert_eq!(ask("").await.0, 401);
        // The address has to know it, too.
        let url = format!("{}/signals/strava/guessed", world.server.url);
        let query = [("hub.challenge", "1"), ("hub.verify_token", SignalSecrets::STRAVA)];
        let url = url::Url::parse_with_params(&url, query).unwrap();
        assert_eq!(reqwest::get(url).await.unwrap().status(), 401);
    }

    async fn strava_signs_nothing_and_so_ends_nothing_but_the_provider_is_asked(database: Database) {
        let world = world(database).await;
        let worker = world.replica_with(|config| config.refresh.pacing.concurrency = 4).await;
        let ada = world.user(ADA);
        ada.connected_for_a_while(Provider::Strava).await;
        world.advance(TimeDelta::minutes(10));
        let account = world.id_of(Provider::Strava, ADA);
        let send = async || {
            let message = world.simulator.strava_signal(&account);
            assert_eq!(world.signal(Provider::Strava, &message).await, 200);
            let state = world.state(ada.id, Provider::Strava).await;
            worker.work().await;
            state
        };
        assert_eq!(send().await, State::Active);
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 1);
        assert_eq!(world.state(ada.id, Provider::Strava).await, State::Active);
        // However many come, the provider is asked once in a while.
        for _ in 0..10 {
            world.advance(TimeDelta::seconds(20));
            assert_eq!(send().await, State::Active);
        }
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 1);
        world.advance(TimeDelta::minutes(10));
        send().await;
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 2);
        let mut foreign = world.simulator.strava_signal(&account);
        foreign.body = foreign.body.replace("120475", "120476");
        assert_eq!(world.signal(Provider::Strava, &foreign).await, 403);
    }

    async fn who_does_not_know_stravas_address_has_nobody_refreshed(database: Database) {
        let world = world(database).await;
        let ada = world.user(ADA);
        ada.connected_for_a_while(Provider::Strava).await;
        world.advance(TimeDelta::minutes(10));
        let message = world.simulator.strava_signal(&world.id_of(Provider::Strava, ADA));
        let before = world.row(ada.id, Provider::Strava).await;
        let secret = SignalSecrets::STRAVA;
        for (path, status) in [
            (String::new(), 404),
            ("/".to_owned(), 404),
            ("/guessed".to_owned(), 401),
            (format!("/{}", &secret[1..]), 401),
            (format!("/{secret}0"), 401),
            (format!("/{secret}/"), 404),
            (format!("?token={secret}"), 404),
        ] {
            let url = format!("{}/signals/strava{path}", world.server.url);
            assert_eq!(message.send(&url).await.unwrap(), status, "{path}");
        }
        // What it is to a stranger, nobody reads.
        let broken = SignalMessage { body: "{".to_owned(), ..message.clone() };
        let url = format!("{}/signals/strava/guessed", world.server.url);
        assert_eq!(broken.send(&url).await.unwrap(), 401);
        assert_eq!(world.row(ada.id, Provider::Strava).await, before);
        assert_eq!(world.signal(Provider::Strava, &message).await, 200);
        assert_ne!(world.row(ada.id, Provider::Strava).await, before);
    }

    async fn of_stravas_events_so_many_are_looked_at_in_a_minute(database: Database) {
        let world = world(database).await;
        let mut statuses = Vec::new();
        for number in 0..61 {
            let message = world.simulator.strava_signal(&number.to_string());
            statuses.push(world.signal(Provider::Strava, &message).await);
        }
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 60);
        assert_eq!(statuses[60], 503);
        world.advance(TimeDelta::minutes(1));
        let message = world.simulator.strava_signal("60");
        assert_eq!(world.signal(Provider::Strava, &message).await, 200);
    }

    async fn what_facebook_signs_when_a_user_comes_is_no_deauthorization(database: Database) {
        let world = world(database).await;
        let ada = world.user(ADA);
        ada.connected_for_a_while(Provider::Facebook).await;
        let before = world.row(ada.id, Provider::Facebook).await;
        let account = world.id_of(Provider::Facebook, ADA);
        let signed = |and: Value| {
            let mut payload = json!({
                "algorithm": "HMAC-SHA256",
                "issued_at": world.now().timestamp(),
                "user_id": account,
                "user": { "country": "de", "locale": "de_DE" },
            });
            payload.as_object_mut().unwrap().extend(and.as_object().unwrap().clone());
            world.simulator.facebook_payload(&payload)
        };
        for of_a_sign_in in [
            // The cookie of the JavaScript SDK.
            json!({ "code": "AQDf3oWs" }),
            // A page's tab, a game.
            json!({ "oauth_token": "EAAB", "expires": 0 }),
        ] {
            let message = signed(of_a_sign_in);
            assert_eq!(world.signal(Provider::Facebook, &message).await, 400);
        }
        assert_eq!(world.row(ada.id, Provider::Facebook).await, before);
        let message = signed(json!({}));
        assert_eq!(world.signal(Provider::Facebook, &message).await, 200);
        let state = world.state(ada.id, Provider::Facebook).await;
        assert_eq!(state, State::ReauthenticationRequired);
    }

    async fn what_is_about_something_else_is_taken_and_does_nothing(database: Database) {
        let world = world(database).await;
        let ada = world.user(ADA);
        ada.connected_for_a_while(Provider::Github).await;
        let account = world.id_of(Provider::Github, ADA);
        let before = world.row(ada.id, Provider::Github).await;
        for event in ["push", "installation", "star", ""] {
            let message = world.simulator.github_signal(&account, "1".to_owned());
            let message = message.with_header("x-github-event", event);
            assert_eq!(world.signal(Provider::Github, &message).await, 204, "{event}");
        }
        assert_eq!(world.row(ada.id, Provider::Github).await, before);
    }
}
