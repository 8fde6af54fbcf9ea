//! The program as a process: real HTTP, real files, real terminals.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking, like the test")]

mod running;
mod scripted_server;

#[cfg(feature = "emulator")]
mod apply;
#[cfg(all(unix, feature = "login", feature = "emulator"))]
mod authority;
#[cfg(feature = "emulator")]
mod cases;
#[cfg(feature = "emulator")]
mod emulator;
#[cfg(all(unix, feature = "emulator"))]
mod examples;
#[cfg(feature = "emulator")]
mod execute;
#[cfg(all(unix, feature = "emulator"))]
mod follow;
#[cfg(feature = "emulator")]
mod hostile;
#[cfg(feature = "emulator")]
mod journal;
#[cfg(feature = "emulator")]
mod listing;
#[cfg(all(unix, feature = "login", feature = "emulator"))]
mod login;
#[cfg(feature = "emulator")]
mod pages;
#[cfg(all(target_os = "linux", feature = "azure", feature = "emulator"))]
mod proxies;
#[cfg(all(target_os = "linux", feature = "azure", feature = "emulator"))]
mod signing_in;
#[cfg(feature = "emulator")]
mod subcommands;
#[cfg(all(unix, feature = "emulator"))]
mod terminal;
#[cfg(feature = "emulator")]
mod update;
#[cfg(feature = "emulator")]
mod watching;
