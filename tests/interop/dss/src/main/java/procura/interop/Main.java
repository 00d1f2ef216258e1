package procura.interop;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import org.jose4j.json.JsonUtil;

/** {@code validate FOLDER…} and {@code sign FOLDER…}: see the README beside the sources. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length < 2) {
            System.err.println("usage: validate FOLDER… | sign FOLDER…");
            System.exit(2);
        }
        for (int at = 1; at < arguments.length; at++) {
            Folder folder = new Folder(Path.of(arguments[at]));
            switch (arguments[0]) {
                case "validate" -> new Judge(folder).judge();
                case "sign" -> new Signer(folder).sign();
                default -> throw new IllegalArgumentException(arguments[0]);
            }
        }
    }

    /** One JSON object on a line of its own. */
    static void print(Map<String, Object> object) {
        System.out.println(JsonUtil.toJson(object));
    }

    /** RFC 3339, or nothing. */
    static String shown(Date time) {
        return time == null ? null : Instant.ofEpochMilli(time.getTime()).toString();
    }
}
