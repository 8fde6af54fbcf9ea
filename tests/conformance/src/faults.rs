//! The fault matrix: its lines, a server with the faults of a line, and a timer.

mod calls;
mod http2;
mod line;
mod server;
mod timer;
mod tls;

pub use calls::{Kind, call, client_to, describe, faulty_client, transport_to};
pub use line::{Expected, Line, Place, ServerBehavior, Wait, lines};
pub use server::FaultyServer;
pub use timer::RecordingTimer;
pub use tls::Authority;
