//! Programs of one call, each built as its user would: what depending on an implementation costs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::Error;
use crate::implementations::Target;
use crate::measure::cpu_seconds_of_children;

/// A program of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// reqwest with its default TLS, and a serde struct.
    Plain,
    /// The library as its README says.
    Library,
    /// The same, with the generated code made by the build.
    LibraryWithCodegen,
}

/// What building a program costs.
#[derive(Clone, Debug)]
pub struct Cost {
    /// How long it takes, in seconds.
    pub seconds: f64,
    /// The CPU time that it takes, in seconds.
    pub cpu: f64,
}

impl Program {
    /// Each program.
    pub const ALL: [Self; 3] = [Self::Plain, Self::Library, Self::LibraryWithCodegen];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Library => "library",
            Self::LibraryWithCodegen => "library-with-codegen",
        }
    }

    /// Writes the package to a folder, with the versions of the workspace's lock file.
    ///
    /// # Errors
    ///
    /// Where the folder can't be written.
    pub fn write_to(self, folder: &Path) -> Result<(), Error> {
        let root = workspace().display().to_string();
        let tokio = "tokio = { version = \"1\", features = [\"macros\", \"rt\"] }";
        let library = format!("msgraph-incident-tasks = {{ path = \"{root}/crates/msgraph-incident-tasks\" }}");
        let (source, dependencies) = match self {
            Self::Plain => {
                let reqwest = "reqwest = { version = \"0.13\", features = [\"json\"] }";
                (
                    include_str!("../programs/plain.rs"),
                    format!("{reqwest}\nserde = {{ version = \"1\", features = [\"derive\"] }}"),
                )
            }
            Self::Library => (include_str!("../programs/library.rs"), library),
            Self::LibraryWithCodegen => {
                let api =
                    format!("msgraph-incident-tasks-api = {{ path = \"{root}/crates/msgraph-incident-tasks-api\" }}");
                (include_str!("../programs/library.rs"), format!("{library}\n{api}"))
            }
        };
        let name = self.name();
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}\n{tokio}\n\n\
             [profile.release]\nstrip = true\n\n[workspace]\n"
        );
        std::fs::create_dir_all(folder.join("src"))?;
        std::fs::write(folder.join("Cargo.toml"), manifest)?;
        std::fs::write(folder.join("src/main.rs"), source)?;
        std::fs::copy(workspace().join("Cargo.lock"), folder.join("Cargo.lock"))?;
        Ok(())
    }

    /// Builds the package in a folder, and says what that cost. A build is clean where the folder is new.
    ///
    /// # Errors
    ///
    /// Where it can't be built.
    pub fn build(self, folder: &Path, release: bool) -> Result<Cost, Error> {
        let mut command = cargo(folder);
        command.args(["build", "--quiet"]).args(release.then_some("--release"));
        command.env("CARGO_TARGET_DIR", folder.join("target"));
        let (started, cpu) = (Instant::now(), cpu_seconds_of_children());
        if !command.status()?.success() {
            return Err(format!("{} can't be built", self.name()).into());
        }
        Ok(Cost { seconds: started.elapsed().as_secs_f64(), cpu: cpu_seconds_of_children() - cpu })
    }

    /// The packages that are built for it, but for itself.
    ///
    /// # Errors
    ///
    /// Where cargo can't tell.
    pub fn packages(self, folder: &Path) -> Result<BTreeSet<String>, Error> {
        let mut command = cargo(folder);
        command.args(["tree", "--quiet", "-e", "normal,build", "--prefix", "none", "--format", "{p}"]);
        let output = command.output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        let text = String::from_utf8(output.stdout)?;
        let packages = text.lines().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "));
        Ok(packages.filter(|package| !package.ends_with("v0.0.0")).collect())
    }

    /// The stripped program of a release build.
    pub fn binary(self, folder: &Path) -> PathBuf {
        folder.join("target/release").join(self.name()).with_extension(std::env::consts::EXE_EXTENSION)
    }

    /// Runs the program, and says how long it took from start to exit, in seconds.
    ///
    /// # Errors
    ///
    /// Where it fails.
    pub fn run(self, folder: &Path, target: &Target, ca: &Path) -> Result<f64, Error> {
        let mut command = Command::new(self.binary(folder));
        command.arg(&target.url).args(target.ca.is_some().then_some(ca)).stdout(Stdio::null());
        let started = Instant::now();
        if !command.status()?.success() {
            return Err(format!("{} failed", self.name()).into());
        }
        Ok(started.elapsed().as_secs_f64())
    }
}

/// The root of the workspace.
pub fn workspace() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap_or(root)
}

/// cargo, without what this program's own build has set.
fn cargo(folder: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(folder).env_remove("CARGO_TARGET_DIR").env_remove("RUSTFLAGS");
    command
}
