package procura.interop;

import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.enumerations.EncryptionAlgorithm;
import eu.europa.esig.dss.enumerations.JWSSerializationType;
import eu.europa.esig.dss.enumerations.SigDMechanism;
import eu.europa.esig.dss.enumerations.SignatureAlgorithm;
import eu.europa.esig.dss.enumerations.SignatureLevel;
import eu.europa.esig.dss.enumerations.SignaturePackaging;
import eu.europa.esig.dss.jades.JAdESSignatureParameters;
import eu.europa.esig.dss.jades.signature.JAdESCounterSignatureParameters;
import eu.europa.esig.dss.jades.signature.JAdESService;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.SignatureValue;
import eu.europa.esig.dss.model.ToBeSigned;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.spi.x509.tsp.KeyEntityTSPSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Signs samples with the keys of a folder, for others to validate. */
final class Signer {
    private final Folder folder;
    private final PrivateKey key;
    private final CertificateToken certificate;
    private final CertificateToken issuer;
    private final boolean elliptic;
    private final Date time;
    private final JAdESService service;
    private final KeyEntityTSPSource authority;
    private final Path out;

    Signer(Folder folder) throws IOException, GeneralSecurityException {
        this.folder = folder;
        certificate = folder.certificate("seal.cer");
        issuer = folder.certificate("issuer.cer");
        elliptic = certificate.getPublicKey().getAlgorithm().startsWith("EC");
        key = key("seal.p8", certificate);
        time = folder.time("time");
        CertificateToken unit = folder.certificate("unit.cer");
        authority = new KeyEntityTSPSource(key("unit.p8", unit), unit, List.of(unit));
        authority.setTsaPolicy("1.2.3.4");
        service = new JAdESService(folder.verifier());
        service.setTspSource(authority);
        out = Files.createDirectories(folder.root().resolve("signed"));
    }

    private PrivateKey key(String name, CertificateToken of) throws IOException, GeneralSecurityException {
        String kind = of.getPublicKey().getAlgorithm().startsWith("EC") ? "EC" : "RSA";
        byte[] encoded = Files.readAllBytes(folder.root().resolve(name));
        return KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(encoded));
    }

    void sign() throws IOException, GeneralSecurityException {
        DSSDocument payload = new FileDocument(folder.root().resolve("payload.json").toFile());
        keep("b-b-compact.jws", attached(payload, JWSSerializationType.COMPACT_SERIALIZATION));
        keep("b-b-flattened.json", attached(payload, JWSSerializationType.FLATTENED_JSON_SERIALIZATION));
        keep("b-b-general.json", attached(payload, JWSSerializationType.JSON_SERIALIZATION));
        JAdESSignatureParameters sha512 = parameters(JWSSerializationType.FLATTENED_JSON_SERIALIZATION);
        sha512.setSigningCertificateDigestMethod(DigestAlgorithm.SHA512);
        keep("b-b-x5t-o.json", signed(payload, sha512));

        List<DSSDocument> objects = folder.documents("objects");
        for (SigDMechanism mechanism : List.of(
                SigDMechanism.OBJECT_ID_BY_URI, SigDMechanism.OBJECT_ID_BY_URI_HASH)) {
            JAdESSignatureParameters detached = parameters(JWSSerializationType.FLATTENED_JSON_SERIALIZATION);
            detached.setSignaturePackaging(SignaturePackaging.DETACHED);
            detached.setSigDMechanism(mechanism);
            String name = mechanism == SigDMechanism.OBJECT_ID_BY_URI ? "b-b-by-uri.json" : "b-b-by-hash.json";
            keep(name, signed(objects, detached));
        }

        DSSDocument document = attached(payload, JWSSerializationType.JSON_SERIALIZATION);
        long minutes = 1;
        for (SignatureLevel level : List.of(
                SignatureLevel.JAdES_BASELINE_T, SignatureLevel.JAdES_BASELINE_LT, SignatureLevel.JAdES_BASELINE_LTA)) {
            JAdESSignatureParameters raise = parameters(JWSSerializationType.JSON_SERIALIZATION);
            raise.setSignatureLevel(level);
            authority.setProductionTime(Date.from(time.toInstant().plus(Duration.ofMinutes(minutes++))));
            document = service.extendDocument(document, raise);
            keep("b-" + level.name().substring("JAdES_BASELINE_".length()).toLowerCase() + "-general.json", document);
        }
        keep("b-b-counter-signed.json", counterSigned(payload));
    }

    private JAdESSignatureParameters parameters(JWSSerializationType form) {
        JAdESSignatureParameters parameters = new JAdESSignatureParameters();
        set(parameters, form);
        return parameters;
    }

    private void set(JAdESSignatureParameters parameters, JWSSerializationType form) {
        parameters.setSignatureLevel(SignatureLevel.JAdES_BASELINE_B);
        parameters.setSignaturePackaging(SignaturePackaging.ENVELOPING);
        parameters.setJwsSerializationType(form);
        parameters.setSigningCertificate(certificate);
        parameters.setCertificateChain(certificate, issuer);
        parameters.setDigestAlgorithm(DigestAlgorithm.SHA256);
        parameters.setSigningCertificateDigestMethod(DigestAlgorithm.SHA256);
        parameters.setEncryptionAlgorithm(elliptic ? EncryptionAlgorithm.ECDSA : EncryptionAlgorithm.RSA);
        parameters.bLevel().setSigningDate(time);
    }

    private DSSDocument attached(DSSDocument payload, JWSSerializationType form) throws GeneralSecurityException {
        return signed(payload, parameters(form));
    }

    private DSSDocument signed(DSSDocument payload, JAdESSignatureParameters parameters)
            throws GeneralSecurityException {
        return service.signDocument(payload, parameters, value(service.getDataToSign(payload, parameters)));
    }

    private DSSDocument signed(List<DSSDocument> objects, JAdESSignatureParameters parameters)
            throws GeneralSecurityException {
        return service.signDocument(objects, parameters, value(service.getDataToSign(objects, parameters)));
    }

    private DSSDocument counterSigned(DSSDocument payload) throws IOException, GeneralSecurityException {
        DSSDocument master = attached(payload, JWSSerializationType.JSON_SERIALIZATION);
        SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(master);
        validator.setCertificateVerifier(folder.verifier());
        JAdESCounterSignatureParameters parameters = new JAdESCounterSignatureParameters();
        set(parameters, JWSSerializationType.COMPACT_SERIALIZATION);
        parameters.setSignatureIdToCounterSign(validator.getSignatures().get(0).getId());
        SignatureValue value = value(service.getDataToBeCounterSigned(master, parameters));
        return service.counterSignSignature(master, parameters, value);
    }

    private SignatureValue value(ToBeSigned data) throws GeneralSecurityException {
        Signature signature = Signature.getInstance(elliptic ? "SHA256withECDSA" : "SHA256withRSA");
        signature.initSign(key);
        signature.update(data.getBytes());
        SignatureAlgorithm algorithm = elliptic ? SignatureAlgorithm.ECDSA_SHA256 : SignatureAlgorithm.RSA_SHA256;
        return new SignatureValue(algorithm, signature.sign());
    }

    private void keep(String name, DSSDocument document) throws IOException {
        document.save(out.resolve(name).toString());
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("folder", folder.root().toString());
        line.put("signed", name);
        Main.print(line);
    }
}
