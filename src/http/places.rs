use std::{
    collections::HashMap,
    net::IpAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use axum::body::{Body, Bytes};
use http_body::{Body as HttpBody, Frame, SizeHint};
use uuid::Uuid;

use super::refusal::Refusal;
use crate::{
    auth::{AuthError, Caller},
    client_address::ClientAddress,
};

/// How many requests are executed at once, and who may have how many of them. More are turned away
/// rather than queued without end.
#[derive(Clone, Copy, Debug)]
pub struct Shares {
    pub all: usize,
    /// Of all but services: what is left is theirs alone.
    pub not_services: usize,
    pub user: usize,
    pub strangers: usize,
    /// Of strangers at one address.
    pub address: usize,
}

impl Shares {
    pub const DEFAULT: Self =
        Self { all: 1024, not_services: 768, user: 128, strangers: 256, address: 64 };
}

/// Whose share a request is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    Service,
    User(Uuid),
    /// Nobody who is known, by the address.
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
        }
    }
}

/// The places of requests over HTTP, from when they can be executed until the client has the answer.
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

impl From<Full> for Refusal {
    fn from(full: Full) -> Self {
        Self::rate_limited(match full {
            Full::Everything => {
                "This server has more requests than it can take. Try again in a second."
            }
            Full::Share => {
                "You have as many requests under way as one caller may. Wait until some are \
                 answered."
            }
        })
    }
}

impl Places {
    pub fn new(shares: Shares) -> Arc<Self> {
        Arc::new(Self { shares, taken: Mutex::default() })
    }

    /// Takes a place of the caller's share.
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
            Who::Stranger(_) => self.shares.address,
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
    /// Holds it for as long as there is something left of the body.
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
mod tests {
    use super::*;

    fn places() -> Arc<Places> {
        Places::new(Shares { all: 8, not_services: 6, user: 3, strangers: 4, address: 2 })
    }

    fn user(number: u128) -> Who {
        Who::User(Uuid::from_u128(number))
    }

    fn stranger(last: u8) -> Who {
        Who::Stranger([198, 51, 100, last].into())
    }

    fn take(places: &Arc<Places>, who: Who, number: usize) -> Vec<Place> {
        (0..number).map(|_| places.take(who).unwrap()).collect()
    }

    #[test]
    fn a_caller_has_a_share_and_the_others_have_theirs() {
        let places = places();
        let of_one = take(&places, user(1), 3);
        assert_eq!(places.take(user(1)).unwrap_err(), Full::Share);
        let _of_another = take(&places, user(2), 3);
        drop(of_one);
        take(&places, user(1), 3);
    }

    #[test]
    fn services_have_places_that_nobody_else_takes() {
        let places = places();
        let _users = (take(&places, user(1), 3), take(&places, user(2), 3));
        assert_eq!(places.take(user(3)).unwrap_err(), Full::Everything);
        assert_eq!(places.take(stranger(1)).unwrap_err(), Full::Everything);
        let _services = take(&places, Who::Service, 2);
        assert_eq!(places.take(Who::Service).unwrap_err(), Full::Everything);
    }

    #[test]
    fn strangers_leave_places_to_users_however_many_addresses_they_have() {
        let places = places();
        let _strangers = (take(&places, stranger(1), 2), take(&places, stranger(2), 2));
        assert_eq!(places.take(stranger(1)).unwrap_err(), Full::Share);
        assert_eq!(places.take(stranger(3)).unwrap_err(), Full::Everything);
        take(&places, user(1), 2);
    }

    #[test]
    fn a_place_is_held_until_the_body_is_gone() {
        let places = places();
        let place = places.take(user(1)).unwrap();
        let body = place.held_by(Body::from("answer"));
        assert_eq!(body.size_hint().exact(), Some(6));
        assert_eq!(places.taken().all, 1);
        drop(body);
        assert!(places.taken().all == 0 && places.taken().of.is_empty());
    }
}
