//! A small XML writer: every value is escaped, and what XML cannot carry is refused.
use super::PublishError;
use jiff::Timestamp;

/// `xsd:dateTime` in UTC without fractions (TS 119 612 §5.1.4).
pub(super) fn time(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}

#[derive(Default)]
pub(super) struct Writer {
    pub(super) out: String,
    open: Vec<&'static str>,
}
impl Writer {
    fn line(&mut self) {
        self.out.push('\n');
        for _ in &self.open {
            self.out.push(' ');
        }
    }
    fn start(&mut self, name: &'static str, attributes: &[(&'static str, &str)]) -> Result<(), PublishError> {
        self.out.push('<');
        self.out.push_str(name);
        for (attribute, value) in attributes {
            self.out.push(' ');
            self.out.push_str(attribute);
            self.out.push_str("=\"");
            self.escape(attribute, value)?;
            self.out.push('"');
        }
        Ok(())
    }
    /// An element whose children follow until [`Self::close`].
    pub(super) fn open(
        &mut self,
        name: &'static str,
        attributes: &[(&'static str, &str)],
    ) -> Result<(), PublishError> {
        self.line();
        self.start(name, attributes)?;
        self.out.push('>');
        self.open.push(name);
        Ok(())
    }
    pub(super) fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.line();
            self.out.push_str("</");
            self.out.push_str(name);
            self.out.push('>');
        }
    }
    /// An element with children that `body` writes.
    pub(super) fn group(
        &mut self,
        name: &'static str,
        body: impl FnOnce(&mut Self) -> Result<(), PublishError>,
    ) -> Result<(), PublishError> {
        self.open(name, &[])?;
        body(self)?;
        self.close();
        Ok(())
    }
    /// An element with a text, which must not be empty.
    pub(super) fn leaf(
        &mut self,
        name: &'static str,
        attributes: &[(&'static str, &str)],
        text: &str,
    ) -> Result<(), PublishError> {
        if text.trim().is_empty() {
            return Err(PublishError::Empty(name));
        }
        self.line();
        self.start(name, attributes)?;
        self.out.push('>');
        self.escape(name, text)?;
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
        Ok(())
    }
    /// An element without content.
    pub(super) fn empty(
        &mut self,
        name: &'static str,
        attributes: &[(&'static str, &str)],
    ) -> Result<(), PublishError> {
        self.line();
        self.start(name, attributes)?;
        self.out.push_str("/>");
        Ok(())
    }

    fn escape(&mut self, place: &'static str, text: &str) -> Result<(), PublishError> {
        for character in text.chars() {
            match character {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\t' => self.out.push_str("&#x9;"),
                '\n' => self.out.push_str("&#xA;"),
                '\r' => self.out.push_str("&#xD;"),
                '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => return Err(PublishError::Character(place)),
                other => self.out.push(other),
            }
        }
        Ok(())
    }
}
