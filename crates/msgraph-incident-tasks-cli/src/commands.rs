//! The subcommands, one file for each.

pub(crate) mod apply;
pub(crate) mod completions;
pub(crate) mod doctor;
#[cfg(feature = "emulator")]
pub(crate) mod emulator;
pub(crate) mod execute;
pub(crate) mod follow;
pub(crate) mod get;
pub(crate) mod list;
#[cfg(feature = "login")]
pub(crate) mod login;
pub(crate) mod man;
pub(crate) mod update;
pub(crate) mod watch;
pub(crate) mod whoami;
