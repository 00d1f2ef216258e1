//! The checks: names, stable codes, what they rest on, causes and mends. docs/errors.md has a row for each.

macro_rules! checks {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $code:literal, rests on [$($on:ident),*], cause $cause:literal, mend $mend:literal;)*) => {
        /// Every check there is, in the order in which a verdict lists them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "kebab-case")]
        #[non_exhaustive]
        pub enum CheckName { $($(#[$doc])* $name,)* }
        impl CheckName {
            /// Every check, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
            /// The name as it stands in verdicts.
            pub fn as_str(self) -> &'static str { match self { $(Self::$name => $text,)* } }
            /// The stable code.
            pub fn code(self) -> &'static str { match self { $(Self::$name => $code,)* } }
            /// Checks without which this one says nothing: when one of them did not pass, this is not reached.
            pub fn rests_on(self) -> &'static [Self] { match self { $(Self::$name => &[$(Self::$on),*],)* } }
            /// What it means that this check refuses.
            pub fn cause(self) -> &'static str { match self { $(Self::$name => $cause,)* } }
            /// What would mend it.
            pub fn mend(self) -> &'static str { match self { $(Self::$name => $mend,)* } }
        }
        impl core::fmt::Display for CheckName {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result { f.write_str(self.as_str()) }
        }
    };
}

checks! {
    /// The presentation is a JWT with exactly one credential.
    PresentationFormat = "presentation-format", "PRO-1050", rests on [],
        cause "the presentation is not a JWT that holds exactly one credential as JWT",
        mend "present one credential as jwt_vp_json, raw, base64 or base64url";
    /// Format of the seal.
    Format = "format", "PRO-1001", rests on [PresentationFormat],
        cause "the credential is not a compact JWS that the signature profile accepts",
        mend "have it issued anew in compact form with the header of ETSI TS 119 182-1 B-B";
    /// Signing certificate is present, readable, and the one referred to.
    SigningCertificate = "signing-certificate", "PRO-1003", rests on [Format],
        cause "the signing certificate is missing, unreadable or not the one that the header refers to",
        mend "seal with x5c and a matching x5t#S256";
    /// Signature algorithm and key size.
    Algorithm = "algorithm", "PRO-1002", rests on [SigningCertificate],
        cause "the signature algorithm or the key size is not accepted at this time",
        mend "seal with an accepted algorithm, such as ES256 or RS256 with 3072 bits";
    /// The seal's signature value.
    SealSignature = "seal-signature", "PRO-1004", rests on [Algorithm],
        cause "the signature does not verify by the signing certificate: content or signature was changed",
        mend "obtain the credential again from its issuer";
    /// Claimed signing time.
    SigningTime = "signing-time", "PRO-1005", rests on [SealSignature],
        cause "the claimed signing time is missing, in the future or outside of the certificate's validity",
        mend "seal with a correct clock while the certificate is valid";
    /// Claims and credential agree, and the credential can be read.
    Envelope = "envelope", "PRO-1006", rests on [SealSignature],
        cause "the claims of the JWT contradict the credential, or the credential cannot be read",
        mend "have it issued anew; the detail names the field";
    /// The trusted lists that could know the certificate are at hand and usable.
    TrustedLists = "trusted-lists", "PRO-1010", rests on [SigningTime],
        cause "the trusted list of the certificate's country is not available, not current or not authentic",
        mend "wait for the next successful refresh of the lists; operators find the reason in the alerts";
    /// Path to a service of the trusted lists.
    CertificateChain = "certificate-chain", "PRO-1011", rests on [TrustedLists],
        cause "no chain of certificates leads from the signing certificate to a service of the trusted lists, or its key may not sign",
        mend "seal with a certificate of a listed trust service provider and include the intermediates in x5c";
    /// Every certificate on the path is within its validity.
    CertificateValidity = "certificate-validity", "PRO-1012", rests on [CertificateChain],
        cause "a certificate on the path has expired or is not valid yet",
        mend "renew the certificate and have the credential issued anew";
    /// Revocation of every certificate on the path.
    Revocation = "revocation", "PRO-1013", rests on [CertificateValidity],
        cause "a certificate on the path was revoked, or its revocation status cannot be known",
        mend "revoked: issue anew with a good certificate; unknown: try again when the CRL can be reached";
    /// The trust service that issued is granted now.
    ServiceStatus = "service-status", "PRO-1014", rests on [CertificateChain, CertificateValidity],
        cause "the trust service that issued the certificate is not granted",
        mend "use a certificate of a service that the trusted list shows as granted";
    /// Qualified at issuance and now, for a seal or a signature, as the trust policy demands.
    Qualification = "qualification", "PRO-1015", rests on [ServiceStatus],
        cause "according to the trusted lists the certificate is not qualified for seals or signatures as demanded",
        mend "use a qualified certificate for electronic seals (or signatures) of a service that is listed for it";
    /// Issuer = did:elsi of the seal's organizationIdentifier.
    IssuerBinding = "issuer-binding", "PRO-1020", rests on [Envelope, CertificateValidity, Revocation, Qualification],
        cause "the issuer is not the organisation of the sealing certificate",
        mend "the issuer must be did:elsi with the certificate's organizationIdentifier";
    /// Mandator of the same organisation.
    Mandator = "mandator", "PRO-1021", rests on [IssuerBinding],
        cause "the mandator is another organisation than the issuer, who may not issue for others",
        mend "let the mandator issue, or allow this issuer to issue for others in the configuration";
    /// A natural person's certificate represents the organisation and is the legalRepresentative.
    Representation = "representation", "PRO-1022", rests on [IssuerBinding, Mandator],
        cause "the natural person who signed has no certificate of a representative, or is not the one that the credential names",
        mend "sign with the legal representative's certificate, or seal with the organisation's";
    /// Issuer allowed for this credential type.
    IssuerAllowed = "issuer-allowed", "PRO-1030", rests on [Representation],
        cause "the registry of issuers does not allow this issuer this credential type at this time",
        mend "register the issuer for the credential type";
    /// Issuer and mandator are participants.
    Participant = "participant", "PRO-1031", rests on [Representation],
        cause "issuer or mandator is not an active participant of the ecosystem",
        mend "onboard the organisation";
    /// Credential type is expected.
    CredentialType = "credential-type", "PRO-1040", rests on [Envelope],
        cause "the credential is not of a type that was asked for",
        mend "present a credential of the type that was asked for";
    /// JSON Schema.
    Schema = "schema", "PRO-1041", rests on [CredentialType],
        cause "the credential breaks the JSON Schema of its type",
        mend "have it issued anew; the detail names the field and the rule";
    /// Validity period.
    Validity = "validity", "PRO-1042", rests on [Envelope],
        cause "the credential has expired, is not valid yet, or names no period",
        mend "have a new credential issued, or wait until its start";
    /// Credential status.
    Status = "status", "PRO-1043", rests on [Representation],
        cause "the credential was revoked or suspended, or its status cannot be known",
        mend "revoked: ask the issuer for a new one; unknown: try again when the status list can be reached";
    /// `kid`, `iss` and `holder` are one did:key that fits the algorithm.
    HolderKey = "holder-key", "PRO-1051", rests on [PresentationFormat],
        cause "kid, iss and holder of the presentation are not one did:key, or its algorithm is not accepted",
        mend "sign with the did:key that the credential was issued to";
    /// The presentation's signature by the holder key.
    HolderSignature = "holder-signature", "PRO-1052", rests on [HolderKey],
        cause "the presentation is not signed by the key that it names",
        mend "sign the presentation anew";
    /// Holder key = subject of the credential.
    HolderBinding = "holder-binding", "PRO-1053", rests on [HolderSignature, Envelope],
        cause "the credential was issued to another holder",
        mend "present with the key that the credential was issued to";
    /// Nonce.
    Nonce = "nonce", "PRO-1054", rests on [HolderSignature],
        cause "the presentation answers another request, or none",
        mend "answer the current request";
    /// Audience.
    Audience = "audience", "PRO-1055", rests on [HolderSignature],
        cause "the presentation is meant for another relying party, or for several",
        mend "set aud to the client_id of the request, alone";
    /// Freshness of the presentation.
    Freshness = "freshness", "PRO-1056", rests on [HolderSignature],
        cause "the presentation was made too long ago, is expired or comes from the future",
        mend "present again; check the clock of the device";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_check_has_its_own_code_and_name() {
        let codes: BTreeSet<_> = CheckName::ALL.iter().map(|name| name.code()).collect();
        let names: BTreeSet<_> = CheckName::ALL.iter().map(|name| name.as_str()).collect();
        assert_eq!(
            (codes.len(), names.len()),
            (CheckName::ALL.len(), CheckName::ALL.len())
        );
        for name in CheckName::ALL {
            assert!(name.code().starts_with("PRO-10"), "{name}");
            assert_eq!(serde_json::to_value(name).unwrap(), name.as_str());
        }
    }

    #[test]
    fn a_check_rests_on_earlier_ones_only() {
        for name in CheckName::ALL {
            for on in name.rests_on() {
                assert!(on < name, "{name} rests on {on}");
            }
        }
    }

    #[test]
    fn every_check_is_documented() {
        let documented = include_str!("../../../../docs/errors.md");
        for name in CheckName::ALL {
            let row = format!(
                "| {} | `{name}` | {} | {} |",
                name.code(),
                name.cause(),
                name.mend()
            );
            assert!(documented.contains(&row), "docs/errors.md lacks: {row}");
        }
    }
}
