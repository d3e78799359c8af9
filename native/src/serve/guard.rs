//! Who may talk to the server: this machine's browser, on the page the server itself gave out.
//!
//! - The `Host` must be a loopback name with our port, so that a foreign name that resolves to
//!   127.0.0.1 (DNS rebinding) reaches nothing.
//! - An `Origin`, where the browser sends one, must be that same page.
//! - What acts needs the token of this start, which only the opened address holds.

use axum::http::{HeaderMap, HeaderValue, header};

use super::Refusal;

/// The header that carries the token.
pub const TOKEN_HEADER: &str = "x-lab-token";

/// Names by which a browser on this machine reaches the server.
const LOOPBACK_NAMES: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// What this start of the server accepts.
#[derive(Clone, Debug)]
pub struct Guard {
    port: u16,
    token: String,
}

impl Guard {
    /// A guard for a server on `port`, with a fresh token.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn new(port: u16) -> Result<Self, getrandom::Error> {
        let mut bytes = [0_u8; 16];
        getrandom::fill(&mut bytes)?;
        let token = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { port, token })
    }

    /// The token of this start.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// # Errors
    /// When the request was not made to, or not made by, our own page.
    pub fn check_source(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let ours = |authority: &str| {
            LOOPBACK_NAMES
                .iter()
                .any(|name| authority == format!("{name}:{}", self.port))
        };
        let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_ascii_lowercase();
        let host = headers.get(header::HOST).map(text);
        if !host.as_deref().is_some_and(ours) {
            return Err(Refusal::forbidden(format!(
                "this server answers to http://127.0.0.1:{} only",
                self.port
            )));
        }
        if let Some(origin) = headers.get(header::ORIGIN).map(text)
            && !origin.strip_prefix("http://").is_some_and(ours)
        {
            return Err(Refusal::forbidden(
                "this server answers to its own page only, not to other sites",
            ));
        }
        Ok(())
    }

    /// # Errors
    /// When the request does not carry the token of this start.
    pub fn check_token(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let given = headers
            .get(TOKEN_HEADER)
            .map_or(&b""[..], HeaderValue::as_bytes);
        // Compared without stopping at the first difference.
        let same = given.len() == self.token.len()
            && given
                .iter()
                .zip(self.token.as_bytes())
                .fold(0, |difference, (a, b)| difference | (a ^ b))
                == 0;
        if same {
            Ok(())
        } else {
            Err(Refusal::forbidden(
                "this needs the token of this start: open the address that `lab` printed",
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    name.parse::<header::HeaderName>().unwrap(),
                    value.parse().unwrap(),
                )
            })
            .collect()
    }

    #[test]
    fn only_loopback_names_with_our_port_are_hosts() {
        let guard = Guard::new(7878).unwrap();
        let accepts = |host| guard.check_source(&headers(&[("host", host)])).is_ok();
        for host in [
            "127.0.0.1:7878",
            "localhost:7878",
            "LOCALHOST:7878",
            "[::1]:7878",
        ] {
            assert!(accepts(host), "{host}");
        }
        for host in [
            "127.0.0.1",
            "127.0.0.1:78",
            "evil.example:7878",
            "localhost.evil.example:7878",
            "127.0.0.1:7878.evil.example",
            "",
        ] {
            assert!(!accepts(host), "{host}");
        }
        assert!(guard.check_source(&HeaderMap::new()).is_err());
    }

    #[test]
    fn only_our_own_page_is_an_origin() {
        let guard = Guard::new(7878).unwrap();
        let accepts = |origin| {
            let headers = headers(&[("host", "127.0.0.1:7878"), ("origin", origin)]);
            guard.check_source(&headers).is_ok()
        };
        assert!(accepts("http://127.0.0.1:7878"));
        for origin in [
            "null",
            "https://127.0.0.1:7878",
            "http://evil.example",
            "http://127.0.0.1:7879",
        ] {
            assert!(!accepts(origin), "{origin}");
        }
    }

    #[test]
    fn tokens_are_compared_whole() {
        let guard = Guard::new(1).unwrap();
        let accepts = |token: &str| {
            guard
                .check_token(&headers(&[(TOKEN_HEADER, token)]))
                .is_ok()
        };
        assert!(accepts(guard.token()));
        assert!(!accepts(&guard.token()[1..]));
        assert!(!accepts(""));
        assert!(!accepts(&"0".repeat(32)));
        assert!(guard.check_token(&HeaderMap::new()).is_err());
        assert_ne!(Guard::new(1).unwrap().token(), guard.token());
    }
}
