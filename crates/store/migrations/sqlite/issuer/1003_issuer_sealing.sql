-- Who seals the credential now: one run at a time, until sealing_until.
ALTER TABLE issuer_issuances ADD COLUMN sealing TEXT;
ALTER TABLE issuer_issuances ADD COLUMN sealing_until INTEGER;
