use super::{
    Api, HasuraError, Roles, Wanted,
    api::{Exported, Replaced},
    plan::{self, Plan},
};

/// How often a change is planned again because others were faster.
const ATTEMPTS: u32 = 5;

/// What to do with a running Hasura.
#[derive(Clone, Copy, Debug)]
pub struct Action {
    /// Remove the objects instead of creating them.
    pub remove: bool,
    /// Show what would change, and change nothing.
    pub dry_run: bool,
    /// Overwrite what others have created under the same names.
    pub replace: bool,
}

/// Applies the wanted changes to Hasura's metadata, or removes them, and reports each step before
/// it is taken.
///
/// # Errors
/// See [`HasuraError`]. Nothing is ever half done.
pub async fn run(
    api: &Api,
    wanted: &Wanted,
    action: Action,
    mut tell: impl FnMut(&str),
) -> Result<(), HasuraError> {
    if !action.remove {
        check_permissions(api, wanted, &mut tell).await?;
    }
    for attempt in 1..=ATTEMPTS {
        let exported = api.export().await?;
        let plan = if action.remove {
            plan::remove(&exported.metadata, wanted, action.replace)
        } else {
            plan::apply(&exported.metadata, wanted, action.replace)
        };
        let version = exported.resource_version;
        tell(&format!("Hasura at {}, metadata version {version}:", api.endpoint()));
        for step in &plan.steps {
            tell(&step.to_string());
        }
        if !plan.conflicts.is_empty() {
            return Err(HasuraError::Conflicts(plan.conflicts));
        }
        if plan.is_done() {
            tell("There is nothing to do.");
            return Ok(());
        }
        if action.dry_run {
            tell(&format!("Nothing was changed. Without --dry-run: {}.", plan.count()));
            return Ok(());
        }
        let Plan { metadata, .. } = &plan;
        let new = Exported { metadata: metadata.clone(), resource_version: version };
        match replace(api, &new).await? {
            Replaced::Done => {
                tell(&format!("Done: {}.", plan.count()));
                let inconsistent = api.inconsistencies().await?;
                return if inconsistent.is_empty() {
                    Ok(())
                } else {
                    Err(HasuraError::InconsistentAfter(inconsistent))
                };
            }
            Replaced::Overtaken if attempt < ATTEMPTS => {
                tell("Someone changed the metadata in the meantime; checking again.");
            }
            Replaced::Overtaken => {}
        }
    }
    Err(HasuraError::Overtaken { attempts: ATTEMPTS })
}

async fn check_permissions(
    api: &Api,
    wanted: &Wanted,
    tell: &mut impl FnMut(&str),
) -> Result<(), HasuraError> {
    match (api.permissions_are_on().await, &wanted.roles) {
        (Some(false), Roles::Named(roles)) if !roles.is_empty() => {
            return Err(HasuraError::PermissionsOff);
        }
        (Some(false), Roles::Every { .. }) => tell(
            "Note: remote schema permissions are off in this Hasura, so every role sees the whole \
             schema. The permissions are stored, and take effect when you switch them on.",
        ),
        (Some(true), Roles::Named(roles)) if roles.is_empty() => tell(
            "Note: remote schema permissions are on in this Hasura. Without a permission, no role \
             but admin sees the connections: leave out --no-permissions, or add --role.",
        ),
        (None, Roles::Named(roles)) if !roles.is_empty() => tell(
            "Note: Hasura does not report whether remote schema permissions are on. If they are \
             off, every role sees the whole schema.",
        ),
        _ => {}
    }
    Ok(())
}

/// Hasura rejects any change to metadata that was already inconsistent, with the same message.
async fn replace(api: &Api, new: &Exported) -> Result<Replaced, HasuraError> {
    let refused = match api.replace(new).await {
        Err(refused @ HasuraError::Refused { .. }) => refused,
        other => return other,
    };
    let before = api.inconsistencies().await?;
    Err(if before.is_empty() { refused } else { HasuraError::InconsistentBefore(before) })
}
