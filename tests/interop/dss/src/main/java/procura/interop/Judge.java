package procura.interop;

import eu.europa.esig.dss.diagnostic.DiagnosticData;
import eu.europa.esig.dss.diagnostic.TimestampWrapper;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Validates every document of a folder by the default policy, at the folder's time: those of {@code documents} as they
 * stand, those of {@code detached} with the {@code objects} that they refer to.
 */
final class Judge {
    private final Folder folder;

    Judge(Folder folder) {
        this.folder = folder;
    }

    void judge() throws IOException {
        judge("documents", List.of());
        judge("detached", folder.documents("objects"));
    }

    private void judge(String name, List<DSSDocument> objects) throws IOException {
        for (DSSDocument document : folder.documents(name)) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("folder", folder.root().toString());
            line.put("document", document.getName());
            try {
                line.put("signatures", signatures(document, objects));
            } catch (RuntimeException refused) {
                line.put("refused", String.valueOf(refused.getMessage()));
            }
            Main.print(line);
        }
    }

    private List<Object> signatures(DSSDocument document, List<DSSDocument> objects) throws IOException {
        SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(document);
        validator.setCertificateVerifier(folder.verifier());
        validator.setValidationTime(folder.time("time"));
        if (!objects.isEmpty()) {
            validator.setDetachedContents(objects);
        }
        Reports reports = validator.validateDocument();
        SimpleReport simple = reports.getSimpleReport();
        List<Object> signatures = new ArrayList<>();
        for (String id : simple.getSignatureIdList()) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("indication", String.valueOf(simple.getIndication(id)));
            one.put("sub_indication", name(simple.getSubIndication(id)));
            one.put("level", String.valueOf(simple.getSignatureFormat(id)));
            one.put("claimed_time", Main.shown(simple.getSigningTime(id)));
            one.put("best_time", Main.shown(simple.getBestSignatureTime(id)));
            one.put("signature_intact", reports.getDiagnosticData().getSignatureById(id).isSignatureIntact());
            one.put("counter_signature", reports.getDiagnosticData().getSignatureById(id).isCounterSignature());
            one.put("time_stamps", timeStamps(id, reports));
            List<String> errors = new ArrayList<>();
            for (Message message : simple.getAdESValidationErrors(id)) {
                errors.add(message.getKey() + ": " + message.getValue());
            }
            one.put("errors", errors);
            signatures.add(one);
        }
        return signatures;
    }

    private static List<Object> timeStamps(String signature, Reports reports) {
        DiagnosticData data = reports.getDiagnosticData();
        SimpleReport simple = reports.getSimpleReport();
        List<Object> all = new ArrayList<>();
        for (TimestampWrapper token : data.getTimestampList(signature)) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("type", token.getType().name());
            one.put("time", Main.shown(token.getProductionTime()));
            one.put("imprint_intact", token.isMessageImprintDataFound() && token.isMessageImprintDataIntact());
            one.put("signature_intact", token.isSignatureIntact());
            one.put("indication", name(simple.getIndication(token.getId())));
            one.put("sub_indication", name(simple.getSubIndication(token.getId())));
            all.add(one);
        }
        return all;
    }

    private static String name(Enum<?> value) {
        return value == null ? null : value.name();
    }
}
