//! Fields of DER structures, one after the other.
use super::TokenError;
use der::{Decode as _, Reader as _, SliceReader, Tag, TagNumber, asn1::AnyRef};

/// A context-specific constructed tag.
pub(super) const fn context(number: u32) -> Tag {
    Tag::ContextSpecific {
        constructed: true,
        number: TagNumber(number),
    }
}

/// The fields of a structure, in order.
pub(super) struct Fields<'a> {
    rest: SliceReader<'a>,
    what: &'static str,
}

impl<'a> Fields<'a> {
    /// `what` names the structure in errors.
    pub(super) fn new(content: &'a [u8], what: &'static str) -> Result<Self, TokenError> {
        let rest = SliceReader::new(content).map_err(|_| TokenError::Format(what))?;
        Ok(Self { rest, what })
    }

    /// Those of the one element, of this tag, that fills `der`.
    pub(super) fn of(der: &'a [u8], tag: Tag, what: &'static str) -> Result<Self, TokenError> {
        let mut outer = Self::new(der, what)?;
        let element = outer.next(tag)?;
        outer.end()?;
        Self::new(element.value(), what)
    }

    /// Whether there is another one.
    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_finished()
    }

    /// The next, whatever it is.
    pub(super) fn any(&mut self) -> Result<AnyRef<'a>, TokenError> {
        AnyRef::decode(&mut self.rest).map_err(|_| self.refused())
    }

    /// The next, with its header.
    pub(super) fn whole(&mut self) -> Result<&'a [u8], TokenError> {
        self.rest.tlv_bytes().map_err(|_| self.refused())
    }

    /// The next, which must have this tag.
    pub(super) fn next(&mut self, tag: Tag) -> Result<AnyRef<'a>, TokenError> {
        let element = self.any()?;
        if element.header().tag() == tag {
            Ok(element)
        } else {
            Err(self.refused())
        }
    }

    /// The next, if it has this tag.
    pub(super) fn optional(&mut self, tag: Tag) -> Result<Option<AnyRef<'a>>, TokenError> {
        if self.is_empty() || Tag::peek(&self.rest).map_err(|_| self.refused())? != tag {
            return Ok(None);
        }
        self.any().map(Some)
    }

    /// The next, an INTEGER: its content octets, at least one.
    pub(super) fn integer(&mut self) -> Result<&'a [u8], TokenError> {
        let content = self.next(Tag::Integer)?.value();
        if content.is_empty() {
            Err(self.refused())
        } else {
            Ok(content)
        }
    }

    /// The next, an OBJECT IDENTIFIER, dotted.
    pub(super) fn oid(&mut self) -> Result<String, TokenError> {
        let element = self.next(Tag::ObjectIdentifier)?;
        element
            .decode_as::<der::asn1::ObjectIdentifier>()
            .map(|oid| oid.to_string())
            .map_err(|_| self.refused())
    }

    /// Nothing follows.
    pub(super) fn end(&self) -> Result<(), TokenError> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(self.refused())
        }
    }

    pub(super) fn refused(&self) -> TokenError {
        TokenError::Format(self.what)
    }
}
