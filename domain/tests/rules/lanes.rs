//! Who stands in line with whom.

use domain::{Answer, Health, Lane};

use crate::{
    given::{NOW, failed, healthy, refused},
    simulation::clock::at,
};

fn down() -> Health {
    failed(Health::default(), Answer::Unavailable(None), 3)
}

#[test]
fn whoever_has_not_failed_since_the_last_success_is_healthy() {
    assert_eq!(down().lane(&healthy(1)), Lane::Healthy);
}

#[test]
fn who_fails_while_others_work_is_a_suspect() {
    assert_eq!(Health::default().lane(&refused(1, 1, NOW, NOW)), Lane::Suspect);
    assert_eq!(down().lane(&refused(1, 9, NOW - 600, NOW + 5)), Lane::Suspect, "since before");
}

#[test]
fn who_fails_since_the_upstream_does_is_interrupted_until_it_fails_without() {
    let first = refused(1, 9, NOW + 60, NOW + 600);
    assert_eq!(down().lane(&first), Lane::Interrupted);
    let up = down().called(Answer::Renewed, &healthy(9), false, at(NOW + 605));
    assert_eq!(up.lane(&first), Lane::Interrupted);
    assert_eq!(up.lane(&refused(1, 10, NOW + 60, NOW + 700)), Lane::Suspect);
}

#[test]
fn an_outage_of_either_upstream_excuses_a_failure() {
    let failed = refused(1, 1, NOW + 1, NOW + 1);
    assert_eq!(Lane::of(&failed, &down(), Some(&Health::default())), Lane::Interrupted);
    assert_eq!(Lane::of(&failed, &Health::default(), Some(&down())), Lane::Interrupted);
    assert_eq!(Lane::of(&failed, &Health::default(), Some(&Health::default())), Lane::Suspect);
}
