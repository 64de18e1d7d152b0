//! Which account a connection is to: the one that has signed in last. Its tokens are handed out, and it
//! is shown beside them; nothing is of the other.

use super::{
    case::{Answers, Case},
    checks::{Checked, Excuses, ensure},
    replica::Told,
    seen::Seen,
    story::{Account, Slot},
};

/// The accounts that a connection may be to.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    /// One, unless nobody knows whether a sign-in was kept.
    now: Vec<Account>,
    /// At any time of the last step.
    lately: Vec<Account>,
}

/// Follows the sign-ins of a step. `is_certain`: whatever was answered is so.
pub fn follow(
    case: &mut Case<'_>,
    slot: Slot,
    excuses: &Excuses<'_>,
    answers: &Answers,
    is_certain: bool,
) {
    let asks = excuses.asks().filter_map(|(_, what)| what.signs_in_to(slot));
    let sign_ins: Vec<_> = asks.map(|sign_in| sign_in.account).collect();
    let accounts = &mut case.accounts[slot.index()];
    accounts.now.extend(&sign_ins);
    accounts.lately.clone_from(&accounts.now);
    let mut told = answers.iter().filter(|(_, what, _)| what.signs_in_to(slot).is_some());
    let all_are_done = told.all(|(.., told)| matches!(told, Some(Told::Done)));
    // Of several at once the last one counts, if nothing holds it up.
    let counts = sign_ins.len() == 1 || !excuses.is_disturbed();
    if let Some(last) = sign_ins.last()
        && all_are_done
        && is_certain
        && counts
    {
        accounts.now = vec![*last];
    }
}

/// All is written: the tokens are of an account that it may be to, and what is stored beside them is of
/// the same. From then on it is to this one; where it is gone, to none.
pub fn of_the_tokens(case: &mut Case<'_>, slot: Slot, seen: &Seen) -> Checked {
    let Some(row) = &seen.at(slot).row else {
        case.accounts[slot.index()].now.clear();
        return Ok(());
    };
    let of = of_token(case, slot, &row.access_token)?;
    let may_be = case.accounts[slot.index()].now.contains(&of);
    ensure(may_be, slot, "the tokens are of an account that has not signed in last")?;
    if let Some(refresh_token) = row.refresh_token.as_ref().filter(|_| !row.is_unproven) {
        let is_same = of_token(case, slot, refresh_token)? == of;
        ensure(is_same, slot, "the refresh token is of the other account")?;
    }
    is_shown_beside(slot, of, row.profile.as_deref(), case)?;
    case.accounts[slot.index()].now = vec![of];
    Ok(())
}

/// The account that a token of either kind is of, which is one of its user's.
pub fn of_token(case: &Case<'_>, slot: Slot, token: &str) -> Result<Account, String> {
    let of = case.stage.world.simulator.account_of(slot.provider(), token);
    let own = |of: &String| case.people[slot.user].accounts.iter().position(|own| own == of);
    match of.as_ref().and_then(own) {
        Some(0) => Ok(Account::First),
        Some(_) => Ok(Account::Second),
        None => Err(format!("another user's token: {slot:?}")),
    }
}

/// Only the account of a token is ever shown beside it, if any.
pub fn is_shown_beside(slot: Slot, of: Account, shown: Option<&str>, case: &Case<'_>) -> Checked {
    let account = &case.people[slot.user].accounts[of as usize];
    let id = case.stage.world.simulator.account_id(slot.provider(), account);
    ensure(shown.is_none_or(|shown| shown == id), slot, "another account is shown beside a token")
}

/// A token that was handed out in the last step is of an account that the connection was to meanwhile.
pub fn is_connected(case: &Case<'_>, slot: Slot, of: Account) -> Checked {
    let is_connected = case.accounts[slot.index()].lately.contains(&of);
    ensure(is_connected, slot, "a token of the account that is no longer connected")
}

/// A token, and the account that is shown beside it, are of the account that is connected.
pub fn is_the_connected_one(
    case: &Case<'_>,
    slot: Slot,
    token: &str,
    shown: Option<&str>,
) -> Checked {
    let of = of_token(case, slot, token)?;
    let is_connected = case.accounts[slot.index()].now.contains(&of);
    ensure(is_connected, slot, "a token of the account that is not connected")?;
    is_shown_beside(slot, of, shown, case)
}
