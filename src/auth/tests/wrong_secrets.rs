use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::TimeDelta;
use futures_util::FutureExt;
use serde_json::json;

use super::{SERVICE_SECRET, authenticator_of, headers, now, secret};
use crate::{
    auth::{Authenticator, Reason},
    client_address::ClientAddress,
    clock::Clock,
};

const HASURA: ClientAddress = ClientAddress(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)));
const GUESSER: ClientAddress = ClientAddress(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7)));

/// A server whose clock is the test's.
struct Server {
    authenticator: Authenticator,
    seconds: Arc<AtomicI64>,
}

#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Service,
    Wrong,
    /// Not before so many seconds.
    Slowed(u32),
}

impl Server {
    fn new() -> Self {
        let seconds = Arc::new(AtomicI64::new(0));
        let passed = seconds.clone();
        let clock =
            Clock::from_fn(move || now() + TimeDelta::seconds(passed.load(Ordering::Relaxed)));
        let authenticator = authenticator_of(secret(json!({})), Some(SERVICE_SECRET), clock);
        Self { authenticator, seconds }
    }

    fn advance(&self, by: TimeDelta) {
        self.seconds.fetch_add(by.num_seconds(), Ordering::Relaxed);
    }

    fn ask(&self, client: ClientAddress, secret: &str) -> Answer {
        let headers = headers(&[("x-service-secret", secret)]);
        let caller = self.authenticator.authenticate_from(client, &headers).now_or_never();
        match caller.unwrap() {
            Ok(_) => Answer::Service,
            Err(error) => match error.reason {
                Reason::ServiceSecretInvalid => Answer::Wrong,
                Reason::TooManyWrongSecrets { retry_after } => {
                    assert_eq!(error.code(), "RATE_LIMITED");
                    Answer::Slowed(retry_after)
                }
                other => panic!("{other:?}"),
            },
        }
    }

    fn right(&self, client: ClientAddress) -> Answer {
        self.ask(client, SERVICE_SECRET)
    }

    fn wrong(&self, client: ClientAddress) -> Answer {
        self.ask(client, "a-guess")
    }

    /// Guesses until it is slowed.
    fn slowed(&self, client: ClientAddress) {
        for _ in 0..5 {
            assert_eq!(self.wrong(client), Answer::Wrong);
        }
        assert_eq!(self.wrong(client), Answer::Slowed(1));
    }
}

#[test]
fn after_five_wrong_ones_the_next_is_not_compared_not_even_a_right_one() {
    let server = Server::new();
    server.slowed(GUESSER);
    for _ in 0..100 {
        assert_eq!(server.right(GUESSER), Answer::Slowed(1));
    }
    server.advance(TimeDelta::seconds(1));
    assert_eq!(server.right(GUESSER), Answer::Service);
}

#[test]
fn the_pause_doubles_with_each_wrong_one_up_to_a_minute() {
    let server = Server::new();
    server.slowed(GUESSER);
    let mut pause = 1;
    for next in [2, 4, 8, 16, 32, 60, 60, 60] {
        server.advance(TimeDelta::seconds(pause - 1));
        assert_eq!(server.wrong(GUESSER), Answer::Slowed(1), "the pause of {pause} s is over");
        server.advance(TimeDelta::seconds(1));
        assert_eq!(server.wrong(GUESSER), Answer::Wrong);
        assert_eq!(server.wrong(GUESSER), Answer::Slowed(u32::try_from(next).unwrap()));
        pause = next;
    }
    server.advance(TimeDelta::hours(1));
    server.slowed(GUESSER);
}

#[test]
fn nobody_is_slowed_by_what_another_address_sends() {
    let server = Server::new();
    server.slowed(GUESSER);
    assert_eq!(server.right(HASURA), Answer::Service);
    assert_eq!(server.wrong(ClientAddress([203, 0, 113, 8].into())), Answer::Wrong);
}

#[test]
fn a_machine_has_one_count_for_all_its_addresses_of_ipv6() {
    let server = Server::new();
    let address = |text: &str| ClientAddress(text.parse().unwrap());
    for last in 1..=5 {
        assert_eq!(server.wrong(address(&format!("2001:db8::{last}"))), Answer::Wrong);
    }
    assert_eq!(server.wrong(address("2001:db8::ffff:1")), Answer::Slowed(1));
    assert_eq!(server.wrong(address("2001:db8:0:1::1")), Answer::Wrong);
}

/// Behind a proxy that is not trusted everybody has its address.
#[test]
fn whoever_guesses_at_the_address_of_a_known_service_does_not_lock_it_out() {
    let server = Server::new();
    assert_eq!(server.right(HASURA), Answer::Service);
    server.slowed(HASURA);
    for _ in 0..100 {
        // Compared, slowed in words, and counted no further: the pause doesn't grow.
        assert_eq!(server.wrong(HASURA), Answer::Slowed(1));
        assert_eq!(server.right(HASURA), Answer::Service);
    }
    server.advance(TimeDelta::hours(23));
    assert_eq!(server.right(HASURA), Answer::Service);
    server.advance(TimeDelta::hours(23));
    server.slowed(HASURA);
    assert_eq!(server.right(HASURA), Answer::Service, "each right one counts for a day");
    server.advance(TimeDelta::hours(25));
    server.slowed(HASURA);
    assert_eq!(server.right(HASURA), Answer::Slowed(1));
}

#[test]
fn a_request_without_a_service_secret_is_never_slowed() {
    let server = Server::new();
    server.slowed(GUESSER);
    let token = super::bearer(&super::payload());
    let headers = headers(&[("authorization", &token)]);
    let caller = server.authenticator.authenticate_from(GUESSER, &headers).now_or_never();
    assert!(caller.unwrap().is_ok());
}
