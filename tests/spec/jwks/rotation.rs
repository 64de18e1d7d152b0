//! Issuers change their keys while their users go on calling.

use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::TimeDelta;
use futures_util::future::join_all;
use jsonwebtoken::Algorithm;
use uuid::Uuid;

use super::{ask, assert_good, jwt, world};
use crate::harness::{Issuer, IssuerKey, Published, until};

fn key(kid: &str) -> IssuerKey {
    IssuerKey::new(kid, Algorithm::ES256)
}

#[tokio::test]
async fn a_new_key_is_fetched_with_the_first_token_that_needs_it() {
    let (old, new) = (key("old"), key("new"));
    let issuer = Issuer::start(Published::keys(&[&old])).await;
    let world = world(&issuer).await;
    assert_good(&ask(&world, &jwt(&world, &old)).await);
    issuer.publish(Published::keys(&[&old, &new]));
    assert_good(&ask(&world, &jwt(&world, &new)).await);
    assert_good(&ask(&world, &jwt(&world, &old)).await);
    assert_eq!(issuer.fetches(), 2);
}

#[tokio::test]
async fn a_key_that_is_taken_back_is_good_no_longer_than_its_headers_said() {
    let (old, new) = (key("old"), key("new"));
    let issuer =
        Issuer::start(Published::keys(&[&old]).header("cache-control", "max-age=60")).await;
    let world = world(&issuer).await;
    let taken_back = jwt(&world, &old);
    assert_good(&ask(&world, &taken_back).await);
    issuer.publish(Published::keys(&[&new]));
    world.advance(TimeDelta::seconds(59));
    assert_good(&ask(&world, &taken_back).await);
    world.advance(TimeDelta::seconds(1));
    assert_eq!(ask(&world, &taken_back).await.extension("reason"), "jwt-invalid");
}

#[tokio::test]
async fn a_key_that_another_replaces_under_its_name_is_good_no_longer() {
    let (old, new, neighbour) = (key("name"), key("name"), key("neighbour"));
    let set = |keys: &[&IssuerKey]| Published::keys(keys).header("cache-control", "max-age=60");
    let issuer = Issuer::start(set(&[&old, &neighbour])).await;
    let world = world(&issuer).await;
    let (of_old, of_new) = (jwt(&world, &old), jwt(&world, &new));
    let of_neighbour = jwt(&world, &neighbour);
    for _ in 0..2 {
        assert_good(&ask(&world, &of_old).await);
        assert_good(&ask(&world, &of_neighbour).await);
    }
    issuer.publish(set(&[&neighbour, &new]));
    world.advance(TimeDelta::seconds(60));
    for _ in 0..2 {
        assert_eq!(ask(&world, &of_old).await.extension("reason"), "jwt-invalid");
        assert_good(&ask(&world, &of_new).await);
        assert_good(&ask(&world, &of_neighbour).await);
    }
    issuer.publish(set(&[&neighbour, &old]));
    world.advance(TimeDelta::seconds(60));
    for _ in 0..2 {
        assert_eq!(ask(&world, &of_new).await.extension("reason"), "jwt-invalid");
        assert_good(&ask(&world, &of_old).await);
        assert_good(&ask(&world, &of_neighbour).await);
    }
}

#[tokio::test]
async fn a_token_without_a_key_id_is_good_no_longer_than_the_key_that_signed_it() {
    let (old, other) = (key("old"), key("other"));
    let set = |keys: &[&IssuerKey]| Published::keys(keys).header("cache-control", "max-age=60");
    let issuer = Issuer::start(set(&[&old, &other])).await;
    let world = world(&issuer).await;
    let exp = (world.now() + TimeDelta::days(365)).timestamp();
    let unnamed = old.jwt_without_kid(Uuid::from_u128(1), exp);
    for _ in 0..2 {
        assert_good(&ask(&world, &unnamed).await);
    }
    issuer.publish(set(&[&other]));
    world.advance(TimeDelta::seconds(60));
    assert_eq!(ask(&world, &unnamed).await.extension("reason"), "jwt-invalid");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_change_under_load_without_one_failed_request() {
    let first = key("0");
    let issuer = Issuer::start(Published::keys(&[&first])).await;
    let world = world(&issuer).await;
    // The one fetch at the start is over before any is held.
    assert_good(&ask(&world, &jwt(&world, &first)).await);
    let signs = tokio::sync::watch::Sender::new(jwt(&world, &first));
    let (world, fetches) = (&world, || issuer.fetches());
    let (came, answered) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let users: Vec<_> = (0..24)
        .map(|_| {
            let (mut signed, came, answered) = (signs.subscribe(), &came, &answered);
            async move {
                let mut answers = 0;
                // Until nobody signs any more.
                while signed.has_changed().is_ok() {
                    let (token, is_new) = {
                        let signed = signed.borrow_and_update();
                        (signed.clone(), signed.has_changed())
                    };
                    came.fetch_add(is_new.into(), Ordering::SeqCst);
                    assert_good(&ask(world, &token).await);
                    answered.fetch_add(is_new.into(), Ordering::SeqCst);
                    answers += 1;
                }
                answers
            }
        })
        .collect();
    let rotations = async {
        let signs = signs;
        let mut keys = vec![first];
        for number in 1..=4 {
            keys.push(key(&number.to_string()));
            // The last three: what was signed before is under way yet.
            issuer.publish(Published::keys(&keys.iter().rev().take(3).collect::<Vec<_>>()));
            issuer.hold();
            came.store(0, Ordering::SeqCst);
            answered.store(0, Ordering::SeqCst);
            signs.send_replace(jwt(world, keys.last().unwrap()));
            // All of them ask for the new key at once.
            until(async || came.load(Ordering::SeqCst) == 24).await;
            issuer.release();
            until(async || answered.load(Ordering::SeqCst) == 24).await;
        }
    };
    let (answers, ()) = tokio::join!(join_all(users), rotations);
    let answers: usize = answers.into_iter().sum();
    assert!(answers >= 24 * 4, "{answers} requests, all of them good");
    assert!(fetches() <= 1 + 4, "{} fetches", fetches());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_nobody_publishes_is_fetched_for_once() {
    let known = key("known");
    let issuer = Issuer::start(Published::keys(&[&known])).await;
    let world = world(&issuer).await;
    assert_good(&ask(&world, &jwt(&world, &known)).await);
    let forged = jwt(&world, &key("forged"));
    for _ in 0..20 {
        assert_eq!(ask(&world, &forged).await.extension("reason"), "jwt-invalid");
    }
    assert_eq!(issuer.fetches(), 2);
    world.advance(TimeDelta::seconds(5));
    assert_eq!(ask(&world, &forged).await.extension("reason"), "jwt-invalid");
    assert_eq!(issuer.fetches(), 3, "it may have been published since");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_makes_up_keys_cannot_make_it_fetch_more_than_once_a_second() {
    let known = key("known");
    let issuer = Issuer::start(Published::keys(&[&known])).await;
    let world = world(&issuer).await;
    let good = jwt(&world, &known);
    assert_good(&ask(&world, &good).await);
    let forged: Vec<_> =
        (0..200).map(|number| jwt(&world, &key(&format!("forged {number}")))).collect();
    let asked = join_all(forged.iter().map(|forged| ask(&world, forged)));
    let (refused, served) = tokio::join!(asked, join_all((0..50).map(|_| ask(&world, &good))));
    for answer in refused {
        assert_eq!(answer.extension("reason"), "jwt-invalid");
    }
    served.iter().for_each(assert_good);
    // One that was under way when some of them came, and one that began after that.
    assert!(issuer.fetches() <= 3, "{} fetches", issuer.fetches());
}
