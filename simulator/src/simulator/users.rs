//! Users, and the JWTs that Nhost Auth issues to them.

use chrono::Duration;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Simulator;
use crate::{
    JwtOptions, ThirdParty,
    jwt::{self, Subject},
    state::User,
};

impl Simulator {
    /// Adds a user, or finds the one with this address.
    pub fn add_user(&self, email: &str) -> Uuid {
        self.state().add_user(Some(email))
    }

    /// Adds an anonymous user.
    pub fn add_anonymous_user(&self) -> Uuid {
        self.state().add_user(None)
    }

    /// Disables a user: Nhost Auth answers them 401 `disabled-user` from now on.
    pub fn disable_user(&self, user_id: Uuid) {
        if let Some(user) = self.state().users.get_mut(&user_id) {
            user.disabled = true;
        }
    }

    /// Deletes a user. Their JWTs stay valid until they expire.
    pub fn delete_user(&self, user_id: Uuid) {
        self.state().delete_user(user_id);
    }

    /// A JWT for a user, as Nhost Auth issues it. Users that were not added get one, too.
    pub fn jwt(&self, user_id: Uuid) -> String {
        self.jwt_with(user_id, JwtOptions::default())
    }

    /// A JWT for a user that differs from the usual one.
    #[expect(clippy::needless_pass_by_value, reason = "callers write the options in place")]
    pub fn jwt_with(&self, user_id: Uuid, options: JwtOptions) -> String {
        let subject = self
            .state()
            .users
            .get(&user_id)
            .map_or(Subject { id: user_id, anonymous: false }, User::subject);
        let (issuer, lifetime) = (self.issuer(), self.0.access_token_lifetime);
        let claims = jwt::claims(&subject, &issuer, lifetime, self.now(), &options);
        self.sign(&claims, options.kid.as_deref())
    }

    /// A JWT that an OAuth app or an MCP client has for a user, who has consented to `scope`.
    pub fn third_party_jwt(&self, user_id: Uuid, client_id: &str, scope: &str) -> String {
        let third_party = ThirdParty { client_id: client_id.to_owned(), scope: scope.to_owned() };
        let third_party = Some(third_party);
        self.jwt_with(user_id, JwtOptions { third_party, ..JwtOptions::default() })
    }

    /// Nhost Auth's other JWT, an OAuth state: the same key, no Hasura claims.
    pub fn state_jwt(&self) -> String {
        let redirect_to = self.absolute("/");
        self.sign_state(json!({ "options": { "redirectTo": redirect_to }, "flow": "signin" }))
    }

    pub(crate) fn sign_state(&self, claims: Value) -> String {
        self.sign_for(claims, self.0.sign_in_lifetime)
    }

    /// A JWT with these claims, for so long.
    pub(crate) fn sign_for(&self, mut claims: Value, lifetime: Duration) -> String {
        let now = self.now();
        claims["iss"] = json!(self.issuer());
        claims["iat"] = json!(now.timestamp());
        claims["exp"] = json!((now + lifetime).timestamp());
        self.sign(&claims, None)
    }

    fn sign(&self, claims: &Value, kid: Option<&str>) -> String {
        let jwt = jwt::sign(&self.0.keys, claims, kid);
        self.state().hand_out(jwt)
    }

    /// The claims of a JWT that this simulator signed, if it is valid now.
    pub(crate) fn verify(&self, jwt: &str) -> Option<Value> {
        jwt::verify(&self.0.keys, &self.issuer(), self.now(), jwt)
    }

    /// A personal access token for `POST /v1/signin/pat`.
    pub fn personal_access_token(&self, user_id: Uuid) -> Uuid {
        self.state().issue_personal_access_token(user_id)
    }

    /// A session of Nhost Auth, as `POST /v1/token` answers it. `None`: no such user.
    pub(crate) fn session(&self, user_id: Uuid) -> Option<Value> {
        let user = self.state().users.get(&user_id)?.clone();
        let access_token = self.jwt(user_id);
        let refresh_token = self.state().issue_refresh_token(user_id, self.now());
        let anonymous = user.email.is_none();
        let role = if anonymous { "anonymous" } else { "user" };
        Some(json!({
            "accessToken": access_token,
            "accessTokenExpiresIn": self.0.access_token_lifetime.num_seconds(),
            "refreshToken": refresh_token,
            "refreshTokenId": crate::random::uuid(),
            "user": {
                "id": user_id,
                "email": user.email,
                "displayName": user.email.as_deref().unwrap_or("Anonymous User"),
                "avatarUrl": "",
                "createdAt": self.now(),
                "defaultRole": role,
                "emailVerified": !anonymous,
                "isAnonymous": anonymous,
                "locale": "en",
                "metadata": {},
                "phoneNumber": null,
                "phoneNumberVerified": false,
                "activeMfaType": null,
                "roles": if anonymous { vec!["anonymous"] } else { vec!["user", "me"] },
            },
        }))
    }
}
