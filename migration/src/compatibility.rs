//! Which binaries can run with which migrations (docs/upgrades.md).

/// The last migration of each release, oldest release first. Each release adds its line; migrations
/// after the last line belong to the next release.
///
/// The first line is not a release: binaries of that state reject every newer schema, because they
/// don't know the table in which [`compatible_with`] is stored.
pub const RELEASES: &[(&str, &str)] = &[("before 0.1.0", "m20261125_000009_access_grant")];

/// The migration that created `provider_connection_schema`, where the results of
/// [`compatible_with`] are stored for binaries that don't know the migration.
pub const KEPT_SINCE: &str = "m20261129_000013_schema_compatibility";

/// The oldest state of the schema whose binaries can run after `migration` was applied: the last
/// migration of the release before the one that introduced it. A release changes nothing that the
/// previous one still needs, so this holds for every migration.
pub fn compatible_with(migration: &str) -> &'static str {
    let before = RELEASES.iter().rev().find(|(_, last)| *last < migration);
    // Whoever asks knows more than the first release.
    before.map_or("", |(_, last)| *last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Migrator, MigratorTrait};

    #[test]
    fn a_migration_is_compatible_with_the_release_before_its_own() {
        assert_eq!(compatible_with("m20261123_000001_provider_connection"), "");
        assert_eq!(compatible_with("m20261125_000009_access_grant"), "");
        assert_eq!(compatible_with(KEPT_SINCE), "m20261125_000009_access_grant");
    }

    #[test]
    fn releases_end_with_migrations_that_there_are_and_in_their_order() {
        let names: Vec<_> =
            Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
        assert!(names.is_sorted(), "{names:?}");
        assert!(RELEASES.is_sorted_by_key(|(_, last)| *last));
        assert!(RELEASES.iter().all(|(_, last)| names.iter().any(|name| name == last)));
        assert!(names.iter().any(|name| name == KEPT_SINCE));
    }
}
