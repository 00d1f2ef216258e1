//! OAuth error codes, RFC 8414 metadata, RFC 9068 access tokens. H writes it (G uses the error codes).
