//! A server that answers as it is told.

use std::io::{Read, Write};
use std::net::TcpListener;

/// A server that answers one request.
pub(crate) struct Answering {
    pub(crate) endpoint: String,
    served: std::thread::JoinHandle<String>,
}

impl Answering {
    pub(crate) fn once(answer: &'static [u8]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}/beta", listener.local_addr().unwrap());
        let served = std::thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            let mut request = vec![0; 4096];
            let count = connection.read(&mut request).unwrap();
            connection.write_all(answer).unwrap();
            String::from_utf8_lossy(&request[..count]).into_owned()
        });
        Self { endpoint, served }
    }

    pub(crate) fn request(self) -> String {
        self.served.join().unwrap()
    }
}
