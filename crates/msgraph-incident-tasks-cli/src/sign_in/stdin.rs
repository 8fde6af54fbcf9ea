//! An access token on stdin.

use std::io::{self, IsTerminal, Read};

use msgraph_incident_tasks::{AccessToken, CredentialError, TokenCredential, TokenFuture, TokenRequest};
use tokio::sync::OnceCell;

use crate::blocking::blocking;
use crate::failure::Failure;

/// The longest token, in bytes.
const MAX_TOKEN: u64 = 64 * 1024;

/// The token on stdin, which is read when it is first needed.
#[derive(Default)]
pub(super) struct StdinToken(OnceCell<AccessToken>);

impl TokenCredential for StdinToken {
    fn access_token(&self, _: TokenRequest) -> TokenFuture<'_> {
        Box::pin(async {
            #[cfg(unix)]
            let _echo = Echo(rustix::termios::tcgetattr(io::stdin()).ok());
            let read = async { blocking(token).await.map_err(Failure::from)? };
            let token = self.0.get_or_try_init(|| read).await;
            token.cloned().map_err(|failure| CredentialError::new(failure.to_string()))
        })
    }

    fn is_static(&self) -> bool {
        true
    }
}

/// The settings of a terminal, restored if the question is interrupted.
#[cfg(unix)]
struct Echo(Option<rustix::termios::Termios>);

#[cfg(unix)]
impl Drop for Echo {
    fn drop(&mut self) {
        let set = |settings| rustix::termios::tcsetattr(io::stdin(), rustix::termios::OptionalActions::Now, settings);
        // The terminal may have gone.
        let _ = self.0.as_ref().map(set);
    }
}

/// Reads a token: a whole pipe, or a line of a terminal without echo.
fn token() -> Result<AccessToken, Failure> {
    if io::stdin().is_terminal() {
        eprint_prompt();
        return parse(console::Term::stderr().read_secure_line()?.into_bytes());
    }
    let mut bytes = Vec::new();
    io::stdin().take(MAX_TOKEN + 1).read_to_end(&mut bytes)?;
    parse(bytes)
}

fn eprint_prompt() {
    // A closed stderr is ignored.
    let _ = console::Term::stderr().write_str("Access token: ");
}

/// Returns the token of a text. Errors do not contain the text.
fn parse(bytes: Vec<u8>) -> Result<AccessToken, Failure> {
    let invalid = |reason: String| Failure::sign_in(format!("invalid access token on stdin: {reason}"));
    if bytes.len() as u64 > MAX_TOKEN {
        return Err(invalid(format!("is longer than {MAX_TOKEN} bytes")));
    }
    let utf16 = |unit: fn([u8; 2]) -> u16| {
        let units: Vec<_> = bytes[2..].chunks(2).map(|pair| unit([pair[0], *pair.get(1).unwrap_or(&0)])).collect();
        String::from_utf16(&units).ok()
    };
    let text = match bytes.as_slice() {
        [0xff, 0xfe, ..] => utf16(u16::from_le_bytes),
        [0xfe, 0xff, ..] => utf16(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => str::from_utf8(rest).ok().map(str::to_owned),
        rest => str::from_utf8(rest).ok().map(str::to_owned),
    };
    let text = text.ok_or_else(|| invalid("is neither UTF-8 nor UTF-16".to_owned()))?;
    AccessToken::new(text).map_err(|error| invalid(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::{MAX_TOKEN, parse};

    #[test]
    fn a_token_may_have_a_byte_order_mark_or_be_utf_16() {
        let utf16 = |text: &str, unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<_>>();
        for bytes in [
            b"canary.token\n".to_vec(),
            b"\xef\xbb\xbfcanary.token\r\n".to_vec(),
            utf16("\u{feff}canary.token\r\n", u16::to_le_bytes),
            utf16("\u{feff}canary.token", u16::to_be_bytes),
        ] {
            parse(bytes.clone()).unwrap_or_else(|failure| panic!("{bytes:?}: {failure}"));
        }
        for bytes in [vec![], b"not a canary".to_vec(), vec![0xff], vec![b'x'; MAX_TOKEN as usize + 1]] {
            let failure = parse(bytes).unwrap_err();
            assert!(failure.code() == 4 && !failure.to_string().contains("canary"), "{failure}");
        }
    }
}
