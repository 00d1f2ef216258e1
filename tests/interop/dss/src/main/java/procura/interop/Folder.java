package procura.interop;

import eu.europa.esig.dss.alert.SilentOnStatusAlert;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.crl.ExternalResourcesCRLSource;
import eu.europa.esig.dss.spi.x509.revocation.ocsp.ExternalResourcesOCSPSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.stream.Stream;

/** A folder as a test lays it out. */
record Folder(Path root) {
    /** The files of a folder below this one, by name. */
    List<Path> files(String name) throws IOException {
        Path folder = root.resolve(name);
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(folder)) {
            return all.sorted().toList();
        }
    }

    List<DSSDocument> documents(String name) throws IOException {
        List<DSSDocument> documents = new ArrayList<>();
        for (Path file : files(name)) {
            documents.add(new FileDocument(file.toFile()));
        }
        return documents;
    }

    CertificateToken certificate(String name) {
        return DSSUtils.loadCertificate(root.resolve(name).toFile());
    }

    /** An RFC 3339 time in a file of this name. */
    Date time(String name) throws IOException {
        return Date.from(Instant.parse(Files.readString(root.resolve(name)).strip()));
    }

    /** Knows the anchors and the revocation data of the folder, and nothing of any network. */
    CommonCertificateVerifier verifier() throws IOException {
        CommonCertificateVerifier verifier = new CommonCertificateVerifier(true);
        CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();
        for (Path file : files("anchors")) {
            trusted.addCertificate(DSSUtils.loadCertificate(file.toFile()));
        }
        verifier.setTrustedCertSources(trusted);
        List<DSSDocument> crls = new ArrayList<>();
        List<DSSDocument> responses = new ArrayList<>();
        for (DSSDocument document : documents("revocation")) {
            (document.getName().endsWith(".ocsp") ? responses : crls).add(document);
        }
        verifier.setCrlSource(new ExternalResourcesCRLSource(crls.toArray(new DSSDocument[0])));
        verifier.setOcspSource(new ExternalResourcesOCSPSource(responses.toArray(new DSSDocument[0])));
        // Signing for a time of the test's choosing must not stumble over the clock of the machine.
        verifier.setAlertOnMissingRevocationData(new SilentOnStatusAlert());
        verifier.setAlertOnNoRevocationAfterBestSignatureTime(new SilentOnStatusAlert());
        verifier.setAlertOnExpiredCertificate(new SilentOnStatusAlert());
        verifier.setAlertOnNotYetValidCertificate(new SilentOnStatusAlert());
        verifier.setAlertOnUncoveredPOE(new SilentOnStatusAlert());
        return verifier;
    }
}
