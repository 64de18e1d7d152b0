//! The JWTs that this server signs carry the issuer that Nhost Auth takes: the one in the JWT secret,
//! or that of the project's own JWTs, or the one that Nhost Auth publishes, or its address, or its
//! default. Where it takes none of them, whoever runs the server is told.

use chrono::TimeDelta;
use nhost_auth_simulator::{Endpoint, Fault, GrantScript, Options, Provider, Signing, Simulator};
use provider_connections::{auth::JwtSecret, config::Config, upstream::MintedJwtVerdict};
use serde_json::{Value, json};

use crate::harness::{Answer, Binary, Database, World, simulator};

const GOOGLE: Provider = Provider::Google;
/// An issuer that nobody comes upon.
const UNHEARD_OF: &str = "https://unheard-of.example.com/v1";

/// A server whose JWT secret names no issuer.
async fn world(options: Options) -> World {
    World::on_with_options(Database::sqlite(), options, |config, simulator| {
        without_issuer(config, simulator);
    })
    .await
}

fn without_issuer(config: &mut Config, simulator: &Simulator) {
    config.refresh.pacing.concurrency = 8;
    config.jwt_secrets = JwtSecret::parse(&secret_without_issuer(simulator)).unwrap().into();
}

fn secret_without_issuer(simulator: &Simulator) -> String {
    let mut secret: Value = serde_json::from_str(&simulator.jwt_secret_json()).unwrap();
    secret.as_object_mut().unwrap().remove("issuer");
    secret.to_string()
}

fn issued_by(issuer: &str) -> Options {
    Options { issuer: issuer.to_owned(), ..Options::default() }
}

async fn verdict(world: &World) -> MintedJwtVerdict {
    world.server.connections.check_minted_jwts().await
}

fn taken(issuer: &str) -> MintedJwtVerdict {
    MintedJwtVerdict::Taken(issuer.to_owned())
}

/// A service that forwards no JWT connects Google for a user.
async fn connects_by_service(world: &World) -> Answer {
    let ada = world.user("ada@example.com");
    ada.sign_in(GOOGLE, GrantScript::rotating());
    let id = ada.id.to_string();
    let headers = [("x-hasura-role", "user"), ("x-hasura-user-id", id.as_str())];
    world.ask_as_service(&headers, "mutation { connectProvider(provider: google) { id } }").await
}

fn calls(world: &World, endpoint: Endpoint) -> usize {
    world.simulator.calls(endpoint)
}

#[tokio::test]
async fn the_issuer_of_the_jwt_secret_is_the_one() {
    let world = World::on_with_options(Database::sqlite(), issued_by(UNHEARD_OF), |_, _| {}).await;
    assert_eq!(verdict(&world).await, taken(UNHEARD_OF));
    connects_by_service(&world).await.data("/connectProvider/id");
    assert_eq!(calls(&world, Endpoint::OpenidConfiguration), 0);
}

#[tokio::test]
async fn one_that_is_published_is_found() {
    let options = Options { is_openid_provider: true, ..issued_by(UNHEARD_OF) };
    let world = world(options).await;
    assert_eq!(verdict(&world).await, taken(UNHEARD_OF));
    connects_by_service(&world).await.data("/connectProvider/id");
}

#[tokio::test]
async fn so_are_nhost_auths_address_and_its_default() {
    let world_046 = world(Options { issues_by_address: true, ..Options::default() }).await;
    assert_eq!(verdict(&world_046).await, taken(world_046.simulator.base_url().as_str()));
    connects_by_service(&world_046).await.data("/connectProvider/id");

    let world_045 = world(Options::default()).await;
    assert_eq!(verdict(&world_045).await, taken("hasura-auth"));
    connects_by_service(&world_045).await.data("/connectProvider/id");
}

#[tokio::test]
async fn one_that_is_refused_is_replaced_before_anybody_is_told() {
    let world = world(Options { issues_by_address: true, ..Options::default() }).await;
    connects_by_service(&world).await.data("/connectProvider/id");
    assert_eq!(calls(&world, Endpoint::ProviderTokens), 2, "refused, and then handed out");
    let asked = calls(&world, Endpoint::JwtCheck);
    world.advance(TimeDelta::minutes(56));
    world.server.work().await;
    assert_eq!(calls(&world, Endpoint::RefreshProviderToken), 1);
    assert_eq!(calls(&world, Endpoint::JwtCheck), asked, "it is known now");
}

#[tokio::test]
async fn a_session_of_a_user_shows_it_and_the_worker_goes_on() {
    let world = world(issued_by(UNHEARD_OF)).await;
    let MintedJwtVerdict::Refused(tried) = verdict(&world).await else { panic!("it is taken") };
    assert_eq!(tried, ["hasura-auth", world.simulator.base_url().as_str()]);
    let with = world.server.connections.refresh_ahead().nhost_auth;
    assert!(with.starts_with("refused: set issuer in the JWT secret"), "{with}");
    let refused = connects_by_service(&world).await;
    assert_eq!(refused.code(), "UNAUTHENTICATED");
    assert!(refused.message().contains("doctor"), "{}", refused.message());
    assert_eq!(calls(&world, Endpoint::ProviderTokens), 0, "it would have been for nothing");

    // Their own JWT is verified here.
    let bob = world.user("bob@example.com");
    bob.connected(GOOGLE, GrantScript::rotating()).await;
    world.advance(TimeDelta::minutes(56));
    world.server.work().await;
    assert_eq!(calls(&world, Endpoint::RefreshProviderToken), 1);
    assert_eq!(verdict(&world).await, taken(UNHEARD_OF));
    assert_eq!(world.server.connections.refresh_ahead().nhost_auth, "minted JWT");
}

#[tokio::test]
async fn while_it_is_refused_the_worker_calls_nobody_and_ends_nothing() {
    let world = World::on_with(Database::sqlite(), Signing::hs256(), |config| {
        config.refresh.pacing.concurrency = 8;
    })
    .await;
    let ada = world.user("ada@example.com");
    ada.connected(GOOGLE, GrantScript::rotating()).await;
    let refused = json!({ "error": "unauthorized", "reason": "issuer", "securityScheme": "x" });
    world.simulator.fail_always(Endpoint::JwtCheck, None, Fault::json(401, &refused));
    world.advance(TimeDelta::minutes(56));
    world.server.work().await;
    assert_eq!(calls(&world, Endpoint::RefreshProviderToken), 0);
    let row = world.row(ada.id, GOOGLE).await.unwrap();
    assert_eq!((row.state, row.lease_owner), (domain::State::Active, None));
    world.simulator.heal(Endpoint::JwtCheck);
    world.server.work().await;
    assert_eq!(calls(&world, Endpoint::JwtCheck), 1, "it is not asked at once again");
    world.advance(TimeDelta::seconds(31));
    world.server.work().await;
    assert_eq!(calls(&world, Endpoint::RefreshProviderToken), 1);
}

#[tokio::test]
async fn the_log_and_readyz_say_so_from_the_start() {
    let simulator =
        Simulator::start(issued_by(UNHEARD_OF), ([127, 0, 0, 1], 0).into()).await.unwrap();
    let database = Database::sqlite();
    let server = Binary::serve(&simulator, &database.url);
    let mut server = server.env("NHOST_JWT_SECRET", &secret_without_issuer(&simulator)).start();
    let url = server.url().await;
    let log = server.logged("Nhost Auth refuses the JWTs that this server signs").await;
    assert!(log.contains("Set issuer in the JWT secret"), "{log}");
    let ready = async || {
        let ready = reqwest::get(format!("{url}/readyz")).await.unwrap();
        ready.json::<Value>().await.unwrap()["refreshAhead"]["nhostAuth"].to_string()
    };
    crate::harness::until(async || ready().await.contains("set issuer in the JWT secret")).await;
}

#[tokio::test]
async fn a_server_that_starts_before_nhost_auth_finds_out_later() {
    let world = world(Options { issues_by_address: true, ..Options::default() }).await;
    world.simulator.fail_always(Endpoint::JwtCheck, None, Fault::Disconnect);
    world.simulator.fail_always(Endpoint::OpenidConfiguration, None, Fault::Disconnect);
    assert_eq!(verdict(&world).await, MintedJwtVerdict::Unknown);
    world.simulator.heal_all();
    world.advance(TimeDelta::seconds(31));
    assert_eq!(verdict(&world).await, taken(world.simulator.base_url().as_str()));
}

#[tokio::test]
async fn asking_counts_among_no_sign_ins_and_calls_no_provider() {
    let simulator = simulator().await;
    let database = Database::sqlite();
    let mut server = Binary::serve(&simulator, &database.url).start();
    server.url().await;
    server.logged("Nhost Auth accepts the JWTs that this server signs").await;
    let calls: Vec<_> = simulator.call_log().iter().map(|call| call.endpoint).collect();
    assert_eq!(calls, [Endpoint::JwtCheck]);
}
