//! The users of the Nhost project.

use uuid::Uuid;

use super::State;
use crate::{jwt::Subject, random};

/// A user.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: Uuid,
    /// `None`: an anonymous user.
    pub(crate) email: Option<String>,
    pub(crate) disabled: bool,
}

impl User {
    pub(crate) fn subject(&self) -> Subject {
        Subject { id: self.id, anonymous: self.email.is_none() }
    }
}

impl State {
    /// Adds a user, or finds the one with this address.
    pub(crate) fn add_user(&mut self, email: Option<&str>) -> Uuid {
        let email = email.map(str::to_lowercase);
        if let Some(known) = email.as_ref().and_then(|email| self.addresses.get(email)) {
            return *known;
        }
        let id = random::uuid();
        self.addresses.extend(email.clone().map(|email| (email, id)));
        self.users.insert(id, User { id, email, disabled: false });
        id
    }

    pub(crate) fn delete_user(&mut self, user_id: Uuid) {
        self.users.remove(&user_id);
        self.addresses.retain(|_, id| *id != user_id);
    }

    /// The user with this address.
    pub(crate) fn user_with_address(&self, email: &str) -> Option<Uuid> {
        self.addresses.get(&email.to_lowercase()).copied()
    }

    /// The name of the user's account at a provider, unless they choose another.
    pub(crate) fn usual_account(&self, user: Uuid) -> String {
        self.users
            .get(&user)
            .and_then(|user| user.email.clone())
            .unwrap_or_else(|| format!("{user}@anonymous.example"))
    }
}
