//! A sign-in that is kept between runs: a file without secrets, and the refresh token in the operating system's keyring.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::blocking::blocking;
use crate::failure::Failure;
use crate::sign_in::source::variable;

/// The longest wait for the keyring: it may ask a person to unlock it.
const KEYRING_DEADLINE: Duration = Duration::from_secs(30);

/// Who asks for tokens, and for which.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Registration {
    /// An https URL, such as `https://login.microsoftonline.com`.
    pub(crate) authority: String,
    pub(crate) tenant: String,
    pub(crate) client_id: String,
    /// OAuth 2.0 scopes, separated by spaces.
    pub(crate) scope: String,
}

/// Where a refresh token is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Storage {
    Keyring,
    /// In the file, which only its owner can read.
    File,
    /// In this process.
    Run,
}

/// A sign-in.
#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Kept {
    #[serde(flatten)]
    pub(crate) registration: Registration,
    storage: Storage,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_token: Option<String>,
}

impl Kept {
    /// Returns a sign-in that ends with the run.
    pub(crate) fn for_the_run(registration: Registration, refresh_token: Option<String>) -> Self {
        Self { registration, storage: Storage::Run, refresh_token }
    }

    /// Keeps a sign-in, and returns where: in the keyring, or in a file if the caller accepts that.
    pub(crate) async fn keep(mut self, in_file: bool) -> Result<String, Failure> {
        self.storage = if in_file { Storage::File } else { Storage::Keyring };
        let file = required_file()?;
        self.renew().await?;
        Ok(if in_file { file.display().to_string() } else { "the keyring of the operating system".to_owned() })
    }

    /// Keeps a sign-in where it was kept.
    pub(crate) async fn renew(&self) -> Result<(), Failure> {
        let token = self.refresh_token.clone();
        match self.storage {
            Storage::Run => Ok(()),
            Storage::File => write(self),
            Storage::Keyring => {
                keyring(move |entry| entry.set_secret(token.unwrap_or_default().as_bytes())).await?;
                write(&Self { refresh_token: None, ..self.clone() })
            }
        }
    }

    pub(crate) async fn read() -> Result<Self, Failure> {
        let path = required_file()?;
        let mut kept: Self = serde_json::from_slice(&fs::read(&path)?).map_err(|error| {
            Failure::sign_in(format!("{}: {error}; to sign in anew: incident-tasks login", path.display()))
        })?;
        if kept.storage == Storage::Keyring {
            let secret = keyring(keyring::Entry::get_secret).await?;
            kept.refresh_token = String::from_utf8(secret).ok();
        }
        Ok(kept)
    }
}

/// Returns true if a sign-in is kept.
pub(crate) fn is_kept() -> bool {
    file().is_some_and(|file| file.is_file())
}

/// Removes the sign-in. Returns false if there was none.
pub(crate) async fn forget() -> Result<bool, Failure> {
    if !is_kept() {
        return Ok(false);
    }
    let path = required_file()?;
    let kept: Option<Kept> = fs::read(&path).ok().and_then(|json| serde_json::from_slice(&json).ok());
    if kept.is_none_or(|kept| kept.storage == Storage::Keyring) {
        keyring(|entry| match entry.delete_credential() {
            Err(keyring::Error::NoEntry) => Ok(()),
            result => result,
        })
        .await?;
    }
    fs::remove_file(path)?;
    Ok(true)
}

/// Returns the file, in the folder where the operating system has the settings of programs.
fn file() -> Option<PathBuf> {
    let settings = if cfg!(windows) { variable("APPDATA") } else { variable("XDG_CONFIG_HOME") };
    let settings = settings.map(PathBuf::from).or_else(|| Some(PathBuf::from(variable("HOME")?).join(".config")));
    settings.map(|settings| settings.join("incident-tasks").join("login.json"))
}

fn required_file() -> Result<PathBuf, Failure> {
    file().ok_or_else(|| Failure::sign_in("there is no place for a sign-in: HOME is not set"))
}

/// Replaces the file as a whole; only its owner can read it.
fn write(kept: &Kept) -> Result<(), Failure> {
    let path = required_file()?;
    let folder = path.parent().unwrap_or(&path);
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(serde_json::to_string(kept).map_err(io::Error::other)?.as_bytes())?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Calls the keyring. It may wait for a person, or for a service that does not respond.
async fn keyring<T: Send + 'static>(
    call: impl FnOnce(&keyring::Entry) -> keyring::Result<T> + Send + 'static,
) -> Result<T, Failure> {
    let unusable = |reason: String| Failure::sign_in(format!("the keyring is not usable: {reason}"));
    let called = blocking(|| match keyring::Entry::store_status() {
        Ok(()) => keyring::Entry::new("incident-tasks", "refresh token")
            .and_then(|entry| call(&entry))
            .map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    });
    let called = tokio::time::timeout(KEYRING_DEADLINE, called).await;
    called.map_err(|_| unusable(format!("no response in {} s", KEYRING_DEADLINE.as_secs())))??.map_err(unusable)
}
