//! `SignedInfo` and its references: what is covered, and by which transforms.
use super::{
    ListError, MAX_REFERENCES,
    algorithm::{self, ENVELOPED},
    only,
};
use crate::{
    c14n::{Canonicalization, canonicalize},
    xml::{self, DS},
};
use procura_crypto::{Digest, Scheme};
use roxmltree::{Document, Node};

/// `ds:SignedInfo`, read from its canonical bytes.
pub(super) struct SignedInfo {
    /// What was signed.
    pub(super) canonical: Vec<u8>,
    pub(super) scheme: Scheme,
    pub(super) references: Vec<Reference>,
}

/// `ds:Reference`.
pub(super) struct Reference {
    uri: Option<String>,
    kind: String,
    enveloped: bool,
    form: Option<Canonicalization>,
    digest: Digest,
    value: Vec<u8>,
}

impl SignedInfo {
    pub(super) fn read(element: Node<'_, '_>) -> Result<Self, ListError> {
        let form = algorithm::canonicalization(only(element, DS, "CanonicalizationMethod")?)?;
        let canonical = canonicalize(element, None, &form);
        let text = xml::text(&canonical)?.to_owned();
        let document = xml::parse(&text)?;
        let info = document.root_element();
        let method = only(info, DS, "SignatureMethod")?;
        let scheme = algorithm::scheme(method.attribute("Algorithm").unwrap_or_default())?;
        if method.children().any(|c| c.is_element()) {
            return Err(ListError::Structure("SignatureMethod has parameters"));
        }
        let elements: Vec<_> = xml::children(info, DS, "Reference").collect();
        if elements.len() > MAX_REFERENCES {
            return Err(ListError::Structure("there are more than eight references"));
        }
        let references = elements
            .into_iter()
            .map(Reference::read)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            canonical,
            scheme,
            references,
        })
    }
}

impl Reference {
    fn read(element: Node<'_, '_>) -> Result<Self, ListError> {
        let mut enveloped = false;
        let mut form = None;
        let transforms: Vec<_> = xml::child(element, DS, "Transforms")
            .map(|list| list.children().filter(Node::is_element).collect())
            .unwrap_or_default();
        for (at, transform) in transforms.into_iter().enumerate() {
            if !xml::is(transform, DS, "Transform") || form.is_some() {
                return Err(ListError::Structure(
                    "a reference has transforms after its canonicalization",
                ));
            }
            if transform.attribute("Algorithm") == Some(ENVELOPED) {
                if at > 0 {
                    return Err(ListError::Structure(
                        "the enveloped-signature transform is not the first",
                    ));
                }
                enveloped = true;
            } else {
                form = Some(algorithm::canonicalization(transform)?);
            }
        }
        let digest = algorithm::digest(
            only(element, DS, "DigestMethod")?
                .attribute("Algorithm")
                .unwrap_or_default(),
        )?;
        let value = xml::base64(&xml::content(only(element, DS, "DigestValue")?))
            .ok_or(ListError::Structure("a DigestValue is not base64"))?;
        Ok(Self {
            uri: element.attribute("URI").map(str::to_owned),
            kind: element.attribute("Type").unwrap_or_default().to_owned(),
            enveloped,
            form,
            digest,
            value,
        })
    }
}

/// The bytes that the references cover, with the digests that they promise.
pub(super) struct Coverage {
    /// Canonical bytes of the whole list without its signature.
    pub(super) content: Vec<u8>,
    /// Canonical bytes of `SignedProperties`.
    pub(super) properties: Vec<u8>,
    digests: Vec<(Digest, Vec<u8>, Vec<u8>)>,
}

impl Coverage {
    pub(super) fn check_digests(&self) -> Result<(), ListError> {
        for (digest, promised, actual) in &self.digests {
            if digest.of(actual) != *promised {
                return Err(ListError::Digest);
            }
        }
        Ok(())
    }
}

/// Resolves every reference and checks that exactly one covers the whole list and exactly one `SignedProperties`.
pub(super) fn cover(
    document: &Document<'_>,
    signature: Node<'_, '_>,
    properties: Node<'_, '_>,
    references: &[Reference],
) -> Result<Coverage, ListError> {
    let root = document.root_element();
    let mut content = None;
    let mut signed_properties = None;
    let mut digests = Vec::new();
    for reference in references {
        let uri = reference
            .uri
            .as_deref()
            .ok_or(ListError::Structure("a reference has no URI"))?;
        let target = if uri.is_empty() {
            document.root()
        } else {
            let id = uri
                .strip_prefix('#')
                .ok_or(ListError::Structure("a reference points outside of the document"))?;
            by_id(document, id).ok_or(ListError::Structure("a reference points to nothing"))?
        };
        let bytes = if target == document.root() || target == root {
            let form =
                reference
                    .form
                    .as_ref()
                    .filter(|_| reference.enveloped)
                    .ok_or(ListError::Structure(
                        "the reference to the list is not enveloped-signature and canonicalization",
                    ))?;
            let bytes = canonicalize(target, Some(signature.id()), form);
            if content.replace(bytes.clone()).is_some() {
                return Err(ListError::Structure("the list is referenced twice"));
            }
            bytes
        } else {
            if !target.ancestors().any(|n| n == signature) {
                return Err(ListError::Structure("a reference covers a part of the list only"));
            }
            if reference.enveloped {
                return Err(ListError::Structure(
                    "enveloped-signature on a part of the signature",
                ));
            }
            // Without a transform a node set becomes octets by Canonical XML 1.0 (XML-DSig §4.4.3.2).
            let bytes = canonicalize(
                target,
                None,
                reference.form.as_ref().unwrap_or(&Canonicalization::Inclusive),
            );
            if target == properties {
                if reference.kind != super::xades::SIGNED_PROPERTIES {
                    return Err(ListError::Structure(
                        "the reference to SignedProperties does not say so",
                    ));
                }
                if signed_properties.replace(bytes.clone()).is_some() {
                    return Err(ListError::Structure("SignedProperties is referenced twice"));
                }
            }
            bytes
        };
        digests.push((reference.digest, reference.value.clone(), bytes));
    }
    Ok(Coverage {
        content: content.ok_or(ListError::Structure("no reference covers the list"))?,
        properties: signed_properties.ok_or(ListError::Structure("no reference covers SignedProperties"))?,
        digests,
    })
}

/// The element with this id; ids are unique by [`xml::parse`].
fn by_id<'a, 'i>(document: &'a Document<'i>, id: &str) -> Option<Node<'a, 'i>> {
    document.descendants().find(|n| {
        ["Id", "ID", "id"]
            .iter()
            .any(|name| n.attribute(*name) == Some(id))
    })
}
