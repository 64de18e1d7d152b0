use chrono::TimeDelta;
use nhost_auth_simulator::{Endpoint, Fault, GrantScript, JwtOptions, Provider};
use serde_json::json;

use super::{Story, WRONG_SERVICE_SECRET};
use crate::harness::{SERVICE_SECRET, Socket};

impl Story {
    pub(super) async fn all_goes_well(&mut self) {
        for provider in [Provider::Google, Provider::Spotify] {
            self.sign_in(provider);
            for mutation in ["connectProvider", "refreshProviderToken"] {
                let query = format!(
                    "mutation {{ {mutation}(provider: {provider}) {{ accessToken reauthenticationUrl }} }}"
                );
                let token = self.ask(&query).await;
                assert!(token.get("errors").is_none(), "{token}");
            }
        }
        let direct = self.simulator().calls(Endpoint::ProviderToken);
        assert_eq!(direct, 1, "the client secret was used");
        let read = self.ask("{ providerConnections { provider status accessToken } }").await;
        assert_eq!(read["data"]["providerConnections"].as_array().unwrap().len(), 2, "{read}");
    }

    /// Each on a connection of its own, so that none joins another.
    pub(super) async fn refreshes_fail(&mut self) {
        let faults: [fn(&str) -> Fault; 12] = [
            |token| Fault::nhost(400, token),
            |token| Fault::json(500, &json!({ "message": token, "error": { "is": token } })),
            |token| Fault::json(200, &json!({ "accessToken": { "is": token }, "expiresIn": 1 })),
            |token| Fault::json(200, &json!({ "accessToken": "", "expiresAt": token })),
            |token| Fault::json(200, &json!([token])),
            |_| Fault::RateLimited,
            |_| Fault::Html(502),
            |_| Fault::Garbage,
            |_| Fault::Huge(1_000_000),
            |_| Fault::LostAfterWork,
            |_| Fault::Disconnect,
            |_| Fault::RefuseProvider,
        ];
        let providers = Provider::ALL.into_iter();
        let providers =
            providers.filter(|one| !matches!(one, Provider::Google | Provider::Spotify));
        for (provider, fault) in providers.zip(faults) {
            let grant = self.simulator().sign_in(self.ada.id, provider, GrantScript::rotating());
            let query = format!("mutation {{ connectProvider(provider: {provider}) {{ id }} }}");
            let connected = self.ask(&query).await;
            assert!(connected.get("errors").is_none(), "{connected}");
            let token = self.simulator().grant(grant).current_refresh_token.unwrap();
            let fault = fault(&token);
            self.simulator().fail_next_for(Endpoint::RefreshProviderToken, provider, fault.clone());
            let query =
                format!("mutation {{ refreshProviderToken(provider: {provider}) {{ id }} }}");
            let refreshed = self.ask(&query).await;
            assert!(refreshed.get("errors").is_some(), "{fault:?}: {refreshed}");
        }
        self.ask("{ providerConnections { status lastFailure { code message } } }").await;
    }

    pub(super) async fn sign_ins_fail(&mut self) {
        let token = "sim-planted-in-a-session-that-makes-no-sense";
        self.secrets.push(token.to_owned());
        for fault in [
            Fault::json(200, &json!({ "accessToken": { "is": token }, "refreshToken": token })),
            Fault::json(200, &json!({ "accessToken": [token], "expiresAt": token })),
            Fault::nhost(403, token),
            Fault::InternalServerError,
        ] {
            self.simulator().sign_in(self.ada.id, Provider::Workos, GrantScript::stable());
            self.simulator().fail_next(Endpoint::ProviderTokens, fault.clone());
            let query = "mutation { connectProvider(provider: workos) { id } }";
            let connected = self.ask(query).await;
            assert!(connected.get("errors").is_some(), "{fault:?}: {connected}");
        }
    }

    pub(super) async fn strangers_call(&mut self) {
        let expired = JwtOptions { lifetime: Some(TimeDelta::hours(-1)), ..JwtOptions::default() };
        let other = JwtOptions { issuer: Some("somebody".to_owned()), ..JwtOptions::default() };
        let jwt = self.ada.jwt().to_owned();
        let query = "{ providerConnections { accessToken } }";
        for stranger in [
            self.simulator().jwt_with(self.ada.id, expired),
            self.simulator().jwt_with(self.ada.id, other),
            self.simulator().state_jwt(),
            format!("{jwt}a"),
            jwt[..jwt.len() - 3].to_owned(),
            "planted-instead-of-a-jwt".to_owned(),
        ] {
            self.ask_with(&stranger, query).await;
            self.secrets.push(stranger);
        }
        for headers in [
            vec![("x-service-secret", WRONG_SERVICE_SECRET)],
            vec![("authorization", jwt.as_str())],
            vec![("cookie", &jwt), ("x-hasura-admin-secret", SERVICE_SECRET)],
        ] {
            self.send(&headers, query).await;
        }
        // Where nobody should send them: in the URL, and in a body that is not JSON.
        let url = format!("{}/graphql", self.server.url);
        for request in [
            self.http.get(format!("{url}?access_token={jwt}")),
            self.http.post(format!("{url}?jwt={jwt}")).body(jwt.clone()),
            self.http
                .post(&url)
                .header("content-type", "application/json")
                .body(format!("{{\"query\": {jwt}")),
        ] {
            let answer = request.send().await.unwrap().text().await.unwrap();
            self.answered(&answer);
        }
    }

    pub(super) async fn services_call(&mut self) {
        let bob = self.simulator().add_user("bob@example.com");
        self.simulator().sign_in(bob, Provider::Google, GrantScript::rotating());
        let (ada, bob) = (self.ada.id.to_string(), bob.to_string());
        let service = ("x-service-secret", SERVICE_SECRET);
        let query = "mutation { connectProvider(provider: google) { accessToken userId } }";
        let as_bob = [service, ("x-hasura-user-id", &bob), ("x-hasura-role", "user")];
        let connected = self.send(&as_bob, query).await;
        assert!(connected.get("errors").is_none(), "{connected}");
        let query =
            format!("{{ providerConnections(userId: \"{ada}\") {{ provider accessToken }} }}");
        self.send(&[service], &query).await;
        let query = "refreshProviderToken(provider: google";
        let query = format!("mutation {{ {query}, userId: \"{bob}\") {{ accessToken }} }}");
        let refreshed = self.send(&[service], &query).await;
        assert!(refreshed.get("errors").is_none(), "{refreshed}");
        assert_ne!(self.simulator().calls(Endpoint::Pat), 0, "the service signed in by its PAT");
        let deleted = json!({
            "table": { "schema": "auth", "name": "users" },
            "event": { "op": "DELETE", "data": { "old": { "id": bob }, "new": null } },
        });
        let hook = format!("{}/hooks/user-deleted", self.server.url);
        let hook = self.http.post(hook).header("x-service-secret", SERVICE_SECRET).json(&deleted);
        let answer = hook.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let answer = answer.text().await.unwrap();
        self.answered(&answer);
    }

    /// Over a WebSocket, which says in its first message who it is.
    pub(super) async fn somebody_watches(&mut self) {
        let url = format!("{}/graphql", self.server.url);
        let mut socket = Socket::subscribed(&url, self.ada.jwt()).await;
        let read = self.ask("{ providerConnection(provider: google) { accessToken } }").await;
        assert!(read.get("errors").is_none(), "{read}");
        self.sign_in(Provider::Google);
        self.ask("mutation { connectProvider(provider: google) { id } }").await;
        socket.next().await;
        self.answered(&socket.heard);
    }

    /// A token that does not open, and tables that are not there.
    pub(super) async fn the_database_fails(&mut self) {
        let one =
            "(SELECT access_token FROM provider_connection WHERE provider = 'google' LIMIT 1)";
        let sql = format!(
            "UPDATE provider_connection SET access_token = {one} WHERE provider = 'spotify'"
        );
        self.outage.cluster.database.execute(&sql).await;
        let read = self.ask("{ providerConnection(provider: spotify) { accessToken } }").await;
        assert!(read["errors"][0]["extensions"]["code"].is_string(), "{read}");
        let rename = "ALTER TABLE provider_connection RENAME TO gone";
        self.outage.cluster.database.execute(rename).await;
        let read = self.ask("{ providerConnection(provider: google) { accessToken } }").await;
        assert_eq!(read["errors"][0]["extensions"]["code"], "INTERNAL", "{read}");
        let rename = "ALTER TABLE gone RENAME TO provider_connection";
        self.outage.cluster.database.execute(rename).await;
    }

    /// A session comes when the database takes no commit: it waits in the spool, and in memory.
    pub(super) async fn the_database_is_away(&mut self) {
        self.sign_in(Provider::Google);
        let call = self.outage.connect_into(&self.ada, &self.server).await;
        let answer = call.await.unwrap().unwrap();
        answer.data("/connectProvider/id");
        let spool = self.folders.path().join("spool");
        self.captured.put_folder("spool", &spool);
        self.outage.end().await;
        self.server.logged(&["the database is back:"]).await;
    }
}
