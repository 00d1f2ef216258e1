//! Canonical XML 1.0 and Exclusive XML Canonicalization 1.0, both without comments, over a subtree from which one
//! element (the enveloped signature) may be left out.
use crate::xml::XML;
use roxmltree::{Node, NodeId};

/// Which canonical form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Canonicalization {
    /// Canonical XML 1.0: every namespace in scope is written.
    Inclusive,
    /// Exclusive Canonical XML 1.0: namespaces are written where they are used.
    Exclusive {
        /// `InclusiveNamespaces/@PrefixList`: prefixes treated as in the inclusive form; `#default` is the default.
        inclusive_prefixes: Vec<String>,
    },
}
/// Algorithm URI of [`Canonicalization::Inclusive`].
pub const INCLUSIVE: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
/// Algorithm URI of [`Canonicalization::Exclusive`].
pub const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// The canonical bytes of `node` (an element, or the document's root for the whole document) without the subtree
/// `omit`.
///
/// The depth of the tree is bounded by [`crate::xml::parse`].
#[must_use]
pub fn canonicalize(node: Node<'_, '_>, omit: Option<NodeId>, form: &Canonicalization) -> Vec<u8> {
    let mut writer = Writer {
        source: node.document().input_text(),
        form,
        omit,
        rendered: Vec::new(),
        out: String::new(),
    };
    if node.is_element() {
        writer.element(node, true);
    } else {
        writer.document(node);
    }
    writer.out.into_bytes()
}

struct Writer<'a, 'i> {
    source: &'i str,
    form: &'a Canonicalization,
    omit: Option<NodeId>,
    /// Namespace declarations written so far on the way down: (prefix, URI), the last of a prefix counts.
    rendered: Vec<(&'i str, &'a str)>,
    out: String,
}

impl<'a, 'i> Writer<'a, 'i> {
    fn document(&mut self, root: Node<'a, 'i>) {
        let mut seen_element = false;
        for child in root.children() {
            if child.is_element() {
                self.element(child, false);
                seen_element = true;
            } else if child.is_pi() {
                if seen_element {
                    self.out.push('\n');
                }
                self.instruction(child);
                if !seen_element {
                    self.out.push('\n');
                }
            }
        }
    }

    fn instruction(&mut self, node: Node<'a, 'i>) {
        if let Some(instruction) = node.pi() {
            self.out.push_str("<?");
            self.out.push_str(instruction.target);
            if let Some(value) = instruction.value.filter(|v| !v.is_empty()) {
                self.out.push(' ');
                self.out
                    .push_str(&value.replace("\r\n", "\n").replace('\r', "\n"));
            }
            self.out.push_str("?>");
        }
    }

    fn written(&self, prefix: &str) -> Option<&'a str> {
        self.rendered
            .iter()
            .rev()
            .find(|(p, _)| *p == prefix)
            .map(|(_, uri)| *uri)
    }

    fn element(&mut self, node: Node<'a, 'i>, apex: bool) {
        if Some(node.id()) == self.omit {
            return;
        }
        let qname = element_qname(self.source, node);
        let outer = self.rendered.len();
        let mut declarations = self.declarations(node, prefix_of(qname));
        declarations.sort_unstable();
        self.out.push('<');
        self.out.push_str(qname);
        for (prefix, uri) in declarations {
            self.out
                .push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
            self.out.push_str(prefix);
            self.out.push_str("=\"");
            escape_attribute(&mut self.out, uri);
            self.out.push('"');
            self.rendered.push((prefix, uri));
        }
        let mut attributes: Vec<(&str, &str, &str, &str)> = node
            .attributes()
            .map(|a| {
                let name = self.source.get(a.range_qname()).unwrap_or(a.name());
                (a.namespace().unwrap_or_default(), a.name(), name, a.value())
            })
            .collect();
        if apex && *self.form == Canonicalization::Inclusive {
            self.inherit(node, &mut attributes);
        }
        attributes.sort_unstable();
        for (_, _, name, value) in attributes {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            escape_attribute(&mut self.out, value);
            self.out.push('"');
        }
        self.out.push('>');
        for child in node.children() {
            if child.is_element() {
                self.element(child, false);
            } else if child.is_text() {
                escape_text(&mut self.out, child.text().unwrap_or_default());
            } else if child.is_pi() {
                self.instruction(child);
            }
        }
        self.out.push_str("</");
        self.out.push_str(qname);
        self.out.push('>');
        self.rendered.truncate(outer);
    }

    /// Canonical XML 1.0 §2.4: the apex of a subtree takes over the nearest `xml:` attributes of its ancestors.
    fn inherit(&self, node: Node<'a, 'i>, attributes: &mut Vec<(&'a str, &'a str, &'a str, &'a str)>)
    where
        'i: 'a,
    {
        for ancestor in node.ancestors().skip(1).filter(Node::is_element) {
            for attribute in ancestor.attributes().filter(|a| a.namespace() == Some(XML)) {
                if !attributes
                    .iter()
                    .any(|(namespace, name, ..)| *namespace == XML && *name == attribute.name())
                {
                    let qname = self
                        .source
                        .get(attribute.range_qname())
                        .unwrap_or(attribute.name());
                    attributes.push((XML, attribute.name(), qname, attribute.value()));
                }
            }
        }
    }

    /// The namespace declarations that `node` has to carry.
    fn declarations(&self, node: Node<'a, 'i>, element_prefix: &'i str) -> Vec<(&'i str, &'a str)> {
        let in_scope = || node.namespaces().map(|n| (n.name().unwrap_or_default(), n.uri()));
        let mut needed: Vec<(&'i str, &'a str)> = Vec::new();
        let lookup = |prefix: &str| in_scope().find(|(p, _)| *p == prefix).map_or("", |(_, uri)| uri);
        let mut add = |prefix: &'i str, uri: &'a str| {
            if prefix != "xml"
                && self.written(prefix).unwrap_or_default() != uri
                && !needed.contains(&(prefix, uri))
            {
                needed.push((prefix, uri));
            }
        };
        match self.form {
            Canonicalization::Inclusive => {
                add("", lookup(""));
                in_scope().for_each(|(prefix, uri)| add(prefix, uri));
            }
            Canonicalization::Exclusive { inclusive_prefixes } => {
                add(element_prefix, lookup(element_prefix));
                for attribute in node.attributes() {
                    let name = self.source.get(attribute.range_qname()).unwrap_or_default();
                    let prefix = prefix_of(name);
                    if !prefix.is_empty() {
                        add(prefix, lookup(prefix));
                    }
                }
                if !inclusive_prefixes.is_empty() {
                    let listed = |prefix: &str| {
                        let prefix = if prefix.is_empty() { "#default" } else { prefix };
                        inclusive_prefixes.iter().any(|p| p == prefix)
                    };
                    if listed("") {
                        add("", lookup(""));
                    }
                    in_scope()
                        .filter(|(p, _)| listed(p))
                        .for_each(|(prefix, uri)| add(prefix, uri));
                }
            }
        }
        needed
    }
}

/// The qualified name of an element as the source spells it: the tree does not keep prefixes.
fn element_qname<'i>(source: &'i str, node: Node<'_, 'i>) -> &'i str {
    let from = source
        .get(node.range())
        .and_then(|text| text.strip_prefix('<'))
        .unwrap_or_default();
    from.split([' ', '\t', '\r', '\n', '/', '>'])
        .next()
        .unwrap_or_default()
}

fn prefix_of(qname: &str) -> &str {
    qname.split_once(':').map_or("", |(prefix, _)| prefix)
}

fn escape_text(out: &mut String, text: &str) {
    escape(out, text, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\r' => Some("&#xD;"),
        _ => None,
    });
}

fn escape_attribute(out: &mut String, text: &str) {
    escape(out, text, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '"' => Some("&quot;"),
        '\t' => Some("&#x9;"),
        '\n' => Some("&#xA;"),
        '\r' => Some("&#xD;"),
        _ => None,
    });
}

fn escape(out: &mut String, text: &str, replacement: impl Fn(char) -> Option<&'static str>) {
    let mut rest = text;
    while let Some(at) = rest.find(|c| replacement(c).is_some()) {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        let mut characters = special.chars();
        out.push_str(characters.next().and_then(&replacement).unwrap_or_default());
        rest = characters.as_str();
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use roxmltree::Document;

    fn whole(xml: &str, form: &Canonicalization) -> String {
        String::from_utf8(canonicalize(Document::parse(xml).unwrap().root(), None, form)).unwrap()
    }
    fn sub(xml: &str, name: &str, form: &Canonicalization) -> String {
        let document = Document::parse(xml).unwrap();
        let node = document
            .descendants()
            .find(|n| n.tag_name().name() == name)
            .unwrap();
        String::from_utf8(canonicalize(node, None, form)).unwrap()
    }
    fn exclusive() -> Canonicalization {
        Canonicalization::Exclusive {
            inclusive_prefixes: vec![],
        }
    }

    // The documents of Canonical XML 1.0 §3, where they need no DTD.
    #[test]
    fn comments_vanish_and_instructions_stay() {
        let xml = "<?xml version=\"1.0\"?>\n\n<?xml-stylesheet   href=\"doc.xsl\"\n   type=\"text/xsl\"   ?>\n<doc>Hello, world!<!-- Comment 1 --></doc>\n\n<?pi-without-data     ?>\n\n<!-- Comment 2 -->\n";
        assert_eq!(
            whole(xml, &Canonicalization::Inclusive),
            "<?xml-stylesheet href=\"doc.xsl\"\n   type=\"text/xsl\"   ?>\n<doc>Hello, world!</doc>\n<?pi-without-data?>"
        );
    }

    #[test]
    fn attributes_and_namespaces_are_sorted() {
        let xml = "<doc><e5 a:attr=\"out\" b:attr=\"sorted\" attr2=\"all\" attr=\"I'm\" xmlns:b=\"http://www.ietf.org\" xmlns:a=\"http://www.w3.org\" xmlns=\"http://example.org\"/><e6 xmlns=\"\" xmlns:a=\"http://www.w3.org\"><e7 xmlns=\"http://www.ietf.org\"><e8 xmlns=\"\"/></e7></e6></doc>";
        assert_eq!(
            whole(xml, &Canonicalization::Inclusive),
            "<doc><e5 xmlns=\"http://example.org\" xmlns:a=\"http://www.w3.org\" xmlns:b=\"http://www.ietf.org\" attr=\"I'm\" attr2=\"all\" b:attr=\"sorted\" a:attr=\"out\"></e5><e6 xmlns:a=\"http://www.w3.org\"><e7 xmlns=\"http://www.ietf.org\"><e8 xmlns=\"\"></e8></e7></e6></doc>"
        );
    }

    #[test]
    fn characters_are_replaced() {
        let xml = "<doc><text>First line&#x0d;&#10;Second line</text><value>&#x32;</value><compute><![CDATA[value>\"0\" && value<\"10\" ?\"valid\":\"error\"]]></compute><norm attr=' &apos;   &#x20;&#13;&#xa;&#9;   &apos; '/></doc>";
        assert_eq!(
            whole(xml, &Canonicalization::Inclusive),
            "<doc><text>First line&#xD;\nSecond line</text><value>2</value><compute>value&gt;\"0\" &amp;&amp; value&lt;\"10\" ?\"valid\":\"error\"</compute><norm attr=\" '    &#xD;&#xA;&#x9;   ' \"></norm></doc>"
        );
    }

    #[test]
    fn line_ends_become_line_feeds() {
        assert_eq!(
            whole("<a b='x\r\ny'>p\r\nq\rr</a>", &exclusive()),
            "<a b=\"x y\">p\nq\nr</a>"
        );
    }

    // Exclusive XML Canonicalization 1.0 §2.2.
    #[test]
    fn exclusive_form_does_not_depend_on_the_context() {
        let xml = "<n0:pdu xmlns:n0='http://a.example' xml:lang='en'><n1:elem2 xmlns:n1='http://example.net' xml:lang='fr'><n3:stuff xmlns:n3='ftp://example.org'/></n1:elem2></n0:pdu>";
        assert_eq!(
            sub(xml, "elem2", &exclusive()),
            "<n1:elem2 xmlns:n1=\"http://example.net\" xml:lang=\"fr\"><n3:stuff xmlns:n3=\"ftp://example.org\"></n3:stuff></n1:elem2>"
        );
        assert_eq!(
            sub(xml, "stuff", &Canonicalization::Inclusive),
            "<n3:stuff xmlns:n0=\"http://a.example\" xmlns:n1=\"http://example.net\" xmlns:n3=\"ftp://example.org\" xml:lang=\"fr\"></n3:stuff>"
        );
        assert_eq!(
            sub(
                xml,
                "stuff",
                &Canonicalization::Exclusive {
                    inclusive_prefixes: vec!["n0".into()]
                }
            ),
            "<n3:stuff xmlns:n0=\"http://a.example\" xmlns:n3=\"ftp://example.org\"></n3:stuff>"
        );
    }

    #[test]
    fn exclusive_form_undeclares_a_written_default() {
        assert_eq!(
            whole(
                "<a xmlns='u'><b xmlns=''><p:c xmlns:p='v' d='e'/></b></a>",
                &exclusive()
            ),
            "<a xmlns=\"u\"><b xmlns=\"\"><p:c xmlns:p=\"v\" d=\"e\"></p:c></b></a>"
        );
        assert_eq!(
            whole(
                "<p:a xmlns='u' xmlns:p='w'><p:b><c/></p:b><c xmlns=''/></p:a>",
                &exclusive()
            ),
            "<p:a xmlns:p=\"w\"><p:b><c xmlns=\"u\"></c></p:b><c></c></p:a>"
        );
    }

    #[test]
    fn the_enveloped_signature_is_left_out_with_nothing_else() {
        let document = Document::parse("<a> <s/>\n</a>").unwrap();
        let omit = document
            .descendants()
            .find(|n| n.tag_name().name() == "s")
            .map(|n| n.id());
        assert_eq!(canonicalize(document.root(), omit, &exclusive()), b"<a> \n</a>");
    }
}
