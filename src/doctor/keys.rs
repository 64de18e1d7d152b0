use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::{Finding, Patient};
use crate::{
    connections::encryption_keys::{KeyProblem, look_at_keys, opens},
    store::{SealedUnder, Store},
    vault::{Binding, Field, KeyRing, Vault, key_id_in_front},
};

const CHECK: &str = "encryption keys";

/// Whether the key ring opens what is stored.
pub async fn check(patient: &Patient, store: Option<&Store>) -> Vec<Finding> {
    let Some(ring) = &patient.settings.encryption_keys else {
        return vec![Finding::not_looked_at(CHECK, "ENCRYPTION_KEYS is wrong or missing")];
    };
    let vault = Vault::new(ring.clone(), patient.random.clone());
    let mut found = vec![probe(&vault, ring)];
    let Some(store) = store else {
        let because = "the database has no readable tables";
        found.push(Finding::not_looked_at("stored tokens", because));
        return found;
    };
    match store.sealed_under().await {
        Ok(stored) => {
            found.extend(of_stored(&stored, &vault, ring));
            // Where migrations are to be applied yet there is nothing to compare with.
            let problems = look_at_keys(store, ring).await.unwrap_or_default();
            let unsaid = |id: &str| !stored.iter().any(|of| key_id_in_front(&of.front) == Some(id));
            let is_of_stored = |of: &KeyProblem| {
                matches!(of, KeyProblem::Missing { .. } | KeyProblem::Different { .. })
            };
            let unsaid = problems.iter().filter(|of| !is_of_stored(of) || unsaid(of.id()));
            found.extend(unsaid.map(of_problem));
        }
        Err(error) => found.push(Finding::error(
            "stored tokens",
            format!("the tables can't be read: {}", error.root_cause()),
            "allow the role to read the tables",
        )),
    }
    found
}

/// Seals and opens something that isn't a token.
fn probe(vault: &Vault, ring: &KeyRing) -> Finding {
    let binding = Binding { user_id: Uuid::nil(), provider: "doctor" };
    let sealed = vault.seal(binding, Field::AccessToken, &SecretString::from("probe"));
    let opened = vault.open(binding, Field::AccessToken, &sealed);
    let ids: Vec<_> = ring.key_ids().collect();
    match opened {
        Ok(text) if text.expose_secret() == "probe" => {
            let older = match &ids[1..] {
                [] => String::new(),
                older => format!("; {} only decrypt", older.join(", ")),
            };
            Finding::ok(CHECK, format!("{} encrypts and decrypts{older}", ids[0]))
        }
        _ => Finding::error(
            CHECK,
            "what a key encrypts can't be decrypted again",
            "this machine's cryptography is broken: use another machine",
        ),
    }
}

fn of_problem(problem: &KeyProblem) -> Finding {
    let told = problem.to_string();
    let (message, advice) = told.split_once(". ").unwrap_or((&told, ""));
    if problem.is_fatal() {
        Finding::error(CHECK, message, advice)
    } else {
        Finding::warning(CHECK, message, advice)
    }
}

fn of_stored(stored: &[SealedUnder], vault: &Vault, ring: &KeyRing) -> Vec<Finding> {
    const CHECK: &str = "stored tokens";
    let mut found = Vec::new();
    for SealedUnder { front, number, samples } in stored {
        let Some(id) = key_id_in_front(front) else {
            found.push(Finding::error(
                CHECK,
                format!("{number} have a format that this version doesn't know"),
                "use the version of provider-connections that wrote them, or a newer one",
            ));
            continue;
        };
        if !ring.key_ids().any(|known| known == id) {
            found.push(Finding::error(
                CHECK,
                format!(
                    "{number} are encrypted with the key {id}, which is not in ENCRYPTION_KEYS"
                ),
                format!(
                    "add {id} to ENCRYPTION_KEYS again, after the first key. If the key is lost, \
                     run `provider-connections keys retire {id} --lost`, so that servers start \
                     without it: users of these tokens have to sign in again"
                ),
            ));
            continue;
        }
        let number_opened = samples.iter().filter(|sample| opens(vault, sample)).count();
        found.push(match (samples.len(), number_opened) {
            (0, _) => Finding::ok(CHECK, format!("{number} are encrypted with the key {id}")),
            (tried, opened) if opened == tried => Finding::ok(
                CHECK,
                format!(
                    "{number} are encrypted with the key {id}; {tried} were tested and can be \
                     decrypted"
                ),
            ),
            (tried, 0) => Finding::error(
                CHECK,
                format!(
                    "{number} are encrypted with a key named {id}, but the {tried} that were \
                     tested can't be decrypted with the {id} in ENCRYPTION_KEYS"
                ),
                format!("restore the original key {id}; give a new key a new name"),
            ),
            (tried, opened) => Finding::error(
                CHECK,
                format!(
                    "{} of {tried} tested tokens of the key {id} can't be decrypted",
                    tried - opened
                ),
                "rows were changed or copied by hand: restore them, or ask their users to sign in \
                 again",
            ),
        });
    }
    if stored.is_empty() {
        found.push(Finding::ok(CHECK, "no tokens are stored"));
    }
    let is_used = |id: &str| stored.iter().any(|under| key_id_in_front(&under.front) == Some(id));
    for id in ring.key_ids().skip(1).filter(|id| !is_used(id)) {
        found
            .push(Finding::ok(CHECK, format!("no token is encrypted with the key {id}")).and_advice(
            format!(
                "you can remove {id} from ENCRYPTION_KEYS once no server has it first and no spool \
                 has files that it encrypted"
            ),
        ));
    }
    found
}
