use chrono::{DateTime, TimeDelta, Utc};
use nhost_auth_simulator::{GrantScript, Provider as SimulatedProvider};
use reqwest::Client;
use serde_json::{Value, json};

use super::{
    browser::Browser,
    world::{USER, World},
};
use crate::cli::CommandError;

/// Walks through the main job, as a browser and a frontend would, and prints what it sees.
///
/// # Errors
/// At the first step that does not do what it should.
pub async fn check(world: &World) -> Result<(), CommandError> {
    let mut walk = Walk { world, http: Client::new(), jwt: String::new(), step: 0 };
    walk.strangers_are_refused().await?;
    walk.sign_in().await?;
    let first = walk.connect_and_list().await?;
    walk.use_token(&first).await?;
    let second = walk.read_after_expiry(&first).await?;
    let third = walk.refresh_now(&second).await?;
    walk.outage(&third).await?;
    walk.revocation_leads_to_signing_in().await?;
    walk.accounts_are_not_mixed_up().await?;
    walk.disconnect().await?;
    println!("All {} steps went well.", walk.step);
    Ok(())
}

struct Walk<'a> {
    world: &'a World,
    http: Client,
    jwt: String,
    step: usize,
}

/// The answer to a GraphQL request.
struct Answer(Value);

impl Answer {
    fn get(&self, pointer: &str) -> Result<&Value, CommandError> {
        self.0.pointer(pointer).ok_or_else(|| format!("no {pointer} in {}", self.0).into())
    }

    fn text(&self, pointer: &str) -> Result<String, CommandError> {
        Ok(self.get(pointer)?.as_str().ok_or_else(|| format!("{pointer} is not text"))?.to_owned())
    }

    fn time(&self, pointer: &str) -> Result<DateTime<Utc>, CommandError> {
        Ok(self.text(pointer)?.parse()?)
    }

    fn without_errors(self) -> Result<Self, CommandError> {
        match self.0.get("errors") {
            Some(errors) => Err(format!("unexpected errors: {errors}").into()),
            None => Ok(self),
        }
    }
}

impl Walk<'_> {
    async fn strangers_are_refused(&mut self) -> Result<(), CommandError> {
        let answer = self.ask("{ providerConnections { id } }").await?;
        let reason = answer.text("/errors/0/extensions/reason")?;
        self.saw("a call without a JWT is refused", &reason, reason == "jwt-missing")
    }

    async fn sign_in(&mut self) -> Result<(), CommandError> {
        let browser = Browser::new()?;
        let base = self.world.simulator.base_url();
        let mut url = base.clone();
        url.set_path("/v1/signin/provider/google");
        url.query_pairs_mut().append_pair("redirectTo", self.world.server.as_str());
        let refresh_token = browser.sign_in(url, USER).await?;
        self.jwt = browser.exchange(&base, &refresh_token).await?;
        self.saw(
            "the user signs in with Google at Nhost Auth, through its redirects",
            "a JWT",
            !self.jwt.is_empty(),
        )
    }

    async fn connect_and_list(&mut self) -> Result<String, CommandError> {
        let query =
            "mutation { connectProvider(provider: google) { provider status refreshable } }";
        let connected = self.ask(query).await?.without_errors()?;
        let status = connected.text("/data/connectProvider/status")?;
        self.saw("connectProvider fetches the session and keeps it", &status, status == "ACTIVE")?;

        let again = self.ask(query).await?.without_errors()?;
        let same = again.0 == connected.0;
        self.saw("a second connectProvider answers the same", "the same connection", same)?;

        let query = "{ providerConnections { provider status accessToken expiresAt } }";
        let listed = self.ask(query).await?.without_errors()?;
        let expires_at = listed.time("/data/providerConnections/0/expiresAt")?;
        let left = (expires_at - self.world.simulator.now()).num_minutes();
        self.saw(
            "providerConnections lists it, with an access token",
            &format!("good for {left} minutes"),
            (58..=60).contains(&left),
        )?;
        listed.text("/data/providerConnections/0/accessToken")
    }

    async fn use_token(&mut self, access_token: &str) -> Result<(), CommandError> {
        let status = self.userinfo(access_token).await?;
        self.saw("the provider's API takes the access token", &status.to_string(), status == 200)
    }

    async fn read_after_expiry(&mut self, old: &str) -> Result<String, CommandError> {
        self.world.simulator.advance(TimeDelta::hours(1));
        // The user's own JWT has run out as well: the app gets another, as nhost-js does.
        self.jwt = self.world.simulator.jwt(self.world.user_id);
        let dead = self.userinfo(old).await?;
        self.saw("an hour later the provider refuses it", &dead.to_string(), dead == 401)?;

        let answer = self.read().await?.without_errors()?;
        let token = answer.text("/data/providerConnection/accessToken")?;
        let alive = self.userinfo(&token).await?;
        self.saw(
            "reading it refreshes it first, and the provider takes the new one",
            &alive.to_string(),
            alive == 200 && token != old,
        )?;
        Ok(token)
    }

    async fn refresh_now(&mut self, old: &str) -> Result<String, CommandError> {
        self.world.simulator.advance(TimeDelta::seconds(10));
        let query =
            "mutation { refreshProviderToken(provider: google) { accessToken refreshedAt } }";
        let answer = self.ask(query).await?.without_errors()?;
        let token = answer.text("/data/refreshProviderToken/accessToken")?;
        let alive = self.userinfo(&token).await?;
        self.saw(
            "refreshProviderToken renews it at once, with the rotated refresh token",
            &alive.to_string(),
            alive == 200 && token != old,
        )?;
        Ok(token)
    }

    async fn outage(&mut self, token: &str) -> Result<(), CommandError> {
        let simulator = &self.world.simulator;
        simulator.provider_outage(SimulatedProvider::Google, true);
        simulator.advance(TimeDelta::seconds(10));
        let failed = self.ask("mutation { refreshProviderToken(provider: google) { id } }").await?;
        let code = failed.text("/errors/0/extensions/code")?;
        self.saw(
            "with Google down a refresh fails, and says when to try again",
            &code,
            code == "UPSTREAM_UNAVAILABLE",
        )?;

        let answer = self.read().await?.without_errors()?;
        let status = answer.text("/data/providerConnection/status")?;
        let same = answer.text("/data/providerConnection/accessToken")? == token;
        self.saw(
            "meanwhile the token that is alive is still handed out",
            &status,
            same && status == "REFRESH_FAILING",
        )?;

        let simulator = &self.world.simulator;
        simulator.provider_outage(SimulatedProvider::Google, false);
        simulator.advance(TimeDelta::seconds(10));
        let healed = self
            .ask("mutation { refreshProviderToken(provider: google) { status } }")
            .await?
            .without_errors()?;
        let status = healed.text("/data/refreshProviderToken/status")?;
        self.saw("with Google back the next refresh heals it", &status, status == "ACTIVE")
    }

    async fn revocation_leads_to_signing_in(&mut self) -> Result<(), CommandError> {
        let simulator = &self.world.simulator;
        let grant = simulator
            .grant_of(self.world.user_id, SimulatedProvider::Google)
            .ok_or("the simulator has no such grant")?;
        simulator.revoke(grant);
        let mut answer = self.read().await?;
        let mut neighbour = String::new();
        // Through Nhost Auth "revoked" looks like "down": it takes three refusals over ten minutes
        // after the token's end, while others are renewed, to tell.
        for _ in 0..6 {
            self.world.simulator.advance(TimeDelta::minutes(30));
            self.jwt = self.world.simulator.jwt(self.world.user_id);
            answer = self.read().await?;
            neighbour = self.neighbours_status().await?;
            if neighbour != "ACTIVE" {
                break;
            }
        }
        let well = neighbour == "ACTIVE";
        self.saw("a neighbour's revoked grant hurts nobody else", &neighbour, well)?;
        let code = answer.text("/errors/0/extensions/code")?;
        self.saw("a revoked grant ends as such", &code, code == "REAUTHENTICATION_REQUIRED")?;

        let url = answer.text("/errors/0/extensions/reauthenticationUrl")?.parse()?;
        let browser = Browser::new()?;
        let refresh_token = browser.sign_in(url, USER).await?;
        self.jwt = browser.exchange(&self.world.simulator.base_url(), &refresh_token).await?;
        let connect = "mutation { connectProvider(provider: google) { status } }";
        let healed = self.ask(connect).await?.without_errors()?;
        let status = healed.text("/data/connectProvider/status")?;
        self.saw("signing in again where the error says heals it", &status, status == "ACTIVE")
    }

    /// The last sign-in brought a refresh token. Another account's brings none: the older token may
    /// not be used for it.
    async fn accounts_are_not_mixed_up(&mut self) -> Result<(), CommandError> {
        const STRANGER: &str = "stranger@example.com";
        let simulator = &self.world.simulator;
        let script = GrantScript::no_refresh_token();
        simulator.sign_in_as(self.world.user_id, SimulatedProvider::Google, STRANGER, script);
        let connect = "mutation { connectProvider(provider: google) { accessToken } }";
        let connected = self.ask(connect).await?.without_errors()?;
        let token = connected.text("/data/connectProvider/accessToken")?;
        let is_strangers = self.account(&token).await? == STRANGER;

        self.world.simulator.advance(TimeDelta::hours(1));
        self.jwt = self.world.simulator.jwt(self.world.user_id);
        let answer = self.read().await?;
        let code = answer.text("/errors/0/extensions/code")?;
        let leads = answer.text("/errors/0/extensions/reauthenticationUrl")?.contains("google");
        let none = answer.get("/data/providerConnection/accessToken")?.is_null();
        self.saw(
            "another account without a refresh token never gets the first one's token",
            &code,
            is_strangers && none && leads && code == "NOT_REFRESHABLE",
        )
    }

    async fn disconnect(&mut self) -> Result<(), CommandError> {
        self.ask("mutation { disconnectProvider(provider: google) { disconnectedAt } }")
            .await?
            .without_errors()?;
        let answer = self.ask("{ providerConnections { id } }").await?.without_errors()?;
        let left = answer.get("/data/providerConnections")?.as_array().map_or(0, Vec::len);
        self.saw("disconnectProvider removes it", &format!("{left} left"), left == 0)
    }

    async fn read(&self) -> Result<Answer, CommandError> {
        self.ask("{ providerConnection(provider: google) { status accessToken } }").await
    }

    /// Of somebody else's connection, once its token was read: refreshed first where that is due.
    async fn neighbours_status(&self) -> Result<String, CommandError> {
        let query = "{ providerConnection(provider: google) { status accessToken } }";
        let jwt = self.world.neighbours_jwt();
        let answer = self.ask_with(&jwt, query).await?.without_errors()?;
        answer.text("/data/providerConnection/status")
    }

    async fn ask(&self, query: &str) -> Result<Answer, CommandError> {
        self.ask_with(&self.jwt, query).await
    }

    async fn ask_with(&self, jwt: &str, query: &str) -> Result<Answer, CommandError> {
        let mut request =
            self.http.post(self.world.server.join("graphql")?).json(&json!({ "query": query }));
        if !jwt.is_empty() {
            request = request.bearer_auth(jwt);
        }
        Ok(Answer(request.send().await?.json().await?))
    }

    async fn userinfo(&self, access_token: &str) -> Result<u16, CommandError> {
        let url = self.world.simulator.origin().join("providers/google/userinfo")?;
        Ok(self.http.get(url).bearer_auth(access_token).send().await?.status().as_u16())
    }

    /// Whose the access token is.
    async fn account(&self, access_token: &str) -> Result<String, CommandError> {
        let url = self.world.simulator.origin().join("providers/google/userinfo")?;
        let answer = self.http.get(url).bearer_auth(access_token).send().await?;
        Answer(answer.json().await?).text("/email")
    }

    fn saw(&mut self, what: &str, seen: &str, as_it_should: bool) -> Result<(), CommandError> {
        self.step += 1;
        let step = self.step;
        if !as_it_should {
            return Err(format!("step {step} failed: {what}; saw: {seen}").into());
        }
        println!("{step:>2}. {what}: {seen}");
        Ok(())
    }
}
