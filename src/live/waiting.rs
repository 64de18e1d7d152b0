use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Clients that have connected and not authenticated yet. They don't count as subscribers, and
/// can't take the place of one: when there are too many, the one that has waited longest is
/// disconnected.
pub(super) struct WaitingRoom {
    limit: usize,
    per_address: usize,
    number: watch::Sender<usize>,
    seats: Mutex<Seats>,
}

#[derive(Default)]
struct Seats {
    next: u64,
    /// By their age.
    taken: BTreeMap<u64, (IpAddr, CancellationToken)>,
    of_address: HashMap<IpAddr, Vec<u64>>,
}

impl WaitingRoom {
    const LIMIT: usize = 1024;
    const PER_ADDRESS: usize = 64;

    /// For so many subscribers.
    pub fn for_subscribers(limit: usize) -> Arc<Self> {
        let limit = (limit / 4).clamp(16, Self::LIMIT);
        Self::new(limit, Self::PER_ADDRESS.min(limit / 2))
    }

    fn new(limit: usize, per_address: usize) -> Arc<Self> {
        let number = watch::Sender::new(0);
        Arc::new(Self { limit, per_address, number, seats: Mutex::default() })
    }

    pub fn enter(self: &Arc<Self>, address: IpAddr) -> Seat {
        let mut seats = self.seats();
        let of_address = seats.of_address.get(&address);
        let own_oldest = of_address.filter(|of| of.len() >= self.per_address).map(|of| of[0]);
        let oldest = || seats.taken.keys().next().copied();
        let gives_way = own_oldest.or_else(|| oldest().filter(|_| seats.taken.len() >= self.limit));
        if let Some(turned_out) = gives_way.and_then(|id| seats.leave(id)) {
            turned_out.cancel();
        }
        seats.next += 1;
        let id = seats.next;
        let turned_out = CancellationToken::new();
        seats.taken.insert(id, (address, turned_out.clone()));
        seats.of_address.entry(address).or_default().push(id);
        drop(seats);
        self.number.send_modify(|number| *number += 1);
        Seat { room: self.clone(), id, turned_out }
    }

    /// Waits until there are none.
    pub async fn empty(&self) {
        let _ = self.number.subscribe().wait_for(|number| *number == 0).await;
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seats {
    fn leave(&mut self, id: u64) -> Option<CancellationToken> {
        let (address, turned_out) = self.taken.remove(&id)?;
        if let Some(of_address) = self.of_address.get_mut(&address) {
            of_address.retain(|of| *of != id);
            if of_address.is_empty() {
                self.of_address.remove(&address);
            }
        }
        Some(turned_out)
    }
}

/// A waiting client, until this is dropped.
pub(super) struct Seat {
    room: Arc<WaitingRoom>,
    id: u64,
    /// Is cancelled when another client needs the place.
    pub turned_out: CancellationToken,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.room.seats().leave(self.id);
        self.room.number.send_modify(|number| *number -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        [198, 51, 100, last].into()
    }

    #[test]
    fn who_has_waited_longest_gives_way_first_of_the_same_address() {
        let room = WaitingRoom::new(4, 2);
        let others = room.enter(address(1));
        let first = room.enter(address(2));
        let second = room.enter(address(2));
        assert!(!first.turned_out.is_cancelled());
        let third = room.enter(address(2));
        assert!(first.turned_out.is_cancelled());
        assert!(!others.turned_out.is_cancelled() && !second.turned_out.is_cancelled());
        let _fourth = room.enter(address(3));
        assert!(!others.turned_out.is_cancelled());
        let _fifth = room.enter(address(4));
        assert!(others.turned_out.is_cancelled());
        assert!(!second.turned_out.is_cancelled() && !third.turned_out.is_cancelled());
    }

    #[tokio::test]
    async fn it_is_empty_when_all_have_gone() {
        let room = WaitingRoom::new(2, 1);
        let seats = [room.enter(address(1)), room.enter(address(1)), room.enter(address(2))];
        drop(seats);
        room.empty().await;
        assert!(room.seats().taken.is_empty() && room.seats().of_address.is_empty());
    }
}
