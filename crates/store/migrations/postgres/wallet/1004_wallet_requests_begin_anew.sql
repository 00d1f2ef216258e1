-- What requests seal has changed its shape, and those of the former one cannot be gone on with. They live for minutes:
-- their codes are scanned again. What was shown or answered stays remembered.
DELETE FROM requests;
