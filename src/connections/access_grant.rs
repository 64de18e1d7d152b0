use domain::{Actor, ClientId, Provider};
use uuid::Uuid;

use super::{
    Connections, Error, Subject,
    not_granted::{NotGranted, Ungranted},
};
use crate::{
    auth::{Caller, Client},
    store::{AccessGrant, Granted},
};

/// The maximum number of grants per user.
const PER_USER: u64 = 200;

/// The providers whose access tokens a client may read.
pub type ClientAccess = Vec<Provider>;

impl Connections {
    /// Allows a client to read fresh access tokens of the user's connection, and nothing else. The
    /// grant lasts until it is revoked or the connection is deleted.
    pub async fn grant_access(
        &self,
        subject: &Subject,
        client_id: &str,
        provider: Provider,
    ) -> Result<AccessGrant, Error> {
        if subject.is_anonymous() {
            return Err(Error::Forbidden(
                "An anonymous user has no connections to grant access to. Sign in with a provider \
                 or an email address first.",
            ));
        }
        let client = readable(client_id)?;
        if subject.is_counted() {
            self.parts.user_rate.count_grant(subject.user_id())?;
        }
        let granted = self.parts.store.grant_access(
            subject.key(provider),
            &client,
            subject.actor(),
            PER_USER,
        );
        match granted.await? {
            Granted::Yes(grant) => Ok(grant),
            Granted::NotConnected => Err(Error::NotConnected(provider)),
            Granted::TooMany => Err(Error::BadInput(format!(
                "This user has reached the limit of {PER_USER} grants. Revoke one that is no \
                 longer needed first."
            ))),
        }
    }

    /// Revokes a client's access, to one provider or to all. The client's next request is rejected.
    /// Returns the grants that were revoked.
    pub async fn revoke_access(
        &self,
        subject: &Subject,
        client_id: &str,
        provider: Option<Provider>,
    ) -> Result<Vec<AccessGrant>, Error> {
        let client = readable(client_id)?;
        let store = &self.parts.store;
        Ok(store.revoke_access(subject.user_id(), &client, provider, subject.actor()).await?)
    }

    /// The user's grants, to all clients or to one.
    pub async fn access_grants(
        &self,
        subject: &Subject,
        client_id: Option<&str>,
    ) -> Result<Vec<AccessGrant>, Error> {
        let client = client_id.map(readable).transpose()?;
        Ok(self.parts.store.access_grants(subject.user_id(), client.as_ref()).await?)
    }

    /// What a client may read right now. Callers keep it for at most one request, so that a revoked
    /// grant has no effect on the next one.
    pub async fn access_of(&self, client: &Client) -> Result<ClientAccess, Error> {
        let Some(id) = client.id() else { return Ok(ClientAccess::new()) };
        let grants = self.parts.store.access_grants(client.user_id(), Some(id)).await?;
        Ok(grants.into_iter().map(|grant| grant.provider).collect())
    }
}

/// What a caller requests to read.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `None`: the caller's own connections.
    pub user_id: Option<Uuid>,
    /// `None`: connections to every provider.
    pub providers: Option<Vec<Provider>>,
    /// Whether the caller selects more of a connection than a client may read.
    pub fields_of_the_user: bool,
}

/// Which connections of which user a caller reads.
#[derive(Clone, Debug)]
pub struct Reader {
    pub subject: Subject,
    /// `None`: connections to every provider.
    pub providers: Option<Vec<Provider>>,
}

impl Reader {
    /// The only way for clients to read connections: those of their user, limited to `access`. For
    /// other callers, the same as [`Subject::of`].
    ///
    /// A client that requests more is rejected, and so is one without any grant, so that it learns
    /// to ask the user. It does not learn whether the connection exists.
    pub fn of(caller: &Caller, asked: Asked, access: &ClientAccess) -> Result<Self, Error> {
        let Asked { user_id, providers: named, fields_of_the_user } = asked;
        let Caller::Client(client) = caller else {
            return Ok(Self { subject: Subject::of(caller, user_id)?, providers: named });
        };
        let no = |what| Err(NotGranted::of(client, what).into());
        let Some(id) = client.id() else { return no(Ungranted::Unnamed) };
        if user_id.is_some_and(|user_id| user_id != client.user_id()) {
            return Err(Error::Forbidden(
                "userId is not the user of the access token. Leave it out.",
            ));
        }
        if access.is_empty() && named.is_none() {
            return no(Ungranted::Anything);
        }
        let providers = named.unwrap_or_else(|| access.clone());
        if let Some(other) = providers.iter().find(|provider| !access.contains(provider)) {
            return no(Ungranted::Provider(*other));
        }
        if fields_of_the_user {
            return no(Ungranted::Field);
        }
        let subject = Subject::client(client.user_id(), Actor::Client(id.clone()));
        Ok(Self { subject, providers: Some(providers) })
    }
}

fn readable(client_id: &str) -> Result<ClientId, Error> {
    ClientId::parse(client_id).ok_or_else(|| {
        Error::BadInput(format!(
            "clientId is not a client id, which has 1 to {} visible ASCII characters. Copy it from \
             Nhost Auth.",
            ClientId::LONGEST
        ))
    })
}
