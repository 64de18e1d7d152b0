use uuid::Uuid;

use super::Finding;
use crate::{config::Readable, upstream::NhostUsers};

/// Whether the project's GraphQL API says which users exist.
pub async fn check(settings: &Readable) -> Vec<Finding> {
    const CHECK: &str = "deleted users";
    let Some(of) = &settings.deleted_users else {
        let message = "they are not searched for: NHOST_ADMIN_SECRET or NHOST_GRAPHQL_URL is not \
                       set, DELETED_USERS_INTERVAL is 0, or a setting has a mistake";
        return vec![Finding::ok(CHECK, message).and_advice(
            "make sure that an event trigger or an SQL trigger removes them \
             (docs/operations.md), or set NHOST_ADMIN_SECRET",
        )];
    };
    let users = NhostUsers::new(of.graphql_url.clone(), of.admin_secret.clone());
    let Ok(users) = users else {
        return vec![Finding::error(
            CHECK,
            "the TLS roots of this machine can't be read",
            "install the package ca-certificates, or set SSL_CERT_FILE",
        )];
    };
    // Of users whom nobody has: it is enough that both questions are answered.
    let nobody = [Uuid::nil(), Uuid::max()];
    let answered = match users.existing(&nobody).await {
        Ok(_) => users.existing_one_by_one(&nobody).await,
        Err(error) => Err(error),
    };
    vec![match answered {
        Ok(_) => Finding::ok(CHECK, format!("{} reports which users exist", users.address())),
        Err(error) => Finding::error(
            CHECK,
            format!("{} can't be asked which users exist. {error}", users.address()),
            error.advice(),
        ),
    }]
}
