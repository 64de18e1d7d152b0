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
