use std::{
    collections::HashMap,
    net::IpAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use async_graphql::ServerError;
use axum::body::{Body, Bytes};
use http_body::{Body as HttpBody, Frame, SizeHint};
use uuid::Uuid;

use super::refusal::Refusal;
use crate::{
    auth::{AuthError, Caller},
    client_address::ClientAddress,
};

/// Limits how many requests run at once, in total and per caller. More are rejected instead of
/// being queued without limit.
#[derive(Clone, Copy, Debug)]
pub struct Shares {
    pub all: usize,
    /// For everyone but services: the rest is reserved for these.
    pub not_services: usize,
    pub user: usize,
    pub strangers: usize,
    /// For strangers at one address, and for one user's apps.
    pub address: usize,
}

impl Shares {
    pub const DEFAULT: Self =
        Self { all: 1024, not_services: 768, user: 128, strangers: 256, address: 64 };
}

/// Whose share a request counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    Service,
    User(Uuid),
    /// Apps that act for the user: they don't use the user's own share.
    ClientOf(Uuid),
    /// An unknown caller, by address.
    Stranger(IpAddr),
}

impl Who {
    pub fn of(caller: &Result<Caller, AuthError>, address: ClientAddress) -> Self {
        match caller {
            Ok(caller) => Self::of_caller(caller),
            Err(_) => Self::Stranger(address.network()),
        }
    }

    pub fn of_caller(caller: &Caller) -> Self {
        match caller {
            Caller::Service(_) => Self::Service,
            Caller::User(user) => Self::User(user.id()),
            Caller::Client(client) => Self::ClientOf(client.user_id()),
        }
    }
}

/// The places of HTTP requests, from the start of their execution until the client has the
/// response.
#[derive(Debug)]
pub struct Places {
    shares: Shares,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    not_services: usize,
    strangers: usize,
    of: HashMap<Who, usize>,
}

/// There is no place left, or none for this caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    Everything,
    Share,
}

impl Full {
    fn message(self) -> &'static str {
        match self {
            Self::Everything => "This server has too many requests. Try again in a second.",
            Self::Share => {
                "You have too many requests in progress. Wait until some of them finish."
            }
        }
    }
}

impl From<Full> for Refusal {
    fn from(full: Full) -> Self {
        Self::rate_limited(full.message())
    }
}

impl From<Full> for ServerError {
    fn from(full: Full) -> Self {
        let mut error = Self::new(full.message(), None);
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("code", "RATE_LIMITED");
        extensions.set("retryAfter", 1);
        error
    }
}

impl Places {
    pub fn new(shares: Shares) -> Arc<Self> {
        Arc::new(Self { shares, taken: Mutex::default() })
    }

    /// Takes a place from the caller's share.
    ///
    /// # Errors
    /// There is none.
    pub fn take(self: &Arc<Self>, who: Who) -> Result<Place, Full> {
        let mut taken = self.taken();
        let is_service = who == Who::Service;
        let is_stranger = matches!(who, Who::Stranger(_));
        let of_caller = taken.of.get(&who).copied().unwrap_or(0);
        let share = match who {
            Who::Service => self.shares.all,
            Who::User(_) => self.shares.user,
            Who::ClientOf(_) | Who::Stranger(_) => self.shares.address,
        };
        if of_caller >= share {
            return Err(if is_service { Full::Everything } else { Full::Share });
        }
        if taken.all >= self.shares.all
            || (!is_service && taken.not_services >= self.shares.not_services)
            || (is_stranger && taken.strangers >= self.shares.strangers)
        {
            return Err(Full::Everything);
        }
        taken.all += 1;
        taken.not_services += usize::from(!is_service);
        taken.strangers += usize::from(is_stranger);
        *taken.of.entry(who).or_default() += 1;
        Ok(Place { places: self.clone(), who })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place, until it is dropped.
#[derive(Debug)]
pub struct Place {
    places: Arc<Places>,
    who: Who,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.all -= 1;
        taken.not_services -= usize::from(self.who != Who::Service);
        taken.strangers -= usize::from(matches!(self.who, Who::Stranger(_)));
        if let Some(number) = taken.of.get_mut(&self.who) {
            *number -= 1;
            if *number == 0 {
                taken.of.remove(&self.who);
            }
        }
    }
}

impl Place {
    /// Holds it until the body is complete.
    pub fn held_by(self, body: Body) -> Body {
        Body::new(Held { body, _place: self })
    }
}

struct Held {
    body: Body,
    _place: Place,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests;
