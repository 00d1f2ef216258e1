//! What a service logs while a test looks on.
use serde_json::Value;
use std::{
    fmt, io,
    sync::{Arc, Mutex, PoisonError},
};
use tracing::{Dispatch, Level, subscriber::DefaultGuard};
use tracing_subscriber::fmt::MakeWriter;

/// Everything that this thread logs, at every level, as JSON lines without times.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

/// As long as it lives, the log is captured.
#[must_use = "the log is captured only as long as this lives"]
#[derive(Debug)]
pub struct Capture {
    _guard: DefaultGuard,
    _second: Dispatch,
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Log")
    }
}

impl Log {
    /// Captures what this thread logs.
    pub fn capture() -> (Self, Capture) {
        let log = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .without_time()
            .with_max_level(Level::TRACE)
            .with_writer(log.clone())
            .finish();
        let capture = Capture {
            _guard: tracing::subscriber::set_default(subscriber),
            // With a single subscriber alive, tracing lets whichever thread comes first decide for all whether an event
            // matters, and the threads of other tests have none. A second one makes it ask both.
            _second: Dispatch::new(tracing_subscriber::registry()),
        };
        (log, capture)
    }

    /// What was logged until now.
    #[must_use]
    pub fn text(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&lines).into_owned()
    }

    /// The control: each of these words was logged.
    ///
    /// # Panics
    /// One of them was not.
    #[track_caller]
    pub fn said(&self, words: &[&str]) {
        let log = self.text();
        for word in words {
            assert!(log.contains(word), "the control: {word} is not in\n{log}");
        }
    }

    /// None of these was logged.
    ///
    /// # Panics
    /// One of them was.
    #[track_caller]
    pub fn holds_none_of<S: AsRef<str>>(&self, secrets: &[S]) {
        let log = self.text();
        for secret in secrets.iter().map(AsRef::as_ref) {
            let line = log.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "{secret} is in the log");
        }
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Every text of more than three bytes inside of `value`; shorter ones stand in any log by chance.
pub fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.len() > 3 => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(members) => members.values().for_each(|member| texts(member, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_logged_is_found() {
        let (log, _capture) = Log::capture();
        tracing::trace!(who = "nobody", "began");
        log.said(&["began", "nobody"]);
        log.holds_none_of(&["John"]);
    }

    #[test]
    #[should_panic(expected = "John is in the log")]
    fn a_secret_in_the_log_fails_the_test() {
        let (log, _capture) = Log::capture();
        tracing::info!(who = "John Doe", "began");
        log.holds_none_of(&["Jane", "John"]);
    }

    #[test]
    #[should_panic(expected = "the control: ended")]
    fn a_word_that_was_not_logged_fails_the_test() {
        let (log, _capture) = Log::capture();
        tracing::info!("began");
        log.said(&["began", "ended"]);
    }

    #[test]
    fn texts_are_found_at_every_depth_and_short_ones_left_out() {
        let mut found = Vec::new();
        texts(
            &json!({"a": ["John", {"b": "Doe"}], "c": "Jane", "d": 12345}),
            &mut found,
        );
        assert_eq!(found, ["John", "Jane"]);
    }
}
