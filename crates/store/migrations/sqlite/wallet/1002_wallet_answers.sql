-- A request is answered by one at a time; an answer that died loses its claim by itself.
ALTER TABLE requests ADD COLUMN claimed_until INTEGER;
