//! Reading tag-length-value structures without failing on what is not DER in details that do not matter here.

/// One element: tag octet and content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    /// Header and content.
    pub(crate) whole: &'a [u8],
}

pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const ENUMERATED: u8 = 0x0a;
pub(crate) const PRINTABLE_STRING: u8 = 0x13;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;

/// The tag of a constructed, context-specific element: what an EXPLICIT tag of a number below 31 makes.
pub(crate) const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// The first element and what follows it. Tags of one octet and definite lengths of up to four octets.
pub(crate) fn read(input: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (&tag, rest) = input.split_first()?;
    if tag & 0x1f == 0x1f {
        return None;
    }
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        if count == 0 || count > 4 {
            return None;
        }
        let (octets, rest) = rest.split_at_checked(count)?;
        let length = octets
            .iter()
            .fold(0_usize, |sum, &octet| (sum << 8) | usize::from(octet));
        (length, rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    let whole = input.get(..input.len().checked_sub(rest.len())?)?;
    Some((Element { tag, content, whole }, rest))
}

/// The elements that follow each other in `input`; ends at the first that cannot be read.
pub(crate) fn elements(mut input: &[u8]) -> impl Iterator<Item = Element<'_>> {
    core::iter::from_fn(move || {
        let (element, rest) = read(input)?;
        input = rest;
        Some(element)
    })
}

/// The content of a single SEQUENCE that fills `input`.
pub(crate) fn sequence(input: &[u8]) -> Option<&[u8]> {
    match read(input)? {
        (element, []) if element.tag == SEQUENCE => Some(element.content),
        _ => None,
    }
}

/// The fields of a structure, in order, in DER: each length as short as can be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(crate) fn new(content: &'a [u8]) -> Self {
        Self(content)
    }

    /// Those of the one element of this tag that fills `der`.
    pub(crate) fn of(der: &'a [u8], tag: u8) -> Option<Self> {
        only(der, tag).map(|element| Self(element.content))
    }

    pub(crate) fn any(&mut self) -> Option<Element<'a>> {
        let (element, rest) = read(self.0)?;
        let length_octets = element
            .whole
            .len()
            .checked_sub(element.content.len())?
            .checked_sub(1)?;
        let shortest = match element.content.len() {
            ..0x80 => 1,
            0x80..0x100 => 2,
            0x100..0x1_0000 => 3,
            0x1_0000..0x100_0000 => 4,
            _ => 5,
        };
        self.0 = rest;
        (length_octets == shortest).then_some(element)
    }

    pub(crate) fn next(&mut self, tag: u8) -> Option<Element<'a>> {
        self.any().filter(|element| element.tag == tag)
    }

    /// Whether the next field has this tag: how OPTIONAL and CHOICE are told.
    pub(crate) fn has(&self, tag: u8) -> bool {
        self.0.first() == Some(&tag)
    }

    /// The element of tag `inner` in an EXPLICIT tag.
    pub(crate) fn explicit(&mut self, number: u8, inner: u8) -> Option<Element<'a>> {
        only(self.next(context(number))?.content, inner)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `None` where something follows.
    pub(crate) fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

/// The one element, of this tag, that fills `der`.
pub(crate) fn only(der: &[u8], tag: u8) -> Option<Element<'_>> {
    let mut fields = Fields(der);
    let element = fields.next(tag)?;
    fields.end()?;
    Some(element)
}

/// Tag, length, content.
pub(crate) fn encode(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let zeros = length.iter().take_while(|octet| **octet == 0).count();
    let significant = length.get(zeros..).unwrap_or_default();
    let mut out = vec![tag];
    match significant {
        [] => out.push(0),
        [short @ ..0x80] => out.push(*short),
        longer => {
            out.push(0x80 | u8::try_from(longer.len()).unwrap_or_default());
            out.extend_from_slice(longer);
        }
    }
    out.extend_from_slice(content);
    out
}

/// SEQUENCE of parts that are DER already.
pub(crate) fn encode_sequence(parts: &[&[u8]]) -> Vec<u8> {
    encode(SEQUENCE, &parts.concat())
}

/// The signed structure that certificates and CRLs share (RFC 5280 §4.1.1, §5.1.1): SEQUENCE of what is signed,
/// algorithm and BIT STRING. Octets outside of what is signed are looked at strictly, since no signature protects them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signed<'a> {
    tbs: Element<'a>,
    algorithm: Element<'a>,
}

impl<'a> Signed<'a> {
    pub(crate) fn read(der: &'a [u8]) -> Option<Self> {
        let mut parts = elements(sequence(der)?);
        let (tbs, algorithm, signature) = (parts.next()?, parts.next()?, parts.next()?);
        (parts.next().is_none()
            && tbs.tag == SEQUENCE
            && algorithm.tag == SEQUENCE
            && signature.tag == BIT_STRING
            && elements(algorithm.content).next()?.tag == OID)
            .then_some(Self { tbs, algorithm })
    }

    /// DER of what is signed.
    pub(crate) fn tbs(self) -> &'a [u8] {
        self.tbs.whole
    }

    /// Whether the algorithm stands inside as outside, octet for octet: the first SEQUENCE of what is signed.
    pub(crate) fn algorithms_agree(self) -> bool {
        elements(self.tbs.content)
            .find(|e| e.tag == SEQUENCE)
            .is_some_and(|e| e.whole == self.algorithm.whole)
    }
}

/// Dotted form of the content octets of an OBJECT IDENTIFIER.
pub(crate) fn oid(content: &[u8]) -> Option<String> {
    use core::fmt::Write as _;
    let mut out = String::new();
    let mut arc: u64 = 0;
    let mut open = false;
    for &octet in content {
        arc = arc.checked_mul(128)?.checked_add(u64::from(octet & 0x7f))?;
        open = octet & 0x80 != 0;
        if open {
            continue;
        }
        if out.is_empty() {
            let root = (arc / 40).min(2);
            write!(out, "{root}.{}", arc - root * 40).ok()?;
        } else {
            write!(out, ".{arc}").ok()?;
        }
        arc = 0;
    }
    (!open && !out.is_empty()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn object_identifiers_are_read_in_dotted_form() {
        assert_eq!(
            oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d]).as_deref(),
            Some("1.2.840.113549")
        );
        assert_eq!(oid(&[0x55, 0x04, 0x61]).as_deref(), Some("2.5.4.97"));
        assert_eq!(
            oid(&[0x04, 0x00, 0x8e, 0x46, 0x01, 0x06]).as_deref(),
            Some("0.4.0.1862.1.6")
        );
        assert_eq!(oid(&[0x2a, 0x86]), None);
        assert_eq!(oid(&[]), None);
    }

    #[test]
    fn lengths_beyond_the_input_are_refused() {
        assert_eq!(read(&[0x30, 0x05, 0x01]), None);
        assert_eq!(read(&[0x30, 0x80, 0x00, 0x00]), None);
        assert_eq!(read(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
        assert_eq!(read(&[]), None);
    }

    #[test]
    fn fields_are_read_in_order_and_with_the_shortest_lengths_only() {
        let der = encode_sequence(&[
            &encode(INTEGER, &[5]),
            &encode(context(0), &encode(ENUMERATED, &[1])),
        ]);
        let mut fields = Fields::of(&der, SEQUENCE).unwrap();
        assert!(fields.has(INTEGER) && !fields.has(OID));
        assert_eq!(fields.next(INTEGER).unwrap().content, [5]);
        assert_eq!(fields.end(), None);
        assert_eq!(fields.explicit(0, ENUMERATED).unwrap().content, [1]);
        assert_eq!(fields.end(), Some(()));
        assert!(fields.any().is_none());
        assert!(Fields::of(&[0x30, 0x81, 0x01, 0x05], SEQUENCE).is_none());
        assert!(Fields::of(&[0x30, 0x00, 0x05], SEQUENCE).is_none());
    }

    #[test]
    fn what_is_written_is_read_again_at_any_length() {
        for length in [0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x1_0000] {
            let content = vec![7; length];
            let der = encode(OCTET_STRING, &content);
            assert_eq!(
                Fields::new(&der).next(OCTET_STRING).unwrap().content,
                content,
                "{length}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_end_without_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _count = elements(&bytes).count();
            let _dotted = oid(&bytes);
        }
    }
}
