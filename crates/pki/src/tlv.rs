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
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OID: u8 = 0x06;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const PRINTABLE_STRING: u8 = 0x13;

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

    proptest::proptest! {
        #[test]
        fn any_bytes_end_without_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _count = elements(&bytes).count();
            let _dotted = oid(&bytes);
        }
    }
}
