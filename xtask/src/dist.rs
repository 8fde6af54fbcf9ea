//! `cargo xtask dist`: the archive of a release.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::archive;
use crate::cargo::{cargo, cargo_with, require};
use crate::output::print_line;
use crate::workspace::{read, root};

const MANIFEST: &str = "crates/msgraph-incident-tasks-cli/Cargo.toml";
/// What a release has, and a build from the source does not by default, as it would take longer.
const FEATURES: &str = "login";
const SBOM: &str = "sbom.cdx.json";
const VERSION: &str = env!("CARGO_PKG_VERSION");
const DOCUMENTS: [&str; 4] = ["README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"];
const SHELLS: [(&str, &str); 4] = [
    ("bash", "incident-tasks.bash"),
    ("zsh", "_incident-tasks"),
    ("fish", "incident-tasks.fish"),
    ("powershell", "incident-tasks.ps1"),
];

/// Builds the archive of a target, by default the host's. The host must be able to run the program, which prints its
/// completions and manual pages.
pub(crate) fn run(target: Option<String>) -> Result<(), String> {
    require("about", "cargo-about --features cli")?;
    require("cyclonedx", "cargo-cyclonedx")?;
    let target = target.map_or_else(host, Ok)?;
    let time = commit_time()?;
    let dist = root().join("target/dist");
    let folder = dist.join(format!("incident-tasks-{VERSION}-{target}"));
    // Removes the files of an earlier run.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let program = build(&target, &dist.join("build"))?;
    copy(&program, &folder)?;
    DOCUMENTS.iter().try_for_each(|document| copy(&root().join(document), &folder))?;
    completions_and_manual(&program, &folder)?;
    licences(&target, &folder)?;
    sbom(&target, time, &folder)?;
    let archive = archive::write(&folder, time).map_err(|error| format!("{}: {error}", folder.display()))?;
    print_line(&archive.display().to_string());
    Ok(())
}

/// Builds the CLI. Returns the program's path.
fn build(target: &str, target_dir: &Path) -> Result<PathBuf, String> {
    // The program contains no path of this machine.
    let cargo_home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo_home = cargo_home.or_else(|| Some(std::env::home_dir()?.join(".cargo"))).unwrap_or_default();
    let mut flags = vec![
        format!("--remap-path-prefix={}=/source", root().display()),
        format!("--remap-path-prefix={}=/cargo", cargo_home.display()),
    ];
    if target.ends_with("-msvc") {
        // The linker writes no time.
        flags.push("-Clink-arg=/Brepro".to_owned());
    }
    let directory = target_dir.display().to_string();
    let build = ["build", "--release", "--locked", "--manifest-path", MANIFEST, "--features", FEATURES];
    let options = ["--target", target, "--target-dir", &directory];
    cargo_with(&[&build[..], &options].concat(), &[("CARGO_ENCODED_RUSTFLAGS", &flags.join("\u{1f}"))])?;
    let suffix = if target.contains("-windows-") { ".exe" } else { "" };
    Ok(target_dir.join(target).join("release").join(format!("incident-tasks{suffix}")))
}

fn completions_and_manual(program: &Path, folder: &Path) -> Result<(), String> {
    let completions = folder.join("completions");
    fs::create_dir_all(&completions).map_err(|error| format!("{}: {error}", completions.display()))?;
    for (shell, file) in SHELLS {
        let script = succeeded(Command::new(program).args(["completions", shell]))?.stdout;
        fs::write(completions.join(file), script).map_err(|error| format!("{file}: {error}"))?;
    }
    succeeded(Command::new(program).args(["man", "--dir"]).arg(folder.join("man/man1"))).map(drop)
}

/// Writes the licence texts of all crates that are linked, from their own files: the network could change them.
fn licences(target: &str, folder: &Path) -> Result<(), String> {
    cargo(&["fetch", "--locked"])?;
    let file = folder.join("THIRD-PARTY-LICENSES.txt").display().to_string();
    let inputs = ["--manifest-path", MANIFEST, "--features", FEATURES, "--config", "xtask/dist/about.toml"];
    let options = ["--target", target, "--frozen", "--fail", "--output-file", &file, "xtask/dist/about.hbs"];
    cargo_with(&[&["about", "generate"], &inputs[..], &options].concat(), &[])
}

/// Writes the software bill of materials. cargo-cyclonedx writes one next to the manifest of each package.
fn sbom(target: &str, time: u64, folder: &Path) -> Result<(), String> {
    let options = ["--format", "json", "--spec-version", "1.5", "--no-build-deps", "--target", target];
    let inputs = ["--manifest-path", MANIFEST, "--features", FEATURES, "--override-filename", "sbom.cdx"];
    let time = time.to_string();
    cargo_with(&[&["cyclonedx"], &inputs[..], &options].concat(), &[("SOURCE_DATE_EPOCH", &time)])?;
    let bill = read(&root().join(MANIFEST).with_file_name(SBOM))?;
    // Paths of this machine are not part of the release.
    let source = root().display().to_string().replace('\\', "/");
    let bill = bill.replace(source.trim_start_matches('/'), "source");
    fs::write(folder.join(SBOM), bill).map_err(|error| format!("{SBOM}: {error}"))?;
    for package in packages()? {
        // Only members of the workspace have one.
        let _ = fs::remove_file(package.join(SBOM));
    }
    Ok(())
}

/// Returns the folders of the workspace's packages.
fn packages() -> Result<Vec<PathBuf>, String> {
    let mut folders = vec![root().join("xtask")];
    for parent in ["crates", "tests"] {
        let entries = fs::read_dir(root().join(parent)).map_err(|error| format!("{parent}: {error}"))?;
        folders.extend(entries.filter_map(|entry| Some(entry.ok()?.path())));
    }
    Ok(folders)
}

fn copy(file: &Path, folder: &Path) -> Result<(), String> {
    let to = folder.join(file.file_name().unwrap_or_default());
    fs::copy(file, to).map(drop).map_err(|error| format!("{}: {error}", file.display()))
}

/// Returns the target of this machine's Rust.
fn host() -> Result<String, String> {
    let version = succeeded(Command::new("rustc").arg("-vV"))?;
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "the output of `rustc -vV` has no host".to_owned())
}

/// Returns the time of the last commit, in seconds since 1970: that of each file in the archive.
fn commit_time() -> Result<u64, String> {
    let output = succeeded(Command::new("git").args(["log", "-1", "--format=%ct"]).current_dir(root()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().map_err(|error| format!("git log prints {text:?}: {error}"))
}

/// Runs a program, and returns what it printed. Fails if it does.
fn succeeded(command: &mut Command) -> Result<Output, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        Ok(output)
    } else {
        Err(format!("{name} failed ({}): {}", output.status, String::from_utf8_lossy(&output.stderr).trim()))
    }
}
