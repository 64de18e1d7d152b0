use secrecy::SecretString;
use url::Url;

use super::{
    HasuraArgs,
    addresses::{DEFAULT_URL, endpoint, remote_schema_url, webhook},
    names::{is_name, variable},
};
use crate::{
    config::{ConfigError, Mistakes, environment},
    graphql,
    hasura::{Action, Location, Role, Roles, Table, Wanted},
};

const ADMIN_SECRET: &str = "HASURA_GRAPHQL_ADMIN_SECRET";

/// The metadata, and the running Hasura to apply it to, if any.
pub struct Checked {
    pub wanted: Wanted,
    pub running: Option<(Url, Option<SecretString>, Action)>,
}

impl HasuraArgs {
    /// Checks everything.
    ///
    /// # Errors
    /// Lists every mistake, with what to do about each.
    pub fn check(self) -> Result<Checked, ConfigError> {
        let mut mistakes = Mistakes::of_environment();
        let running = self.running(&mut mistakes);
        let wanted = self.wanted(&mut mistakes);
        mistakes
            .unless_any(wanted.zip(running).map(|(wanted, running)| Checked { wanted, running }))
    }

    fn wanted(self, mistakes: &mut Mistakes) -> Option<Wanted> {
        let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let url_from_env = given(self.url_from_env);
        let url = match (given(self.url), url_from_env) {
            (Some(_), Some(_)) => {
                mistakes.add(
                    "--url (HASURA_REMOTE_SCHEMA_URL) and --url-from-env are both set: remove one \
                     of them",
                );
                None
            }
            (None, Some(name)) => variable(mistakes, "--url-from-env", name).map(Location::Env),
            (url, None) => {
                let url = url.as_deref().unwrap_or(DEFAULT_URL);
                remote_schema_url(mistakes, url).map(Location::Url)
            }
        };
        let webhook = (!self.no_event_trigger)
            .then(|| webhook(mistakes, url.as_ref(), given(self.webhook_from_env)));
        let mut named = |flag: &str, name: String, dash: bool| {
            if !is_name(&name, dash) {
                let also = if dash { " -" } else { "" };
                mistakes.add(format!(
                    "{flag} is {name:?}: write a letter, then the characters A-Z a-z 0-9 _{also}"
                ));
            }
            name
        };
        let relationship =
            (!self.no_relationship).then(|| named("--relationship", self.relationship, false));
        let event_trigger =
            (!self.no_event_trigger).then(|| named("--event-trigger", self.event_trigger, true));
        let namespace = self.namespace.map(|name| named("--namespace", name, false));
        let type_prefix = self.type_prefix.map(|name| named("--type-prefix", name, false));
        if self.name.trim().is_empty() {
            mistakes.add("--name is empty: write a name for the remote schema");
        }
        let roles = if self.roles.is_empty() && !self.no_permissions {
            every_role(mistakes)
        } else {
            Roles::Named(roles(mistakes, &self.roles))
        };
        let table = match self.table.split_once('.') {
            Some((schema, name)) if !schema.is_empty() && !name.is_empty() => {
                Some(Table { schema: schema.to_owned(), name: name.to_owned() })
            }
            _ => {
                mistakes.add(format!(
                    "--table is {:?}: write SCHEMA.TABLE, such as auth.users",
                    self.table
                ));
                None
            }
        };
        let secret_from_env = variable(mistakes, "--secret-from-env", self.secret_from_env);
        Some(Wanted {
            name: self.name,
            url: url?,
            secret_from_env: secret_from_env?,
            roles,
            namespace,
            type_prefix,
            source: self.source,
            table: table?,
            relationship,
            event_trigger: match (event_trigger, webhook) {
                (Some(name), Some(webhook)) => Some((name, webhook?)),
                _ => None,
            },
        })
    }

    #[expect(clippy::option_option, reason = "there may be a mistake; or no running Hasura")]
    fn running(
        &self,
        mistakes: &mut Mistakes,
    ) -> Option<Option<(Url, Option<SecretString>, Action)>> {
        if !(self.apply || self.remove || self.dry_run) {
            if self.replace {
                mistakes.add("--replace needs --apply or --remove: add one of them");
            }
            return Some(None);
        }
        let secret = mistakes.secret(
            ADMIN_SECRET,
            environment::var(ADMIN_SECRET),
            self.admin_secret_file.clone(),
        );
        let action = Action { remove: self.remove, dry_run: self.dry_run, replace: self.replace };
        let endpoint = endpoint(mistakes, self.hasura_endpoint.as_deref().unwrap_or_default())?;
        Some(Some((endpoint, secret, action)))
    }
}

/// The same for each role: all that a user may ask.
fn every_role(mistakes: &mut Mistakes) -> Roles {
    match Role::parse("user", &graphql::sdl()) {
        Ok(role) => Roles::Every { schema: role.schema },
        Err(error) => {
            mistakes.add(error.to_string());
            Roles::Named(Vec::new())
        }
    }
}

fn roles(mistakes: &mut Mistakes, given: &[String]) -> Vec<Role> {
    let schema = graphql::sdl();
    let mut roles: Vec<Role> = Vec::new();
    for text in given {
        match Role::parse(text, &schema) {
            Ok(role) if roles.iter().any(|one| one.name == role.name) => {
                mistakes.add(format!("--role {} is given twice: give it once", role.name));
            }
            Ok(role) => roles.push(role),
            Err(error) => mistakes.add(format!("--role {text}: {error}")),
        }
    }
    roles
}
