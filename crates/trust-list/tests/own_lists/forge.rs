//! Signs what our publisher would not: one thing of a list is wrong, and the signature over it is right.
use crate::support::{Holder, description, now};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use procura_crypto::{Digest, EcdsaEncoding, Scheme};
use procura_trust_list::{
    c14n::{Canonicalization, EXCLUSIVE, canonicalize},
    publish::{Kind, unsigned},
    signature::algorithm::ENVELOPED,
    xml::{DS, XADES},
};
use roxmltree::Document;

pub(crate) const ECDSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
pub(crate) const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
const PROPERTIES: &str = "http://uri.etsi.org/01903#SignedProperties";

/// The parts of a signed list, each of which a test may change before it is signed.
#[derive(Clone)]
pub(crate) struct Forge {
    /// The list without a signature.
    pub(crate) list: String,
    /// URI of the reference to the list.
    pub(crate) list_uri: String,
    pub(crate) list_transforms: Vec<String>,
    pub(crate) properties_uri: String,
    pub(crate) properties_type: String,
    pub(crate) properties_transforms: Vec<String>,
    pub(crate) digest_method: String,
    pub(crate) signature_method: String,
    pub(crate) canonicalization: String,
    /// References after the two.
    pub(crate) more_references: String,
    pub(crate) signing_time: String,
    pub(crate) certificate_digest: Vec<u8>,
    pub(crate) target: String,
    /// Elements of `KeyInfo`.
    pub(crate) key_info: String,
    /// Elements of the signature after its object.
    pub(crate) more_objects: String,
}
impl Forge {
    /// A list that is right in everything.
    pub(crate) fn new(holder: &Holder) -> Self {
        let certificate = STANDARD.encode(holder.certificate.der());
        Self {
            list: unsigned(&description(Kind::Generic, "DE", 1)).unwrap(),
            list_uri: String::new(),
            list_transforms: vec![ENVELOPED.into(), EXCLUSIVE.into()],
            properties_uri: "#properties".into(),
            properties_type: PROPERTIES.into(),
            properties_transforms: vec![EXCLUSIVE.into()],
            digest_method: SHA256.into(),
            signature_method: ECDSA_SHA256.into(),
            canonicalization: EXCLUSIVE.into(),
            more_references: String::new(),
            signing_time: now().to_string(),
            certificate_digest: Digest::Sha256.of(holder.certificate.der()),
            target: "#signature".into(),
            key_info: format!(
                "<ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data>"
            ),
            more_objects: String::new(),
        }
    }

    fn assemble(&self, signed_info: &str, value: &str) -> String {
        let Self {
            signing_time,
            target,
            key_info,
            more_objects,
            ..
        } = self;
        let digest = STANDARD.encode(&self.certificate_digest);
        let signature = format!(
            "<ds:Signature xmlns:ds=\"{DS}\" Id=\"signature\">{signed_info}<ds:SignatureValue>{value}</ds:SignatureValue>\
             <ds:KeyInfo>{key_info}</ds:KeyInfo><ds:Object><xades:QualifyingProperties xmlns:xades=\"{XADES}\" \
             Target=\"{target}\"><xades:SignedProperties Id=\"properties\"><xades:SignedSignatureProperties>\
             <xades:SigningTime>{signing_time}</xades:SigningTime><xades:SigningCertificateV2><xades:Cert>\
             <xades:CertDigest><ds:DigestMethod Algorithm=\"{SHA256}\"/><ds:DigestValue>{digest}</ds:DigestValue>\
             </xades:CertDigest></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties>\
             </xades:SignedProperties></xades:QualifyingProperties></ds:Object>{more_objects}</ds:Signature>"
        );
        let end = self.list.rfind("</TrustServiceStatusList>").unwrap();
        format!("{}{signature}{}", &self.list[..end], &self.list[end..])
    }

    fn reference(&self, uri: &str, kind: &str, transforms: &[String], digest: &[u8]) -> String {
        let transforms = transforms.iter().fold(String::new(), |text, t| {
            text + &format!("<ds:Transform Algorithm=\"{t}\"/>")
        });
        let transforms = if transforms.is_empty() {
            String::new()
        } else {
            format!("<ds:Transforms>{transforms}</ds:Transforms>")
        };
        let kind = if kind.is_empty() {
            String::new()
        } else {
            format!(" Type=\"{kind}\"")
        };
        let (method, value) = (&self.digest_method, STANDARD.encode(digest));
        format!(
            "<ds:Reference{kind} URI=\"{uri}\">{transforms}<ds:DigestMethod Algorithm=\"{method}\"/>\
             <ds:DigestValue>{value}</ds:DigestValue></ds:Reference>"
        )
    }

    /// Signs it by `holder`.
    pub(crate) fn sign(&self, holder: &Holder) -> Vec<u8> {
        let exclusive = Canonicalization::Exclusive {
            inclusive_prefixes: vec![],
        };
        let form = |transforms: &[String]| {
            if transforms.iter().any(|t| t == EXCLUSIVE) {
                exclusive.clone()
            } else {
                Canonicalization::Inclusive
            }
        };
        let text = self.assemble("", "");
        let document = Document::parse(&text).unwrap();
        let find = |name: &str| {
            document
                .descendants()
                .find(|n| n.tag_name().name() == name)
                .unwrap()
        };
        let apex = if self.list_uri.is_empty() {
            document.root()
        } else {
            document.root_element()
        };
        let omit = document
            .descendants()
            .find(|n| n.attribute("Id") == Some("signature"))
            .map(|n| n.id());
        let list = canonicalize(apex, omit, &form(&self.list_transforms));
        let properties = canonicalize(find("SignedProperties"), None, &form(&self.properties_transforms));
        let sha256 = |bytes: &[u8]| Digest::Sha256.of(bytes);
        let references = self.reference(&self.list_uri, "", &self.list_transforms, &sha256(&list))
            + &self.reference(
                &self.properties_uri,
                &self.properties_type,
                &self.properties_transforms,
                &sha256(&properties),
            )
            + &self.more_references;
        let signed_info = format!(
            "<ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"{}\"/><ds:SignatureMethod Algorithm=\"{}\"/>{references}</ds:SignedInfo>",
            self.canonicalization, self.signature_method
        );
        let text = self.assemble(&signed_info, "");
        let document = Document::parse(&text).unwrap();
        let element = document
            .descendants()
            .find(|n| n.tag_name().name() == "SignedInfo")
            .unwrap();
        let signed = canonicalize(element, None, &form(std::slice::from_ref(&self.canonicalization)));
        let scheme = Scheme::Ecdsa {
            digest: Digest::Sha256,
            encoding: EcdsaEncoding::Fixed,
        };
        self.assemble(
            &signed_info,
            &STANDARD.encode(holder.key.sign(scheme, &signed).unwrap()),
        )
        .into_bytes()
    }
}
