//! What the provider did not say changes nothing, in whatever numbers it comes.

use chrono::TimeDelta;
use domain::State;
use nhost_auth_simulator::{Provider, SignalMessage};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{SIGNED, world};
use crate::harness::on_both_empty_databases;

/// The message with one letter of its signature, or of what is signed, changed; and without any.
fn forgeries(provider: Provider, message: &SignalMessage) -> Vec<SignalMessage> {
    let mut all = Vec::new();
    let body = |change: &dyn Fn(&str) -> String| SignalMessage {
        body: change(&message.body),
        ..message.clone()
    };
    let signature = match provider {
        Provider::Github => Some("x-hub-signature-256"),
        Provider::Discord => Some("x-signature-ed25519"),
        Provider::Twitch => Some("twitch-eventsub-message-signature"),
        _ => None,
    };
    if let Some(signature) = signature {
        let given = &message.headers.iter().find(|(name, _)| *name == signature).unwrap().1;
        for wrong in [
            given.replace(|letter: char| letter.is_ascii_digit(), "f"),
            given[..given.len() - 2].to_owned(),
            format!("{given}00"),
            String::new(),
            "sha256=".to_owned(),
            "00".repeat(64),
        ] {
            all.push(message.clone().with_header(signature, wrong));
        }
        let mut without = message.clone();
        without.headers.retain(|(name, _)| *name != signature);
        all.push(without);
        all.push(body(&|body| body.replace("ada", "bob")));
        all.push(body(&|body| format!("{body} ")));
    }
    for (of, header) in [
        (Provider::Discord, "x-signature-timestamp"),
        (Provider::Twitch, "twitch-eventsub-message-id"),
        (Provider::Twitch, "twitch-eventsub-message-timestamp"),
    ] {
        if of == provider {
            all.push(message.clone().with_header(header, "1767268801"));
        }
    }
    if provider == Provider::Facebook {
        all.push(body(&|body| body.replace('.', "%2E.")));
        all.push(body(&|body| body[..body.len() - 3].to_owned()));
        all.push(body(&|body| format!("signed_request=.{}", body.split_once('.').unwrap().1)));
        all.push(body(&|body| {
            let (_, payload) = body.split_once('.').unwrap();
            format!("signed_request={}.{payload}", "A".repeat(43))
        }));
    }
    if provider == Provider::Google {
        all.push(body(&|body| body[..body.len() - 4].to_owned()));
        all.push(body(&|body| format!("{}.", body.rsplit_once('.').unwrap().0)));
        all.push(body(&|body| body.replacen("ey", "eY", 1)));
    }
    for text in ["", "{}", "null", "[]", "\u{0}", "signed_request=", "a.b.c"] {
        all.push(body(&|_| text.to_owned()));
    }
    all
}

on_both_empty_databases! {
    async fn a_message_that_the_provider_has_not_signed_changes_nothing(database: Database) {
        let world = world(database).await;
        for provider in SIGNED {
            let ada = world.user("ada@example.com");
            let grant = ada.connected_for_a_while(provider).await;
            let before = world.row(ada.id, provider).await;
            let genuine = world.simulator.signal_revoked(grant).unwrap();
            for forged in forgeries(provider, &genuine) {
                let status = world.signal(provider, &forged).await;
                assert!((400..500).contains(&status), "{provider}: {status} {forged:?}");
            }
            assert_eq!(world.row(ada.id, provider).await, before, "{provider}");
            // And the genuine one is one.
            world.revoked(provider, grant).await;
            assert_ne!(world.row(ada.id, provider).await, before, "{provider}");
        }
    }

    async fn a_genuine_message_that_is_too_old_or_of_the_future_is_refused(database: Database) {
        let world = world(database).await;
        for (provider, at_most) in [
            (Provider::Google, TimeDelta::days(7)),
            (Provider::Facebook, TimeDelta::days(1)),
            (Provider::Discord, TimeDelta::hours(1)),
            (Provider::Twitch, TimeDelta::minutes(10)),
        ] {
            let ada = world.user("ada@example.com");
            let grant = ada.connected_for_a_while(provider).await;
            let message = world.simulator.signal_revoked(grant).unwrap();
            world.advance(at_most + TimeDelta::seconds(1));
            assert_eq!(world.signal(provider, &message).await, 400, "{provider}");
            assert_eq!(world.state(ada.id, provider).await, State::Active, "{provider}");
            world.advance(-(at_most + TimeDelta::seconds(1) + TimeDelta::minutes(6)));
            assert_eq!(world.signal(provider, &message).await, 400, "{provider}");
            world.advance(TimeDelta::minutes(6));
            world.revoked(provider, grant).await;
        }
    }

    async fn an_account_that_nobody_connected_gets_the_answer_of_one_that_somebody_did(
        database: Database
    ) {
        let world = world(database).await;
        let mut ada = world.user("ada@example.com");
        for provider in SIGNED {
            ada.renew_jwt();
            let grant = ada.connected_for_a_while(provider).await;
            let known = world.simulator.signal_revoked(grant).unwrap();
            let unknown = match provider {
                Provider::Google => world.simulator.google_signal("tokens-revoked", "nobody"),
                Provider::Github => world.simulator.github_signal("nobody", "1".to_owned()),
                Provider::Facebook => world.simulator.facebook_signal("nobody"),
                Provider::Discord => world.simulator.discord_signal("nobody"),
                _ => world.simulator.twitch_signal("nobody"),
            };
            let answer = |message: SignalMessage| async {
                let mut request =
                    reqwest::Client::new().post(world.receiver(provider)).body(message.body);
                for (name, value) in message.headers {
                    request = request.header(name, value);
                }
                let answer = request.send().await.unwrap();
                (answer.status(), answer.text().await.unwrap())
            };
            assert_eq!(answer(unknown).await, answer(known).await, "{provider}");
        }
        let known = "SELECT COUNT(*) FROM provider_connection_signal";
        // Nothing is kept of nobody's.
        assert_eq!(world.database.number(known).await, 5);
    }

    async fn a_body_that_is_too_large_is_refused(database: Database) {
        let world = world(database).await;
        let address = world.server.url.strip_prefix("http://").unwrap();
        for provider in SIGNED {
            // It is refused by its length: whoever writes all of it may find the connection closed.
            let length = 65 * 1024;
            let head = format!(
                "POST /signals/{provider} HTTP/1.1\r\nhost: {address}\r\ncontent-length: {length}\r\n\r\n"
            );
            let mut connection = TcpStream::connect(address).await.unwrap();
            connection.write_all(head.as_bytes()).await.unwrap();
            let mut status = [0; 12];
            connection.read_exact(&mut status).await.unwrap();
            assert_eq!(&status, b"HTTP/1.1 413", "{provider}");
        }
        let get = world.server.get("/signals/google").send().await.unwrap();
        assert_eq!(get.status(), 405);
    }
}
