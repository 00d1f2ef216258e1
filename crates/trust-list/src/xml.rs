//! Bounded reading of XML: UTF-8, no DTD, unique ids, and limits on everything that an attacker may multiply.
//!
//! `roxmltree` builds the tree; a scan before it refuses what would make the tree expensive, a pass after it refuses
//! what the parser lets through although Namespaces in XML 1.0 forbids it.
use crate::signature::ListError;
use roxmltree::{Document, Node, ParsingOptions};
use std::collections::HashSet;

/// Largest file that is read, in bytes. Real lists have up to 3 MB.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;
/// Deepest nesting of elements. Real lists have 16.
pub const MAX_DEPTH: usize = 64;
/// Most attributes and namespace declarations of one element.
pub const MAX_ATTRIBUTES: usize = 64;
/// Most attributes and namespace declarations of an element and its ancestors together: what is in scope is copied.
pub const MAX_ATTRIBUTES_IN_SCOPE: usize = 128;
/// Most nodes of a document.
pub const MAX_NODES: u32 = 1_000_000;

/// Namespace of trusted lists (ETSI TS 119 612).
pub const TSL: &str = "http://uri.etsi.org/02231/v2#";
/// Namespace of additional types of TS 119 612.
pub const TSLX: &str = "http://uri.etsi.org/02231/v2/additionaltypes#";
/// Namespace of the Qualifications extension.
pub const SIE: &str = "http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#";
/// Namespace of XML signatures.
pub const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
/// Namespace of XAdES 1.3.2.
pub const XADES: &str = "http://uri.etsi.org/01903/v1.3.2#";
/// Namespace of `xml:` attributes.
pub const XML: &str = "http://www.w3.org/XML/1998/namespace";

fn refuse(reason: impl Into<String>) -> ListError {
    ListError::Xml(reason.into())
}

/// The text of a file: at most [`MAX_BYTES`], UTF-8, without byte order mark and leading white space.
///
/// # Errors
/// [`ListError::Xml`] when it is larger, not UTF-8, or declares another encoding.
pub fn text(bytes: &[u8]) -> Result<&str, ListError> {
    if bytes.len() > MAX_BYTES {
        return Err(refuse(format!(
            "{} bytes, at most {MAX_BYTES} are read",
            bytes.len()
        )));
    }
    let text = core::str::from_utf8(bytes).map_err(|_| refuse("not UTF-8"))?;
    let text = text
        .strip_prefix('\u{feff}')
        .unwrap_or(text)
        .trim_start_matches([' ', '\t', '\r', '\n']);
    if let Some(declaration) = text
        .strip_prefix("<?xml")
        .and_then(|rest| rest.split_once("?>"))
        .map(|(d, _)| d)
        && let Some((_, rest)) = declaration.split_once("encoding")
    {
        let name = rest.trim_start_matches([' ', '\t', '\r', '\n', '=']);
        let name = name
            .get(1..)
            .and_then(|n| n.split(['"', '\'']).next())
            .unwrap_or_default();
        if !name.eq_ignore_ascii_case("utf-8") && !name.eq_ignore_ascii_case("us-ascii") {
            return Err(refuse("an encoding other than UTF-8 is declared"));
        }
    }
    Ok(text)
}

/// Parses `text` within the bounds of this module.
///
/// # Errors
/// [`ListError::Xml`] when it is not well-formed, has a DTD, exceeds a bound or repeats an id.
pub fn parse(text: &str) -> Result<Document<'_>, ListError> {
    scan(text)?;
    let options = ParsingOptions {
        nodes_limit: MAX_NODES,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::DtdDetected => refuse("a document type declaration"),
        other => refuse(other.to_string()),
    })?;
    let mut ids = HashSet::new();
    for element in document.descendants().filter(Node::is_element) {
        let mut defaults = 0_usize;
        for namespace in element.namespaces() {
            match namespace.name() {
                None => defaults = defaults.saturating_add(1),
                Some(prefix) if namespace.uri().is_empty() => {
                    return Err(refuse(format!("the prefix {prefix} is undeclared")));
                }
                Some(_) => {}
            }
        }
        if defaults > 1 {
            return Err(refuse("the default namespace is declared twice on one element"));
        }
        for attribute in element.attributes() {
            let is_id = match attribute.namespace() {
                None => matches!(attribute.name(), "Id" | "ID" | "id"),
                Some(namespace) => namespace == XML && attribute.name() == "id",
            };
            if is_id && !ids.insert(attribute.value()) {
                return Err(refuse("an Id stands twice"));
            }
        }
    }
    Ok(document)
}

/// Refuses what would be costly to parse. It need not understand XML in full: what it misreads, the parser refuses.
fn scan(text: &str) -> Result<(), ListError> {
    let mut rest = text;
    let mut scopes: Vec<usize> = Vec::new();
    let mut in_scope = 0_usize;
    let mut tags = 0_u32;
    while let Some((_, after)) = rest.split_once('<') {
        tags = tags.saturating_add(1);
        if tags > MAX_NODES {
            return Err(refuse(format!("more than {MAX_NODES} tags")));
        }
        if let Some(comment) = after.strip_prefix("!--") {
            rest = past(comment, "-->")?;
        } else if let Some(cdata) = after.strip_prefix("![CDATA[") {
            rest = past(cdata, "]]>")?;
        } else if after.starts_with('!') {
            return Err(refuse("a document type declaration"));
        } else if let Some(instruction) = after.strip_prefix('?') {
            rest = past(instruction, "?>")?;
        } else if let Some(close) = after.strip_prefix('/') {
            in_scope = in_scope.saturating_sub(scopes.pop().unwrap_or_default());
            rest = past(close, ">")?;
        } else {
            let tag = start_tag(after)?;
            rest = tag.rest;
            if !tag.empty {
                in_scope = in_scope.saturating_add(tag.attributes);
                scopes.push(tag.attributes);
            }
            if in_scope > MAX_ATTRIBUTES_IN_SCOPE {
                return Err(refuse(format!(
                    "more than {MAX_ATTRIBUTES_IN_SCOPE} attributes in scope"
                )));
            }
            if scopes.len() > MAX_DEPTH {
                return Err(refuse(format!("elements nested deeper than {MAX_DEPTH}")));
            }
        }
    }
    Ok(())
}

fn past<'a>(text: &'a str, end: &str) -> Result<&'a str, ListError> {
    text.split_once(end)
        .map(|(_, rest)| rest)
        .ok_or_else(|| refuse("markup without an end"))
}

struct StartTag<'a> {
    rest: &'a str,
    attributes: usize,
    empty: bool,
}

fn start_tag(after: &str) -> Result<StartTag<'_>, ListError> {
    let mut quote: Option<u8> = None;
    let mut attributes = 0_usize;
    let mut last = 0_u8;
    for (at, byte) in after.bytes().enumerate() {
        match quote {
            Some(open) if byte == open => quote = None,
            Some(_) => {}
            None => match byte {
                b'"' | b'\'' => quote = Some(byte),
                b'=' => {
                    attributes = attributes.saturating_add(1);
                    if attributes > MAX_ATTRIBUTES {
                        return Err(refuse(format!(
                            "an element with more than {MAX_ATTRIBUTES} attributes"
                        )));
                    }
                }
                b'>' => {
                    let rest = after.get(at.saturating_add(1)..).unwrap_or_default();
                    return Ok(StartTag {
                        rest,
                        attributes,
                        empty: last == b'/',
                    });
                }
                _ => {}
            },
        }
        last = byte;
    }
    Err(refuse("a tag without an end"))
}

/// Whether `node` is the element `{namespace}name`.
pub(crate) fn is(node: Node<'_, '_>, namespace: &str, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name && node.tag_name().namespace() == Some(namespace)
}

/// The child elements `{namespace}name` of `node`.
pub(crate) fn children<'a, 'i>(
    node: Node<'a, 'i>,
    namespace: &'static str,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| is(*child, namespace, name))
}

/// The first child element `{namespace}name` of `node`.
pub(crate) fn child<'a, 'i>(
    node: Node<'a, 'i>,
    namespace: &'static str,
    name: &'static str,
) -> Option<Node<'a, 'i>> {
    children(node, namespace, name).next()
}

/// The whole text of an element, trimmed. Comments do not split it.
pub(crate) fn content(node: Node<'_, '_>) -> String {
    let mut text = String::new();
    for child in node.children().filter(Node::is_text) {
        text.push_str(child.text().unwrap_or_default());
    }
    text.trim().to_owned()
}

/// The text of the first child element `{namespace}name` of `node`, if it is there and not empty.
pub(crate) fn child_content(
    node: Node<'_, '_>,
    namespace: &'static str,
    name: &'static str,
) -> Option<String> {
    child(node, namespace, name)
        .map(content)
        .filter(|text| !text.is_empty())
}

/// Decodes base64 with any white space in it.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    let compact: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    base64::engine::general_purpose::STANDARD.decode(compact).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(xml: &str) -> String {
        match text(xml.as_bytes()).and_then(|t| parse(t).map(|_| ())) {
            Err(ListError::Xml(reason)) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn document_type_and_entities_are_refused() {
        assert_eq!(
            reason("<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>"),
            "a document type declaration"
        );
        assert!(reason("<a>&unknown;</a>").contains("unknown"));
    }

    #[test]
    fn ids_are_unique() {
        assert_eq!(reason("<a Id='x'><b ID='x'/></a>"), "an Id stands twice");
    }

    #[test]
    fn deep_and_wide_documents_are_refused() {
        let deep = "<a>".repeat(MAX_DEPTH + 1);
        assert!(reason(&deep).contains("nested deeper"));
        let wide: String =
            (0..=MAX_ATTRIBUTES).fold(String::from("<a"), |s, i| s + &format!(" b{i}='c'")) + "/>";
        assert!(reason(&wide).contains("attributes"));
        let many = (0..60).fold(String::new(), |s, i| {
            s + &format!("<a xmlns:n{i} = 'u' xmlns:m{i}='u' xmlns:o{i}='u'>")
        });
        assert!(reason(&many).contains("in scope"));
        assert!(reason(&"<a/>".repeat(usize::try_from(MAX_NODES).unwrap() + 1)).contains("tags"));
    }

    #[test]
    fn namespace_rules_that_the_parser_omits_hold() {
        assert!(reason("<a xmlns='u' xmlns='v'/>").contains("declared twice"));
        assert!(reason("<a xmlns:p='u'><b xmlns:p=''/></a>").contains("undeclared"));
    }

    #[test]
    fn other_encodings_are_refused() {
        assert!(reason("<?xml version='1.0' encoding='ISO-8859-1'?><a/>").contains("encoding"));
        assert!(text(b"\xff\xfe<\0a\0").is_err());
        assert_eq!(
            text("\u{feff} \n<?xml version='1.0' encoding=\"utf-8\"?><a/>".as_bytes())
                .unwrap()
                .chars()
                .next(),
            Some('<')
        );
    }

    #[test]
    fn huge_files_are_refused() {
        assert!(matches!(text(&vec![b' '; MAX_BYTES + 1]), Err(ListError::Xml(r)) if r.contains("at most")));
    }
}
