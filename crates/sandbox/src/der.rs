//! The little DER that certificate extensions of the eIDAS profile and time-stamps need (X.690).

/// Tag, length, content.
pub(crate) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    debug_assert!(
        u16::try_from(content.len()).is_ok(),
        "what is written here is far below 64 KiB"
    );
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        Ok(one) => out.extend([0x81, one]),
        Err(_) => {
            out.push(0x82);
            out.extend(u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    out.extend_from_slice(content);
    out
}
/// SEQUENCE of parts that are DER already.
pub(crate) fn sequence<T: AsRef<[u8]>>(parts: &[T]) -> Vec<u8> {
    let content: Vec<u8> = parts
        .iter()
        .flat_map(|part| part.as_ref().iter().copied())
        .collect();
    tlv(0x30, &content)
}
/// OBJECT IDENTIFIER.
pub(crate) fn oid(arcs: &[u64]) -> Vec<u8> {
    let mut arcs = arcs.iter().copied();
    let first = arcs.next().unwrap_or_default() * 40 + arcs.next().unwrap_or_default();
    let mut content = base128(first);
    for arc in arcs {
        content.extend(base128(arc));
    }
    tlv(0x06, &content)
}
/// `[6] IMPLICIT IA5String`: the URI of a `GeneralName`.
pub(crate) fn general_name_uri(uri: &str) -> Vec<u8> {
    tlv(0x86, uri.as_bytes())
}
/// `IA5String`.
pub(crate) fn ia5(text: &str) -> Vec<u8> {
    tlv(0x16, text.as_bytes())
}
/// `PrintableString`.
pub(crate) fn printable(text: &str) -> Vec<u8> {
    tlv(0x13, text.as_bytes())
}
/// OBJECT IDENTIFIER from its dotted form; arcs that are no numbers are left out.
pub(crate) fn dotted(text: &str) -> Vec<u8> {
    let arcs: Vec<u64> = text.split('.').filter_map(|arc| arc.parse().ok()).collect();
    oid(&arcs)
}
/// `SET OF` in the order of DER (X.690 §11.6).
pub(crate) fn set_of(mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    elements.sort();
    tlv(0x31, &elements.concat())
}

fn base128(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    let mut more = 0;
    loop {
        out.push(u8::try_from(value & 0x7f).unwrap_or_default() | more);
        value >>= 7;
        if value == 0 {
            out.reverse();
            return out;
        }
        more = 0x80;
    }
}

#[cfg(test)]
mod tests {
    use super::{oid, sequence, tlv};

    #[test]
    fn object_identifiers_are_base_128() {
        assert_eq!(
            oid(&[0, 4, 0, 1862, 1, 1]),
            [0x06, 0x06, 0x04, 0x00, 0x8e, 0x46, 0x01, 0x01]
        );
        assert_eq!(oid(&[2, 5, 4, 97]), [0x06, 0x03, 0x55, 0x04, 0x61]);
    }
    #[test]
    fn lengths_grow_with_the_content() {
        assert_eq!(tlv(0x04, &[7; 3])[..2], [0x04, 3]);
        assert_eq!(tlv(0x04, &[7; 200])[..3], [0x04, 0x81, 200]);
        assert_eq!(tlv(0x04, &[7; 300])[..4], [0x04, 0x82, 1, 44]);
        assert_eq!(
            sequence(&[oid(&[2, 5]), oid(&[2, 5])]),
            [0x30, 6, 0x06, 1, 85, 0x06, 1, 85]
        );
    }
}
