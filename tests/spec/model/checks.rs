//! What was promised.

use chrono::TimeDelta;
use domain::{Lease, State};
use nhost_auth_simulator::{Endpoint, Provider};

use super::{
    accounts,
    case::{Answers, Case, Course},
    replica::Told,
    seen::Seen,
    story::{Ask, Middle, Op, REPLICAS, Slot, Step, Trouble, Wrong, is_lost_with_an_answer},
};

pub type Checked = Result<(), String>;

pub fn ensure(holds: bool, slot: Slot, promise: &str) -> Checked {
    if holds { Ok(()) } else { Err(format!("{promise}: {slot:?}")) }
}

/// What a step did that excuses something.
pub struct Excuses<'a> {
    pub step: &'a Step,
    pub course: Course,
    /// Time that passed while things were under way.
    passed: TimeDelta,
}

impl Excuses<'_> {
    pub fn asks(&self) -> impl Iterator<Item = (usize, Ask)> {
        self.step.ops.iter().filter_map(|op| match op {
            Op::Ask { replica, what } => Some((*replica, *what)),
            _ => None,
        })
    }

    fn asked(&self, asked: impl Fn(Ask) -> bool) -> bool {
        self.asks().any(|(_, what)| asked(what))
    }

    fn signs_in_to(&self, slot: Slot) -> bool {
        self.asked(|what| what.signs_in_to(slot).is_some())
    }

    /// It may be that a refresh token is used here that the last sign-in did not bring: whatever it
    /// brings is dropped, unless it is of the same account.
    fn is_unproven(&self, slot: Slot, before: &Seen, after: &Seen) -> bool {
        let leaves =
            |what: Ask| what.signs_in_to(slot).is_some_and(|sign_in| sign_in.leaves_refresh_token);
        let unproven = |seen: &Seen| seen.at(slot).row.as_ref().is_some_and(|row| row.is_unproven);
        self.asked(leaves) || unproven(before) || unproven(after)
    }

    /// The database may be out of this replica's reach.
    pub fn is_away_from(&self, replica: usize) -> bool {
        let middle = self.step.middle;
        matches!(middle, Some(Middle::DatabaseAway | Middle::DatabaseAwayAndCrash { .. }))
            || self.course.cut_off[replica]
            || self
                .step
                .troubles
                .iter()
                .any(|(of, trouble)| *of == replica && !trouble.is_upstream())
    }

    /// Something goes wrong, or time passes.
    pub fn is_disturbed(&self) -> bool {
        let Step { ops, wrong, troubles, middle } = self.step;
        wrong.is_some()
            || middle.is_some_and(|middle| middle != Middle::Nothing)
            || self.passed > TimeDelta::zero()
            || !troubles.is_empty()
            || self.course.cut_off.contains(&true)
            || self.course.clocks_differ
            || ops.iter().any(|op| matches!(op, Op::NhostAuth { .. }))
    }

    pub fn lease_ended(&self) -> bool {
        self.passed >= TimeDelta::from_std(Lease::LASTS).unwrap_or_default()
    }

    /// A replica that is cut off for longer than this step was asked for it.
    fn detaches(&self, slot: Slot) -> bool {
        self.asks().any(|(at, what)| self.course.cut_off[at] && what.concerns(slot))
    }

    /// An answer may have been lost, or a lease have ended while its holder was at work.
    fn loses_answers_of(&self, slot: Slot) -> bool {
        let lost = self.step.wrong == Some((slot.provider, Wrong::LostAfterWork));
        let crashed = |at, what: Ask| {
            let middle = self.step.middle;
            matches!(middle, Some(Middle::Crash { replica }) if replica == at && what.concerns(slot))
        };
        let given_up = self.lease_ended() || self.step.middle == Some(Middle::Hangs);
        let on_the_way = |at, what: Ask| {
            self.step.troubles.contains(&(at, Trouble::LostUpstreamAnswers)) && what.concerns(slot)
        };
        lost || self.asks().any(|(at, what)| {
            crashed(at, what) || on_the_way(at, what) || (given_up && what.concerns(slot))
        })
    }
}

pub async fn check(
    case: &mut Case<'_>,
    step: &Step,
    course: Course,
    (before, after): (&Seen, &Seen),
    answers: &Answers,
) -> Checked {
    let seconds = |op: &Op| if let Op::Pass { seconds } = op { *seconds } else { 0 };
    let mut passed = TimeDelta::seconds(step.ops.iter().map(seconds).sum());
    if matches!(step.middle, Some(Middle::LeaseEnds | Middle::Crash { .. })) {
        passed += super::universe::LEASE_OVER;
    }
    passed += super::universe::LEASE_OVER * i32::from(course.leases_ended);
    let excuses = Excuses { step, course, passed };
    let all_is_written = (0..REPLICAS).all(|replica| !case.stage.is_cut_off(replica));
    for slot in Slot::all() {
        // A call of a replica that has crashed may reach the provider a little later yet.
        let was_lossy = case.lossy[slot.index()];
        let loses = excuses.loses_answers_of(slot);
        case.lossy[slot.index()] |= loses;
        case.detached[slot.index()] |= excuses.detaches(slot);
        let is_detached = case.detached[slot.index()];
        wants(case, slot, &excuses, answers);
        let is_certain = !was_lossy && !loses && !is_detached;
        accounts::follow(case, slot, &excuses, answers, is_certain);
        if !is_detached {
            presence(slot, &excuses, before, after, answers)?;
        }
        if all_is_written {
            is_as_wanted(case, slot, after)?;
        }
        order(slot, before, after)?;
        if all_is_written {
            tokens_are_whole(case, slot, after)?;
            accounts::of_the_tokens(case, slot, after)?;
        }
        if !was_lossy && !is_detached {
            no_call_is_in_vain(slot, &excuses, before, after)?;
            the_last_holder_writes_last(slot, &excuses, before, after)?;
        }
        is_not_given_up(case, slot, after)?;
        if all_is_written && !loses && after.at(slot).is_whole() && after.at(slot).is_alive() {
            case.lossy[slot.index()] = false;
        }
    }
    for (replica, what, told) in answers {
        if let Some(told) = told {
            answer(case, (*replica, *what, told), &excuses, before, after).await?;
        }
    }
    if all_is_written {
        case.detached.fill(false);
    }
    Ok(())
}

/// What the user knows of a connection: what was done last, if that is certain.
fn wants(case: &mut Case<'_>, slot: Slot, excuses: &Excuses<'_>, answers: &Answers) {
    let connects = excuses.signs_in_to(slot);
    let disconnects = excuses.asked(|what| what == Ask::Disconnect(slot));
    let done = answers.iter().any(|(_, what, told)| {
        matches!(what, Ask::Connect(of, _) | Ask::Disconnect(of) if *of == slot)
            && matches!(told, Some(Told::Done))
    });
    let wanted = &mut case.wanted[slot.index()];
    *wanted = match (connects, disconnects) {
        (false, false) => *wanted,
        (true, false) if done || *wanted == Some(true) => Some(true),
        (false, true) if done => Some(false),
        _ => None,
    };
}

/// When all is written, what was connected is there, and what was removed is not, however late its
/// tokens came.
fn is_as_wanted(case: &Case<'_>, slot: Slot, after: &Seen) -> Checked {
    let is_there = after.at(slot).row.is_some();
    let wanted = case.wanted[slot.index()].unwrap_or(is_there);
    ensure(is_there == wanted, slot, &format!("it is there: {is_there}, and is to be: {wanted}"))
}

/// A connection comes and goes by its user's doing only.
fn presence(
    slot: Slot,
    excuses: &Excuses<'_>,
    before: &Seen,
    after: &Seen,
    answers: &Answers,
) -> Checked {
    let is_there = after.at(slot).row.is_some();
    let connects = excuses.signs_in_to(slot);
    let disconnects = excuses.asked(|what| what == Ask::Disconnect(slot));
    let done = |asked: &dyn Fn(Ask) -> bool| {
        answers.iter().any(|(_, what, told)| asked(*what) && matches!(told, Some(Told::Done)))
    };
    let connected = done(&|what| what.signs_in_to(slot).is_some());
    let disconnected = done(&|what| what == Ask::Disconnect(slot));
    let was_there = before.at(slot).row.is_some();
    if !connects && !disconnects {
        ensure(is_there == was_there, slot, "it comes and goes by itself")?;
    }
    if !disconnects {
        ensure(is_there || !was_there, slot, "a sign-in took the connection away")?;
        ensure(is_there || !connected, slot, "it was connected and is not there")?;
    }
    if !connects {
        ensure(!disconnected || !is_there, slot, "it was disconnected and is there")?;
    }
    Ok(())
}

/// Generations never go back, and tokens don't change without one.
fn order(slot: Slot, before: &Seen, after: &Seen) -> Checked {
    let (Some(old), Some(new)) = (&before.at(slot).row, &after.at(slot).row) else { return Ok(()) };
    if old.id != new.id {
        return Ok(());
    }
    ensure(new.generation >= old.generation, slot, "the generation went back")?;
    let same = new.generation == old.generation;
    ensure(!same || new.sealed == old.sealed, slot, "tokens changed within a generation")
}

/// What the provider takes is what the row has, unless an answer was lost.
fn tokens_are_whole(case: &Case<'_>, slot: Slot, after: &Seen) -> Checked {
    let seen = after.at(slot);
    // One without a refresh token has nothing to lose.
    let is_there = seen.row.as_ref().is_some_and(|row| row.refresh_token.is_some());
    if !is_there || case.lossy[slot.index()] {
        return Ok(());
    }
    ensure(seen.grant.is_some(), slot, "its refresh token is of no grant of this user's")?;
    ensure(seen.is_whole(), slot, "a rotated refresh token is nowhere")?;
    let reason = seen.grant.as_ref().and_then(|grant| grant.revoked_reason.as_deref());
    let twice = reason.is_some_and(|reason| reason.contains("twice"));
    ensure(!twice, slot, "a refresh token was used twice")
}

/// Each refresh at the provider is one commit: none is made twice side by side, and none is dropped.
fn no_call_is_in_vain(slot: Slot, excuses: &Excuses<'_>, before: &Seen, after: &Seen) -> Checked {
    let is_excused = excuses.loses_answers_of(slot) || excuses.is_unproven(slot, before, after);
    if is_excused || excuses.asked(|what| what == Ask::Disconnect(slot)) {
        return Ok(());
    }
    let made = after.at(slot).made - before.at(slot).made;
    let told = after.at(slot).told - before.at(slot).told;
    ensure(made == told, slot, &format!("{made} refreshes were made, {told} were committed"))
}

/// A holder whose lease has ended while its answer was under way writes nothing over what the next
/// one wrote.
fn the_last_holder_writes_last(
    slot: Slot,
    excuses: &Excuses<'_>,
    before: &Seen,
    after: &Seen,
) -> Checked {
    let renews = |op: &Op| match op {
        Op::Ask { what, .. } => *what == Ask::Read(slot) || *what == Ask::Refresh(slot),
        _ => false,
    };
    let Step { ops, wrong, troubles, middle } = excuses.step;
    // No other call than one of this slot's has come to the gate.
    if *middle != Some(Middle::LeaseEnds)
        || !troubles.is_empty()
        || wrong.is_some()
        || !ops.iter().all(renews)
        || excuses.is_unproven(slot, before, after)
    {
        return Ok(());
    }
    let told = after.at(slot).told - before.at(slot).told;
    ensure(told <= 1, slot, &format!("{told} refreshes of one demand were committed"))?;
    let (Some(row), Some(grant)) = (&after.at(slot).row, &after.at(slot).grant) else {
        return Ok(());
    };
    let is_newest = row.access_token == grant.current_access_token;
    ensure(!grant.alive || is_newest, slot, "an older token was written over a newer")
}

/// Only what was refused for long, or lost, or said to have ended, is taken for ended.
fn is_not_given_up(case: &Case<'_>, slot: Slot, after: &Seen) -> Checked {
    let seen = after.at(slot);
    let given_up = State::ReauthenticationRequired;
    if !seen.is_alive() || seen.row.as_ref().is_none_or(|row| row.state != given_up) {
        return Ok(());
    }
    let lost = case.lossy[slot.index()] && is_lost_with_an_answer(slot.provider());
    let excused = lost
        || match case.stage.direct {
            Some(direct) if direct == slot.provider() => case.slandered[slot.index()],
            _ => was_refused_for_long(case, slot.provider()),
        };
    ensure(excused, slot, "a live grant is taken for ended")
}

fn was_refused_for_long(case: &Case<'_>, provider: Provider) -> bool {
    let log = case.stage.world.simulator.call_log();
    let refused = log.iter().filter(|call| {
        call.endpoint == Endpoint::RefreshProviderToken
            && call.provider == Some(provider)
            && call.status == Some(400)
    });
    let times: Vec<_> = refused.map(|call| call.at).collect();
    times.len() >= 3 && times[times.len() - 1] - times[0] >= TimeDelta::minutes(10)
}

/// What a caller was told.
async fn answer(
    case: &mut Case<'_>,
    (replica, what, told): (usize, Ask, &Told),
    excuses: &Excuses<'_>,
    before: &Seen,
    after: &Seen,
) -> Checked {
    let (Ask::Connect(slot, _) | Ask::Read(slot) | Ask::Refresh(slot) | Ask::Disconnect(slot)) =
        what
    else {
        return Ok(());
    };
    match told {
        Told::Done => {}
        Told::Token { connection, generation, token, account } => {
            let of = accounts::of_token(case, slot, token)?;
            accounts::is_shown_beside(slot, of, account.as_deref(), case)?;
            let away = excuses.is_away_from(replica);
            if excuses.course.cut_off[replica] || (away && excuses.lease_ended()) {
                // It may not know yet what another replica has written meanwhile.
                return works(case, slot, token, false).await;
            }
            accounts::is_connected(case, slot, of)?;
            let known = case.tokens.entry((*connection, *generation));
            let known = known.or_insert_with(|| token.as_str().into()).clone();
            ensure(*known == **token, slot, "two access tokens of one generation")?;
            let floor = before.at(slot).row.as_ref().filter(|row| row.id == *connection);
            let is_older = floor.is_some_and(|row| row.generation > *generation);
            ensure(!is_older, slot, "an older token was handed out")?;
            let grant = |seen: &Seen| seen.at(slot).grant.as_ref().map(|grant| grant.id);
            // It has no time to expire, unless it is about to.
            let moments = after.now - before.now;
            let lasts = |seen: &Seen| {
                let expires_at = seen.at(slot).row.as_ref().map(|row| row.expires_at);
                expires_at.is_none_or(|at| !(before.now..=after.now).contains(&at))
            };
            let must_work = after.at(slot).is_alive()
                && grant(before) == grant(after)
                && moments < TimeDelta::seconds(1)
                && lasts(before)
                && lasts(after);
            works(case, slot, token, must_work).await?;
        }
        Told::Failed(code) => {
            // Time limits are nearer all at once: a statement that is under way then has taken too long.
            let away = excuses.is_away_from(replica) || excuses.step.middle == Some(Middle::Hangs);
            ensure(code != "INTERNAL" || away, slot, "INTERNAL, and nothing is wrong here")?;
            let asked = |of: Ask| excuses.asked(|what| what == of);
            let changes = asked(Ask::Disconnect(slot)) || excuses.signs_in_to(slot);
            let is_there = before.at(slot).row.is_some() && !case.detached[slot.index()];
            ensure(code != "NOT_CONNECTED" || changes || !is_there, slot, "NOT_CONNECTED")?;
            let row = before.at(slot).row.as_ref().filter(|_| !changes && !away);
            let alive = row.is_some_and(|row| row.expires_at > after.now);
            let served = !matches!(what, Ask::Read(_)) || !alive;
            ensure(served, slot, &format!("a live token was not served by {replica}: {code}"))?;
            let disturbed = excuses.is_disturbed()
                || case.detached[slot.index()]
                || case.stage.nhost_auth_is_down
                || asked(Ask::Disconnect(slot));
            let connects = !matches!(what, Ask::Connect(..)) || disturbed;
            ensure(connects, slot, &format!("a sign-in was not connected: {code}"))?;
        }
    }
    Ok(())
}

/// The token is the user's own; where it must work, it does.
async fn works(case: &Case<'_>, slot: Slot, token: &str, must_work: bool) -> Checked {
    let path = format!("providers/{}/userinfo", slot.provider());
    let url = case.stage.world.simulator.origin().join(&path).unwrap();
    let answer = case.stage.http.get(url).bearer_auth(token).send().await.unwrap();
    match answer.status().as_u16() {
        200 => {
            let of = answer.headers().get("simulator-account").unwrap();
            let own = case.people[slot.user].accounts.iter().any(|own| of == own.as_str());
            ensure(own, slot, "another user's token")
        }
        401 => ensure(!must_work, slot, "the provider does not take the token"),
        // The provider is down.
        _ => Ok(()),
    }
}

/// As soon as the networks work, everyone is served by every replica what lives in the database, and
/// what was kept where the database was out of reach is in it.
pub async fn check_healed(case: &mut Case<'_>, seen: &Seen) -> Checked {
    for slot in Slot::all() {
        is_as_wanted(case, slot, seen)?;
        tokens_are_whole(case, slot, seen)?;
        accounts::of_the_tokens(case, slot, seen)?;
        let row = seen.at(slot).row.as_ref();
        if row.is_none_or(|row| row.expires_at <= seen.now) {
            continue;
        }
        let user_id = case.people[slot.user].id;
        for replica in 0..REPLICAS {
            let told = case.stage.replicas[replica].ask(Some(user_id), Ask::Read(slot)).await;
            match told.unwrap() {
                Told::Token { token, account, .. } => {
                    accounts::is_the_connected_one(case, slot, &token, account.as_deref())?;
                    works(case, slot, &token, false).await?;
                }
                other => ensure(false, slot, &format!("once healed {replica} tells {other:?}"))?,
            }
        }
    }
    Ok(())
}

/// After everything was mended and time has passed: every connection whose grant lives works, at
/// every replica, unless its refresh token was lost with an answer.
pub async fn check_end(case: &Case<'_>, seen: &Seen) -> Checked {
    for slot in Slot::all() {
        let user_id = case.people[slot.user].id;
        let at = seen.at(slot);
        let excused = !at.is_whole() && is_lost_with_an_answer(slot.provider());
        let lost = excused && case.lossy[slot.index()];
        // What brought no refresh token has expired.
        let is_refreshable = at.row.as_ref().is_some_and(|row| row.refresh_token.is_some());
        if !is_refreshable || (at.grant.is_some() && !at.is_alive()) || lost {
            continue;
        }
        for replica in 0..REPLICAS {
            let told = case.stage.replicas[replica].ask(Some(user_id), Ask::Read(slot)).await;
            match told.unwrap() {
                Told::Token { token, account, .. } => {
                    accounts::is_the_connected_one(case, slot, &token, account.as_deref())?;
                    works(case, slot, &token, true).await?;
                }
                other => ensure(false, slot, &format!("in the end {replica} tells {other:?}"))?,
            }
        }
    }
    Ok(())
}
