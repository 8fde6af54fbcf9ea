//! Checks that a version was raised as changes require.

use super::VersionBump;

/// Checks that `new` is at least `old` raised by `bump`.
pub(super) fn check(old: &str, new: &str, bump: VersionBump) -> Result<(), String> {
    if bump == VersionBump::None && old == new {
        return Ok(());
    }
    let [Some(before), Some(after)] = [old, new].map(numbers) else {
        return Err(format!("invalid info.version {old:?} or {new:?}: must be a semantic version such as \"1.2.3\""));
    };
    let wanted = raised(before, bump);
    if after >= wanted {
        return Ok(());
    }
    let [major, minor, patch] = wanted;
    Err(format!(
        "info.version is {new}, but the changes since {old} require {major}.{minor}.{patch} or higher ({bump})"
    ))
}

fn raised([major, minor, patch]: [u64; 3], bump: VersionBump) -> [u64; 3] {
    match (bump, major) {
        (VersionBump::None, _) => [major, minor, patch],
        // https://doc.rust-lang.org/cargo/reference/semver.html: before 1.0 the second number is the major one.
        (VersionBump::Major, 0) => [0, minor + 1, 0],
        (VersionBump::Major, _) => [major + 1, 0, 0],
        (VersionBump::Minor, 1..) => [major, minor + 1, 0],
        (VersionBump::Minor | VersionBump::Patch, _) => [major, minor, patch + 1],
    }
}

fn numbers(version: &str) -> Option<[u64; 3]> {
    let release = version.split(['-', '+']).next().unwrap_or_default();
    let numbers: Vec<_> = release.split('.').map(|number| number.parse().ok()).collect::<Option<_>>()?;
    numbers.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::VersionBump::{Major, Minor, None, Patch};

    #[test]
    fn a_version_must_be_raised_as_the_changes_require() {
        for (old, new, bump, is_enough) in [
            ("1.2.3", "1.2.3", None, true),
            ("1.2.3", "1.2.3", Patch, false),
            ("1.2.3", "1.2.4", Patch, true),
            ("1.2.3", "1.2.4", Minor, false),
            ("1.2.3", "1.3.0", Minor, true),
            ("1.2.3", "1.9.0", Major, false),
            ("1.2.3", "2.0.0", Major, true),
            ("1.2.3", "1.0.0", None, false),
            ("0.1.0", "0.1.1", Minor, true),
            ("0.1.0", "0.1.9", Major, false),
            ("0.1.0", "0.2.0", Major, true),
            ("0.1.0", "0.2.0-rc.1", Major, true),
            ("v1", "v2", Major, false),
        ] {
            assert_eq!(check(old, new, bump).is_ok(), is_enough, "{old} {new} {bump}");
        }
        assert_eq!(
            check("0.1.0", "0.1.0", Major).unwrap_err(),
            "info.version is 0.1.0, but the changes since 0.1.0 require 0.2.0 or higher (major)"
        );
    }
}
