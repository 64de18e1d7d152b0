//! A sealed token opens only where it was sealed. One that does not open is an error at its own
//! place: nothing else fails, and nothing is written over it. A row that this release can't read holds up no
//! other.

use nhost_auth_simulator::{Endpoint, GrantScript, Provider};
use serde_json::{Value, json};

use crate::harness::{User, World, on_both_databases};

const READ: &str = "{ providerConnections { provider status accessToken } }";

fn hex(bytes: &[u8]) -> String {
    let digits: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

/// Writes a column of one row past the server. `value` is SQL.
async fn put_sql(world: &World, id: uuid::Uuid, column: &str, value: &str) {
    let id = if world.database.is_sqlite() {
        format!("x'{}'", hex(id.as_bytes()))
    } else {
        format!("'{id}'")
    };
    let sql = format!("UPDATE provider_connection SET {column} = {value} WHERE id = {id}");
    world.database.execute(&sql).await;
}

async fn put(world: &World, id: uuid::Uuid, column: &str, bytes: &[u8]) {
    let digits = hex(bytes);
    let sqlite = world.database.is_sqlite();
    let value = if sqlite { format!("x'{digits}'") } else { format!("'\\x{digits}'::bytea") };
    put_sql(world, id, column, &value).await;
}

/// Puts bytes where Ada's access token for Google was, and asks for everything.
async fn with_access_token(world: &World, ada: &User<'_>, damage: &str, stored: &[u8]) {
    let id = world.row(ada.id, Provider::Google).await.unwrap().id;
    put(world, id, "access_token", stored).await;
    let before = world.row(ada.id, Provider::Google).await.unwrap();
    assert_eq!(before.access_token.as_deref(), Some(stored), "{damage}");

    let request =
        world.server.post().bearer_auth(&ada.jwt).header("x-request-id", "the-damaged-one");
    let response = request.json(&json!({ "query": READ })).send().await.unwrap();
    assert_eq!(response.status(), 200, "{damage}");
    let answer: Value = response.json().await.unwrap();
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{damage}: {answer:#}");
    assert_eq!(errors[0]["path"], json!(["providerConnections", 1, "accessToken"]), "{damage}");
    let extensions = &errors[0]["extensions"];
    assert_eq!(extensions["code"], "TOKEN_UNREADABLE", "{damage}");
    assert_eq!(extensions["provider"], "google", "{damage}");
    let list = &answer["data"]["providerConnections"];
    assert_eq!(list[1], json!({ "provider": "google", "status": "ACTIVE", "accessToken": null }));
    for other in [0, 2] {
        assert!(list[other]["accessToken"].is_string(), "{damage}: {answer:#}");
    }
    assert_eq!(world.row(ada.id, Provider::Google).await, Some(before), "{damage}");
}

on_both_databases! {
    async fn a_token_that_does_not_open_fails_alone(world: World) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        for provider in [Provider::Github, Provider::Google, Provider::Spotify] {
            ada.connected(provider, GrantScript::stable()).await;
        }
        bob.connected(Provider::Google, GrantScript::stable()).await;
        let row = world.row(ada.id, Provider::Google).await.unwrap();
        let good = row.access_token.unwrap();
        let of_bob = world.row(bob.id, Provider::Google).await.unwrap().access_token.unwrap();
        let of_github = world.row(ada.id, Provider::Github).await.unwrap().access_token.unwrap();
        let of_refresh_token = row.refresh_token.unwrap();
        let change = |index: usize| {
            let mut bytes = good.clone();
            bytes[index] ^= 1;
            bytes
        };
        let last = good.len() - 1;
        // Version, length of the key id, key id ("spec"), nonce, ciphertext, tag.
        let (key_id, nonce, ciphertext) = (2, 6, 18);
        assert_eq!(&good[key_id..nonce], b"spec");
        let another_key = [&good[..key_id], b"none", &good[nonce..]].concat();
        for (damage, stored) in [
            ("empty", vec![]),
            ("only the version", good[..1].to_vec()),
            ("cut off in the key id", good[..4].to_vec()),
            ("cut off in the nonce", good[..10].to_vec()),
            ("without ciphertext", good[..ciphertext].to_vec()),
            ("without the last byte", good[..last].to_vec()),
            ("one byte more", [good.as_slice(), b"x"].concat()),
            ("another version", change(0)),
            ("another length of the key id", change(1)),
            ("an unknown key id", another_key),
            ("another nonce", change(nonce)),
            ("another ciphertext", change(ciphertext)),
            ("another tag", change(last)),
            ("another user's", of_bob),
            ("another provider's", of_github),
            ("the refresh token", of_refresh_token),
            ("an unsealed token", b"ya29.a0AfH6SMBx-an-unsealed-access-token-of-google".to_vec()),
        ] {
            with_access_token(&world, &ada, damage, &stored).await;
        }
        // Put back, it opens: nothing was lost.
        put(&world, row.id, "access_token", &good).await;
        let token = ada.access_token(Provider::Google).await;
        assert!(ada.can_use(Provider::Google, &token).await);
        assert!(bob.can_use(Provider::Google, &bob.access_token(Provider::Google).await).await);
    }

    async fn a_refresh_token_that_does_not_open_is_not_sent_anywhere(world: World) {
        let (mut ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        ada.connected(Provider::Google, GrantScript::stable()).await;
        bob.connected(Provider::Google, GrantScript::stable()).await;
        // Whoever can write the database hands Bob's refresh token to Ada.
        let of_bob = world.row(bob.id, Provider::Google).await.unwrap().refresh_token.unwrap();
        let id = world.row(ada.id, Provider::Google).await.unwrap().id;
        put(&world, id, "refresh_token", &of_bob).await;
        world.advance(chrono::TimeDelta::hours(1));
        ada.renew_jwt();
        let answer = ada.refresh(Provider::Google).await;
        assert_eq!(answer.code(), "TOKEN_UNREADABLE");
        assert_eq!(ada.read(Provider::Google).await.code(), "TOKEN_UNREADABLE");
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 0);
        let row = world.row(ada.id, Provider::Google).await.unwrap();
        assert_eq!(row.refresh_token, Some(of_bob), "it stays as it is, for an operator to look at");
        assert_eq!(row.state, domain::State::Active);
    }

    async fn a_row_that_cannot_be_read_keeps_no_other_from_being_refreshed_ahead(world: World) {
        let replica = world.replica_with(|config| config.refresh.pacing.concurrency = 8).await;
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        for user in [&ada, &bob] {
            user.connected(Provider::Google, GrantScript::rotating_single_use()).await;
        }
        let id = world.row(ada.id, Provider::Google).await.unwrap().id;
        // A newer release has written it. It is due first.
        put_sql(&world, id, "state", "'unheard of'").await;
        world.advance(chrono::TimeDelta::minutes(56));
        replica.work().await;
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 1);
        assert_eq!(world.row(bob.id, Provider::Google).await.unwrap().generation, 2);
        let due = "SELECT COUNT(*) FROM provider_connection WHERE state = 'unheard of' \
                   AND lease_until > refresh_due_at";
        assert_eq!(world.database.number(due).await, 0, "it is put off");
        put_sql(&world, id, "state", "'active'").await;
        let row = world.row(ada.id, Provider::Google).await.unwrap();
        assert!(row.refresh_token.is_some(), "nothing of it is lost");
    }

    async fn a_provider_that_only_a_newer_release_knows_holds_up_no_look_up(world: World) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        ada.connected(Provider::Github, GrantScript::stable()).await;
        bob.connected(Provider::Google, GrantScript::stable()).await;
        let sql = "UPDATE provider_connection SET provider = 'unheard of' WHERE provider = 'github'";
        world.database.execute(sql).await;
        world.database.execute("UPDATE provider_connection SET look_up_due_at = connected_at").await;
        world.server.connections.look_up_due().await.unwrap();
        let known = world.row(bob.id, Provider::Google).await.unwrap();
        assert!(known.profile.is_some(), "his account is known");
    }
}
