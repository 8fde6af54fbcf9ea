//! The fault matrix: its lines, the server that misbehaves as they say, and the time that it takes.

mod calls;
mod line;
mod server;
mod timer;
mod tls;

pub use calls::{Kind, call, client_to, faulty_client, in_words, transport_to};
pub use line::{Expected, Line, Place, ServerBehavior, Wait, lines};
pub use server::FaultyServer;
pub use timer::RecordingTimer;
pub use tls::Authority;
