//! Fields of DER structures: read one after the other, and written.
use der::{Decode as _, Encode as _, Reader as _, SliceReader, Tag, TagNumber, asn1::AnyRef};

/// A structure that cannot be read, or not be written; which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);

/// A context-specific constructed tag.
pub(crate) const fn context(number: u32) -> Tag {
    Tag::ContextSpecific {
        constructed: true,
        number: TagNumber(number),
    }
}

/// The fields of a structure, in order.
pub(crate) struct Fields<'a> {
    rest: SliceReader<'a>,
    what: &'static str,
}

impl<'a> Fields<'a> {
    /// `what` names the structure in errors.
    pub(crate) fn new(content: &'a [u8], what: &'static str) -> Result<Self, Malformed> {
        let rest = SliceReader::new(content).map_err(|_| Malformed(what))?;
        Ok(Self { rest, what })
    }

    /// Those of the one element, of this tag, that fills `der`.
    pub(crate) fn of(der: &'a [u8], tag: Tag, what: &'static str) -> Result<Self, Malformed> {
        let mut outer = Self::new(der, what)?;
        let element = outer.next(tag)?;
        outer.end()?;
        Self::new(element.value(), what)
    }

    /// Whether there is another one.
    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_finished()
    }

    /// The next, whatever it is.
    pub(crate) fn any(&mut self) -> Result<AnyRef<'a>, Malformed> {
        AnyRef::decode(&mut self.rest).map_err(|_| self.refused())
    }

    /// The next, with its header.
    pub(crate) fn whole(&mut self) -> Result<&'a [u8], Malformed> {
        self.rest.tlv_bytes().map_err(|_| self.refused())
    }

    /// The next, which must have this tag.
    pub(crate) fn next(&mut self, tag: Tag) -> Result<AnyRef<'a>, Malformed> {
        let element = self.any()?;
        if element.header().tag() == tag {
            Ok(element)
        } else {
            Err(self.refused())
        }
    }

    /// The next, which must have this tag, with its header.
    pub(crate) fn next_whole(&mut self, tag: Tag) -> Result<&'a [u8], Malformed> {
        if self.peek()? == tag {
            self.whole()
        } else {
            Err(self.refused())
        }
    }

    /// The next, if it is an OBJECT IDENTIFIER, dotted.
    pub(crate) fn optional_oid(&mut self) -> Result<Option<String>, Malformed> {
        if self.is_empty() || self.peek()? != Tag::ObjectIdentifier {
            return Ok(None);
        }
        self.oid().map(Some)
    }

    fn peek(&self) -> Result<Tag, Malformed> {
        Tag::peek(&self.rest).map_err(|_| self.refused())
    }

    /// The next, if it has this tag.
    pub(crate) fn optional(&mut self, tag: Tag) -> Result<Option<AnyRef<'a>>, Malformed> {
        if self.is_empty() || self.peek()? != tag {
            return Ok(None);
        }
        self.any().map(Some)
    }

    /// The next, an INTEGER: its content octets, at least one.
    pub(crate) fn integer(&mut self) -> Result<&'a [u8], Malformed> {
        let content = self.next(Tag::Integer)?.value();
        if content.is_empty() {
            Err(self.refused())
        } else {
            Ok(content)
        }
    }

    /// The next, an OBJECT IDENTIFIER, dotted.
    pub(crate) fn oid(&mut self) -> Result<String, Malformed> {
        let element = self.next(Tag::ObjectIdentifier)?;
        element
            .decode_as::<der::asn1::ObjectIdentifier>()
            .map(|oid| oid.to_string())
            .map_err(|_| self.refused())
    }

    /// Nothing follows.
    pub(crate) fn end(&self) -> Result<(), Malformed> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(self.refused())
        }
    }

    pub(crate) fn refused(&self) -> Malformed {
        Malformed(self.what)
    }
}

/// An element with this content.
pub(crate) fn element(tag: Tag, content: &[u8], what: &'static str) -> Result<Vec<u8>, Malformed> {
    AnyRef::new(tag, content)
        .and_then(|element| element.to_der())
        .map_err(|_| Malformed(what))
}

/// An OBJECT IDENTIFIER from its dotted form.
pub(crate) fn oid(dotted: &str, what: &'static str) -> Result<Vec<u8>, Malformed> {
    der::asn1::ObjectIdentifier::new(dotted)
        .ok()
        .and_then(|oid| oid.to_der().ok())
        .ok_or(Malformed(what))
}
